"""Queries while all servers scrape the same farm of targets: over the loaded history, and over what has just come in."""

import os
import sys
import time

import comparing
import process
import report
import servers as peers
from shapes import HOUR, MINUTE, Shape, over_recent

TARGETS = 100
LIVE = [
    Shape("scraping: all targets, instant", 'count by (shard) (farm_slots) + on (shard) sum by (shard) (farm_slots)'),
    Shape("scraping: rate by shard, 10 s", "sum by (shard) (rate(farm_requests_total[5s]))", 10, 1),
    Shape("scraping: topk, 10 s", "topk(10, farm_slots)", 10, 1),
]


def stored(size):
    """Queries over the history."""
    return [
        Shape("scraping: one rack, instant", '{__name__=~"node_.+",rack="r01"}'),
        over_recent(size, "scraping: busy by job, 1 h", 'sum by (job) (rate(node_cpu_seconds_total{mode!="idle"}[5m]))', HOUR, MINUTE),
        over_recent(size, "scraping: histogram_quantile, 1 h",
                    "histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))", HOUR, MINUTE),
    ]


def config(ports):
    """A configuration that scrapes all ports every second."""
    targets = ", ".join(f"'127.0.0.1:{port}'" for port in ports)
    return (
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        f"scrape_configs:\n  - job_name: farm\n    static_configs:\n      - targets: [{targets}]\n")


def measure(options, history):
    """Rows of `comparing`, and the cores that each server needs for the scraping alone."""
    ports = [process.free_port() for _ in range(TARGETS)]
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "farm.py")
    farm = process.start([sys.executable, program, *map(str, ports)], os.path.join(options.data, "farm.log"))
    try:
        with peers.running(options, history, config=config(ports)) as servers:
            time.sleep(options.settle)
            cores = scraping_cores(servers, options.settle)
            clients = [comparing.Client(server) for server in servers]
            rows = comparing.take_turns(clients, LIVE, lambda: int(time.time()) - 2, options.repeats)
            rows += comparing.take_turns(clients, stored(history.size), lambda: history.end, options.repeats)
            return rows, cores
    finally:
        process.stop(farm)


def scraping_cores(servers, seconds):
    """CPU seconds a second of each server while nobody asks."""
    before = [server.cpu() for server in servers]
    time.sleep(seconds)
    return {server.name: (server.cpu() - cpu) / seconds for server, cpu in zip(servers, before)}


def table(cores):
    lines = [[name, f"{100 * used:.1f}"] for name, used in cores.items()]
    return report.table([f"{TARGETS} targets every second, no queries", "CPU % of a core"], lines)
