//! What a run would rebuild, and why.
