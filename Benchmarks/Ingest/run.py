#!/usr/bin/env python3
"""What it costs Martlet and other servers to scrape: CPU for each sample, memory for each series.

One server after the other scrapes the same farm of targets; one run is one line of --shapes:

  usual      100 targets of 1,000 series, every second
  few        10 targets of 10,000 series
  many       1,000 targets of 100 series
  million    1,000 targets of 1,000 series, every 10 s
  gzip       as usual, pages compressed
  moving     as usual, a tenth of the lines elsewhere in every page
  churn      as usual, a twentieth of the series new in every page

environment
  MARTLET_BIN     our binary (default: .build/release/martlet of this project)
  MARTLET_PEERS   folder of prometheus and victoria-metrics, or its parent; what is not there is left out

CPU is that of the server's process as the kernel counts it, in the time behind the warm-up; "whole" is from the start, with the making of the
series. A server that by its own count has taken in less than 98 of 100 samples that were served fails the run: it would only look cheap.

    python3 Benchmarks/Ingest/run.py --shapes usual,many --seconds 75 --warmup 15
    python3 Benchmarks/Ingest/run.py --tiny
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Queries"))

import process  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402

USUAL = {"targets": 100, "series": 1000, "interval": 1, "gzip": False, "moving": 0, "churn": 0}
SHAPES = {
    "usual": USUAL,
    "few": USUAL | {"targets": 10, "series": 10_000},
    "many": USUAL | {"targets": 1000, "series": 100},
    "million": USUAL | {"targets": 1000, "interval": 10},
    "gzip": USUAL | {"gzip": True},
    "moving": USUAL | {"moving": 0.1},
    "churn": USUAL | {"churn": 0.05},
}
COUNTERS = {"victoriametrics": ("vm_rows_inserted_total", 'type="promscrape"')}


class Farm:
    """The targets, in a process of their own."""

    def __init__(self, shape):
        self.ports = [process.free_port() for _ in range(shape["targets"])]
        options = {name: shape[name] for name in ("series", "gzip", "moving", "churn")}
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "farm.py")
        self.process = subprocess.Popen(
            [sys.executable, program, json.dumps(options), *map(str, self.ports)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.started.append(self.process)
        self.process.stdout.readline()

    def scrapes(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["scrapes"]


def config(ports, interval):
    targets = ", ".join(f"'127.0.0.1:{port}'" for port in ports)
    return (
        f"global: {{scrape_interval: {interval}s, scrape_timeout: {interval}s}}\n"
        f"scrape_configs:\n  - job_name: farm\n    static_configs:\n      - targets: [{targets}]\n")


def taken_in(server):
    """How many samples a server says that it has appended."""
    name, label = COUNTERS.get(server.name, ("prometheus_tsdb_head_samples_appended_total", 'type="float"'))
    lines = server.request("GET", "/metrics")[1].decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name) and label in line)


def reading(server, farm):
    return {"cpu": server.cpu(), "samples": taken_in(server), "scrapes": farm.scrapes()}


def measured(name, shape, options, folder):
    """One row: what a server needs for a shape."""
    place = os.path.join(folder, name)
    os.makedirs(os.path.join(place, "data"))
    farm, server = Farm(shape), servers.KINDS[name](place)
    try:
        server.start(config(farm.ports, shape["interval"]))
        idle = server.memory()["resident"]
        time.sleep(options.warmup)
        warm = reading(server, farm)
        time.sleep(options.seconds - options.warmup)
        end = reading(server, farm)
        memory = server.memory()
    finally:
        server.stop()
        process.stop(farm.process)
        shutil.rmtree(place)
    samples = end["samples"] - warm["samples"]
    served = (end["scrapes"] - warm["scrapes"]) * shape["series"]
    return {
        "server": name, "us": (end["cpu"] - warm["cpu"]) / samples * 1e6, "whole": end["cpu"] / end["samples"] * 1e6,
        "rate": samples / (options.seconds - options.warmup), "share": samples / served if served else 0,
        "resident": (memory["resident"] - idle) / (shape["targets"] * shape["series"]), "peak": memory["peak"],
    }


def table(name, rows):
    first = rows[0]
    lines = [[row["server"], f"{row['us']:.3f}", f"{first['us'] / row['us']:.3f}", f"{row['whole']:.2f}", f"{row['rate']:,.0f}", f"{row['share']:.3f}",
              f"{row['resident']:.0f}", report.mebibytes(row["peak"])] for row in rows]
    headings = [name, "CPU µs/sample", f"{first['server']} to it", "whole", "samples/s", "taken in", "resident B/series", "peak MiB"]
    return report.table(headings, lines)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", default="usual", help=f"of {','.join(SHAPES)}, or all")
    parser.add_argument("--servers", default=",".join(servers.installed()), help="default: all that are there")
    parser.add_argument("--seconds", type=float, default=75)
    parser.add_argument("--warmup", type=float, default=15, help="of these, at the beginning")
    parser.add_argument("--json", help="file for everything that was measured")
    parser.add_argument("--tiny", action="store_true", help="all shapes with few targets and seconds, to see that everything works")
    options = parser.parse_args()
    if options.tiny:
        options.shapes, options.seconds, options.warmup = "all", 8, 4
    options.shapes = list(SHAPES) if options.shapes == "all" else options.shapes.split(",")
    options.servers = options.servers.split(",")
    return options


def main():
    options = parsed()
    everything, failed = {}, 0
    for name in options.shapes:
        shape = SHAPES[name]
        if options.tiny:
            shape = shape | {"targets": 3, "series": min(shape["series"], 200), "interval": 1}
        with tempfile.TemporaryDirectory() as folder:
            rows = [measured(server, shape, options, folder) for server in options.servers]
        print(table(name, rows), flush=True)
        everything[name] = rows
        # What was served a moment before a reading is taken in a moment after it.
        failed += sum(row["share"] < (0.6 if options.tiny else 0.98) for row in rows)
    if options.json:
        with open(options.json, "w") as f:
            json.dump(everything, f, indent=1)
    print(f"{len(everything)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
