"""Made-up pasts as blocks, and what a server of ours says of its tiers."""

import json
import os
import shlex
import subprocess

from harness import ROOT, blocks, peer, until

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
# The shapes of Benchmarks/History/ShapedSeries.swift in their order: series `n` has shape n modulo their number.
SHAPES = ("counter", "steady", "edges", "gauge", "digits", "sparse", "bursts", "constant", "notNumbers", "infinities", "gaps", "stale", "lives", "flag")
COUNTERS = ("counter", "steady", "edges", "bursts", "gaps", "lives")


def beside(name):
    """A program that was built beside our binary."""
    binary = shlex.split(os.environ.get("MARTLET_BIN", os.path.join(ROOT, ".build/debug/martlet")))[0]
    return os.path.join(os.path.dirname(os.path.abspath(binary)), name)


def ran(name, *arguments):
    """What such a program prints."""
    done = subprocess.run([beside(name), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name} {arguments}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.stdout


def write(folder, kind, series, seconds, days, end, hours=24, seed=1):
    """Blocks of so many hours with `days` before `end` (ms); gives the number of samples."""
    return int(ran("HistoryWriter", folder, kind, series, seconds, days, end, hours, seed).split()[0])


def rewritten(source, target):
    """The same samples through promtool: printed as text and made blocks of again."""
    text = target + ".om"
    os.makedirs(f"{source}/wal", exist_ok=True)  # promtool looks for it
    with open(text, "w") as out:
        subprocess.run([peer("promtool"), "tsdb", "dump-openmetrics", source], stdout=out, check=True)
    subprocess.run([peer("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", "--quiet", text, target],
                   stdout=subprocess.DEVNULL, check=True)
    os.remove(text)


def tiers(server):
    """What /status/tsdb/tiers says: {"raw" | "5m" | "1h": its members}."""
    status, text = server.request("/api/v1/status/tsdb/tiers")
    if status != 200:
        raise ValueError(f"{status} {text[:200]}")
    return {tier["tier"]: tier for tier in json.loads(text)["data"]["tiers"]}


def waiting(server):
    """Blocks that are not folded yet, in all tiers."""
    return sum(tier["backlogBlocks"] for tier in tiers(server).values())


def folded(server, seconds):
    """Whether everything comes to be folded."""
    return until(lambda: tiers(server)["1h"]["blocks"] > 0 and waiting(server) == 0, seconds, 0.5)


def spans(folder):
    """(begin, end) in ms of each block in a folder; none if there is no such folder."""
    metas = [json.load(open(f"{folder}/{name}/meta.json")) for name in (blocks(folder) if os.path.isdir(folder) else [])]
    return [(meta["minTime"], meta["maxTime"]) for meta in metas]

