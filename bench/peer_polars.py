"""The benchmark's job in Polars: typed columns, keyed person key, bad rows set aside, zstd Parquet by year.

usage: peer_polars.py DELIVERY OUTPUT distinct|batch THREADS

`distinct` reads the keys first, computes each HMAC once and joins it back; `batch` computes them in the one pass, once
per distinct key of a batch. Good rows land in OUTPUT/goed=true/jaar=.../, rows set aside in OUTPUT/goed=false/ with
their text, without the key.
"""

import hashlib
import hmac
import os
import sys

delivery, output, keys, threads = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = threads  # read once, when polars is imported

import polars as pl  # noqa: E402

SECRET = hashlib.sha256(b"bench").digest()
REST = "JAAR SDATUMAANVANGIKO SDATUMEINDEIKO SBEID SBI2008 SBASISUREN SBASISLOON".split()
REQUIRED = "jaar aanvang einde sbeid sbi2008 uren loon".split()


def macs(distinct):
    """The keyed hash of each key, cut to 128 bits; no key, no hash."""
    return pl.Series([key and hmac.digest(SECRET, key.encode(), "sha256")[:16] for key in distinct], dtype=pl.Binary)


def macs_of_batch(column):
    distinct = column.unique()
    table = pl.DataFrame({"sleutel": distinct, "mac": macs(distinct)})
    return column.to_frame("sleutel").join(table, on="sleutel", how="left", maintain_order="left")["mac"]


lines = pl.scan_csv(delivery, separator=";", quote_char=None, infer_schema=False)
if keys == "distinct":
    distinct = lines.select(pl.col("RINPERSOON").unique()).collect(engine="streaming")["RINPERSOON"]
    table = pl.DataFrame({"RINPERSOON": distinct, "mac": macs(distinct)})
    lines, mac = lines.join(table.lazy(), on="RINPERSOON", how="left"), pl.col("mac")
else:
    mac = pl.col("RINPERSOON").map_batches(macs_of_batch, return_dtype=pl.Binary, is_elementwise=True)

sleutel_goed = pl.col("RINPERSOON").str.contains("^[0-9]{9}$") & (pl.col("RINPERSOONS") == "R")
typed = lines.select(
    pl.when(sleutel_goed).then(mac).alias("rinpersoon"),
    pl.col("JAAR").cast(pl.Int16, strict=False).alias("jaar"),
    pl.col("SDATUMAANVANGIKO").str.to_date("%Y%m%d", strict=False).alias("aanvang"),
    pl.col("SDATUMEINDEIKO").str.to_date("%Y%m%d", strict=False).alias("einde"),
    pl.col("SBEID").alias("sbeid"),
    pl.col("SBI2008").alias("sbi2008"),
    pl.col("SBASISUREN").str.replace(",", ".", literal=True).cast(pl.Decimal(8, 2), strict=False).alias("uren"),
    pl.col("SBASISLOON").cast(pl.Int32, strict=False).alias("loon"),
    pl.concat_str(REST, separator=";", ignore_nulls=True).alias("regel"),
    sleutel_goed.alias("goed"),
).with_columns((pl.col("goed") & pl.all_horizontal(pl.col(REQUIRED).is_not_null())).fill_null(False))
typed.with_columns(pl.when("goed").then(None).otherwise("regel").alias("regel")).sink_parquet(
    pl.PartitionBy(output, key=["goed", "jaar"], include_key=False),
    compression="zstd",
    compression_level=1,
    mkdir=True,
)
