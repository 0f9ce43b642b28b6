"""The benchmark's job in DuckDB: typed columns, keyed person key, bad rows set aside, zstd Parquet by year.

usage: peer_duckdb.py DELIVERY OUTPUT row|distinct THREADS

`row` computes the HMAC for every row, as one would write it first; `distinct` once per distinct key, joined back.
Good rows land in OUTPUT/goed=true/jaar=.../, rows set aside in OUTPUT/goed=false/ with their text, without the key.
"""

import hashlib
import sys

import duckdb

COLUMNS = "RINPERSOON RINPERSOONS JAAR SDATUMAANVANGIKO SDATUMEINDEIKO SBEID SBI2008 SBASISUREN SBASISLOON".split()
REQUIRED = "jaar aanvang einde sbeid sbi2008 uren loon".split()


def blob(data):
    return "'" + "".join(f"\\x{byte:02X}" for byte in data) + "'::BLOB"


def hmac_sha256(column, key):
    """DuckDB has SHA-256 but no HMAC: RFC 2104 spelled out, cut to 128 bits."""
    inner = blob(bytes(byte ^ 0x36 for byte in key.ljust(64, b"\0")))
    outer = blob(bytes(byte ^ 0x5C for byte in key.ljust(64, b"\0")))
    return f"unhex(sha256({outer} || unhex(sha256({inner} || {column}::BLOB)))[1:32])"


def job(delivery, output, keys):
    names = ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)
    source = f"read_csv('{delivery}', delim = ';', header = true, quote = '', auto_detect = false, columns = {{{names}}})"
    mac = hmac_sha256("RINPERSOON", hashlib.sha256(b"bench").digest())
    good = " AND ".join(["sleutel_goed"] + [f"{name} IS NOT NULL" for name in REQUIRED])
    if keys == "distinct":
        known = f"sleutels AS (SELECT DISTINCT RINPERSOON AS sleutel FROM {source}), macs AS (SELECT sleutel, {mac.replace('RINPERSOON', 'sleutel')} AS mac FROM sleutels), "
        person, joined = "mac", "LEFT JOIN macs ON sleutel = RINPERSOON"
    else:
        known, person, joined = "", mac, ""
    return f"""
    COPY (
        WITH {known} getypeerd AS (
            SELECT RINPERSOON,
                   regexp_full_match(RINPERSOON, '[0-9]{{9}}') AND RINPERSOONS = 'R' AS sleutel_goed,
                   TRY_CAST(JAAR AS SMALLINT) AS jaar,
                   TRY_CAST(try_strptime(SDATUMAANVANGIKO, '%Y%m%d') AS DATE) AS aanvang,
                   TRY_CAST(try_strptime(SDATUMEINDEIKO, '%Y%m%d') AS DATE) AS einde,
                   SBEID AS sbeid,
                   SBI2008 AS sbi2008,
                   TRY_CAST(replace(SBASISUREN, ',', '.') AS DECIMAL(8, 2)) AS uren,
                   TRY_CAST(SBASISLOON AS INTEGER) AS loon,
                   concat_ws(';', JAAR, SDATUMAANVANGIKO, SDATUMEINDEIKO, SBEID, SBI2008, SBASISUREN, SBASISLOON) AS regel
            FROM {source}
        )
        SELECT CASE WHEN sleutel_goed THEN {person} END AS rinpersoon,
               jaar, aanvang, einde, sbeid, sbi2008, uren, loon,
               coalesce({good}, false) AS goed,
               CASE WHEN goed THEN NULL ELSE regel END AS regel
        FROM getypeerd {joined}
    ) TO '{output}' (FORMAT parquet, PARTITION_BY (goed, jaar), COMPRESSION zstd, COMPRESSION_LEVEL 1)
    """


def main():
    delivery, output, keys, threads = sys.argv[1:]
    connection = duckdb.connect()
    connection.execute(f"SET threads = {int(threads)}; SET preserve_insertion_order = false; SET enable_progress_bar = false")
    connection.execute(job(delivery, output, keys))


if __name__ == "__main__":
    main()
