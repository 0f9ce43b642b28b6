"""Reads a mart over and over, as a plain user would, until standard input closes; prints how often."""
import json, pathlib, sys, threading

name, root = sys.argv[1], pathlib.Path(sys.argv[2])
table = root / "mart" / "doorlopend"
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()


def folder():
    return table / json.loads((table / "latest.json").read_text())["directory"]


QUERY = "SELECT jaar::VARCHAR, min(ronde), max(ronde), count(*) FROM {} GROUP BY 1"
if name.startswith("duckdb"):
    import duckdb

    con = duckdb.connect()
    con.execute("SET threads = 1")

    def read():
        if name == "duckdb-file":
            source = f"read_parquet('{table}.parquet')"
        elif name == "duckdb-views":
            con.execute((root / "views.sql").read_text())
            source = "mart.doorlopend"
        else:
            source = f"read_parquet('{folder()}/**/*.parquet', hive_partitioning = true)"
        return con.execute(QUERY.format(source)).fetchall()
else:
    import polars as pl

    def read():
        if name == "polars-file":
            frame = pl.read_parquet(f"{table}.parquet")
        else:
            frame = pl.scan_parquet(folder(), hive_partitioning=True).collect()
        grouped = frame.group_by("jaar").agg(
            pl.col("ronde").min().alias("a"), pl.col("ronde").max().alias("b"), pl.len().alias("n")
        )
        return grouped.rows()


reads = newest = 0
while not stop.is_set():
    try:
        rows = read()
    except Exception as error:
        # a version that was collected between the pointer and the read: an error, never a wrong answer
        if "folder" in name and ("No such file" in str(error) or "No files found" in str(error) or "expanded paths were empty" in str(error)):
            continue
        raise
    rounds = {row[1] for row in rows} | {row[2] for row in rows}
    assert len(rounds) == 1 and len(rows) == 4 and {row[3] for row in rows} == {500}, rows
    assert min(rounds) >= newest, (newest, rounds)
    newest = min(rounds)
    reads += 1
print(reads)
