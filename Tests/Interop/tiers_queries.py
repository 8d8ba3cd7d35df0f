"""Queries over data of which raw samples, five minutes and hours are left: what is asked, and what may be answered.

Where both ends of what a query reads at a step lie on the edges of windows, or in raw samples, the answer is the reference's, at 1e-9. At any
other step it lies within what the samples of the windows around allow. It is never empty where the reference's is not.
"""

import json
import math
import random
import urllib.parse
from dataclasses import dataclass

from tiers_history import COUNTERS, DAY, HOUR, MINUTE, SHAPES

EXACT = ("count_over_time", "sum_over_time", "avg_over_time", "min_over_time", "max_over_time", "first_over_time", "last_over_time",
         "present_over_time", "rate", "increase", "delta", "resets", "ts_of_last_over_time", "ts_of_first_over_time")
APPROXIMATE = ("irate", "idelta", "changes", "deriv", "stddev_over_time", "stdvar_over_time", "mad_over_time", "quantile_over_time",
               "predict_linear", "double_exponential_smoothing", "ts_of_max_over_time", "ts_of_min_over_time")
OWN = ("first_over_time", "ts_of_first_over_time")  # not in the reference: found from its samples
FOR_COUNTERS = ("rate", "increase", "resets", "irate")
ARGUMENTS = {"quantile_over_time": "0.9, {}", "predict_linear": "{}, 3600", "double_exponential_smoothing": "{}, 0.5, 0.5"}
FIVE = 5 * MINUTE


@dataclass
class Query:
    """A range query; times in ms. `function` None: a plain selector."""

    function: str | None
    shape: str | None
    window: int
    offset: int
    start: int
    end: int
    step: int
    outer: str = ""
    resolution: str = ""

    def read(self, widened=0, moved=0):
        """What is read at each step, or more to both sides, or of another time."""
        offset = self.offset - moved
        behind = f" offset {offset}ms" if offset else ""
        matcher = f'shape_{self.shape}' if self.shape else '{job="history"}'
        return f"{matcher}[{self.window + widened}ms]{behind}" if self.function or widened else matcher + behind

    def text(self):
        inner = self.read()
        if self.function:
            inner = f"{self.function}({ARGUMENTS.get(self.function, '{}').format(inner)})"
        return f"{self.outer}({inner})" if self.outer else inner

    def form(self, text=None):
        form = {"query": text or self.text(), "start": f"{self.start / 1000:.3f}", "end": f"{self.end / 1000:.3f}", "step": f"{self.step / 1000:.3f}"}
        return form | ({"max_source_resolution": self.resolution} if self.resolution and not text else {})

    def ends(self, time):
        """(s, e] is read at a step; a selector reads the lookback."""
        return time - self.offset - (self.window if self.function else 0), time - self.offset

    def steps(self):
        return range(self.start, self.end + 1, self.step)


@dataclass
class Floors:
    """Where raw samples begin, and where windows of five minutes do; ms."""

    raw: int
    five: int

    def resolution(self, time, asked=""):
        """Of what answers for a time, in ms; 1: raw samples."""
        own = 1 if time > self.raw else FIVE if time > self.five else HOUR
        return max(own, {"5m": FIVE, "1h": HOUR}.get(asked, 1))

    def name(self, begin, end, asked=""):
        """Who answers between two times, for counting."""
        names = {self.resolution(at, asked) for at in (begin + 1, end)} | {self.resolution(at) for at in (self.raw, self.five) if begin < at < end}
        return "+".join({1: "raw", FIVE: "5m", HOUR: "1h"}[one] for one in sorted(names))

    def exact(self, query, time):
        begin, end = query.ends(time)
        if not query.function:
            return end % self.resolution(end, query.resolution) == 0
        return begin % self.resolution(begin + 1, query.resolution) == 0 and end % self.resolution(end, query.resolution) == 0


class Asking:
    """Draws queries. `begin` and `end` bound the data."""

    def __init__(self, seed, begin, end, floors, most=240):
        self.chance, self.begin, self.end, self.floors, self.most = random.Random(seed), begin, end, floors, most

    def several(self, number):
        return [self.one(n) for n in range(number)]

    def one(self, n):
        chance = self.chance
        length = chance.choice((HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, self.end - self.begin))
        length = min(length, self.end - self.begin)
        end = self.end - chance.randrange(max(1, (self.end - self.begin - length) // MINUTE + 1)) * MINUTE
        if chance.random() < 0.35:  # across a seam
            end = min(self.end, chance.choice((self.floors.raw, self.floors.five)) + chance.randrange(length // HOUR + 1) * HOUR)
            length = min(length, end - self.begin)
        function = (EXACT + (None, None) + tuple(chance.sample(APPROXIMATE, 4)))[n % (len(EXACT) + 6)]
        shape = chance.choice(COUNTERS if function in FOR_COUNTERS else SHAPES)
        if function == "mad_over_time" and shape == "notNumbers":
            shape = "digits"  # a Prometheus of this age leaves out what is not a number
        window = chance.choice((5, 10, 60, 60, 120, 360, 1440, 1440, 7 * 1440, 30 * 1440)) * MINUTE
        offset = chance.choice((0, 0, 0, HOUR, DAY, 9 * DAY))
        if chance.random() < 0.7:
            return self.aligned(function, shape, window, offset, end - length, end)
        start = end - length + chance.randrange(HOUR)
        step = max(chance.choice((15_000, MINUTE, 7 * MINUTE, 11 * HOUR, DAY)), (end - start) // self.most)
        return Query(function, shape, window, offset, start, max(start, end), step)

    def aligned(self, function, shape, window, offset, start, end):
        """One that begins on the edge of a window, and whose steps are such edges or, in raw samples, anything."""
        chance = self.chance
        begin = start - offset - window
        unit = self.floors.resolution(begin)
        unit = MINUTE // 4 if unit == 1 else unit
        window = max(window, unit)
        start = -(-start // unit) * unit
        steps = [s for s in (15_000, MINUTE, FIVE, 15 * MINUTE, HOUR, 6 * HOUR, DAY) if s % unit == 0]
        wanted = [s for s in steps if (end - start) // s <= self.most] or [DAY]
        query = Query(function, shape, window, offset, start, max(start, end), chance.choice(wanted[:3]))
        if chance.random() < 0.15 and function and function not in OWN + APPROXIMATE:
            query.outer = chance.choice(("sum by (stamps) ", "max by (job) ", "count "))
        elif chance.random() < 0.15:
            query.resolution = chance.choice(("5m", "1h"))
        if chance.random() < 0.2 and function not in FOR_COUNTERS + ("mad_over_time",):
            query.shape = None
        return query


def values(server, query, text=None):
    """{number of the series or other labels: {time: value}} of a range query, and its annotations."""
    status, body = server.request("/api/v1/query_range", "POST", query.form(text))
    answer = json.loads(body)
    if status != 200 or answer["status"] != "success":
        raise ValueError(f"{server.name}: {text or query.text()}: {status} {body[:300]}")
    rows = {}
    for row in answer["data"]["result"]:
        metric = row["metric"]
        key = metric.get("n") or json.dumps(metric, sort_keys=True)
        if key in rows:
            raise ValueError(f"{server.name}: {text or query.text()}: {metric} is there twice")
        rows[key] = {round(float(t) * 1000): float(v) for t, v in row["values"]}
    return rows, answer.get("infos", []) + answer.get("warnings", [])


class Samples:
    """The reference's samples of some series, for functions that it does not have."""

    # How far behind the beginning of a range the first sample is looked for, one after the other, if it is not found before.
    STRIDES = (10 * MINUTE, 6 * HOUR, 48 * HOUR)

    def __init__(self, server):
        self.server, self.known = server, {}

    def numbers(self, query):
        """Those of the series that a query is about."""
        if query.shape not in self.known:
            _, body = self.server.request("/api/v1/series?" + urllib.parse.urlencode({"match[]": self.selector(query), "start": 0}))
            self.known[query.shape] = {labels["n"] for labels in json.loads(body)["data"]}
        return self.known[query.shape]

    @staticmethod
    def selector(query, numbers=()):
        matcher = f'{{job="history",n=~"{"|".join(sorted(numbers))}"}}' if numbers else '{job="history"}'
        return f"shape_{query.shape}{matcher}" if query.shape else matcher

    def firsts(self, query):
        out = {}
        for time in query.steps():
            for number, (at, value) in self.after(query, *query.ends(time)).items():
                out.setdefault(number, {})[time] = at / 1000 if query.function.startswith("ts_of") else value
        return out

    def after(self, query, begin, end):
        """The first sample of each series in (begin, end]."""
        found, missing = {}, self.numbers(query)
        for length in [length for length in self.STRIDES if length < end - begin] + [end - begin]:
            for row in self.server.query(f"{self.selector(query, missing)}[{length}ms]", (begin + length) / 1000):
                at, value = row["values"][0]
                found[row["metric"]["n"]] = (round(float(at) * 1000), float(value))
            missing = self.numbers(query) - found.keys()
            if not missing:
                break
        return found


def near(a, b):
    return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


class Bounds:
    """What may be answered at steps that are not exact: the samples of the windows around, as the reference has them."""

    def __init__(self, reference, query, floors):
        self.query, self.floors = query, floors
        # From a window before what is read to a window behind it; a selector's window may begin that long before.
        self.more = 3 * HOUR if query.function else 3 * HOUR + FIVE
        get = lambda function: values(reference, query, f"{function}({query.read(self.more, HOUR)})")[0]
        self.least, self.most, self.count, self.sum = (get(f"{what}_over_time") for what in ("min", "max", "count", "sum"))
        self.increase = get("increase") if query.function in FOR_COUNTERS else {}
        self.resets = get("resets") if query.function in FOR_COUNTERS else {}

    def wrong(self, number, time, value):
        """What is wrong with a value, or nothing."""
        if time not in self.count.get(number, {}):
            return "nothing is near"
        shape = SHAPES[int(number) % len(SHAPES)] if number.isdigit() else None
        if shape in ("infinities", None) or (math.isnan(value) and math.isnan(self.sum[number][time])):
            return ""
        low, high = self.range(number, time)
        slack = 1e-9 * max(abs(low), abs(high), 1e-3)
        return "" if low - slack <= value <= high + slack else f"{value} is not in {low}…{high}"

    def range(self, number, time):
        """The least and the greatest value that is allowed."""
        query, function = self.query, self.query.function
        least, most, count = (one[number][time] for one in (self.least, self.most, self.count))
        width = max(query.window, 1)
        # A range is cut down by less than a window, and what is added up is scaled back.
        scale = max(1, width / max(width - HOUR, FIVE))
        spread = most - least
        if function in (None, "avg_over_time", "min_over_time", "max_over_time", "first_over_time", "last_over_time", "quantile_over_time"):
            return least, most
        if function == "count_over_time":
            return 0 if width <= HOUR else 1e-9, count * scale
        if function == "sum_over_time":
            return -count * scale * max(abs(least), abs(most)), count * scale * max(abs(least), abs(most))
        if function == "present_over_time":
            return 1, 1
        if function in ("rate", "increase", "resets", "irate"):
            return self.growth(number, time, scale)
        if function == "delta":
            return -2.2 * spread * scale, 2.2 * spread * scale
        if function in ("idelta", "changes"):
            return (-spread, spread) if function == "idelta" else (0, count)
        if function in ("stddev_over_time", "mad_over_time"):
            return 0, spread
        if function == "stdvar_over_time":
            return 0, spread * spread
        if function.startswith("ts_of"):
            begin, end = query.ends(time)
            return (begin - HOUR) / 1000, (end + HOUR) / 1000
        return -math.inf, math.inf

    def growth(self, number, time, scale):
        if self.query.function == "resets":
            return 0, self.resets[number][time] + 1
        if self.query.function == "irate":
            return 0, math.inf
        grown = self.increase.get(number, {}).get(time)
        if grown is None:
            return 0, math.inf
        seconds = self.query.window / 1000 if self.query.function == "rate" else 1
        return 0, 2.2 * scale * grown / seconds


class Comparison:
    """Asks both and keeps count."""

    def __init__(self, ours, reference, floors):
        self.ours, self.reference, self.floors = ours, reference, floors
        self.samples = Samples(reference)
        self.exact, self.bounded, self.untold = {}, {}, []

    def wanted(self, query):
        return self.samples.firsts(query) if query.function in OWN else values(self.reference, query)[0]

    def differences(self, query):
        """What is wrong with ours: texts."""
        ours, told = values(self.ours, query)
        theirs, wrong, bounds = self.wanted(query), [], None
        other = False
        for number in sorted(set(ours) | set(theirs)):
            left, right = ours.get(number, {}), theirs.get(number, {})
            for time in sorted(set(left) | set(right)):
                is_exact = query.function not in APPROXIMATE and self.floors.exact(query, time)
                is_exact |= self.floors.name(*self.reach(query, time), query.resolution) == "raw" and not query.resolution
                self.counted(query, time, is_exact)
                other |= time in left and not near(left[time], right.get(time, math.inf))
                if time not in left:
                    wrong.append(f"{number} at {time}: empty, theirs {right[time]}")
                elif is_exact:
                    if time not in right or not near(left[time], right[time]):
                        wrong.append(f"{number} at {time}: {left[time]!r}, theirs {right.get(time)!r} (exact)")
                else:
                    bounds = bounds or Bounds(self.reference, query, self.floors)
                    if what := bounds.wrong(number, time, left[time]):
                        wrong.append(f"{number} at {time}: {what}, theirs {right.get(time)!r}")
        if other and not told:
            self.untold.append(query.text())
        return wrong

    def reach(self, query, time):
        begin, end = query.ends(time)
        return (begin if query.function else end - FIVE), end

    def counted(self, query, time, is_exact):
        key = (query.function or "selector", self.floors.name(*self.reach(query, time), query.resolution))
        counts = self.exact if is_exact else self.bounded
        counts[key] = counts.get(key, 0) + 1

    def table(self):
        """How many points were compared, by who answered: exactly, and within bounds."""
        lines = []
        for name in sorted({who for _, who in self.exact | self.bounded}):
            sums = [sum(n for (_, who), n in counts.items() if who == name) for counts in (self.exact, self.bounded)]
            lines.append(f"      {name}: {sums[0]} points exactly, {sums[1]} within bounds")
        return "\n".join(lines)
