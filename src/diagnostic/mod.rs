//! Problems in contracts, models and settings, with the place and a hint.
