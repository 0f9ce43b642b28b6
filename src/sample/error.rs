//! What can go wrong when sample deliveries are written.
use std::io;
use std::path::PathBuf;

/// Sample deliveries could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The scale is not a number that makes sense.
    #[error(
        "scale {scale} is not possible: give a number above 0 and at most {max} (1 is the country: some 60,000 third-year pupils a year)"
    )]
    Scale {
        /// What was asked.
        scale: f64,
        /// The largest scale.
        max: f64,
    },
    /// A file of that name is there already: it may be a real delivery.
    #[error("{path} exists already: give an empty folder, or remove the file if it is an old sample")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error("cannot write {path}: check that the folder exists, may be written and has room")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A margin of the generator is not three words and numbers.
    #[error("`{line}` is no line of the sample's margins: make them again with src/sample/margins/make.py")]
    Margins {
        /// The line, of a file that is part of the program.
        line: &'static str,
    },
    /// A text of the generator has a character that the file's encoding lacks.
    #[error("{path}: `{character}` does not exist in {encoding}")]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The character.
        character: char,
        /// The encoding.
        encoding: &'static str,
    },
}
