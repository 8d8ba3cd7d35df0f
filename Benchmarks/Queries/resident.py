"""The memory that one heavy query needs: the peak of what is resident, above what the idle server has."""

import time

import process
import report
import servers as peers
from comparing import Client
from shapes import rate_by_job

AIM = 64 << 20


def measure(options, history):
    """Each server alone, freshly started: the first time it is asked, and the second."""
    shape, rows = rate_by_job(history.size), {}
    for name in options.servers:
        with peers.running(options, history, [name]) as (server,):
            time.sleep(2)
            rows[name] = [one(server, server.path(shape, history.end)) for _ in range(2)]
    return rows


def one(server, path):
    """Bytes before, and at the peak of one query; the bytes of mapped files that it brought in are a part of the peak."""
    before = server.memory()
    process.reset_peak(server.process.pid)
    Client(server).ask(path)
    after = server.memory()
    idle, peak = before["resident"], after["peak"]
    return {"idle": idle, "peak": peak, "above": peak - idle, "mapped": after["mapped"] - before["mapped"]}


def table(rows):
    headings = ["memory, MiB", "idle", "peak", "above idle", "of it files", "asked again: idle", "peak", "above idle"]
    lines = []
    for name, (first, again) in rows.items():
        cells = [first[key] for key in ("idle", "peak", "above", "mapped")] + [again[key] for key in ("idle", "peak", "above")]
        lines.append([name, *map(report.mebibytes, cells)])
    return report.table(headings, lines) + f"\n\nAim for ours: under {report.mebibytes(AIM)} MiB above idle, asked again too."
