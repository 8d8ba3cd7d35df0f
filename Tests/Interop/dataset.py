"""A day of samples from a seed: counters, gauges, odd values, churn, classic and native histograms, exemplars, samples that come late.

`Day.batches` gives them in the order in which they are sent; `Ledger` knows what must be stored at the end.
"""

import dataclasses
import math
import random

from remotewrite import STALE

MINUTE = 60_000
HOUR = 60 * MINUTE
STEP = MINUTE
START = 1_767_225_600_000  # a border of two-hour blocks
HOURS = 26.5
BATCH = 30 * MINUTE


@dataclasses.dataclass
class Part:
    """Samples of one series that are sent together."""

    labels: tuple
    kind: str = ""
    help: str = ""
    unit: str = ""
    samples: list = dataclasses.field(default_factory=list)
    exemplars: list = dataclasses.field(default_factory=list)
    histograms: list = dataclasses.field(default_factory=list)


def labels(name, **pairs):
    return tuple(sorted([("__name__", name), *pairs.items()]))


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def written(pairs):
    """A label set as promtool's dump shows it."""
    return "{" + ", ".join(f"{name}={quoted(value)}" for name, value in pairs) + "}"


def plain(value):
    """A value by its text: all that is not a number alike, zero with its sign."""
    if value is STALE:
        return "stale"
    return "nan" if math.isnan(value) else repr(float(value))


class Ledger:
    """What is stored: label set (as text) -> {time: value as text, or "stale" or "histogram"}."""

    def __init__(self):
        self.series, self.labels = {}, {}

    def add(self, part):
        kept = self.series.setdefault(written(part.labels), {})
        self.labels[written(part.labels)] = dict(part.labels)
        kept.update((time, plain(value)) for time, value in part.samples)
        kept.update((time, "histogram") for time, _ in part.histograms)

    def delete(self, matcher, begin, end):
        """matcher: {label: value}; begin and end are both deleted."""
        for name, pairs in self.labels.items():
            if all(pairs.get(k) == v for k, v in matcher.items()):
                self.series[name] = {t: v for t, v in self.series[name].items() if not begin <= t <= end}

    def without(self, jobs):
        other = Ledger()
        other.labels = {name: pairs for name, pairs in self.labels.items() if pairs["job"] not in jobs}
        other.series = {name: self.series[name] for name in other.labels}
        return other

    def filled(self, end=None, markers=True, native=True):
        """What is there before `end`: without staleness markers, or with them as a NaN; without native histograms on demand."""
        out = {}
        for name, kept in self.series.items():
            seen = {t: "nan" if v == "stale" else v for t, v in kept.items()
                    if (end is None or t < end) and (markers or v != "stale") and (native or v != "histogram")}
            if seen:
                out[name] = seen
        return out


class Day:
    """histograms: with native histograms and staleness markers, which a text page with timestamps cannot carry."""

    def __init__(self, seed, start=START, hours=HOURS, histograms=True):
        self.seed, self.start, self.end, self.histograms = seed, start, start + int(hours * HOUR), histograms
        self.ticks = range(0, (self.end - start) // STEP)
        self.parts, self.late = [], {}
        self.make()

    def chance(self, *name):
        """A source of chance of its own for each series, so that leaving one out changes no other."""
        return random.Random(f"{self.seed} {name}")

    def put(self, pairs, values, kind="gauge", help="", jitter=0):
        """values: tick -> value, or None where there is no sample."""
        chance = self.chance(pairs, "jitter")
        part = Part(pairs, kind, help or f"Made from seed {self.seed}.")
        for tick in self.ticks:
            value = values(tick)
            if value is not None:
                part.samples.append((self.start + tick * STEP + (chance.randint(-jitter, jitter) if jitter and tick else 0), value))
        self.parts.append(part)
        return part

    def make(self):
        for instance in range(4):
            for path in ("/", "/cart", "/old", "/search?q=\"ü\"", "/win\\dir\nnext"):
                for code in ("200", "404", "500"):
                    pairs = labels("shop_requests_total", job="shop", instance=f"shop-{instance}", path=path, code=code)
                    self.put(pairs, self.counter(pairs), "counter", "Requests answered.", jitter=900)
        for room in range(40):
            pairs = labels("room_temperature_celsius", job="building", room=f"r{room:02}", floor=str(room // 10))
            self.put(pairs, self.walk(pairs), jitter=3 if room % 2 else 0)
        for queue in range(20):
            pairs = labels("queue_depth", job="shop", queue=f"q{queue}")
            self.put(pairs, self.gaps(pairs, self.steps(pairs)))
        for region in ("eu", "us", "東京"):
            self.put(labels("build_info", job="shop", region=region, version="1.4.2"), lambda tick: 1)
        self.odd()
        self.churn()
        self.classic()
        self.held_back()
        if self.histograms:
            self.native()
            self.marked_stale()

    def counter(self, pairs):
        chance, total = self.chance(pairs), 0

        def value(tick):
            nonlocal total
            total = 0 if chance.random() < 0.002 else total + chance.randrange(50)
            return total
        return value

    def walk(self, pairs):
        chance, now = self.chance(pairs), 20.0

        def value(tick):
            nonlocal now
            now += chance.gauss(0, 0.2)
            return round(now, 2) if chance.random() < 0.9 else now
        return value

    def steps(self, pairs):
        chance, depth = self.chance(pairs), 0

        def value(tick):
            nonlocal depth
            if chance.random() < 0.1:
                depth = chance.randrange(1000)
            return depth
        return value

    def gaps(self, pairs, values):
        """Some whole hours without a sample."""
        missing = set(self.chance(pairs, "gaps").sample(range(int(HOURS)), 6))
        return lambda tick: None if tick * STEP // HOUR in missing else values(tick)

    def odd(self):
        values = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "-0": -0.0, "tiny": 5e-324, "huge": 1.7976931348623157e308}
        for name, value in values.items():
            self.put(labels("odd_value", job="odd", kind=name), lambda tick, value=value: value if tick % 3 else float(tick))

    def churn(self):
        """Each lives for an hour."""
        for hour in range(int(HOURS)):
            for worker in ("a", "b"):
                pairs = labels("batch_progress_ratio", job="batch", run=f"run-{hour:03}", worker=worker)
                self.put(pairs, lambda tick, hour=hour: tick % 60 / 60 if tick * STEP // HOUR == hour else None)

    def classic(self):
        chance = self.chance("latency")
        bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "+Inf"]
        seen, rows = [0] * len(bounds), []
        for _ in self.ticks:
            for _ in range(chance.randrange(8)):
                seen[min(int(chance.expovariate(0.4)), 9)] += 1
            rows.append(list(seen))
        for n, bound in enumerate(bounds):
            part = self.put(labels("latency_seconds_bucket", job="shop", le=bound), lambda tick, n=n: sum(rows[tick][:n + 1]), "histogram")
            self.traced(part, n)
        self.put(labels("latency_seconds_count", job="shop"), lambda tick: sum(rows[tick]), "histogram")
        self.put(labels("latency_seconds_sum", job="shop"), lambda tick: sum(rows[tick]) * 0.3, "histogram")

    def traced(self, part, n):
        """Exemplars of the last two hours."""
        for time, _ in part.samples[-120::7]:
            part.exemplars.append(((("trace_id", f"{self.seed:x}-{n}-{time:x}"),), 0.001 * (n + 1), time))

    def held_back(self):
        """Three samples of ten come up to two hours late."""
        for sensor in range(10):
            pairs = labels("late_reading", job="field", sensor=f"s{sensor}")
            self.put(pairs, self.walk(pairs))
            chance = self.chance(pairs, "late")
            for tick in self.ticks:
                if chance.random() < 0.3:
                    self.late[pairs, self.start + tick * STEP] = chance.randint(1, 4)

    def native(self):
        for number, kind in enumerate(("whole", "gauge", "floats", "custom", "sparse")):
            pairs = labels("native_latency_seconds", job="native", kind=kind)
            chance, counts = self.chance(pairs), [0] * (5 if kind == "custom" else 8)
            part = Part(pairs, "histogram", "A native histogram.")
            for tick in self.ticks:
                if kind == "gauge" or chance.random() < 0.004:
                    counts = [chance.randrange(9) for _ in counts]
                counts = [c + chance.randrange(3) for c in counts]
                wide = kind == "sparse" and tick > 700
                part.histograms.append((self.start + tick * STEP, native(kind, counts, 3 - number % 2, wide)))
            self.parts.append(part)
            if kind == "whole":
                for n, (time, _) in enumerate(part.histograms):
                    if chance.random() < 0.1 and n < len(part.histograms) - 300:
                        self.late[pairs, time] = 2

    def marked_stale(self):
        for target in range(3):
            self.put(labels("gone_now_and_then", job="remote", target=str(target)),
                     lambda tick, target=target: None if 30 < tick % 60 <= 40 + target else STALE if tick % 60 == 30 else tick)

    def batches(self):
        """[(end of the batch in ms, parts)], each half an hour; late samples are in a later one, the last batch has all that are left."""
        count = -(-(self.end - self.start) // BATCH)
        out = [{} for _ in range(count)]
        for part in self.parts:
            for what in ("samples", "exemplars", "histograms"):
                for item in getattr(part, what):
                    time = item[2] if what == "exemplars" else item[0]
                    place = min((time - self.start) // BATCH + self.late.get((part.labels, time), 0), count - 1)
                    bare = Part(part.labels, part.kind, part.help, part.unit)
                    getattr(out[max(place, 0)].setdefault(part.labels, bare), what).append(item)
        return [(self.start + (n + 1) * BATCH, list(parts.values())) for n, parts in enumerate(out)]


def native(kind, counts, schema, wide):
    """One native histogram of a kind, in the form that `remotewrite.histogram` takes."""
    number = float if kind == "floats" else int
    counts = [number(c) * (0.5 if number is float else 1) for c in counts]
    h = {"schema": schema, "floats": number is float, "gauge": kind == "gauge", "bounds": [], "zero": (0.001, counts[0]), "sum": sum(counts) * 0.25,
         "positive": ([(-2, 2), (3, 2)], counts[1:5]), "negative": ([(1, 3)], counts[5:8])}
    if kind == "custom":
        h |= {"schema": -53, "bounds": [0.1, 0.25, 1.0, 7.3], "zero": (0.0, 0), "positive": ([(0, 5)], counts[:5]), "negative": ([], [])}
    if wide:
        h["positive"] = ([(-2, 2), (1, 1), (1, 3)], counts[1:3] + [1] + counts[3:5] + [2])
    h["count"] = h["zero"][1] + sum(h["positive"][1]) + sum(h["negative"][1])
    return h
