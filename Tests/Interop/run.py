#!/usr/bin/env python3
"""Martlet beside a real Prometheus: one line a check, at the end `N passed, N failed`. Needs Python 3 and MARTLET_PEERS; see harness.py.

parts: replay (with grafana and clients, on the same data), live, kill,
compacting (kill -9 while compacting), full (a full disk), storage (data folders both ways), flipped (bytes, in the folder that storage writes),
notifier (our notifier beside a real Alertmanager, for a minute), notifications (what receivers are sent, beside it),
desk (amtool, a second Prometheus, and kill -9 while alerts fire),
tiers (what is left of old samples, beside a Prometheus that kept them all; a year of them with --full-tiers),
stale (series that ended leave the head early), promql (random queries), querylog,
records (what is on record, over kills, and a backup),
rules (deploy/rules before promtool), backfill (recording rules over past data), alerts (rules evaluated by both, for --seconds),
alertmanager (alerts sent by both), generator (the compliance suite of alert generators, in real time or faster),
writers (remote write by Prometheus and vmagent to us, which are killed meanwhile, for --writer-seconds),
forms (tiers on disk, by a reader written from the page of their form),
lint (check metrics beside promtool), federation (/federate beside a Prometheus that federates it),
drills (the demo's incidents before the rules of deploy/rules;
only when asked for, --evaluator says by whose hand),
httpsd (targets that an HTTP service and a Docker daemon tell of), access (web configurations, logins and roles, beside a real Prometheus over TLS)
"""

import argparse
import os
import random
import shutil
import sys
import tempfile

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
import federation
import generator
import grafana
import harness
import httpsd
import kill
import linting
import live
import notifications
import notifier
import querylog
import records
import replay
import replayer
import rulepack
import stale
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", action="append", choices=["replay", "live", "kill", "storage", "compacting", "full", "flipped", "stale", "promql", "querylog", "rules",
                 "backfill", "records", "alerts", "alertmanager", "generator", "notifier", "notifications", "desk", "drills", "access", "tiers", "forms", "httpsd",
                 "writers", "lint", "federation"],
        help="may be given several times")
    parser.add_argument("--seconds", type=int, default=120, help="how long the live exporters are scraped")
    parser.add_argument("--alert-seconds", type=int, default=120, help="how long both evaluate rules")
    parser.add_argument("--alert-interval", type=int, default=1, metavar="SECONDS", help="between their evaluations")
    parser.add_argument("--generator-factor", type=int, default=1, metavar="TIMES", help="how much faster the suite of alert generators goes")
    parser.add_argument("--writer-seconds", type=int, default=30, help="how long others write to us")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "50")), help="of kill -9")
    parser.add_argument("--queries", type=int, default=5000, help="random ones")
    parser.add_argument("--evaluator", choices=["ours", "theirs"], default="theirs", help="who evaluates the rules of the drills")
    parser.add_argument("--full-tiers", action="store_true", help="200 series over a year, one sample every 15 s")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--alter", action="store_true", help="give ours one wrong value: the checks must fail")
    parser.add_argument("--strict", action="store_true", help="a check that had to be skipped fails the run")
    options = parser.parse_args()
    checks = harness.Checks()
    folder = tempfile.mkdtemp(prefix="martlet-interop-")
    try:
        def wanted(*parts):
            return not options.only or any(part in options.only for part in parts)

        if wanted("replay", "live"):
            ports = exporters.start(f"{folder}/exporters")
            for name in {"node", "redis", "postgres"} - set(ports):
                checks.skip(name, "the program is not installed")
            if wanted("replay"):
                replayed(checks, folder, exporters.record(ports), options)
            if wanted("live"):
                live.check(checks, folder, ports, options.seconds)
        if wanted("kill"):
            kill.check(checks, folder, options.rounds, options.seed)
        if wanted("compacting"):
            kill.check(checks, folder, options.rounds, options.seed, compacting=True)
        if wanted("full"):
            faults.full_disk(checks, folder)
        if wanted("stale"):
            stale.check(checks, folder)
        if wanted("tiers"):
            tiers.check(checks, folder, options.seed, options.full_tiers)
        if wanted("rules"):
            rulepack.check(checks)
        if wanted("backfill"):
            backfill.check(checks, folder, options.seed)
        if wanted("alerts"):
            alerts.check(checks, folder, options.seed, options.alert_seconds, options.alert_interval)
        if wanted("alertmanager"):
            alertmanager.check(checks, folder)
        if wanted("generator"):
            if "MARTLET_CONFORMANCE" in os.environ:
                generator.check(checks, folder, options.generator_factor)
            else:
                checks.skip("generator", "MARTLET_CONFORMANCE names no folder")
        if wanted("notifier"):
            notifier.check(checks, f"{folder}/notifier")
        if wanted("desk"):
            desk.check(checks, f"{folder}/desk", options.rounds, options.seed)
        if wanted("forms"):
            tier_forms.check(checks, folder, options.seed)
        if wanted("access"):
            access.check(checks, folder)
        if wanted("writers"):
            writers.check(checks, f"{folder}/writers", options.writer_seconds, options.seed)
        if wanted("records"):
            records.check(checks, folder, min(options.rounds, 20), options.seed)
        if wanted("notifications"):
            notifications.check(checks, f"{folder}/notifications")
        if wanted("httpsd"):
            httpsd.check(checks, folder)
        if wanted("lint"):
            linting.check(checks, folder, options.seed)
        if wanted("federation"):
            federation.check(checks, folder)
        if wanted("querylog"):
            querylog.check(checks, folder)
        if "drills" in (options.only or []):
            drills.check(checks, folder, options.evaluator)
        if wanted("storage", "flipped", "promql"):
            storage.check(checks, folder, options)
    finally:
        harness.end_all()
        shutil.rmtree(folder, ignore_errors=True)
    failed = checks.failed + (checks.skipped if options.strict else 0)
    print(f"{checks.passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
