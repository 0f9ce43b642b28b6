//! The `sluis` binary.
fn main() -> std::process::ExitCode {
    sluis::cli::main()
}
