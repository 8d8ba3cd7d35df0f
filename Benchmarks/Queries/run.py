#!/usr/bin/env python3
"""Martlet and other servers on the same history, asked the same queries: wall time, CPU, memory, and whether they agree.

The history has 11,500 series of machines and 1,000 of an API over a day, a sample a minute, and 100 of a product over a week, one every
15 s. It is made from a seed, loaded into each server by that server's own way, and kept in --data for the next time.

modes (without any: --shapes)
  --shapes     each query in turn by all servers; the one that begins rotates
  --crowd      8 clients at once
  --scraping   queries while all servers scrape the same 100 targets every second
  --memory     peak resident memory of one heavy query above the idle server's
  --growth     CPU for each sample read, over more series and longer ranges

environment
  MARTLET_BIN     our binary (default: .build/release/martlet of this project)
  MARTLET_PEERS   folder of prometheus, promtool and victoria-metrics, or its parent; what is not there is left out

Wall times are medians and CPU times are means of the repeats; CPU is that of the server's process as the kernel counts it. Caches of results
are off and limits are raised, everything else is as each server has it. Answers are the same if series and points are as many and the means
of all values lie within 1 %: VictoriaMetrics does not extrapolate, so its rates around restarts may not be, nor the series that topk picks by
them. Call nothing a difference that a second run does not repeat.

    python3 Benchmarks/Queries/run.py --data ~/.cache/queries --shapes --repeats 10
    python3 Benchmarks/Queries/run.py --tiny --all --strict
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time

import comparing
import crowd
import growth
import history
import resident
import scraping
import servers
import shapes

MODES = ("shapes", "crowd", "scraping", "memory", "growth")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for mode in MODES:
        parser.add_argument(f"--{mode}", action="store_true")
    parser.add_argument("--all", action="store_true", help="all modes")
    parser.add_argument("--data", help="folder for inputs and databases (full size: 4 GB), kept; default: one that is removed again")
    parser.add_argument("--servers", help=f"of {','.join(servers.KINDS)}; the first is compared with the others (default: all that are there)")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--settle", type=int, help="seconds of scraping before --scraping asks, twice: the second time it is measured (at least 11)")
    parser.add_argument("--only", default="", help="shapes whose name contains this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="file for everything that was measured")
    parser.add_argument("--tiny", action="store_true", help="a few series and seconds, to see that everything works")
    parser.add_argument("--strict", action="store_true", help="fail if Prometheus answers one of --shapes otherwise")
    options = parser.parse_args()
    options.servers = options.servers.split(",") if options.servers else servers.installed()
    absent = [name for name in options.servers if name not in servers.installed()]
    if absent or not options.servers:
        parser.error(f"not there: {', '.join(absent or servers.KINDS)}; see MARTLET_BIN and MARTLET_PEERS")
    if options.strict and not {"ours", "prometheus"} <= set(options.servers):
        parser.error("--strict needs ours and prometheus")
    options.modes = [mode for mode in MODES if options.all or getattr(options, mode)] or ["shapes"]
    options.settle = options.settle or (11 if options.tiny else 30)
    return options


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    options = parsed()
    kept = options.data is not None
    options.data = os.path.abspath(options.data) if kept else tempfile.mkdtemp(prefix="martlet-queries-")
    os.makedirs(options.data, exist_ok=True)
    try:
        results = measured(options)
    finally:
        if not kept:
            shutil.rmtree(options.data, ignore_errors=True)
    if options.json:
        with open(options.json, "w") as f:
            json.dump(results, f, indent=1)
    disagreeing = [row["shape"] for row in results.get("shapes", []) if "prometheus" in row["differences"]]
    return 1 if options.strict and disagreeing else 0


def measured(options):
    """The results of all modes that were asked for, printed as they come."""
    size = history.TINY if options.tiny else history.FULL
    past = history.prepare(options.data, size, options.seed)
    versions = {name: servers.KINDS[name](options.data).version() for name in options.servers}
    for name in options.servers:
        servers.loaded(name, options.data, past)
    tell(f"{past.series:,} series, {past.samples:,} samples; " + "; ".join(versions.values()))
    results = {"date": time.strftime("%Y-%m-%d %H:%M:%S"), "versions": versions, "repeats": options.repeats}
    results |= {"series": past.series, "samples": past.samples}
    if {"shapes", "crowd"} & set(options.modes):
        idle(options, past, results)
    if "scraping" in options.modes:
        results["scraping"], results["scraping_cores"] = scraping.measure(options, past)
        tell(comparing.table(results["scraping"], options.servers))
        tell(scraping.table(results["scraping_cores"]))
    if "memory" in options.modes:
        results["memory"] = resident.measure(options, past)
        tell(resident.table(results["memory"]))
    if "growth" in options.modes:
        results["growth"] = growth.measure(options, past)
        tell(growth.table(results["growth"]))
    return results


def idle(options, past, results):
    """The modes whose servers do nothing but answer."""
    wanted = [shape for shape in shapes.all_shapes(past.size) if options.only in shape.name]
    with servers.running(options, past) as running:
        time.sleep(1)
        if "shapes" in options.modes:
            clients = [comparing.Client(server) for server in running]
            results["shapes"] = comparing.take_turns(clients, wanted, lambda: past.end, options.repeats)
            tell(comparing.table(results["shapes"], options.servers))
            tell(comparing.slower(results["shapes"], options.servers))
        if "crowd" in options.modes:
            panels = shapes.dashboard(past.size)
            results["crowd"] = crowd.measure(running, panels, past.end, options.repeats)
            tell(crowd.table(results["crowd"], len(panels)))


def tell(text):
    print(text + "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
