//! Seeded sample deliveries in the real formats.
