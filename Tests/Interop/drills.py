#!/usr/bin/env python3
"""Plays each drill of the demo before a server with the rules of deploy/rules, and looks which alerts fire: those of the drill, at their severity,
and no other; during a quiet demo none but the watchdog. What needs hours is left to the unit tests in deploy/rules/tests.

By itself: drills.py [--server ours|theirs] [--drill NAME …] [--quiet SECONDS]; see harness.py for the environment.
"""

import argparse
import collections
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness
import shifted

RULES = os.path.join(harness.ROOT, "deploy/rules")
JOBS = ["telegram-bot", "api-gateway", "task-queue", "llm-service", "seaweedfs", "node", "postgres", "redis"]
# What `for` says is made this many times shorter, and three seconds where it is an hour.
FASTER = 15
# The demo's day: a Wednesday, 13:00 UTC, when there is so much to do that no rule has to wait for its least number of requests.
BUSY = 1_772_629_200_000
STAGES = ["audio_extraction", "asr", "diarisation", "summarisation"]

# By drill: alert, severity, and the label that tells its instances apart with their values. Exactly these fire in the end.
EXPECTED = {
    "error-rate-2": [("ErrorRateHigh", "warning", "job", ["api-gateway"])],
    "error-rate-8": [("ErrorRateCritical", "critical", "job", ["api-gateway"])],
    "slow-answers": [
        ("LatencyCritical", "critical", "job", ["api-gateway"]), ("BotErrorsHigh", "warning", "job", ["telegram-bot"]),
        ("BotSlow", "warning", "job", ["telegram-bot"])],
    "queue-backlog": [("QueueBacklogCritical", "critical", "queue", ["asr"])],
    "worker-lost": [("WorkersLost", "warning", "stage", ["asr"])],
    "slow-stages": [("StageSlowCritical", "critical", "stage", STAGES)],
    "retry-storm": [
        ("RetryStorm", "critical", "stage", STAGES + ["artifact_generation"]),
        ("TaskFailuresHigh", "warning", "stage", STAGES + ["artifact_generation"])],
    "llm-failing": [
        ("LLMErrorsCritical", "critical", "model", ["summary-large", "summary-small", "embedding"]),
        ("LLMSlow", "warning", "model", ["summary-large"]), ("TaskFailuresCritical", "critical", "stage", ["summarisation"])],
    "redis-down": [("RedisDown", "critical", "job", ["redis"])],
    "postgres-refusing": [("PostgreSQLDown", "critical", "job", ["postgres"])],
    "seaweedfs-volume-lost": [
        ("SeaweedFSVolumeServerLost", "critical", "job", ["seaweedfs"]),
        ("SeaweedFSErrorsCritical", "critical", "service", ["volume server", "filer", "S3 gate"])],
    "disk-filling": [("DiskFull", "critical", "mountpoint", ["/data"])],
    "cpu-busy": [("CPUCritical", "critical", "job", ["node"])],
    "memory-short": [("MemoryCritical", "critical", "job", ["node"])],
    "target-down": [("ServiceDown", "critical", "job", ["telegram-bot"])],
    "deployment": [("Deployment", "info", "job", JOBS[:4])],
}
# Another target of a job is not there during this drill.
LAME = {"target-down": ("redis", [("TargetDown", "warning", "job", ["redis"])])}
WATCHDOG = [("Watchdog", "none", "alertname", ["Watchdog"])]


def flat(expected):
    return {(alert, severity, value) for alert, severity, _, values in expected for value in values}


LABEL = {alert: label for rows in [*EXPECTED.values(), LAME["target-down"][1], WATCHDOG] for alert, _, label, _ in rows}


def quick_rules(folder):
    """The rules with their waits made short."""
    os.makedirs(folder)
    unit = {"s": 1, "m": 60, "h": 3600}

    def shorter(found):
        seconds = int(found[2]) * unit[found[3]]
        return f"{found[1]}for: {3 if seconds >= 3600 else max(1, seconds // FASTER)}s"

    for name in os.listdir(RULES):
        if name.endswith(".yml"):
            with open(f"{RULES}/{name}") as source, open(f"{folder}/{name}", "w") as target:
                target.write(re.sub(r"( +)for: (\d+)([smh])\b", shorter, source.read()))


class Trial(threading.Thread):
    """One demo and one server that watches it."""

    def __init__(self, drill, server, folder, clock, seconds):
        super().__init__(daemon=True)
        self.drill, self.kind, self.folder, self.clock, self.seconds = drill, server, f"{folder}/{drill or 'quiet'}", clock, seconds
        lame = LAME.get(drill, (None, []))
        self.lame, self.expected = lame[0], flat(EXPECTED.get(drill, []) + lame[1] + WATCHDOG)
        self.seen, self.firing, self.came, self.log = collections.OrderedDict(), set(), None, ""
        os.makedirs(self.folder)

    def configuration(self, base):
        rows = []
        for place, job in enumerate(JOBS):
            targets = [f"127.0.0.1:{base + place}"] + ([f"127.0.0.1:{harness.free_port()}"] if job == self.lame else [])
            rows.append(f"  - {{job_name: {job}, static_configs: [{{targets: {targets}}}]}}\n")
        with open(f"{self.folder}/config.yml", "w") as f:
            f.write("global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n")
            f.write(f"rule_files: [{self.folder}/../rules/*.yml]\nscrape_configs:\n" + "".join(rows))
        return f"{self.folder}/config.yml"

    def run(self):
        base = free_row(len(JOBS))
        server = harness.Server(self.kind, self.folder, self.configuration(base))
        command = shlex.split(os.environ.get("MARTLET_BIN", os.path.join(harness.ROOT, ".build/debug/martlet")))
        command += ["demo", f"--base-port={base}"] + ([f"--drill={self.drill}", "--drill-seconds=3600"] if self.drill else ["--quiet"])
        demo = harness.run(command, f"{self.folder}/demo.log", env=os.environ | (self.clock.environment if self.clock else {}))
        try:
            harness.until(lambda: harness.urllib.request.urlopen(f"http://127.0.0.1:{base + len(JOBS) - 1}/metrics").status == 200)
            server.start()
            self.watch(server)
        finally:
            demo.terminate()
            demo.wait()
            if server.process:
                server.stop()
            self.log = open(f"{self.folder}/demo.log", errors="replace").read()

    def watch(self, server):
        """Until just what is expected has fired for ten seconds; a quiet demo is watched to the end."""
        begin = time.monotonic()
        since = None
        while time.monotonic() < begin + self.seconds:
            self.firing = firing(server)
            now = time.monotonic()
            for alert in self.firing:
                self.seen.setdefault(alert, now - begin)
            since = (since or now) if self.firing == self.expected else None
            if self.drill and since and now > since + 10:
                self.came = since - begin
                return
            time.sleep(1)


def free_row(count):
    """The first of so many free ports in a row."""
    while True:
        base = harness.free_port()
        row = range(base + 1, base + count)
        if base + count < 32000 and not harness.given.intersection(row) and all(is_free(port) for port in row):
            harness.given.update(row)
            return base


def is_free(port):
    with harness.socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) != 0


def firing(server):
    alerts = json.loads(server.request("/api/v1/alerts")[1])["data"]["alerts"]
    return {(a["labels"]["alertname"], a["labels"]["severity"], a["labels"].get(LABEL.get(a["labels"]["alertname"], "job"), ""))
            for a in alerts if a["state"] == "firing"}


def words(alerts):
    return "; ".join(" ".join(filter(None, alert)) for alert in sorted(alerts)) or "nothing"


def judge(checks, trial):
    name = trial.drill or "quiet"
    if trial.drill is None:
        bad = {a: s for a, s in trial.seen.items() if a[1] not in ("none", "info")}
        checks.that(not bad, f"drills {name}: no warning and nothing critical within {trial.seconds} s", words(bad))
        checks.that(trial.expected <= trial.firing, f"drills {name}: the watchdog fires", words(trial.firing))
        checks.that("incident" not in trial.log, f"drills {name}: the log names no incident", trial.log[-300:])
        return
    wanted = trial.expected - flat(WATCHDOG)
    checks.that(trial.came is not None, f"drills {name}: {words(wanted)}, and nothing else",
                f"missing {words(trial.expected - trial.firing)}; besides {words(trial.firing - trial.expected)}")
    checks.that(f"incident {name} begins" in trial.log, f"drills {name}: the log names it", trial.log[-300:])
    early = {a for a, s in trial.seen.items() if a not in trial.expected}
    if trial.came is not None:
        print(f"      after {trial.came:.0f} s" + (f"; on the way {words(early)}" if early else ""), flush=True)


def check(checks, folder, server="theirs", drills=None, quiet=240, seconds=300, together=4):
    """server: who evaluates the rules; drills: their names, all by default; quiet: seconds of a quiet demo, 0 for none."""
    folder = f"{folder}/drills"
    quick_rules(f"{folder}/rules")
    try:
        clock = shifted.Clock(folder, BUSY)
    except StopIteration:
        clock = None  # without a C compiler at whatever hour it is
    waiting = ([Trial(None, server, folder, clock, quiet)] if quiet else [])
    waiting += [Trial(name, server, folder, clock, seconds) for name in drills or EXPECTED]
    running = []
    while waiting or running:
        while waiting and len(running) < together:
            running.append(waiting.pop(0))
            running[-1].start()
        for trial in [t for t in running if not t.is_alive()]:
            running.remove(trial)
            judge(checks, trial)
        time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", choices=["ours", "theirs"], default="theirs", help="who evaluates the rules")
    parser.add_argument("--drill", action="append", choices=list(EXPECTED), help="may be given several times")
    parser.add_argument("--quiet", type=int, default=240, metavar="SECONDS", help="of a quiet demo, 0 for none")
    parser.add_argument("--together", type=int, default=4, help="trials at the same time")
    options = parser.parse_args()
    checks = harness.Checks()
    folder = tempfile.mkdtemp(prefix="martlet-drills-")
    try:
        check(checks, folder, options.server, options.drill, options.quiet, together=options.together)
    finally:
        harness.end_all()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
