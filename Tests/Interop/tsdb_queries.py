"""Queries from a seed over the day of `dataset`: across block borders, deleted ranges, late samples, the head, and exemplars."""

import http.client
import json
import random
import re

from dataset import HOUR, MINUTE

COUNTERS = ['shop_requests_total{path="/old"}', 'shop_requests_total{code=~"4..|5.."}', 'shop_requests_total{instance="shop-2"}', "latency_seconds_count",
            'latency_seconds_bucket{le=~"0.1|.Inf"}', 'shop_requests_total{path=~"/s.*"}']
GAUGES = ['room_temperature_celsius{floor="2"}', 'room_temperature_celsius{room=~"r0[1-5]"}', 'queue_depth{queue="q3"}', 'queue_depth{queue!~"q1."}',
          "late_reading", 'late_reading{sensor="s4"}', "batch_progress_ratio", 'odd_value{kind!="nan"}', 'build_info{region="東京"}', 'queue_depth{host=""}']
MARKED = ["gone_now_and_then"]
EVERY_COUNTER = [
    "{s}", "rate({s}[{w}])", "increase({s}[{w}])", "irate({s}[{w}])", "resets({s}[{w}])", "sum by (code) (rate({s}[{w}]))", "sum(increase({s}[{w}]))",
    "max without (path) (rate({s}[{w}] offset {o}))", "count_over_time({s}[{w}])", "max_over_time(rate({s}[10m])[{w}:5m])", "{s} @ {at}",
    "rate({s}[{w}] @ {at})", "topk(3, {s})", "sum by (instance) (rate({s}[{w}])) / ignoring(code) sum by (instance) (increase({s}[{w}]))",
    "count by (code, path) ({s})", "histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[{w}])))", "changes({s}[{w}]) > 0", "delta({s}[{w}])",
]
EVERY_GAUGE = [
    "{s}", "avg_over_time({s}[{w}])", "quantile_over_time(0.95, {s}[{w}])", "min_over_time({s}[{w}])", "stddev_over_time({s}[{w}])", "deriv({s}[{w}])",
    "sum_over_time({s}[{w}])", "last_over_time({s}[{w}])", "count_over_time({s}[{w}])", "avg by (floor, queue) ({s})", "quantile(0.5, {s})", "{s} offset {o}",
    "max_over_time(({s} > 0)[{w}:7m])", "absent({s})", "absent_over_time({s}[{w}])", "{s} - {s} offset {o}", "count_values(\"v\", {s})", "bottomk(2, {s})",
    "predict_linear({s}[{w}], 3600)", "present_over_time({s}[{w}])", "timestamp({s})", "label_replace({s}, \"copy\", \"$1\", \"queue\", \"q(.*)\")",
    "min by (job) (avg_over_time({s}[{w}] offset {o}))", "{s} @ start()", "group by (job) ({s})", "changes({s}[{w}])", "{s}[{w}]", "{s}[{w}] offset {o}",
]

NATIVE = ["native_latency_seconds", 'native_latency_seconds{kind="custom"}', 'native_latency_seconds{kind!="custom"}',
          'native_latency_seconds{kind=~"whole|sparse"}', 'native_latency_seconds{kind="gauge"}']
# Without rates, which since 3.6 are not extrapolated to before a histogram was zero, and see fewer resets in gauges; without
# resets, which 3.5 does not see beside late samples.
EVERY_NATIVE = [
    "histogram_count({s})", "histogram_sum({s} offset {o})", "histogram_avg({s})", "histogram_sum(idelta({s}[{w}]))", "histogram_sum(sum by (kind) ({s}))",
    "count({s})", "changes({s}[{w}])", "count_over_time({s}[{w}])",
    "histogram_count({s} - {s} offset {o})", "histogram_sum({s} * 3) / 3", "timestamp({s})", "histogram_count(last_over_time({s}[{w}]))",
    "histogram_sum(delta({s}[{w}]))", "histogram_count({s}) - histogram_count({s} offset {o})", "absent({s})",
]

EXEMPLARS = [
    "latency_seconds_bucket", 'rate(latency_seconds_bucket{le=~"0.1|.Inf"}[{w}])', "histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[{w}])))",
    'latency_seconds_count / on () latency_seconds_bucket{le="1.0"} offset {o}', 'queue_depth or latency_seconds_bucket{le!="0.5"}', "queue_depth", "vector(1)",
    'latency_seconds_bucket{le="0.5"} + latency_seconds_bucket{le=~"0.5|2.5"}', '{job="shop",le!=""}', "max_over_time(latency_seconds_bucket[{w}:1m])",
]


def moments(day):
    """Times, in ms, at which something is to be seen: around borders, where was deleted and came late, and in the head."""
    out = [day.start + n * HOUR + d for n in range(2, 27, 2) for d in (-1, 0, 1, 4 * MINUTE)]
    out += [day.start + 3 * HOUR + d for d in (-MINUTE, 0, MINUTE)] + [day.start + 7 * HOUR + d for d in (-MINUTE, MINUTE, 6 * MINUTE)]
    return out + [day.end - n * 10 * MINUTE for n in range(12)] + [day.end - 1, day.end + 4 * MINUTE, day.start - 2 * HOUR]


def several(day, seed, count=200, marked=True, matchers=""):
    """[(path, form)]: `count` queries. marked: staleness markers and native histograms are there as well; matchers: further ones for listings of everything."""
    chance = random.Random(f"queries {seed}")
    gauges = GAUGES + (MARKED if marked else [])
    kinds = [listing] * 2 + [instant] * 5 + [ranged] * 5 + [traced] * 2
    return [kinds[n % len(kinds)](chance, day, gauges, matchers) for n in range(count)]


def expression(chance, day, gauges, ranged):
    counters = chance.random() < 0.45
    template, selector = chance.choice(EVERY_COUNTER if counters else EVERY_GAUGE), chance.choice(COUNTERS if counters else gauges)
    if MARKED[0] in gauges and chance.random() < 0.2:
        template, selector = chance.choice(EVERY_NATIVE), chance.choice(NATIVE)
    while ranged and template.startswith("{s}[{w}]"):
        template = chance.choice(EVERY_GAUGE)
    words = {"{s}": selector, "{w}": chance.choice(["3m", "10m", "1h", "2h30m", "7h", "26h"]), "{o}": chance.choice(["1m", "1h", "2h", "13h", "-20m"]),
             "{at}": f"{chance.choice(moments(day)) / 1000:.3f}"}
    for word, text in words.items():
        template = template.replace(word, text)
    return template


def instant(chance, day, gauges, _):
    return "/api/v1/query", {"query": expression(chance, day, gauges, False), "time": f"{chance.choice(moments(day)) / 1000:.3f}"}


def ranged(chance, day, gauges, _):
    begin, length, step = chance.choice(moments(day)), chance.choice([20 * MINUTE, 3 * HOUR, 9 * HOUR, 27 * HOUR]), chance.choice([17, 60, 300, 1800])
    begin = max(min(begin, day.end - length // 2), day.start)
    form = {"query": expression(chance, day, gauges, True), "start": f"{begin / 1000:.3f}", "end": f"{(begin + length) / 1000:.3f}"}
    return "/api/v1/query_range", form | {"step": max(step, length // MINUTE // 8)}


def traced(chance, day, gauges, _):
    """Exemplars, which there are in the last two hours."""
    text = chance.choice(EXEMPLARS).replace("{w}", "5m").replace("{o}", "1h")
    begin = day.end - chance.randint(0, 150) * MINUTE + chance.choice([-1, 0, 1])
    form = {"query": text, "start": f"{begin / 1000:.3f}", "end": f"{(begin + chance.choice([0, MINUTE, 20 * MINUTE, 3 * HOUR])) / 1000:.3f}"}
    return "/api/v1/query_exemplars", form


def listing(chance, day, gauges, matchers):
    """Labels, values or series in a span; what was deleted and what has ended is not to be seen there."""
    begin = chance.choice(moments(day))
    form = {"start": f"{begin / 1000:.3f}", "end": f"{(begin + chance.choice([0, MINUTE, HOUR, 5 * HOUR])) / 1000:.3f}"}
    selector = chance.choice(gauges + COUNTERS + ['{job="batch"}', '{__name__=~".*_.*",job!="native"%s}' % matchers])
    path = chance.choice(["series", "series", "labels", "label/__name__/values", "label/queue/values", "label/run/values", "label/path/values"])
    return "/api/v1/" + path, form | {"match[]": selector}


MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"((?:[^"\\]|\\.)*)"')


def selects(selector, labels):
    """Whether a selector, as they are written above, selects a label set."""
    name = selector.split("{")[0]
    if name and labels["__name__"] != name:
        return False
    for label, operator, text in MATCHER.findall(selector):
        value = labels.get(label, "")
        hit = value == text if "~" not in operator else re.fullmatch(text, value) is not None
        if hit == operator.startswith("!"):
            return False
    return True


def listed(ledger, path, form):
    """What a listing must name: that which has samples in the span."""
    begin, end = (round(float(form[k]) * 1000) for k in ("start", "end"))
    found = [labels for name, labels in ledger.labels.items()
             if selects(form["match[]"], labels) and any(begin <= t <= end for t in ledger.series[name])]
    if path.endswith("/series"):
        return {json.dumps(labels, sort_keys=True) for labels in found}
    if path.endswith("/labels"):
        return {json.dumps(name) for labels in found for name in labels}
    return {json.dumps(labels[name]) for name in [path.split("/")[-2]] for labels in found if name in labels}


def shown(answer):
    """An answer without the order that nobody promises."""
    data = answer.get("data")
    if answer.get("status") != "success":
        return "error", answer.get("errorType")
    if data and isinstance(data, list) and isinstance(data[0], dict) and "exemplars" in data[0]:
        return "exemplars", data
    if isinstance(data, list):
        return sorted(json.dumps(d, sort_keys=True) for d in data)
    rows = data["result"]
    if data["resultType"] in ("vector", "matrix"):
        return data["resultType"], {json.dumps(r["metric"], sort_keys=True): r.get("value") or r.get("values") for r in rows}
    return data["resultType"], rows


def ranked(answer):
    """What was chosen of the most extreme, by its values at each time: of equals that is taken which a folder names first."""
    if not isinstance(answer[-1], dict):
        return answer
    times = {}
    for points in answer[-1].values():
        for time, value in points if isinstance(points[0], list) else [points]:
            times.setdefault(str(time), []).append(value)
    return answer[0], {time: sorted(values) for time, values in times.items()}


# Prometheus 3.5 now and then panics on a range of a single moment, and hangs up.
PANIC = ("error", "panic")


def answer(server, path, form):
    before = server.panics()
    try:
        status, text = server.request(path, "POST" if "label/" not in path else "GET", form)
    except http.client.RemoteDisconnected:
        if server.name == "theirs" and server.panics() > before:
            return PANIC
        raise
    try:
        found = shown(json.loads(text))
        return ranked(found) if form.get("query", "").startswith(("topk", "bottomk")) else found
    except ValueError:
        return "not JSON", status, text[:200]


def empty(answer):
    return not answer or answer[0] in ("error", "not JSON") or not answer[-1]


def unlike(ours, theirs):
    """What differs of two answers, for people."""
    if isinstance(ours, tuple) and isinstance(theirs, tuple) and isinstance(ours[-1], dict) and isinstance(theirs[-1], dict):
        keys = [k for k in sorted(set(ours[-1]) | set(theirs[-1])) if ours[-1].get(k) != theirs[-1].get(k)]
        return f"{len(keys)} series; {keys[0]}: " + first_unlike(ours[-1].get(keys[0]), theirs[-1].get(keys[0]))
    return f"ours {str(ours)[:200]}, theirs {str(theirs)[:200]}"


def first_unlike(ours, theirs):
    if not ours or not theirs or not isinstance(ours[0], list):
        return f"ours {str(ours)[:120]}, theirs {str(theirs)[:120]}"
    apart = [(a, b) for a, b in zip(ours, theirs) if a != b]
    return f"{len(ours)} and {len(theirs)} points, " + (f"{len(apart)} unlike, ours {apart[0][0]}, theirs {apart[0][1]}" if apart else "all alike at first")


def alike(ours, theirs, must=None, may=frozenset()):
    """Listings may be coarse, as by block, but each in its own way: ours names all that must be, and nothing that Prometheus does not.

    may: what may be named besides.
    """
    return ours == theirs if must is None else not isinstance(ours, tuple) and must <= set(ours) <= set(theirs) | may


def check(checks, ours, theirs, list, ledger, name):
    """Both answer alike, and of most there is something to see. A Prometheus that answers with a failure of its own is no measure;
    where it panics, a listing is held against what was written."""
    wrong, bare, panics = [], 0, 0
    for path, form in list:
        left, right = answer(ours, path, form), answer(theirs, path, form)
        bare += empty(right)
        if right == ("error", "execution"):
            continue
        must = None if "query" in form else listed(ledger, path, form)
        # A Prometheus on our folder, whose head has other bounds, may name what it has at another time.
        any_time = listed(ledger, path, form | {"start": -1e12, "end": 1e12}) if must is not None else frozenset()
        may = any_time if ours.name == "theirs" else frozenset()
        if right == PANIC:
            panics += 1
            if must is None:
                continue
            right = sorted(any_time)
        if not alike(left, right, must, may):
            wrong.append((path, form, unlike(left, right) + (f", must be {sorted(must)[:6]}" if must else "")))
    checks.that(not wrong, f"{name}: {len(list)} queries are answered alike", f"{len(wrong)} are not")
    for path, form, detail in wrong[:8]:
        print(f"      {path} {form}: {detail}", flush=True)
    checks.that(panics <= 3, f"{name}: Prometheus breaks down on {panics} of them")
    checks.that(bare <= 0.3 * len(list), f"{name}: {len(list) - bare} of {len(list)} answers are not empty")


def exemplars(server, day):
    """What a server has of exemplars in the last hours of the day."""
    form = {"query": '{__name__=~"latency_seconds.*"}', "start": (day.end - 3 * HOUR) / 1000, "end": (day.end + HOUR) / 1000}
    status, text = server.request("/api/v1/query_exemplars", "POST", form)
    rows = json.loads(text)["data"] if status == 200 else []
    return {json.dumps([row["seriesLabels"], e["labels"], e["value"], e["timestamp"]], sort_keys=True) for row in rows for e in row["exemplars"]}
