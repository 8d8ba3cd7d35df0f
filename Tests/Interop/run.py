#!/usr/bin/env python3
"""Martlet beside real programs: one line a check, at the end `N passed, N failed`. Needs Python 3 and MARTLET_PEERS; see harness.py.

parts:
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import access
import alertmanager
import alerts
import backfill
import clients
import desk
import drills
import exporters
import faults
import features
import federation
import generator
import grafana
import harness
import hostile
import httpsd
import kill
import leaks
import linting
import live
import notifications
import notifier
import protobuf
import querylog
import records
import replay
import replayer
import rulepack
import stale
import starts
import storage
import tier_forms
import tiers
import writers


def replayed(checks, folder, pages, options):
    """One replayer and one configuration file for both servers; what follows asks the same two."""
    pages = pages | {"removed": next(iter(pages.values()))}
    source = replayer.Replayer(pages, alter=options.alter)
    config, removable = f"{folder}/replay.yml", f"{folder}/removable.json"
    jobs = [name for name in pages if name != "removed"]
    replay.config(config, jobs, source.port, removable)
    replay.targets_file(removable, source.port, True)
    both = [harness.Server(name, f"{folder}/replay", config) for name in ("ours", "theirs")]
    for server in both:
        server.start()
    replay.check(checks, *both, source, jobs, removable)
    grafana.check(checks, *both)
    clients.check_promtool(checks, *both)
    clients.check_python(checks, *both, folder, options.strict)
    for server in both:
        server.stop()


def exposed(checks, folder, options):
    """The exporters' pages, as they were and as they are: `replay` and `live`, which share them."""
    ports = exporters.start(f"{folder}/exporters")
    for name in {"node", "redis", "postgres"} - set(ports):
        checks.skip(name, "the program is not installed")
    if "replay" in options.only:
        replayed(checks, folder, exporters.record(ports), options)
    if "live" in options.only:
        live.check(checks, folder, ports, options.seconds)


def generated(checks, folder, options):
    if "MARTLET_CONFORMANCE" in os.environ:
        generator.check(checks, folder, options.generator_factor)
    else:
        checks.skip("generator", "MARTLET_CONFORMANCE names no folder")


# The names of parts that are run together, what they are about, and how they are run.
PARTS = [
    (("replay", "live"), "pages of exporters: recorded (with Grafana's and other clients' questions), and as they come", exposed),
    (("kill",), "kill -9 while scraping", lambda c, f, o: kill.check(c, f, o.rounds, o.seed)),
    (("compacting",), "kill -9 while compacting", lambda c, f, o: kill.check(c, f, o.rounds, o.seed, compacting=True)),
    (("full",), "a full disk", lambda c, f, o: faults.full_disk(c, f)),
    (("stale",), "series that ended leave the head early", lambda c, f, o: stale.check(c, f)),
    (("tiers",), "what is left of old samples, beside a Prometheus that kept them all; a year of them with --full-tiers",
     lambda c, f, o: tiers.check(c, f, o.seed, o.full_tiers)),
    (("rules",), "deploy/rules before promtool", lambda c, f, o: rulepack.check(c)),
    (("backfill",), "recording rules over past data", lambda c, f, o: backfill.check(c, f, o.seed)),
    (("alerts",), "rules evaluated by both, for --alert-seconds", lambda c, f, o: alerts.check(c, f, o.seed, o.alert_seconds, o.alert_interval)),
    (("alertmanager",), "alerts sent by both", lambda c, f, o: alertmanager.check(c, f)),
    (("generator",), "the compliance suite of alert generators, in real time or faster", generated),
    (("notifier",), "our notifier beside a real Alertmanager, for a minute", lambda c, f, o: notifier.check(c, f"{f}/notifier")),
    (("desk",), "amtool, a second Prometheus, and kill -9 while alerts fire", lambda c, f, o: desk.check(c, f"{f}/desk", o.rounds, o.seed)),
    (("forms",), "tiers on disk, by a reader written from the page of their form", lambda c, f, o: tier_forms.check(c, f, o.seed)),
    (("access",), "web configurations, logins and roles, beside a real Prometheus over TLS", lambda c, f, o: access.check(c, f)),
    (("writers",), "remote write by Prometheus and vmagent to us, which are killed meanwhile, for --writer-seconds",
     lambda c, f, o: writers.check(c, f"{f}/writers", o.writer_seconds, o.seed)),
    (("records",), "what is on record, over kills, and a backup", lambda c, f, o: records.check(c, f, min(o.rounds, 20), o.seed)),
    (("notifications",), "what receivers are sent, beside an Alertmanager", lambda c, f, o: notifications.check(c, f"{f}/notifications")),
    (("httpsd",), "targets that an HTTP service and a Docker daemon tell of", lambda c, f, o: httpsd.check(c, f)),
    (("protobuf",), "pages of protobuf and native histograms, beside a Prometheus that scrapes the same", lambda c, f, o: protobuf.check(c, f)),
    (("lint",), "check metrics beside promtool", lambda c, f, o: linting.check(c, f, o.seed)),
    (
        ("federation",), "/federate beside a Prometheus that federates it, and starts of series that pages tell",
        lambda c, f, o: (federation.check(c, f), starts.check(c, f))),
    (("features",), "pages with everything, right and wrong, beside a Prometheus", lambda c, f, o: features.check(c, f"{f}/features")),
    (("hostile",), "targets and writers that mean no good, to us alone; larger ones, and for longer, with --full-hostile",
     lambda c, f, o: hostile.check(c, f"{f}/hostile", o.full_hostile)),
    (("leaks",), "no secret of a configuration shows", lambda c, f, o: leaks.check(c, f"{f}/leaks")),
    (("querylog",), "the log of queries", lambda c, f, o: querylog.check(c, f)),
    (("drills",), "the demo's incidents before deploy/rules; only when asked for, --evaluator says by whose hand",
     lambda c, f, o: drills.check(c, f, o.evaluator)),
    (("storage", "flipped", "promql"), "data folders both ways, flipped bytes in them, random queries over them", lambda c, f, o: storage.check(c, f, o)),
]
NAMES = [name for names, _, _ in PARTS for name in names]
__doc__ += "\n".join(f"  {', '.join(names)}: {about}" for names, about, _ in PARTS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", action="append", choices=NAMES, metavar="PART", help="may be given several times; without it, all but the drills")
    parser.add_argument("--seconds", type=int, default=120, help="how long the live exporters are scraped")
    parser.add_argument("--alert-seconds", type=int, default=120, help="how long both evaluate rules")
    parser.add_argument("--alert-interval", type=int, default=1, metavar="SECONDS", help="between their evaluations")
    parser.add_argument("--generator-factor", type=int, default=1, metavar="TIMES", help="how much faster the suite of alert generators goes")
    parser.add_argument("--writer-seconds", type=int, default=30, help="how long others write to us")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "50")), help="of kill -9")
    parser.add_argument("--queries", type=int, default=5000, help="random ones")
    parser.add_argument("--evaluator", choices=["ours", "theirs"], default="theirs", help="who evaluates the rules of the drills")
    parser.add_argument("--full-tiers", action="store_true", help="200 series over a year, one sample every 15 s")
    parser.add_argument("--full-hostile", action="store_true", help="larger pages, and silent targets for two minutes")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--alter", action="store_true", help="give ours one wrong value: the checks must fail")
    parser.add_argument("--strict", action="store_true", help="a check that had to be skipped fails the run")
    options = parser.parse_args()
    options.only = options.only or [name for name in NAMES if name != "drills"]
    checks = harness.Checks()
    folder = tempfile.mkdtemp(prefix="martlet-interop-")
    try:
        for names, _, run in PARTS:
            if any(name in options.only for name in names):
                begin = time.monotonic()
                run(checks, folder, options)
                print(f"      {', '.join(names)}: {time.monotonic() - begin:.0f} s", flush=True)
    finally:
        harness.end_all()
        shutil.rmtree(folder, ignore_errors=True)
    failed = checks.failed + (checks.skipped if options.strict else 0)
    print(f"{checks.passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
