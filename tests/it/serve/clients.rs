//! The clients that people have: psql, psycopg, ADBC.
