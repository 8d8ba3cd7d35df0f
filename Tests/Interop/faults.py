"""A real machine's mishaps: a disk filled to its last byte, a flipped byte in each kind of file."""

import glob
import json
import os
import subprocess
import time

import storage
import tsdb_tools
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
    """Another byte in the middle of what is written."""
    with open(path, "r+b") as f:
        data = f.read()
        written = len(data.rstrip(b"\0"))
        place = 0 if path.endswith("meta.json") else written // 2
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
    found = tsdb_tools.asked(server, ledger, ',job!="native"')
    found = tsdb_tools.asked(server, ledger, ',job!="native"')  # damage that the first query met is set aside by now
    lost = tsdb_tools.missing(ledger.filled(markers=False, native=False), found)
    made_up = tsdb_tools.missing(found, everything.filled(markers=False, native=False))
    total = sum(map(len, ledger.series.values()))
    checks.that(not made_up, f"{name}: nothing is made up", str(made_up[:3]))
    checks.that(len(lost) < 0.95 * total, f"{name}: answers the rest, {total - len(lost)} of {total} samples", str(lost[:3]))
    if kind == "head chunks":
        checks.that(not lost, f"{name}: all is made again from the log", f"{len(lost)} lost, as {lost[:3]}")
    reported(checks, server, file, name)
    server.stop()
    theirs = past.prometheus(name.replace(" ", "-"), server.data)
    read = tsdb_tools.asked(theirs, ledger, ',job!="native"')
    checks.equal(read, found, f"{name}: Prometheus opens the folder and has the same")
    theirs.stop()


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
