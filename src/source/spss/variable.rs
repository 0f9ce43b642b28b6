//! A variable of a file.
use std::sync::Arc;

use super::display::Display;
use super::labels::Labels;
use super::missing::Missing;

/// What a variable holds, and where in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A number at this byte.
    Number(usize),
    /// A text: stretches of bytes, by their start and length.
    Text(Vec<(usize, usize)>),
}

/// A variable.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name; the long one where it has one.
    pub name: String,
    /// What it means.
    pub label: Option<String>,
    /// What it holds.
    pub shape: Shape,
    /// What its print format makes of it.
    pub display: Display,
    /// Values that mean missing.
    pub missing: Missing,
    /// What its values stand for.
    pub labels: Option<Arc<Labels>>,
}

impl Variable {
    /// Whether it holds text.
    pub fn is_text(&self) -> bool {
        matches!(self.shape, Shape::Text(_))
    }
}
