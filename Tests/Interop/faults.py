"""A real machine's mishaps: a disk filled to its last byte, a flipped byte in each kind of file."""

import glob
import json
import os
import subprocess
import time

import storage
import tsdb_queries
import tsdb_tools
from dataset import Ledger
from harness import Server, until
from kill import Counting, kept


def fill(path):
    """Takes every byte that is left."""
    with open(path, "wb", buffering=0) as f:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while f.write(bytes(size)) == size:
                    pass
            except OSError:
                pass


def full_disk(checks, folder, rounds=3):
    """64 MiB, filled and freed again under scraping: queries are answered all the time, scraping goes on by itself, and nothing is lost."""
    place = f"{folder}/full"
    os.makedirs(place)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", place], capture_output=True, text=True)
    if mounted.returncode:
        checks.skip("full disk", f"a tmpfs cannot be mounted: {mounted.stderr.strip()}")
        return
    try:
        filled(checks, place, folder, rounds)
    finally:
        subprocess.run(["umount", "-l", place])


def filled(checks, place, folder, rounds):
    page = Counting(1000)
    server = Server("ours", place, page.config(f"{folder}/full.yml", "250ms"), ["--web.enable-admin-api"])
    server.log = f"{folder}/full.log"
    server.start()
    stored = lambda: kept(server)
    checks.that(until(lambda: len(stored()) > 8), "full disk: scraping at first")
    for n in range(1, rounds + 1):
        fill(f"{place}/filler")
        time.sleep(3)
        during = until(stored, 5) and stored()
        checks.that(during, f"full disk: round {n}, queries are answered while it is full")
        checks.that(server.process.poll() is None, f"full disk: round {n}, the server lives")
        os.remove(f"{place}/filler")
        newest = page.finished
        resumed = until(lambda: max(stored()) > newest + 4, 40)
        checks.that(resumed, f"full disk: round {n}, scraping goes on by itself", f"{max(stored())} of {page.finished}")
        checks.that(during and during <= stored(), f"full disk: round {n}, {len(during or [])} scrapes are there still", str(sorted((during or set()) - stored())[:9]))
    before = stored()
    server.stop(9)
    server.start()
    checks.that(before <= stored(), f"full disk: after kill -9 {len(before)} scrapes are there", f"missing {sorted(before - stored())[:9]}")
    server.stop()
    theirs = Server("theirs", f"{folder}/full-theirs", f"{folder}/full.yml", [], server.data).start()
    checks.that(before <= kept(theirs), f"full disk: Prometheus finds {len(before)} scrapes in our folder", f"missing {sorted(before - kept(theirs))[:9]}")
    theirs.stop()


# Kind of file -> (where, bounds of what may be missing).
KINDS = {
    "WAL segment": "wal/0*", "checkpoint": "wal/checkpoint.*/0*", "WBL segment": "wbl/0*", "head chunks": "chunks_head/0*", "block index": "*/index",
    "chunk segment": "*/chunks/000001", "meta.json": "*/meta.json", "tombstones": "*/tombstones",
}


def flip(path):
    """Another byte in the middle of what is written; not one of the zeros between the entries of an index, which no checksum is about."""
    with open(path, "r+b") as f:
        data = f.read()
        written = len(data.rstrip(b"\0"))
        place = 0 if path.endswith("meta.json") else written // 2
        while data[place] == 0:
            place += 1
        f.seek(place)
        f.write(bytes([data[place] ^ 0x55]))
    return place


def flipped(checks, past, folder, ledger, everything):
    """One server a kind of file, on a copy of our folder with one byte flipped.

    ledger: what is there; everything: with what was deleted, which damaged tombstones may bring back.
    """
    for kind, pattern in KINDS.items():
        files = sorted((path for path in glob.glob(f"{folder}/{pattern}") if os.path.getsize(path) > 40), key=os.path.getsize)
        if not files:
            checks.that(False, f"flipped {kind}: there is such a file")
            continue
        one_flipped(checks, past, folder, os.path.relpath(files[-1], folder), kind, ledger, everything)


def one_flipped(checks, past, folder, file, kind, ledger, everything):
    name = f"flipped {kind}"
    server = Server("ours", f"{past.folder}/{name.replace(' ', '-')}", f"{past.folder}/made.yml", storage.OUR_FLAGS, folder)
    place = flip(f"{server.data}/{file}")
    try:
        server.start()
    except SystemExit as error:
        checks.that(False, f"{name}: starts with {file} damaged at {place}", str(error))
        return
    warned(checks, server, file, ledger, name)
    found = settled(server, ledger)
    lost = tsdb_tools.missing(ledger.filled(markers=False, native=False), found)
    made_up = tsdb_tools.missing(found, everything.filled(markers=False, native=False))
    total = sum(map(len, ledger.series.values()))
    checks.that(not made_up, f"{name}: nothing is made up", str(made_up[:3]))
    checks.that(len(lost) < 0.95 * total, f"{name}: answers the rest, {total - len(lost)} of {total} samples", str(lost[:3]))
    if kind == "head chunks":
        checks.that(not lost, f"{name}: all is made again from the log", f"{len(lost)} lost, as {lost[:3]}")
    reported(checks, server, file, name)
    floor = raw_floor(server)
    server.stop()
    theirs = past.prometheus(name.replace(" ", "-"), server.data)
    read = tsdb_tools.asked(theirs, ledger, ',job!="native"')
    checks.equal(read, behind(found, floor), f"{name}: Prometheus opens the folder and has the same")
    if kind in ("meta.json", "tombstones"):  # of the day's first block, which is set aside whole: its windows answer, and Prometheus has no tiers
        windows = sum(map(len, found.values())) - sum(map(len, read.values()))
        checks.that(floor is not None and windows > 0, f"{name}: for the time of the block that is lost the tiers answer, {windows} samples", str(floor))
    if kind == "WAL segment":
        server.start()
        tsdb_queries.check(checks, server, theirs, past.queries(marked=False), left(ledger, found), f"{name}, with a quarantine, and Prometheus")
        server.stop()
    theirs.stop()


def raw_floor(server):
    """Behind which time raw samples answer; None: wherever there are any."""
    tiers = json.loads(server.request("/api/v1/status/tsdb/tiers")[1])["data"]["tiers"]
    return next(tier["floor"] for tier in tiers if tier["tier"] == "raw")


def behind(found, floor):
    """The samples from a time on: one at the very end of a window is its last."""
    if floor is None:
        return found
    rest = {name: {t: value for t, value in kept.items() if t >= floor} for name, kept in found.items()}
    return {name: kept for name, kept in rest.items() if kept}


def settled(server, ledger):
    """All samples, once damage that queries met has been set aside: until then each answer says that something may be lacking."""
    until(lambda: not warnings(server, ledger), 10, 0.5)
    return tsdb_tools.asked(server, ledger, ',job!="native"')


def warnings(server, ledger):
    end = max(t for kept in ledger.series.values() for t in kept) / 1000
    status, text = server.request("/api/v1/query", "POST", {"query": 'last_over_time({job!=""}[30h])', "time": end})
    return json.loads(text).get("warnings", []) if status == 200 else [f"{status} {text[:200]}"]


def warned(checks, server, file, ledger, name):
    """What a query meets is no failure: it is answered without, and names the block. What was found at the start is set aside already."""
    first = warnings(server, ledger)
    if "/chunks/" in file:
        block = file.split("/")[0]
        checks.that(first and all(block in w and "damaged" in w for w in first), f"{name}: the first answer warns of the block", str(first))
    else:
        checks.that(all("damaged" in w for w in first), f"{name}: the first query is answered", str(first))


def left(ledger, found):
    """What is known of that which was found."""
    rest = Ledger()
    rest.labels = {name: pairs for name, pairs in ledger.labels.items() if name in found}
    rest.series = {name: found[name] for name in rest.labels}
    return rest


def reported(checks, server, file, name):
    """The log names the file or its block, the quarantine has it, and the status tells."""
    word = next((part for part in file.split("/") if len(part) == 26), file.split("/")[-1])
    with open(server.log, errors="replace") as f:
        told = [line for line in f if word in line and any(hint in line.lower() for hint in ("damage", "corrupt", "quarantine", "checksum"))]
    aside = [os.path.relpath(os.path.join(at, f), server.data) for at, _, files in os.walk(f"{server.data}/quarantine") for f in files]
    status = json.loads(server.request("/api/v1/status/tsdb")[1]).get("data", {})
    checks.that(told, f"{name}: the log names {word}")
    checks.that(aside, f"{name}: it is set aside", "the quarantine is empty")
    checks.that("quarantine" in json.dumps(status).lower(), f"{name}: status/tsdb tells", str(sorted(status)))
