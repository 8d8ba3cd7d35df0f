#!/usr/bin/env python3
"""What a year costs in tiers, beside Prometheus and VictoriaMetrics, which keep it raw: bytes, folding, and queries over all of it.

A made-up past of the usual mix of series (Benchmarks/History), a sample every 15 s, becomes blocks as a Prometheus has them. Prometheus gets them
in the length that it would end up with; ours gets them in days, folds them, and purges raw samples after a week; VictoriaMetrics imports them from
Prometheus's blocks by its own vmctl, all or, with --panel, only those series that queries ask about (every fourth ten), for that takes long.

aims: at most 0.40 MB for the year of one series; at most 0.04 µs of CPU to fold a raw sample into both tiers; for queries over the year at steps of
six hours, over 50 series, at most 1/100 of Prometheus's CPU and 1/20 of VictoriaMetrics's.

environment
  MARTLET_BIN     our binary (default: .build/release/martlet of this project); HistoryWriter and StorageBenchmark are beside it
  MARTLET_PEERS   folder of prometheus, victoria-metrics and vmctl, or its parent; who is not there is left out

CPU is that of the server's process as the kernel counts it, the mean of the repeats; bytes are those of the files.

    python3 Benchmarks/Tiers/run.py --data /var/tmp/tiers --panel
"""

import argparse
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Queries"))
import report
import servers

DAY, STEP = 86_400, 6 * 3600
QUERIES = {
    "rate": 'rate({panel="yes"}[6h])', "increase": 'increase({panel="yes"}[6h])', "avg": 'avg_over_time({panel="yes"}[6h])',
    "max": 'max_over_time({panel="yes"}[6h])', "count": 'count_over_time({panel="yes"}[6h])', "selector": '{panel="yes"}',
    "sum of rates": 'sum by (instance) (rate({panel="yes",__name__=~".+_total|request_.+"}[6h]))', "one day": 'rate({panel="yes"}[1d])',
}
AIMS = {"bytes": 0.40e6, "fold": 0.04, "prometheus": 100, "victoriametrics": 20}


class Prometheus(servers.Prometheus):
    def flags(self):
        return [f"--config.file={self.config}", f"--storage.tsdb.path={self.data}", f"--web.listen-address=127.0.0.1:{self.port}",
                "--storage.tsdb.retention.time=10y", "--query.max-samples=2000000000", "--query.timeout=10m", "--log.level=warn"]


class Ours(Prometheus):
    name, program = "ours", servers.Ours.program

    def flags(self):
        return [flag.replace("10y", "1w") for flag in super().flags()]

    def command(self):
        return [self.program, "serve", *self.flags()]


class VictoriaMetrics(servers.VictoriaMetrics):
    def command(self):
        return [flag.replace("-retentionPeriod=1y", "-retentionPeriod=10y") for flag in super().command()]


def beside(name):
    return os.path.join(os.path.dirname(servers.Ours.program), name)


def bytes_of(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)


def blocks(folder):
    return [os.path.dirname(path) for path in glob.glob(f"{folder}/*/meta.json")]


def written(options, folder, hours):
    """Samples written into a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    numbers = (options.series, 15, options.days, options.end * 1000, hours, options.seed)
    done = subprocess.run([beside("HistoryWriter"), folder, "mix", *map(str, numbers)], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0])


def prometheus(options, place):
    """(server that has the year, samples, bytes)"""
    samples = written(options, f"{place}/data", 486)
    return Prometheus(place), samples, bytes_of(f"{place}/data")


def ours(options, place):
    """The year in days, then folded and purged by the engine alone, which tells what that costs."""
    samples = written(options, f"{place}/data", 24)
    done = subprocess.run([beside("StorageBenchmark"), "fold", f"{place}/data", str(options.end * 1000)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"StorageBenchmark fold: {done.stdout}{done.stderr}")
    tell(done.stdout.strip())
    sizes = {name: sum(map(bytes_of, blocks(f"{place}/data/{path}"))) for name, path in (("raw", "."), ("5m", "tiers/5m"), ("1h", "tiers/1h"))}
    tell("bytes of ours: " + ", ".join(f"{name} {size:,}" for name, size in sizes.items()))
    options.fold = float(done.stdout.split(" samples: ")[1].split()[0])
    return Ours(place), samples, sum(sizes.values())


def victoriametrics(options, place):
    """Imported from Prometheus's blocks."""
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    server = VictoriaMetrics(place).start()
    command = [servers.peer("vmctl"), "prometheus", "-s", "--disable-progress-bar", f"--prom-snapshot={options.data}/prometheus/data",
               f"--vm-addr=http://127.0.0.1:{server.port}", "--vm-compress=false", "--prom-concurrency=2"]
    if options.panel:
        command += ["--prom-filter-label=panel", "--prom-filter-label-value=yes"]
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"vmctl: {done.stdout[-500:]}{done.stderr[-1000:]}")
    server.settle()
    time.sleep(3)
    end = options.end
    found = answer(server, "sum(count_over_time({panel=\"yes\"}[%ds]))" % (options.days * DAY), end, end, DAY)
    samples = round(float(found[0]["values"][0][1])) * (1 if options.panel else round(options.series / (options.panels)))
    tell(f"VictoriaMetrics has {samples:,} samples after {time.monotonic() - begin:.0f} s")
    server.stop()
    return VictoriaMetrics(place), samples, sum(bytes_of(f"{place}/data/{part}") for part in ("data", "indexdb", "metadata"))


def path(server, query, start, end, step):
    parameters = {"query": query, "start": start, "end": end, "step": step, **server.uncached}
    return "/api/v1/query_range?" + urllib.parse.urlencode(parameters)


def answer(server, query, start, end, step):
    status, body = server.request("GET", path(server, query, start, end, step))
    if status != 200:
        raise SystemExit(f"{server.name}: {query}: {status} {body[:300]!r}")
    return json.loads(body)["data"]["result"]


def digest(rows):
    """Series, points, and the mean of the values: of those of no levels, for servers differ in what they call the rate of a level that falls."""
    points = [float(v) for row in rows for _, v in row["values"] if not int(row["metric"].get("n", 0)) % 10 in (6, 7)]
    return {"series": len(rows), "points": sum(len(row["values"]) for row in rows), "mean": statistics.fmean(points)}


def asked(server, options):
    """{query: (CPU seconds of one, the best wall time, digest)}"""
    out = {}
    end, start = options.end // STEP * STEP, (options.end - options.days * DAY) // STEP * STEP + STEP
    for name, query in QUERIES.items():
        call = path(server, query, start, end, STEP)
        found = digest(answer(server, query, start, end, STEP))
        cpu, walls = server.cpu(), []
        for _ in range(options.repeats):
            begin = time.perf_counter()
            status, _ = server.request("GET", call)
            walls.append(time.perf_counter() - begin)
            assert status == 200
        out[name] = ((server.cpu() - cpu) / options.repeats, min(walls), found)
    return out


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder for databases (full size: 5 GB), kept; default: one that is removed again")
    parser.add_argument("--series", type=int, default=200, help="a multiple of 40")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--panel", action="store_true", help="VictoriaMetrics gets only the series that are asked for")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--servers", default="prometheus,ours,victoriametrics",
                        help="measured now; VictoriaMetrics needs Prometheus's blocks. What --data keeps of the others is shown beside them")
    parser.add_argument("--end", type=int, help="of the past, in seconds; with servers measured at different times it must be the same")
    parser.add_argument("--tiny", action="store_true", help="a few weeks of a few series, to see that everything works")
    parser.add_argument("--strict", action="store_true", help="fail if an aim is missed")
    options = parser.parse_args()
    if options.tiny:
        options.series, options.days, options.repeats = 40, 45, 1
    # All blocks that there will be end here, on an hour that has passed.
    options.end = options.end or int(time.time()) // 7200 * 7200
    options.panels, options.fold = len([n for n in range(options.series) if n // 10 % 4 == 0]), None
    return options


def main():
    options = parsed()
    kept = options.data is not None
    options.data = os.path.abspath(options.data) if kept else tempfile.mkdtemp(prefix="martlet-tiers-")
    try:
        return measured(options)
    finally:
        if not kept:
            shutil.rmtree(options.data, ignore_errors=True)


def measured(options):
    kept = f"{options.data}/results.json"
    results = json.load(open(kept)) if os.path.exists(kept) else {}
    for name in options.servers.split(","):
        place = f"{options.data}/{name}"
        os.makedirs(place, exist_ok=True)
        server, samples, size = {"prometheus": prometheus, "ours": ours, "victoriametrics": victoriametrics}[name](options, place)
        server.start()
        time.sleep(2)
        results[name] = {"samples": samples, "bytes": size, "fold": options.fold if name == "ours" else None, "answers": asked(server, options)}
        server.stop()
        with open(kept, "w") as f:
            json.dump(results, f, indent=1)
    tell(report.table(["server", "samples", "MiB", "B a sample", "MB a series and year"],
                      [[name, f"{one['samples']:,}", report.mebibytes(one["bytes"]), f"{one['bytes'] / one['samples']:.3f}", f"{year(one) / 1e6:.3f}"]
                       for name, one in results.items()]))
    tell(queries({name: one["answers"] for name, one in results.items()}))
    missed = misses(options, results) if "ours" in results else []
    tell("missed: " + ("; ".join(missed) or "no aim"))
    return 1 if options.strict and missed else 0


def year(one):
    """Bytes that a series takes in a year, if what was measured is a typical part of one."""
    return one["bytes"] / one["samples"] * 365 * DAY / 15


def queries(answers):
    """The table of queries; the first server's digest is what the others' are held against."""
    names = list(answers)
    lines = []
    for query in QUERIES:
        digests = {name: answers[name][query][2] for name in names}
        first = digests[names[0]]
        same = ["same" if abs(d["mean"] - first["mean"]) <= 1e-6 * abs(first["mean"]) and d["points"] == first["points"]
                else f"{d['points'] - first['points']:+} points, mean {d['mean'] / first['mean'] - 1:+.1e}" for d in digests.values()]
        lines.append([query, f"{first['series']}", f"{first['points']:,}", *(f"{answers[n][query][0] * 1000:.2f}" for n in names),
                      *(f"{answers[n][query][1] * 1000:.1f}" for n in names), "; ".join(f"{n}: {s}" for n, s in zip(names[1:], same[1:]))])
    return report.table(["query", "series", "points", *(f"{n} CPU ms" for n in names), *(f"{n} ms" for n in names), "answers"], lines)


def misses(options, results):
    """Which aims are not reached. A shorter past has too large a share of raw samples for the aim of bytes."""
    out, ours = [], results["ours"]
    if options.days >= 365 and year(ours) > AIMS["bytes"]:
        out.append(f"{year(ours) / 1e6:.3f} MB a series and year")
    if ours["fold"] > AIMS["fold"]:
        out.append(f"{ours['fold']} µs to fold a sample")
    for name in set(results) - {"ours"}:
        for query in QUERIES:
            ratio = results[name]["answers"][query][0] / ours["answers"][query][0]
            if ratio < AIMS[name]:
                out.append(f"{query}: 1/{ratio:.0f} of {name}'s CPU")
    return out


def tell(text):
    print(text + "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
