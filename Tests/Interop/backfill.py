"""Recording rules evaluated over past data by promtool over a real Prometheus, and by us over the same server and over its data folder.

The groups' slots of the two lie at other moments within the interval. So the data's samples lie on the intervals' edges, and every moment between
two of them gives the same; what is compared is which value is in which interval. Staleness markers, which promtool does not write, are left out.
"""

import json
import os
import random
import re
import shlex
import shutil
import subprocess
import time

from harness import ROOT, Server, blocks, peer
from tsdb_tools import promtool

HOURS = 7
MINUTE = 60_000

RULES = """
groups:
  - name: plain
    interval: 1m
    labels: {origin: group}
    rules:
      - {record: 'r:double', expr: load * 2, labels: {origin: rule}}
      - {record: 'r:sum', expr: sum by (zone) (load)}
      - {record: 'r:worst', expr: 'topk by (zone) (1, load)'}
      - {record: 'r:deep', expr: 'max_over_time(sum(load)[30m:1m])'}
      - {record: 'r:history', expr: 'quantile_over_time(0.9, load[2h])'}
      - {record: 'r:gone', expr: 'absent(load{item="3"})'}
      - {record: 'r:scalar', expr: '1e300 * 1e10'}
      - {record: 'r:nothing', expr: no_such_series}
      - {alert: Some, expr: load > 1}
      - {record: 'c:mean', expr: 'avg_over_time(r:sum[20m])'}
  - name: slow
    interval: 5m
    rules:
      - {record: 'r:slow', expr: count(tide > 50) or vector(0)}
"""

def page(seed, begin):
    """Gauges that come and go, as OpenMetrics with a sample a minute, or one in five minutes, from `begin` in milliseconds."""
    draw = random.Random(seed)
    lines = ["# TYPE load gauge"]
    for item in range(8):
        is_there = True
        for n in range(HOURS * 60):
            is_there ^= draw.random() < 0.03
            if is_there:
                lines.append(f'load{{item="{item}",zone="{"ab"[item % 2]}"}} {draw.uniform(0, 100)} {(begin + n * MINUTE) / 1000}')
    lines.append("# TYPE tide gauge")
    for item in range(4):
        lines += [f'tide{{item="{item}"}} {draw.uniform(0, 100)} {(begin + n * MINUTE) / 1000}' for n in range(0, HOURS * 60, 5)]
    return "\n".join([*lines, "# EOF", ""])


def run(command, **more):
    """(status, output) of a program."""
    done = subprocess.run(command, capture_output=True, text=True, **more)
    return done.returncode, done.stdout + done.stderr


def ours(folder, output, begin, end, *more):
    binary = os.environ.get("MARTLET_BIN", os.path.join(ROOT, ".build/debug/martlet"))
    return run([*shlex.split(binary), "tsdb", "create-blocks-from", "rules", f"--start={begin / 1000}", f"--end={end / 1000}",
                f"--output-dir={output}", *more], cwd=folder)


def theirs(folder, output, begin, end, url, file):
    return run([peer("promtool"), "tsdb", "create-blocks-from", "rules", f"--start={begin // 1000}", f"--end={end // 1000}", f"--url={url}",
                f"--output-dir={output}", file], cwd=folder)


def recorded(output, metric):
    """(series, interval) -> value, of what promtool reads from blocks, and a note of each sample that shares its interval with another."""
    found, twice = {}, []
    # promtool reads no folder without a log.
    os.makedirs(f"{output}/wal", exist_ok=True)
    status, text = promtool("dump", output, f'--match={{__name__=~"{metric}"}}')
    if status:
        return {}, [text[:300]]
    for line in text.splitlines():
        name, _, rest = line.rpartition("} ")
        value, at = rest.split()
        # What promtool prints of a staleness marker is a NaN like others; the rules give none.
        if value == "NaN":
            continue
        length = 5 * MINUTE if "r:slow" in name else MINUTE
        key = name, int(at) // length
        if key in found:
            twice.append(line)
        found[key] = value
    return found, twice


def check(checks, folder, seed):
    folder = f"{folder}/backfill"
    os.makedirs(folder)
    # Whole blocks, all of them long past.
    begin = (int(time.time() * 1000) // 7_200_000 - 8) * 7_200_000
    end = begin + HOURS * 60 * MINUTE
    for name, text in (("rules.yml", RULES), ("page.om", page(seed, begin)), ("empty.yml", "scrape_configs: []\n")):
        with open(f"{folder}/{name}", "w") as f:
            f.write(text)
    data = f"{folder}/data"
    run([peer("promtool"), "tsdb", "create-blocks-from", "openmetrics", f"{folder}/page.om", data])
    server = Server("theirs", folder, f"{folder}/empty.yml", data=data).start()
    outputs = {name: f"{folder}/{name}" for name in ("theirs-new", "ours-url", "ours-folder", "theirs-chained")}
    # The end lies between two samples: the slots of both that are before it are those of the last interval that the data have.
    last = end + MINUTE - 1
    told = {"theirs-new": theirs(folder, outputs["theirs-new"], begin, last, server.url, "rules.yml"),
            "ours-url": ours(folder, outputs["ours-url"], begin, last, f"--url={server.url}", "rules.yml"),
            "ours-folder": ours(folder, outputs["ours-folder"], begin, last, f"--from={data}", "rules.yml")}
    for name, (status, text) in told.items():
        checks.that(status == 0, f"backfill: {name} ends well (seed {seed})", text[-300:])
    checks.that("Some" in told["ours-url"][1], "backfill: the alert that is left out is named", told["ours-url"][1][:300])
    server.stop()
    wanted, twice = recorded(outputs["theirs-new"], "r:.*")
    checks.that(len(wanted) > 5000 and not twice, "backfill: promtool has written something to compare", f"{len(wanted)} values; {twice[:2]}")
    for name in ("ours-url", "ours-folder"):
        found, twice = recorded(outputs[name], "r:.*")
        checks.that(not twice, f"backfill: {name}: one value an interval", str(twice[:2]))
        checks.equal(found, wanted, f"backfill: {name}: the same {len(wanted)} values as promtool's")
    chained(checks, folder, data, outputs, begin, last)
    shapes(checks, outputs)
    for name in ("ours", "theirs"):
        served(checks, folder, name, outputs["ours-folder"], last)


def chained(checks, folder, data, outputs, begin, last):
    """promtool has to be asked again once what the first run gave is in the server; we have done it in the one run."""
    for name in blocks(outputs["theirs-new"]):
        shutil.copytree(f"{outputs['theirs-new']}/{name}", f"{data}/{name}")
    server = Server("theirs", f"{folder}/again", f"{folder}/empty.yml", data=data).start()
    status, text = theirs(folder, outputs["theirs-chained"], begin, last, server.url, "rules.yml")
    server.stop()
    wanted, found = recorded(outputs["theirs-chained"], "c:.*")[0], recorded(outputs["ours-folder"], "c:.*")[0]
    checks.that(status == 0 and len(wanted) > 500, "backfill: promtool's second run gives the chained rule", text[-300:])
    checks.equal(found, wanted, f"backfill: the chained rule's {len(wanted)} values, from one run")


def served(checks, folder, name, output, last):
    """A server on our blocks answers with what is in them, once it has merged what it likes to merge."""
    wanted = {}
    for (metric, _), _ in recorded(output, ".+")[0].items():
        metric = re.search(r'__name__="([^"]*)"', metric)[1]
        wanted[metric] = wanted.get(metric, 0) + 1
    server = Server(name, f"{folder}/served", f"{folder}/empty.yml", data=output).start()
    time.sleep(3)
    found = {}
    for one in server.query(f'{{__name__=~".+"}}[{HOURS + 1}h]', last / 1000):
        metric = one["metric"]["__name__"]
        found[metric] = found.get(metric, 0) + len(one["values"])
    server.stop()
    checks.equal(found, wanted, f"backfill: {name} serves our blocks whole")


def shapes(checks, outputs):
    """Our blocks lie within two hours each and do not overlap."""
    spans = []
    for name in blocks(outputs["ours-folder"]):
        with open(f"{outputs['ours-folder']}/{name}/meta.json") as f:
            meta = json.load(f)
        spans.append((meta["minTime"], meta["maxTime"]))
    spans.sort()
    checks.that(spans and all((b - 1) // 7_200_000 == a // 7_200_000 for a, b in spans) and all(x[1] <= y[0] for x, y in zip(spans, spans[1:])),
                "backfill: a block of each two hours, none over another", str(spans))
