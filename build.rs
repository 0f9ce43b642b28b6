//! New and removed files under the shipped folders rebuild the binary that carries them.
fn main() {
    for folder in ["pipelines", "sql", "config"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
