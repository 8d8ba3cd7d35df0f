"""Data folders both ways: Prometheus's in our hands, ours in Prometheus's, and there and back; no sample is lost, none is made up."""

import json
import os
import shutil

import faults
import promql
import tsdb_queries
import tsdb_tools
import tsdb_writer
from dataset import HOUR, MINUTE, Day, Ledger
from harness import Server, blocks, copied, until
from shifted import Clock, Pages
from tsdb_writer import FLAGS, PROMETHEUS, at_rest, config, delete, deletions, post

STANDS_IN = bool(os.environ.get("OURS_CMD"))  # a Prometheus in our place, which is written to and does not scrape
OUR_FLAGS = FLAGS + (PROMETHEUS if STANDS_IN else ["--storage.tsdb.retention.time=10y"])


class Ours:
    """A server of ours that can be fed a past day, by scraping or, where a Prometheus stands in, by remote write."""

    def __init__(self, folder, name, begin, data=None, more=""):
        os.makedirs(f"{folder}/{name}", exist_ok=True)
        self.clock = Clock(f"{folder}/{name}", begin)
        self.pages = Pages(self.clock)
        path = config(f"{folder}/{name}/config.yml", "[]" if STANDS_IN else self.pages.jobs, more)
        environment = {} if STANDS_IN else self.clock.environment
        self.server = Server("ours", f"{folder}/{name}", path, OUR_FLAGS, data, environment)

    def feed(self, checks, batches, ledger, alter=False):
        for _, parts in batches:
            for part in parts:
                ledger.add(part)
        if alter:
            altered(batches)
        if STANDS_IN:
            tsdb_writer.written(checks, self.server, batches, Ledger())
        else:
            checks.that(self.pages.feed(batches), f"ours: scrapes {len(batches)} pages", f"{len(self.pages.waiting)} were not asked for")
        return checks.that(at_rest(self.server.data), "ours: the blocks come to rest")


def altered(batches):
    """One value of a day becomes another, which the ledger does not know of."""
    part = next(p for p in batches[len(batches) // 2][1] if p.kind == "counter" and p.samples)
    time, value = part.samples[3]
    part.samples[3] = (time, value + 1)


class Past:
    """What the checks share: a day, what is known of it, Prometheus's folders with it and a Prometheus that serves it."""

    def __init__(self, checks, folder, seed):
        self.folder, self.seed = folder, seed
        self.day, self.ledger, self.killed, self.stopped = tsdb_writer.make(checks, folder, seed)
        self.reference = self.prometheus("reference", self.killed)
        tsdb_tools.answers(checks, self.reference, self.ledger, "made: Prometheus after kill -9")

    def prometheus(self, name, data):
        """A Prometheus on a copy of a data folder."""
        return Server("theirs", f"{self.folder}/{name}", f"{self.folder}/made.yml", FLAGS + PROMETHEUS, data).start()

    def queries(self, **more):
        return tsdb_queries.several(self.day, self.seed, **more)


def opened(checks, past, folder, ledger, name, native=False):
    """Prometheus opens a folder of ours: all samples are there, also for promtool. Gives the running server."""
    server = past.prometheus(name.replace(" ", "-"), folder)
    tsdb_tools.answers(checks, server, ledger, f"{name}: Prometheus", native)
    dump(checks, folder, ledger, f"{name}: promtool")
    return server


def dump(checks, folder, ledger, name):
    """promtool's dump is the ledger, where promtool's own bounds allow it."""
    end = tsdb_tools.reach(folder)
    found = tsdb_tools.promtool("dump", folder, *tsdb_tools.bounds(end))
    tsdb_tools.against(checks, found, ledger.without(tsdb_tools.left_out(end)), name, end)


def read_theirs(checks, past, data, name, alter):
    """We open a copy of Prometheus's folder and answer as it does."""
    ours = Server("ours", f"{past.folder}/{name}", f"{past.folder}/made.yml", OUR_FLAGS, data).start()
    if alter:
        post(checks, ours, "delete_series", {"match[]": "odd_value", "start": past.day.start / 1000, "end": past.day.start / 1000 + 9e3}, "altered")
    tsdb_tools.answers(checks, ours, past.ledger, f"{name}: ours", native=False)
    tsdb_queries.check(checks, ours, past.reference, past.queries(), past.ledger, name)
    same_exemplars(checks, past, ours, name)
    ours.stop()
    tools(checks, data, name)
    opened(checks, past, ours.data, past.ledger, f"{name} and back", native=True).stop()


def tools(checks, folder, name):
    tsdb_tools.same_tools(checks, folder, name)
    status, text = tsdb_tools.martlet("verify", folder)
    checks.that(status == 0, f"{name}: tsdb verify", text[-300:])


def write_ours(checks, past, alter):
    """The same day through our server, deletions included; Prometheus opens the folder.

    Gives the folder, as it is after a kill, what is known to be in it, and the same with what was deleted.
    """
    day, ledger = Day(past.seed, histograms=False), Ledger()
    ours = Ours(past.folder, "written", day.start)
    ours.server.start()
    batches = day.batches()
    ours.feed(checks, batches[:-1], ledger, alter)
    delete(checks, ours.server, ledger, deletions(day))
    ours.feed(checks, batches[-1:], ledger)
    same_day(checks, past, ours.server, ledger, "written: ours")
    until(lambda: tsdb_writer.size(f"{ours.server.data}/chunks_head"), 75)  # once a minute
    ours.server.stop(9)
    killed = f"{past.folder}/data-ours"
    copied(ours.server.data, killed)
    parts(checks, killed)
    tools(checks, killed, "written")
    theirs = opened(checks, past, killed, ledger, "written")
    same_day(checks, past, theirs, ledger, "written: Prometheus on our folder")
    theirs.stop()
    restarted(checks, past, ours, ledger)
    everything = Ledger()
    for _, sent in day.batches():
        for part in sent:
            everything.add(part)
    return killed, ledger, everything


def same_day(checks, past, server, ledger, name):
    """A server answers as the reference does, apart from what a page cannot carry."""
    tsdb_tools.answers(checks, server, ledger, name, native=False)
    matchers = ',job!="remote",job!="fed"'
    tsdb_queries.check(checks, server, past.reference, past.queries(marked=False, matchers=matchers), ledger, name)
    same_exemplars(checks, past, server, name)


def same_exemplars(checks, past, server, name):
    wanted = tsdb_queries.exemplars(past.reference, past.day)
    checks.equal(tsdb_queries.exemplars(server, past.day), wanted, f"{name}: the same {len(wanted)} exemplars")


def parts(checks, folder):
    """A folder has all that a live one has."""
    sizes = {name: tsdb_writer.size(f"{folder}/{name}") for name in ("wal", "wbl", "chunks_head")}
    checkpoints = [name for name in os.listdir(f"{folder}/wal") if name.startswith("checkpoint.") and not name.endswith(".tmp")]
    checks.that(all(sizes.values()) and checkpoints and len(blocks(folder)) > 2,
                f"written: {len(blocks(folder))} blocks, {checkpoints} and {sizes} bytes", str((sizes, checkpoints, blocks(folder))))


def restarted(checks, past, ours, ledger):
    """After a kill all is there; a snapshot and the folder of a clean stop are whole for Prometheus."""
    server = ours.server.start()
    tsdb_tools.answers(checks, server, ledger, "restarted: ours", native=False)
    shot = snapshot(checks, server)
    server.stop()
    if shot and not STANDS_IN:  # a Prometheus leaves out late samples of the head
        opened(checks, past, shot, ledger, "snapshot").stop()
    opened(checks, past, server.data, ledger, "stopped").stop()


def snapshot(checks, server):
    text = post(checks, server, "snapshot", {}, f"{server.name}: takes a snapshot")
    return f"{server.data}/snapshots/{json.loads(text)['data']['name']}" if text else None


def there_and_back(checks, past):
    """Prometheus → us, with compaction, deletion, clean_tombstones and a snapshot → Prometheus, native histograms included."""
    ledger = copy_of(past.ledger)
    before = tsdb_tools.histograms(tsdb_tools.asked(past.reference, past.ledger))
    ours = Ours(past.folder, "returned", past.day.end, past.killed)
    ours.server.start()
    had = blocks(ours.server.data)
    more = Day(past.seed + 1, start=past.day.end, hours=4, histograms=False)
    ours.feed(checks, more.batches(), ledger)
    checks.that(set(blocks(ours.server.data)) - set(had), "returned: the head was compacted", str(had))
    delete(checks, ours.server, ledger, [
        ("late_reading", {"__name__": "late_reading"}, past.day.start + 5 * HOUR, past.day.start + 20 * HOUR),
        ("batch_progress_ratio", {"__name__": "batch_progress_ratio"}, past.day.start, past.day.end + 5 * HOUR)])
    if not STANDS_IN:  # a Prometheus forgets which blocks are of late samples, and by them what of its head still counts
        post(checks, ours.server, "clean_tombstones", {}, "returned: ours cleans tombstones")
    tsdb_tools.answers(checks, ours.server, ledger, "returned: ours", native=False)
    shot = snapshot(checks, ours.server)
    ours.server.stop()
    tools(checks, ours.server.data, "returned")
    for name, folder in (("returned", ours.server.data), ("returned snapshot", shot)):
        if folder and not (STANDS_IN and folder == shot):
            theirs = opened(checks, past, folder, ledger, name, native=True)
            after = tsdb_tools.histograms(tsdb_tools.asked(theirs, past.ledger))
            checks.equal(after, before, f"{name}: the same {sum(map(len, before.values()))} native histograms")
            theirs.stop()


def copy_of(ledger):
    other = Ledger()
    other.labels, other.series = dict(ledger.labels), {name: dict(kept) for name, kept in ledger.series.items()}
    return other


def check(checks, folder, options):
    """All of it, or of `flipped` only what it needs."""
    print(f"storage: seed {options.seed}", flush=True)
    past = Past(checks, folder, options.seed)
    if "promql" in options.only:
        promql.check(checks, past, past.killed, options.queries)
    if "storage" in options.only:
        read_theirs(checks, past, past.killed, "killed", options.alter)
        read_theirs(checks, past, past.stopped, "stopped", options.alter)
        there_and_back(checks, past)
    if not {"storage", "flipped"} & set(options.only):
        return past.reference.stop()
    killed, ledger, everything = write_ours(checks, past, options.alter)
    past.reference.stop()
    if not STANDS_IN:
        faults.flipped(checks, past, killed, ledger, everything)
