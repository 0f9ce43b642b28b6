"""Summarises one output of the benchmark's job, so that two outputs can be compared for equality.

usage: check.py good 'GLOB OF PARQUET FILES'        the rows that were let through
       check.py count 'GLOB OF PARQUET FILES'       only how many rows there are

Pseudonyms differ between programs (each has its own key derivation), so persons are compared by what they did: the
checksum over persons is the same only if the same rows belong to the same person.
"""

import glob
import json
import sys

import duckdb

what, pattern = sys.argv[1:]
if not glob.glob(pattern, recursive=True):
    print(json.dumps({"rows": 0}))
    sys.exit(0)

connection = duckdb.connect()
connection.execute("SET memory_limit = '8GB'; SET enable_progress_bar = false")
source = f"read_parquet('{pattern}', hive_partitioning = true)"


def rows(query):
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, map(str, row))) for row in cursor.fetchall()]


if what == "count":
    print(json.dumps(rows(f"SELECT count(*) AS rows FROM {source}")[0]))
    sys.exit(0)

connection.execute(f"""
    CREATE VIEW banen AS
    SELECT rinpersoon, jaar::INTEGER AS jaar, aanvang::DATE AS aanvang, einde::DATE AS einde, sbeid::VARCHAR AS sbeid,
           sbi2008::VARCHAR AS sbi2008, uren::DECIMAL(8, 2) AS uren, loon::INTEGER AS loon
    FROM {source}
""")
years = rows("""
    SELECT jaar, count(*) AS rows, count(DISTINCT rinpersoon) AS persons, count(DISTINCT sbeid) AS employers,
           sum(uren) AS hours, sum(loon) AS wage, sum(hash(aanvang, einde, sbeid, sbi2008, uren, loon)) AS checksum
    FROM banen GROUP BY jaar ORDER BY jaar
""")
persons = rows("""
    SELECT count(*) AS persons, sum(hash(n, wage, hours, contents)) AS checksum
    FROM (SELECT count(*) AS n, sum(loon) AS wage, sum(uren) AS hours, sum(hash(jaar, aanvang, sbeid)) AS contents
          FROM banen GROUP BY rinpersoon)
""")
missing = rows("SELECT count(*) AS rows FROM banen WHERE COLUMNS(*) IS NULL")
types = rows(f"SELECT typeof(rinpersoon) AS person, octet_length(rinpersoon) AS bytes FROM {source} LIMIT 1")
print(json.dumps({"rows": sum(int(year["rows"]) for year in years), "years": years, "persons": persons,
                  "nulls": missing, "key": types}))
