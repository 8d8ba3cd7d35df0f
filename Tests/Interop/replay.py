"""The same pages, scraped by both with the same configuration file: every series, value, staleness marker and metadata entry."""

import json
import time

from harness import series, until
from replayer import LAST

UNEQUAL = "scrape_duration_seconds"  # measured by each server for itself


def config(path, targets, port, removable):
    """One job a target, at 1 s, and one whose only target is taken away through its file."""
    lines = ["global:", "  scrape_interval: 1s", "  scrape_timeout: 1s", "scrape_configs:"]
    for target in targets:
        lines += [f"  - job_name: {target}", f"    metrics_path: /{target}/metrics", "    static_configs:", f"      - targets: ['127.0.0.1:{port}']"]
    lines += ["  - job_name: removed", "    metrics_path: /removed/metrics", "    file_sd_configs:", f"      - files: ['{removable}']",
              "        refresh_interval: 1s"]
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")


def targets_file(path, port, present):
    with open(path, "w") as f:
        json.dump([{"targets": [f"127.0.0.1:{port}"]}] if present else [], f)


def scrapes(server, job):
    """Timestamps of the scrapes 1…LAST, failed ones among them: `up` is written for each."""
    found = server.query(f'up{{job="{job}"}}[15m]')
    return [t for t, _ in found[0]["values"]][:LAST]


def raw(server, job, times):
    """series -> [(number of the scrape, value)]; a sample outside any scrape keeps its timestamp and will not match."""
    number = {t: n for n, t in enumerate(times, 1)}
    out = {}
    for found in server.query(f'{{job="{job}"}}[15m]'):
        if found["metric"]["__name__"] != UNEQUAL:
            out[series(found["metric"])] = [(number.get(t, t), v) for t, v in found["values"] if t <= times[-1]]
    return out


def visible(server, job, at):
    """What an instant query sees: shows staleness markers, for a series that has one is not there."""
    return {series(f["metric"]): f["value"][1] for f in server.query(f'{{job="{job}"}}', at) if f["metric"]["__name__"] != UNEQUAL}


def check(checks, ours, theirs, replayer, jobs, removable):
    done = lambda: all(replayer.served.get((s.name, j), 0) > LAST + 1 for s in (ours, theirs) for j in jobs + ["removed"])
    if not checks.that(until(done, LAST + 40), "replay: every page was asked for by both", str(replayer.served)):
        return
    for job in jobs:
        mine, other = scrapes(ours, job), scrapes(theirs, job)
        if not checks.that(len(mine) == len(other) == LAST, f"replay {job}: one `up` a scrape", f"ours {len(mine)}, theirs {len(other)}"):
            continue
        left, right = raw(ours, job, mine), raw(theirs, job, other)
        checks.equal(set(left), set(right), f"replay {job}: the same {len(right)} series")
        checks.equal(left, right, f"replay {job}: the same {sum(map(len, right.values()))} samples")
        wrong = []
        for n, (a, b) in enumerate(zip(mine, other), 1):
            for after in (0, 0.4):
                if visible(ours, job, a + after) != visible(theirs, job, b + after):
                    wrong.append(n)
        checks.that(not wrong, f"replay {job}: the same series are visible after each of {LAST} scrapes (staleness)", f"scrapes {wrong}")
    metadata = [json.loads(s.request("/api/v1/metadata")[1])["data"] for s in (ours, theirs)]
    ordered = [{k: sorted(map(str, v)) for k, v in m.items()} for m in metadata]
    checks.equal(*ordered, f"replay: the same metadata of {len(ordered[1])} metrics")
    removal(checks, ours, theirs, replayer, removable)


def removal(checks, ours, theirs, replayer, removable):
    before = [len(s.query('{job="removed"}')) for s in (ours, theirs)]
    checks.that(before[0] == before[1] > 5, "replay: the removable target is there at first", str(before))
    targets_file(removable, replayer.port, False)
    gone = lambda s: not s.query('{job="removed"}')
    checks.that(until(lambda: gone(theirs), 30), "replay: Prometheus marks a removed target's series stale")
    checks.that(until(lambda: gone(ours), 15), "replay: so do we")
    time.sleep(1)
    checks.that(not ours.query('up{job="removed"}'), "replay: a removed target has no `up`")
