//! Person keys in, pseudonyms out.
