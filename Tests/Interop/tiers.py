"""Tiers beside a Prometheus that has kept every raw sample: the same answers wherever they can be, and none is empty.

truth: a folder of which ours keeps a week raw, a month by five minutes and the rest by hours.
adoption: a Prometheus's folder is kept whole until the operator says otherwise; kill -9 while it is folded changes nothing.
"""

import json
import os
import random
import signal
import time
from dataclasses import dataclass

import tiers_history
import tiers_queries
from harness import Server, blocks, until
from shifted import Clock
from tiers_history import DAY, HOUR, MINUTE
from tiers_queries import Asking, Comparison, Floors, Query

END = 1_793_923_200_000  # the end of all data, a border of blocks
FLAGS = ["--enable-feature=promql-experimental-functions", "--query.max-samples=2000000000", "--query.timeout=30m"]
PATIENCE = 600


@dataclass
class Size:
    """Of a check: series, seconds between samples, days, queries, the most steps of a query, and the days and series of the adopted folder."""

    series: int
    interval: int
    days: int
    queries: int
    steps: int
    adopted: int


SMALL = Size(series=28, interval=60, days=45, queries=300, steps=100, adopted=28)
# A day less than hours are kept: of what is older nothing is left to compare.
FULL = Size(series=200, interval=15, days=364, queries=300, steps=240, adopted=56)


def configured(path, raw=None, jobs="[]"):
    """A configuration file; raw: how long raw samples are kept, or nothing is said of it."""
    with open(path, "w") as f:
        f.write(f"global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs: {jobs}\n")
        if raw:
            f.write(f"storage: {{tiers: {{raw: {raw}}}}}\n")
    return path


class Pair:
    """Ours, on a copy of a folder and with a clock of its own, and a Prometheus that keeps everything, on another."""

    def __init__(self, folder, source, raw=None):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.clock = folder, Clock(folder, END)
        self.plain = configured(f"{folder}/plain.yml")
        self.theirs = Server("theirs", folder, self.plain, FLAGS + ["--storage.tsdb.retention.time=10y"], source)
        self.ours = Server("ours", folder, configured(f"{folder}/ours.yml", raw), FLAGS, source, self.clock.environment)
        self.theirs.patience = self.ours.patience = PATIENCE

    def start(self):
        self.theirs.start(PATIENCE)
        self.ours.start(PATIENCE)
        return self

    def stop(self):
        self.ours.stop()
        self.theirs.stop()


def purged(server, floor, seconds):
    """Whether raw blocks that end before a time come to be gone, and the server tells of it."""
    def gone():
        return all(end > floor for _, end in tiers_history.spans(server.data)) and floors(server).raw >= floor - 2 * DAY
    return until(gone, seconds, 0.5)


def floors(server):
    """Up to where ours has less than it had."""
    known = {name: tier["floor"] for name, tier in tiers_history.tiers(server).items()}
    return Floors(raw=known["raw"] or 0, five=known["5m"] or 0)


def settled(checks, pair, size, name):
    """Everything is folded, and what is too old is gone; gives the floors."""
    patience = PATIENCE + 10 * size.days
    started = time.monotonic()
    checks.that(tiers_history.folded(pair.ours, patience), f"{name}: everything is folded", str(pair.ours.request("/api/v1/status/tsdb/tiers"))[:600])
    checks.that(purged(pair.ours, END - 7 * DAY, patience), f"{name}: raw blocks older than a week are gone", str(tiers_history.spans(pair.ours.data)[:3]))
    print(f"      {name}: folded and purged after {time.monotonic() - started:.0f} s: {json.dumps(tiers_history.tiers(pair.ours))[:900]}", flush=True)
    found = floors(pair.ours)
    checks.that(END - 9 * DAY <= found.raw <= END - 7 * DAY, f"{name}: raw samples begin a week before", str(found))
    if size.days > 40:
        until(lambda: floors(pair.ours).five >= END - 33 * DAY, patience, 0.5)
        found = floors(pair.ours)
        checks.that(END - 62 * DAY <= found.five <= END - 30 * DAY, f"{name}: windows of five minutes go back a month or a block more", str(found))
    return found


def truth(checks, folder, seed, size):
    print(f"tiers: seed {seed}, {size}", flush=True)
    source, begin = f"{folder}/source", END - size.days * DAY
    samples = tiers_history.write(source, "shapes", size.series, size.interval, size.days, END, seed=seed)
    checks.that(samples > 0, f"truth: {samples} samples are written")
    pair = Pair(f"{folder}/truth", source, raw="1w")
    if size.days > 100:  # a server takes its time
        print("      " + tiers_history.ran("StorageBenchmark", "fold", pair.ours.data, END), flush=True)
    pair.start()
    found = settled(checks, pair, size, "truth")
    comparison = Comparison(pair.ours, pair.theirs, found)
    queries = Asking(seed, begin + 2 * HOUR, END, found, size.steps).several(size.queries)
    compared(checks, comparison, queries, "truth")
    print(comparison.table(), flush=True)
    enough = {who: sum(n for (_, name), n in comparison.exact.items() if name == who) for who in ("raw", "5m", "1h")}
    checks.that(all(n > 200 for n in enough.values()), "truth: each tier has answered a good deal exactly", str(enough))
    checks.that(not comparison.untold, "truth: answers that are not the reference's say so", f"{len(comparison.untold)} do not, as {comparison.untold[:3]}")
    steady(checks, pair.ours, begin, found, seed)
    restarted(checks, pair, comparison, queries[::10])
    pair.stop()


def compared(checks, comparison, queries, name):
    """All queries; one check each for those that go wrong, and one for all."""
    wrong = 0
    for query in queries:
        try:
            differences = comparison.differences(query)
        except ValueError as error:
            differences = [str(error)]
        if differences:
            wrong += 1
            if wrong <= 25:
                print(f"      {query.form()}: {len(differences)} points, as {differences[0]}; {differences[-1]}", flush=True)
    checks.that(not wrong, f"{name}: {len(queries)} queries are answered as they must be", f"{wrong} are not")


def steady(checks, ours, begin, found, seed):
    """A counter that grows by a quarter each second does so at every step, however ranges and steps lie."""
    chance, bad, points = random.Random(seed + 1), [], 0
    for n in range(40):
        around = (found.raw, found.five, END - chance.randrange(END - begin - 9 * DAY))[n % 3]
        window = chance.choice((5, 7, 10, 60, 61, 300, 1440, 5000)) * MINUTE + chance.choice((0, 0, 1234))
        step = chance.choice((15_000, 77_000, 5 * MINUTE, 13 * MINUTE, HOUR, 7 * HOUR))
        start = max(begin + window + 3 * HOUR, around - 60 * step + chance.choice((0, chance.randrange(HOUR))))
        function, rate = chance.choice((("rate", 0.25), ("increase", window / 4000), ("delta", window / 4000)))
        query = Query(function, "steady", window, 0, start, min(END - HOUR, start + 120 * step), step)
        rows, _ = tiers_queries.values(ours, query)
        for number, row in rows.items():
            missing = [at for at in query.steps() if at not in row]
            off = [(at, value) for at, value in row.items() if not abs(value - rate) <= 1e-9 * rate]
            points += len(row)
            if missing or off:
                bad.append(f"{query.text()} every {step} from {start}: series {number}: {len(missing)} missing, {len(off)} off, as {(missing + off)[:2]}")
        if len(rows) < 2:
            bad.append(f"{query.text()} every {step} from {start}: {len(rows)} series")
    checks.that(not bad and points > 4000, f"truth: a steady counter is steady at {points} points", f"{len(bad)}: " + "; ".join(bad[:3]))


def restarted(checks, pair, comparison, queries):
    """kill -9 changes no answer."""
    pair.ours.stop(signal.SIGKILL)
    pair.ours.start(PATIENCE)
    compared(checks, comparison, queries, "truth: after kill -9")


def counts(server, begin, until=END):
    """series -> how many samples there are, and their sum."""
    out = {}
    for function in ("count_over_time", "sum_over_time"):
        for row in server.query(f'{function}({{job="history"}}[{until - begin}ms])', until / 1000):
            out.setdefault(row["metric"]["n"], []).append(row["value"][1])
    return out


def adoption(checks, folder, seed, size):
    """A Prometheus's folder of sixty days: a day passes, and nothing is purged until the operator says how long raw samples are kept."""
    begin = END - 60 * DAY
    made, source = f"{folder}/made", f"{folder}/adopted"
    tiers_history.write(made, "shapes", size.adopted, 300, 60, END, seed=seed)
    tiers_history.rewritten(made, source)
    pair = Pair(f"{folder}/adoption", source)
    pair.theirs.start(PATIENCE)
    wanted = counts(pair.theirs, begin)
    before = sorted(tiers_history.spans(source))
    killed(checks, pair, random.Random(seed), source)
    checks.that(tiers_history.folded(pair.ours, PATIENCE), "adoption: everything is folded, after kills", str(tiers_history.waiting(pair.ours)))
    day_passes(checks, pair)
    checks.equal(counts(pair.ours, begin), wanted, "adoption: after a day every raw sample is there")
    kept = sorted(span for span in tiers_history.spans(pair.ours.data) if span[0] < END)
    checks.that(kept[0][0] == before[0][0] and not purged(pair.ours, END - 7 * DAY, 0), "adoption: in raw blocks", str(kept[:2]))
    told(checks, pair, begin, size, seed)
    pair.stop()


def killed(checks, pair, chance, source):
    """kill -9 a few times while the folder is being folded."""
    cut = 0
    for _ in range(4):
        pair.ours.start(PATIENCE)
        had = len(blocks(f"{pair.ours.data}/tiers/5m")) if os.path.isdir(f"{pair.ours.data}/tiers/5m") else 0
        until(lambda: len(blocks(f"{pair.ours.data}/tiers/5m")) > had + 1, 30, 0.01)
        time.sleep(chance.random())
        cut += tiers_history.waiting(pair.ours) > 0
        pair.ours.stop(signal.SIGKILL)
    checks.that(cut > 0, f"adoption: {cut} of 4 kills come while it is folded")
    pair.ours.start(PATIENCE)


def day_passes(checks, pair):
    """24 hours, in steps of which two at once are no jump of the clock yet, and with something to scrape."""
    job = f"[{{job_name: own, static_configs: [{{targets: ['127.0.0.1:{pair.ours.port}']}}]}}]"
    configured(pair.ours.config, jobs=job)
    checks.that(pair.ours.request("/-/reload", "POST")[0] == 200 or reloaded(pair.ours), "adoption: it scrapes itself")
    for step in range(1, 59):
        pair.clock.set(END + min(DAY, step * 25 * MINUTE))
        time.sleep(1.2)
    newest = lambda: float(pair.ours.query('timestamp(up{job="own"})', (END + DAY) / 1000 + 60)[0]["value"][1])
    checks.that(until(lambda: newest() * 1000 >= END + DAY - HOUR, 60), "adoption: a day passes")


def reloaded(server):
    server.process.send_signal(signal.SIGHUP)
    return True


def told(checks, pair, begin, size, seed):
    """The operator sets a week: raw samples go, and answers come from tiers."""
    configured(pair.ours.config, raw="1w")
    pair.ours.stop()
    pair.ours.start(PATIENCE)
    checks.that(purged(pair.ours, END - 6 * DAY, PATIENCE), "adoption: told to keep a week, it purges raw blocks", str(tiers_history.spans(pair.ours.data)[:3]))
    found = floors(pair.ours)
    comparison = Comparison(pair.ours, pair.theirs, found)
    queries = Asking(seed + 2, begin + 2 * HOUR, END, found, size.steps).several(60)
    compared(checks, comparison, queries, "adoption: from tiers")
    print(comparison.table(), flush=True)


def check(checks, folder, seed, full=False):
    if os.environ.get("OURS_CMD"):
        return checks.skip("tiers", "another program stands in for ours")
    size = FULL if full else SMALL
    truth(checks, f"{folder}/tiers", seed, size)
    adoption(checks, f"{folder}/tiers", seed, size)
