#!/usr/bin/env python3
"""One command for the benchmark: makes the delivery, runs sluis and its peers in turn, checks that they agree, reports.

usage: bench/run.py [--rows 20_000_000] [--bad 200] [--rounds 3] [--threads 2] [--only sluis,duckdb,...]
                    [--dir target/bench] [--built DIR] [--keep]

Needs a Rust toolchain and Python 3.10 or newer; DuckDB and Polars are installed into DIR/venv. See bench/README.md.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time

BENCH = pathlib.Path(__file__).resolve().parent
ROOT = BENCH.parent
# what runs, in the order of the first round; the name before the dash is the program, after it how it keys
PROGRAMS = ["sluis", "duckdb", "duckdb-distinct", "polars", "polars-batch"]
PEERS = {
    "duckdb": ("peer_duckdb.py", "row"),
    "duckdb-distinct": ("peer_duckdb.py", "distinct"),
    "polars": ("peer_polars.py", "distinct"),
    "polars-batch": ("peer_polars.py", "batch"),
}


# what floor/ measures; the first is part of the second
STEPS = {
    "split": "reading and splitting",
    "parse": "reading, splitting, checking and casting",
    "hash": "hashing keys",
    "encode": "encoding as Parquet by sluis",
    "parquet_crate_same_encodings": "the same by the parquet crate",
    "parquet_crate": "by the parquet crate with its own settings",
}


def say(text=""):
    print(text, flush=True)


def main():
    options = arguments()
    work = pathlib.Path(options.dir).resolve()
    (work / "out").mkdir(parents=True, exist_ok=True)
    python = peers_python(work)
    built = pathlib.Path(options.built).resolve() if options.built else build()
    project = Project(work / "project", built / "sluis", options.threads)
    delivery = project.delivery(work, options.rows, options.bad, options.seed)

    results, floors = {name: [] for name in options.only}, []
    for round_number in range(options.rounds):
        order = options.only[round_number % len(options.only) :] + options.only[: round_number % len(options.only)]
        for name in order:
            output = work / "out" / name
            shutil.rmtree(output, ignore_errors=True)
            if name == "sluis":
                project.empty()
                command = project.ingest()
            else:
                script, keys = PEERS[name]
                command = [python, BENCH / script, delivery, output, keys, options.threads]
            results[name].append(measure(command, delivery, work / "out" / f"{name}.log"))
            took = results[name][-1]
            say(f"round {round_number + 1}  {name:16} {took['seconds']:7.2f} s  {took['peak_mb']:6.0f} MB peak")
            if name == "sluis":
                floors.append(floor(built, delivery, project.output()["folder"], options.threads))

    outputs = {name: project.output() if name == "sluis" else peer_output(work / "out" / name) for name in options.only}
    agreed = agree(python, outputs, options)
    report(results, floors, outputs, delivery, options, work, agreed)
    if not options.keep:
        shutil.rmtree(work / "out", ignore_errors=True)
        project.empty()
    return 0 if agreed else 1


def arguments():
    number = lambda text: int(text.replace("_", ""))  # noqa: E731
    parser = argparse.ArgumentParser(description="sluis ingest beside DuckDB and Polars on the same delivery")
    parser.add_argument("--rows", type=number, default=20_000_000)
    parser.add_argument("--bad", type=number, default=200, help="rows with a fault, to be set aside")
    parser.add_argument("--seed", type=number, default=1)
    parser.add_argument("--rounds", type=number, default=3, help="each program runs once a round; medians are reported")
    parser.add_argument("--threads", type=number, default=os.cpu_count())
    parser.add_argument("--only", default=",".join(PROGRAMS), help="programs to run, with commas")
    parser.add_argument("--dir", default=ROOT / "target" / "bench", help="where delivery, project and outputs go")
    parser.add_argument("--built", help="a folder of built binaries, instead of building them")
    parser.add_argument("--keep", action="store_true", help="leave the outputs for a look")
    options = parser.parse_args()
    options.only = [name.strip() for name in options.only.split(",") if name.strip()]
    for name in options.only:
        if name not in PROGRAMS:
            parser.error(f"--only: {name} is none of {', '.join(PROGRAMS)}")
    return options


def peers_python(work):
    """A Python that has DuckDB and Polars in the versions of requirements.txt."""
    python, wanted = work / "venv" / "bin" / "python", (BENCH / "requirements.txt").read_text()
    stamp = work / "venv" / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        say("installing DuckDB and Polars into " + str(work / "venv"))
        subprocess.run([sys.executable, "-m", "venv", work / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", BENCH / "requirements.txt"], check=True)
        stamp.write_text(wanted)
    return python


def build():
    """The folder of the release binaries."""
    say("building sluis (release)")
    flags = ["--release", "--locked", "--bin", "sluis", "--example", "floor"]
    subprocess.run(["cargo", "build", *flags], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return (ROOT / target / "release").resolve()


def floor(built, delivery, folder, threads):
    """Seconds of each step that nobody can leave out, alone (floor/)."""
    command = [built / "examples" / "floor", delivery, folder, str(threads)]
    return json.loads(subprocess.check_output(command))


class Project:
    """A sluis project with the benchmark's contract; its delivery lies in `landing/`."""

    def __init__(self, root, sluis, threads):
        self.root, self.sluis, self.threads = root, sluis, threads
        if not (root / ".sluis" / "keys.toml").exists():
            subprocess.run([sluis, "init", root], check=True, stdout=subprocess.DEVNULL)
        # only the benchmark's contract, and nothing to build from it
        for shipped in ("pipelines", "sql"):
            shutil.rmtree(root / shipped, ignore_errors=True)
            (root / shipped).mkdir()
        (root / "landing").mkdir(exist_ok=True)
        shutil.copy(BENCH / "cbs_banen.toml", root / "pipelines" / "cbs_banen.toml")

    def delivery(self, work, rows, bad, seed):
        path, stamp = self.root / "landing" / "jobs.csv", work / "delivery.txt"
        wanted = f"{rows} {bad} {seed} {(BENCH / 'generate.rs').stat().st_mtime_ns}"
        if not path.exists() or not stamp.exists() or stamp.read_text() != wanted:
            generate = work / "generate"
            subprocess.run(["rustc", "--edition", "2024", "-O", "-o", generate, BENCH / "generate.rs"], check=True)
            flags = ["--rows", rows, "--bad", bad, "--seed", seed, path]
            subprocess.run([generate, *map(str, flags)], check=True)
            stamp.write_text(wanted)
        return path

    def empty(self):
        """Forgets everything but the keys and the delivery."""
        shutil.rmtree(self.root / "lake", ignore_errors=True)
        for path in (self.root / ".sluis").glob("ledger*"):
            path.unlink()

    def ingest(self):
        os.environ["SLUIS__INGEST__THREADS"] = str(self.threads)
        return [self.sluis, "--project", self.root, "ingest", "cbs_banen"]

    def output(self):
        table = self.root / "lake" / "staging" / "cbs_banen" / "current"
        quarantine = self.root / "lake" / "ops" / "quarantine" / "current"
        return {"good": f"{table}/**/*.parquet", "aside": f"{quarantine}/**/*.parquet", "folder": table.resolve()}


def peer_output(folder):
    return {
        "good": f"{folder}/goed=true/**/*.parquet",
        "aside": f"{folder}/goed=false/**/*.parquet",
        "folder": folder / "goed=true",
    }


def measure(command, delivery, log):
    """Runs a command with the delivery in the page cache and nothing left to write from the run before."""
    os.sync()
    with open(delivery, "rb") as warm:
        while warm.read(1 << 24):
            pass
    with open(log, "wb") as out:
        start = time.monotonic()
        child = subprocess.Popen([str(part) for part in command], stdout=out, stderr=subprocess.STDOUT)
        # the child's own resource usage; this process stays small because a child starts with its parent's peak
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} ended with {child.returncode}:\n{log.read_text(errors='replace')[-4000:]}")
    return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}


def agree(python, outputs, options):
    """Whether every output holds the same rows, persons and number of rows set aside."""
    say("\nchecking that the outputs agree")
    found = {}
    for name, output in outputs.items():
        good = json.loads(subprocess.check_output([python, BENCH / "check.py", "good", output["good"]]))
        aside = json.loads(subprocess.check_output([python, BENCH / "check.py", "count", output["aside"]]))
        found[name] = {key: good[key] for key in ("rows", "years", "persons", "nulls")}
        found[name]["aside"] = int(aside["rows"])
        say(f"  {name:16} {good['rows']} rows let through, {aside['rows']} set aside, {good['persons'][0]['persons']} persons")
    first = next(iter(found.values()))
    agreed = all(other == first for other in found.values())
    if first["aside"] != options.bad or first["rows"] != options.rows - options.bad:
        say(f"  WRONG: {options.rows - options.bad} rows should be let through and {options.bad} set aside")
        agreed = False
    if agreed:
        say("  same rows, sums, persons and rows set aside in every year")
    else:
        for name, other in found.items():
            differing = [key for key in other if other[key] != first[key] and key != "years"]
            years = [year["jaar"] for year, own in zip(other["years"], first["years"]) if year != own]
            if differing or years:
                say(f"  {name} differs from {next(iter(found))} in {', '.join(differing + years)}")
        say("  THE OUTPUTS DIFFER")
    return agreed


def report(results, floors, outputs, delivery, options, work, agreed):
    size = delivery.stat().st_size
    rows = []
    for name, runs in results.items():
        seconds = [run["seconds"] for run in runs]
        folder = outputs[name]["folder"]
        rows.append(
            {
                "program": name,
                "seconds": statistics.median(seconds),
                "fastest": min(seconds),
                "slowest": max(seconds),
                "cpu": statistics.median(run["cpu"] for run in runs),
                "peak_mb": max(run["peak_mb"] for run in runs),
                "parquet_mb": sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1e6,
            }
        )
    base = next((row["seconds"] for row in rows if row["program"] == "sluis"), rows[0]["seconds"])
    say(f"\n{options.rows} rows, {size / 1e6:.0f} MB, {options.threads} threads, median of {options.rounds} interleaved runs")
    say(f"{processor()}, {platform.system()} {platform.release()}\n")
    say("| program | seconds | fastest-slowest | MB/s | CPU s | peak MB | Parquet MB | ratio |")
    say("|---|---:|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        say(
            f"| {row['program']} | {row['seconds']:.2f} | {row['fastest']:.2f}-{row['slowest']:.2f} "
            f"| {size / row['seconds'] / 1e6:.0f} | {row['cpu']:.1f} | {row['peak_mb']:.0f} "
            f"| {row['parquet_mb']:.0f} | {row['seconds'] / base:.2f} |"
        )
    steps = {step: statistics.median(floor[step] for floor in floors) for step in STEPS if floors}
    if steps:
        needed = [steps[step] for step in ("parse", "hash", "encode")]
        say("\n| step alone | seconds | sluis takes |\n|---|---:|---:|")
        for step, seconds in steps.items():
            say(f"| {STEPS[step]} | {seconds:.2f} | {base / seconds:.2f} times |")
        say(
            f"\nparsing, hashing and encoding together: {sum(needed):.2f} s, {sum(needed) / max(needed):.1f} times the slowest "
            f"of them; sluis takes {base / sum(needed):.1f} times all three"
        )
    settings = {"rows": options.rows, "bad": options.bad, "threads": options.threads, "bytes": size}
    report = {"machine": processor(), "settings": settings, "agreed": agreed, "programs": rows, "steps": floors, "runs": results}
    (work / "results.json").write_text(json.dumps(report, indent=1) + "\n")
    say(f"\nall figures: {work / 'results.json'}")


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
