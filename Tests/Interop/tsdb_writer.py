"""Makes the data folder of a real Prometheus with a day in it: blocks of several levels, chunks_head, WAL with checkpoint, WBL, tombstones."""

import os
import time

import remotewrite
from dataset import HOUR, MINUTE, Day, Ledger
from harness import Server, blocks, copied, until

WINDOW = 6 * HOUR
FLAGS = ["--web.enable-admin-api", "--enable-feature=exemplar-storage,native-histograms,metadata-wal-records"]
PROMETHEUS = ["--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=10y"]


def config(path, jobs="[]", more=""):
    with open(path, "w") as f:
        f.write(f"global: {{scrape_interval: 250ms, scrape_timeout: 250ms}}\nstorage:\n  tsdb: {{out_of_order_time_window: {WINDOW // HOUR}h{more}}}\n"
                f"  exemplars: {{max_exemplars: 100000}}\nscrape_configs: {jobs}\n")
    return path


def post(checks, server, path, form, name):
    status, text = server.request("/api/v1/admin/tsdb/" + path, "POST", form)
    return checks.that(status in (200, 204), name, f"{status} {text[:300]}") and text


def at_rest(folder, seconds=2):
    """Waits until no block has come or gone for a while."""
    seen, since = None, time.monotonic()

    def quiet():
        nonlocal seen, since
        now = sorted(name for name in os.listdir(folder) if len(name) >= 26)
        if now != seen or any("tmp" in name for name in now):
            seen, since = now, time.monotonic()
        return time.monotonic() - since >= seconds
    return until(quiet, 120)


def deletions(day):
    """[(selector, matcher, begin, end)]: across block borders, all that is there of a series, and in the head."""
    return [
        ('shop_requests_total{path="/old"}', {"__name__": "shop_requests_total", "path": "/old"}, day.start + 3 * HOUR, day.start + 7 * HOUR),
        ('queue_depth{queue="q3"}', {"__name__": "queue_depth", "queue": "q3"}, day.start - HOUR, day.end - 30 * MINUTE - 1),
        ('room_temperature_celsius{floor="2"}', {"__name__": "room_temperature_celsius", "floor": "2"}, day.end - 80 * MINUTE, day.end - 40 * MINUTE),
    ]


def delete(checks, server, ledger, list):
    for selector, matcher, begin, end in list:
        form = {"match[]": selector, "start": f"{begin / 1000:.3f}", "end": f"{end / 1000:.3f}"}
        if post(checks, server, "delete_series", form, f"{server.name}: deletes {selector}") is not False:
            ledger.delete(matcher, begin, end)


def written(checks, server, batches, ledger, version=1):
    """Remote-writes batches in their order, and lets the server compact now and then, as it does when a day takes a day."""
    refused = []
    for n, (_, parts) in enumerate(batches):
        if n % 4 == 3:
            at_rest(server.data, 0.25)
        status, text = remotewrite.write(server, parts, version)
        if status not in (200, 204):
            refused.append(f"{status} {text[:200]}")
        for part in parts:
            ledger.add(part)
    checks.that(not refused, f"{server.name}: takes {len(batches)} remote writes", str(refused[:2]))


def make(checks, folder, seed):
    """A day in Prometheus; gives (day, ledger, folder after kill -9, folder after a clean stop)."""
    day, ledger = Day(seed), Ledger()
    server = Server("theirs", f"{folder}/made", config(f"{folder}/made.yml"), FLAGS + PROMETHEUS).start()
    batches = day.batches()
    written(checks, server, batches[:-1], ledger)
    checks.that(at_rest(server.data), "made: the blocks come to rest")
    delete(checks, server, ledger, deletions(day))
    written(checks, server, batches[-1:], ledger, 2)
    server.stop(9)
    copied(server.data, f"{folder}/data-killed")
    server.start()
    checks.that(at_rest(server.data), "made: the blocks come to rest after a restart")
    server.stop()
    copied(server.data, f"{folder}/data-stopped")
    kinds = {"blocks": len(blocks(server.data)), "wbl": size(f"{server.data}/wbl"), "chunks_head": size(f"{server.data}/chunks_head"),
             "checkpoint": len([n for n in os.listdir(f"{server.data}/wal") if n.startswith("checkpoint")])}
    checks.that(all(kinds.values()), f"made: a folder with {kinds}", str(kinds))
    return day, ledger, f"{folder}/data-killed", f"{folder}/data-stopped"


def size(folder):
    return sum(os.path.getsize(f"{folder}/{name}") for name in os.listdir(folder)) if os.path.isdir(folder) else 0
