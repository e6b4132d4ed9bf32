//! Where the rows come from: a file, or standard input. They are read twice.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::sheet::unreadable;
use crate::error::Result;

/// Stands for standard input.
const STANDARD_INPUT: &str = "-";

/// What is imported.
#[derive(Debug, Clone)]
pub(super) enum Source<'a> {
    /// A file.
    File(&'a Path),
    /// What came in by standard input, which cannot be read twice.
    Memory(Arc<[u8]>),
}

/// Bytes to read.
pub(super) type Bytes = Box<dyn Read + Send>;

impl<'a> Source<'a> {
    /// The file of this name, or all of standard input.
    ///
    /// # Errors
    /// Standard input cannot be read.
    pub(super) fn named(name: &'a Path) -> Result<Self> {
        if name != Path::new(STANDARD_INPUT) {
            return Ok(Self::File(name));
        }
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(&error))?;
        Ok(Self::Memory(bytes.into()))
    }

    /// The bytes from the beginning, and how many they are.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn open(&self) -> Result<(Bytes, u64)> {
        match self {
            Self::File(path) => {
                let file = File::open(path).map_err(|error| unreadable(&error))?;
                let length = file.metadata().map_or(0, |metadata| metadata.len());
                Ok((Box::new(file), length))
            }
            Self::Memory(bytes) => {
                let length = bytes.len() as u64;
                Ok((Box::new(io::Cursor::new(Arc::clone(bytes))), length))
            }
        }
    }
}
