//! Standard output. Cheap to clone, so that a command can hold it while it uses the context.
use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// A shared, buffered writer.
#[derive(Clone)]
pub struct Out(Arc<Mutex<Box<dyn Write + Send>>>);

impl Out {
    /// Standard output.
    pub fn stdout() -> Self {
        Self::new(BufWriter::new(io::stdout()))
    }

    /// Any other writer.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Box::new(writer))))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}
