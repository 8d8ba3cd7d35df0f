"""Random PromQL beside a real Prometheus over the same blocks: every answer equal, with its errors, warnings and infos."""

import json
import math
import random

import tsdb_queries
from harness import Server
from promql_generator import EVERYTHING, Generator
from tsdb_writer import FLAGS, PROMETHEUS

# Notes that Prometheus has come to give since 3.5, and we give: (how they begin, the release and what it says of them).
YOUNGER_NOTES = [
    ("PromQL warning: sort is ineffective for range queries", "3.6: warn where sorting has no effect"),
    ("PromQL warning: conflicting counter resets during histogram", "3.6: warn of histograms whose counters are reset at different times"),
]
# Errors of the same kind: (what ours says, the release and what it says of it).
YOUNGER_ERRORS = [("multiple matches for labels: many-to-one matching must be explicit", "3.7: a match that a comparison filters out counts as one")]


STEEP = ("sin", "cos", "tan", "asin", "acos", "acosh", "atanh")


def excused(query):
    """Why the answers to a query need not be alike."""
    if "odd_value" in query and any(name + "(" in query for name in ("ln", "log2", "log10")):
        return "Go takes all denormal numbers for 2^-1023 in logarithms on amd64"
    if "%" in query and any(part in query for part in ("^", "exp(", "sinh(", "cosh(")):
        return "the remainder of a power hangs on the power's last digit"
    if any(part + "(" in query for part in STEEP) and any(part in query for part in ("^", "exp(", "sinh(", "cosh(", "tanh(")):
        return "a function that is steep where the last digit of its argument decides"
    if "count_values" in query and "native" in query:
        return "histograms as text, to the last digit"
    return None


# A Prometheus that stumbles over its own blocks is no measure.
STUMBLES = "unexpected error: runtime error"
# How often each function and operator must be used in so many queries.
EACH, FULL = 20, 5000


def near(a, b, scale):
    """Numbers up to a part in 1e9, of the largest number that is there where terms cancel."""
    a, b = float(a), float(b)
    # On amd64 Go's exp, and what is made of it, is infinite from 709.44 on.
    if a * b > 0 and min(abs(a), abs(b)) > 1e307:
        return True
    if math.isnan(a) or math.isnan(b) or math.isinf(a) or math.isinf(b):
        return a == b or (math.isnan(a) and math.isnan(b))
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), scale)


def named(metric):
    """A label set; a number that `count_values` has put into it up to its ninth digit."""
    if "v" in metric and not metric["v"].startswith("{"):
        return metric | {"v": f"{float(metric['v']):.9g}"}
    return metric


class Answer:
    """What a server answered, in a form to compare."""

    def __init__(self, status, text):
        self.status, self.error, self.kind, self.rows = status, None, None, {}
        data = json.loads(text)
        self.error = data.get("errorType")
        self.message = data.get("error", "")
        self.notes = sorted(note for note in data.get("warnings", []) + data.get("infos", []) if not note.startswith(tuple(n for n, _ in YOUNGER_NOTES)))
        if data["status"] != "success":
            return
        self.kind, result = data["data"]["resultType"], data["data"]["result"]
        if self.kind in ("vector", "matrix"):
            for row in result:
                points = [("value", *row["value"])] if "value" in row else [("histogram", *row["histogram"])] if "histogram" in row else []
                points += [("value", *p) for p in row.get("values", [])] + [("histogram", *p) for p in row.get("histograms", [])]
                self.rows[json.dumps(named(row["metric"]), sort_keys=True)] = sorted(points, key=lambda p: p[1])
        else:
            self.rows[self.kind] = [("value", *result)]

    def empty(self):
        return not self.rows

    def ranked(self):
        """The values at each time without their names."""
        times = {}
        for points in self.rows.values():
            for kind, time, value in points:
                if kind == "value":
                    times.setdefault(time, []).append(float(value))
        return {str(t): [("value", t, v) for v in sorted(vs, key=lambda v: (math.isnan(v), v))] for t, vs in times.items()}


def unlike(ours, theirs, by_rank, deviates=False):
    """What differs, for people; nothing if the answers are alike.

    deviates: the numbers are made of small differences of large ones, whose size is not to be seen in them.
    """
    if not theirs.error and any(ours.message.startswith(text) for text, _ in YOUNGER_ERRORS):
        return None
    if (ours.status, ours.error) != (theirs.status, theirs.error):
        return f"ours {ours.status} {ours.error} {ours.message[:150]}, theirs {theirs.status} {theirs.error} {theirs.message[:150]}"
    if ours.error:
        return None
    if ours.kind != theirs.kind:
        return f"ours a {ours.kind}, theirs a {theirs.kind}"
    if ours.notes != theirs.notes:
        return f"notes: ours {ours.notes}, theirs {theirs.notes}"
    left, right = (ours.ranked(), theirs.ranked()) if by_rank else (ours.rows, theirs.rows)
    if left.keys() != right.keys():
        return f"only ours {sorted(left.keys() - right.keys())[:2]}, only theirs {sorted(right.keys() - left.keys())[:2]}, of {len(right)}"
    for name, points in right.items():
        if len(points) != len(left[name]):
            return f"{name}: ours {len(left[name])} points, theirs {len(points)}"
        scale = max((abs(float(p[2])) for p in points if p[0] == "value" and math.isfinite(float(p[2]))), default=0) if len(points) > 1 or deviates else 0
        scale += 100 * scale if deviates else 0
        for a, b in zip(left[name], points):
            if a[:2] != b[:2] or not alike(a, b, scale):
                return f"{name}: ours {str(a)[:250]}, theirs {str(b)[:250]}"
    return None


def alike(a, b, scale):
    if a[0] == "value":
        return near(a[2], b[2], scale)
    left, right = a[2], b[2]
    buckets = left.get("buckets", []), right.get("buckets", [])
    size = max(abs(float(right["count"])), abs(float(right["sum"])), scale) if math.isfinite(float(right["sum"])) else scale
    return (near(left["count"], right["count"], size) and near(left["sum"], right["sum"], size) and len(buckets[0]) == len(buckets[1])
            and all(x[0] == y[0] and near(x[1], y[1], 0) and near(x[2], y[2], 0) and near(x[3], y[3], size) for x, y in zip(*buckets)))


def ask(server, query, at, start, end, step):
    for path, form in (("query", {"query": query, "time": at}), ("query_range", {"query": query, "start": start, "end": end, "step": step})):
        yield Answer(*server.request("/api/v1/" + path, "POST", form))


def check(checks, past, data, count):
    """`count` queries of a seed, each at one time and over a range."""
    ours = Server("ours", f"{past.folder}/promql", f"{past.folder}/made.yml", FLAGS + ["--storage.tsdb.retention.time=10y"], data).start()
    generator = Generator(random.Random(f"promql {past.seed}"), past.day)
    wrong, bare, failed, asked = [], 0, 0, 0
    while asked < count:
        query, by_rank = generator.query()
        times = generator.times()
        answers = list(zip(ask(ours, query, *times), ask(past.reference, query, *times)))
        if excused(query) or any(STUMBLES in theirs.message for _, theirs in answers):
            continue
        asked += 1
        bare += all(theirs.empty() for _, theirs in answers)
        failed += any(theirs.error for _, theirs in answers)
        for kind, (left, right) in zip(("instant", "range"), answers):
            detail = unlike(left, right, by_rank, "stddev" in query or "stdvar" in query)
            if detail:
                wrong.append((kind, query, times, detail))
    ours.stop()
    checks.that(not wrong, f"promql: {count} queries of seed {past.seed} are answered as Prometheus answers them", f"{len(wrong)} are not")
    for kind, query, times, detail in wrong[:40]:
        print(f"      {kind} {query}\n         at {times}: {detail}", flush=True)
    checks.that(bare <= 0.3 * count, f"promql: {count - bare} of {count} have an answer")
    checks.that(failed <= 0.1 * count, f"promql: {failed} of {count} are errors")
    if count >= FULL:
        rare = [name for name in EVERYTHING if generator.used[name] < EACH]
        checks.that(not rare, f"promql: each function and operator at least {EACH} times", str(rare))
    print("      " + ", ".join(f"{name} {generator.used[name]}" for name in sorted(generator.used)), flush=True)
