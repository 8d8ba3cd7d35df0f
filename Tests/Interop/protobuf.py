"""Pages of protobuf, and native histograms by scrape: one target that both servers scrape, step by step, in every form that it is asked for. What both
answer to queries must be the same at every step, and so must be metadata, exemplars, and how often counters began anew."""

import copy
import json
import os
import re
import struct
import time

import remotewrite as wire
from harness import Server, series, until
from served import Quiet, served

COUNTER, GAUGE, SUMMARY, UNTYPED, HISTOGRAM, GAUGE_HISTOGRAM = range(6)
TYPES = ["counter", "gauge", "summary", "untyped", "histogram", "gaugehistogram"]
INF = float("inf")
FORMS = {
    "application/vnd.google.protobuf": "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
    "application/openmetrics-text": "application/openmetrics-text; version=1.0.0; charset=utf-8",
    "text/plain": "text/plain; version=0.0.4; charset=utf-8",
}
# What each job has besides its name and target. Ours stores native histograms because its configuration says so, Prometheus 3.5 because of a flag.
JOBS = {
    "proto": "",
    "classic": "always_scrape_classic_histograms: true",
    "converted": "convert_classic_histograms_to_nhcb: true",
    "kept": "convert_classic_histograms_to_nhcb: true\n    always_scrape_classic_histograms: true",
    "text": "scrape_protocols: [PrometheusText0.0.4]",
    "converted text": "scrape_protocols: [PrometheusText0.0.4]\n    convert_classic_histograms_to_nhcb: true",
    "converted open": "scrape_protocols: [OpenMetricsText1.0.0]\n    convert_classic_histograms_to_nhcb: true",
    "kept text": "scrape_protocols: [PrometheusText0.0.4]\n    convert_classic_histograms_to_nhcb: true\n    always_scrape_classic_histograms: true",
    "few buckets": "native_histogram_bucket_limit: 4",
    "wide buckets": "native_histogram_min_bucket_factor: 1.8",
    "too few buckets": "native_histogram_bucket_limit: 1",
    "limited": "sample_limit: 60",
    "too limited": "sample_limit: 5",
    "relabelled": "metric_relabel_configs: [{source_labels: [__name__], regex: 'native.*', target_label: kind, replacement: native},"
                  " {source_labels: [__name__], regex: 'dropped.*', action: drop}]",
    "untimed": "honor_timestamps: false",
}


# MARK: the page in its forms

def exemplar(number, one):
    labels, value, at = one
    body = b"".join(wire.field(1, wire.field(1, k.encode()) + wire.field(2, v.encode())) for k, v in labels.items()) + wire.double(2, value)
    return wire.field(number, body + (timestamp(3, at) if at is not None else b""))


def timestamp(number, ms):
    return wire.field(number, wire.integer(1, ms // 1000) + wire.integer(2, ms % 1000 * 1_000_000))


def spans(number, runs):
    return b"".join(wire.field(number, wire.signed(1, offset) + wire.integer(2, length)) for offset, length in runs)


def native(one):
    """schema, threshold, zero, positive and negative {index: count}, whether with fractions."""
    out = wire.signed(5, one["schema"]) + wire.double(6, one.get("threshold", 0.0))
    fractions, zero = one.get("fractions"), one.get("zero", 0)
    out += (wire.double(8, zero) if fractions else wire.integer(7, zero))
    for side, (a, b, c) in (("negative", (9, 10, 11)), ("positive", (12, 13, 14))):
        buckets = sorted(one.get(side, {}).items())
        runs, end = [], 0
        for index, _ in buckets:
            if runs and index == end:
                runs[-1][1] += 1
            else:
                runs.append([index - end, 1])
            end = index + 1
        out += spans(a, runs)
        counts = [count for _, count in buckets]
        if fractions:
            out += wire.field(c, b"".join(struct.pack("<d", n) for n in counts))
        else:
            out += wire.field(b, b"".join(wire.zigzag(n - m) for n, m in zip(counts, [0] + counts)))
    if not one.get("positive") and not one.get("negative"):
        out += spans(12, [(0, 0)])
    return out


def total(one):
    return one.get("zero", 0) + sum(one.get("positive", {}).values()) + sum(one.get("negative", {}).values())


def metric(kind, one):
    out = b"".join(wire.field(1, wire.field(1, k.encode()) + wire.field(2, v.encode())) for k, v in one.get("labels", {}).items())
    if kind == COUNTER:
        body = wire.double(1, one["value"]) + (exemplar(2, one["exemplar"]) if "exemplar" in one else b"") + timestamp(3, 1000)
        out += wire.field(3, body)
    elif kind in (GAUGE, UNTYPED):
        out += wire.field(2 if kind == GAUGE else 5, wire.double(1, one["value"]))
    elif kind == SUMMARY:
        body = wire.integer(1, one["count"]) + wire.double(2, one["sum"])
        out += wire.field(4, body + b"".join(wire.field(3, wire.double(1, q) + wire.double(2, v)) for q, v in one["quantiles"]))
    else:
        body = wire.double(2, one["sum"])
        if "native" in one and one["native"].get("fractions"):
            body += wire.double(4, total(one["native"]))
        else:
            body += wire.integer(1, one["count"] if "count" in one else total(one["native"]))
        for bound, count, *more in one.get("buckets", []):
            body += wire.field(3, wire.integer(1, count) + wire.double(2, bound) + (exemplar(3, more[0]) if more else b""))
        out += wire.field(7, body + (native(one["native"]) if "native" in one else b"") + b"".join(exemplar(16, e) for e in one.get("exemplars", [])))
    return out + (wire.integer(6, one["time"]) if "time" in one else b"")


def protobuf(families):
    out = b""
    for name, kind, help, unit, metrics in families:
        body = wire.field(1, name.encode()) + wire.field(2, help.encode()) + wire.integer(3, kind)
        body += b"".join(wire.field(4, metric(kind, one)) for one in metrics) + (wire.field(5, unit.encode()) if unit else b"")
        out += wire.uvarint(len(body)) + body
    return out


def number(value):
    return "NaN" if value != value else "+Inf" if value == INF else "-Inf" if value == -INF else repr(value)


def text(families, is_open):
    """What of the families text can say: native histograms have no lines."""
    lines = []

    def line(name, labels, value, one, mark=None):
        pairs = ",".join(f'{k}="{v}"' for k, v in labels.items())
        at = "" if "time" not in one else f" {one['time'] / 1000:.3f}" if is_open else f" {one['time']}"
        if mark and is_open:
            tags = ",".join(f'{k}="{v}"' for k, v in mark[0].items())
            at += f" # {{{tags}}} {number(mark[1])}" + ("" if mark[2] is None else f" {mark[2] / 1000:.3f}")
        lines.append(f"{name}{{{pairs}}} {number(value)}{at}")

    for name, kind, help, unit, metrics in families:
        if not re.fullmatch("[a-zA-Z_:][a-zA-Z0-9_:]*", name) or kind == GAUGE_HISTOGRAM:
            continue
        family = name.removesuffix("_total") if is_open and kind == COUNTER else name
        kind_name = "unknown" if is_open and kind == UNTYPED else TYPES[kind]
        lines += [f"# HELP {family} {help}", f"# TYPE {family} {kind_name}"]
        for one in metrics:
            labels = one.get("labels", {})
            if kind in (COUNTER, GAUGE, UNTYPED):
                line(name, labels, one["value"], one, one.get("exemplar"))
            elif kind == SUMMARY:
                for quantile, value in one["quantiles"]:
                    line(name, labels | {"quantile": number(quantile)}, value, one)
            elif "buckets" in one:
                buckets = list(one["buckets"])
                if buckets[-1][0] != INF:
                    buckets.append((INF, one["count"]))
                for bound, count, *more in buckets:
                    line(name + "_bucket", labels | {"le": number(bound)}, count, one, more[0] if more else None)
            if kind == SUMMARY or "buckets" in one:
                line(name + "_sum", labels, one["sum"], one)
                line(name + "_count", labels, one["count"], one)
    return ("\n".join(lines + (["# EOF"] if is_open else [])) + "\n").encode()


# MARK: the steps

def page(step, now):
    """The families at a step. Counters begin anew at the fifth and the tenth, the schema changes at the eighth, some are gone for a while."""
    run = step % 5 + 1
    schema = 3 if step < 7 else 1
    edge = 1 if step < 7 else -2
    timed = int((now - 3) * 1000)
    classic = {"sum": 3.5 * run, "count": 7 * run, "labels": {"path": "/a"},
               "buckets": [(0.1, run), (1.0, 3 * run, ({"trace": f"b{step}"}, 0.5, timed)), (10.0, 6 * run, ({"trace": f"u{step}"}, 7.5, None))]}
    whole = {"schema": schema, "threshold": 0.001, "zero": run, "positive": {edge: 2 * run, edge + 1: run, edge + 7: 1}, "negative": {-3: run}}
    if step % 3 == 2:
        whole["positive"][edge + 3] = 4
    families = [
        ("requests_total", COUNTER, "All requests.", "", [
            {"labels": {"code": "200", "path": "/é"}, "value": 10.0 * run, "exemplar": ({"trace": f"c{step}"}, 1.0, timed)},
            {"labels": {"code": "500"}, "value": 1.0 * run, "exemplar": ({"trace": f"d{step}"}, 2.0, None)}]),
        ("load", GAUGE, "", "", [{"value": [0.25, float("nan"), INF, -INF, 1e-300][step % 5]}, {"labels": {"empty": "", "x": "y"}, "value": step}]),
        ("late", GAUGE, "With a time of its own.", "", [{"value": step, "time": timed}]),
        ("odd", UNTYPED, "Untyped.", "", [{"value": 1e6 + step}]),
        ("size_bytes", GAUGE, "With a unit.", "bytes", [{"value": step}]),
        ("took", SUMMARY, "A summary.", "", [{"count": run, "sum": 2.5, "quantiles": [(0.5, 0.1 * step), (0.99, float("nan"))]}]),
        ("classic", HISTOGRAM, "A classic histogram.", "", [
            classic, {"sum": 1.0, "count": 4, "labels": {"path": "/b"}, "buckets": [(1.0, 1), (2.0, 1), (3.0, 1), (4.0, 1), (INF, 4)]},
            {"sum": 0.0, "count": 3, "labels": {"path": "/broken"}, "buckets": [(1.0, 3), (2.0, 1)]}]),
        ("native", HISTOGRAM, "A native histogram.", "", [
            {"sum": 1.5 * run, "native": whole, "labels": {"side": "both"},
             "exemplars": [({"trace": f"n{step}"}, 3.0, timed + 1), ({"trace": f"m{step}"}, 2.0, timed), ({"trace": "none"}, 2.0, None)]},
            {"sum": 2.0, "native": {"schema": 0, "positive": {}}, "labels": {"side": "none"}},
            {"sum": 2.0 * run, "native": {"schema": 5, "positive": {n: run for n in range(0, 40, 3)}}, "labels": {"side": "many"}}]),
        ("native_both", HISTOGRAM, "With classic buckets.", "", [
            {"sum": 4.0, "count": 3 * run, "native": {"schema": 2, "positive": {0: run, 2: 2 * run}}, "buckets": [(1.0, run), (3.0, 3 * run)]}]),
        ("native_fractions", HISTOGRAM, "Of fractions.", "", [
            {"sum": 1.0, "native": {"schema": 0, "zero": 0.5 * run, "threshold": 0.1, "positive": {0: 1.5 * run, 2: 0.25}, "fractions": True}}]),
        ("native_gauge", GAUGE_HISTOGRAM, "It goes down too.", "", [{"sum": 1.0, "native": {"schema": 0, "positive": {0: 9 - run, 1: 2}}}]),
        ("dropped", HISTOGRAM, "Dropped where it is relabelled.", "", [{"sum": 1.0, "native": {"schema": 0, "positive": {0: 1}}}]),
        ("my.odd name", GAUGE, "UTF-8 ✓", "", [{"labels": {"la.bel": "ü"}, "value": step}]),
        ("nothing", COUNTER, "A family without metrics.", "", []),
    ]
    if step in (5, 6, 11):
        families = [f for f in families if f[0] not in ("classic", "native", "requests_total", "native_fractions")]
    if step == 12:
        families.reverse()
    if step == 13:
        families = copy.deepcopy(families)
        # What was native is classic, and the other way round. A Prometheus judges a family by its first metric.
        for one in families:
            if one[0] == "native_both":
                del one[4][0]["native"]
            if one[0] == "classic":
                for metric in one[4]:
                    metric["native"] = {"schema": 0, "positive": {0: metric["count"]}}
    return families


class Target:
    """Serves the page of the step at hand, in the form that is wanted most, and notes who asked."""

    def __init__(self):
        target = self
        self.be(0)

        class Handler(Quiet):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                accepted = [part.split(";")[0] for part in self.headers.get("Accept", "").split(",")]
                form = next((one for one in accepted if one in FORMS), "text/plain")
                body = target.bodies[form]
                who = "theirs" if self.headers.get("User-Agent", "").startswith("Prometheus/") else "ours"
                target.asked[(who, self.path)] = target.asked.get((who, self.path), 0) + 1
                target.accepts.setdefault(self.path, {})[who] = self.headers.get("Accept")
                self.send_response(200)
                self.send_header("Content-Type", FORMS[form])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except ConnectionError:
                    pass  # Whoever asked has ended.

        self.accepts = {}
        self.server = served(Handler)
        self.port = self.server.server_address[1]

    def be(self, step):
        families = page(step, time.time())
        self.bodies = {"application/vnd.google.protobuf": protobuf(families), "application/openmetrics-text": text(families, True),
                       "text/plain": text(families, False)}
        self.asked = {}

    def seen(self):
        """Every job of both has asked twice: what it got the first time is stored."""
        return len(self.asked) == 2 * len(JOBS) and all(count >= 2 for count in self.asked.values())


def config(path, name, target):
    own = ", scrape_native_histograms: true" if name == "ours" else ""
    with open(path, "w") as f:
        f.write(f"global: {{scrape_interval: 500ms, scrape_timeout: 500ms{own}}}\nstorage: {{exemplars: {{max_exemplars: 100000}}}}\nscrape_configs:\n")
        for number, (job, more) in enumerate(JOBS.items()):
            f.write(f"  - job_name: {job}\n    metrics_path: /{number}\n    static_configs: [{{targets: ['127.0.0.1:{target.port}']}}]\n")
            f.write(f"    {more}\n" if more else "")
    return path


# MARK: what both say

def answers(server, at):
    """series -> its value, number or histogram; not what each server measures for itself."""
    wanted = '{job=~".+",__name__!~"scrape_duration_seconds|scrape_series_added"}'
    return {series(one["metric"]): one["histogram"][1] if "histogram" in one else one["value"][1] for one in server.query(wanted, at)}


def exemplars(server, begin, end):
    form = {"query": '{job=~".+"}', "start": f"{begin:.3f}", "end": f"{end:.3f}"}
    answer = json.loads(server.request("/api/v1/query_exemplars", "POST", form)[1])["data"]
    # A Prometheus that makes a native histogram of a classic one takes the exemplars away from that even where both are kept.
    answer = [one for one in answer if not (one["seriesLabels"]["job"] == "kept" and one["seriesLabels"]["__name__"] == "classic_bucket")]
    # Those without a time have that of a scrape, which is each server's own.
    return {(series(one["seriesLabels"]), series(e["labels"]), e["value"], e["timestamp"] if e["labels"]["trace"][0] not in "du" else None)
            for one in answer for e in one["exemplars"]}


def described(server):
    answer = json.loads(server.request("/api/v1/metadata")[1])["data"]
    return {name: sorted(map(str, entries)) for name, entries in answer.items()}


def counted(server, name):
    found = re.search(rf"^{name} (\S+)$", server.request("/metrics")[1], re.M)
    return float(found[1]) > 0 if found else None


def check(checks, folder):
    if os.environ.get("OURS_CMD"):
        return checks.skip("protobuf", "another program stands in for ours")
    folder, target = f"{folder}/protobuf", Target()
    os.makedirs(folder)
    features = {"ours": "exemplar-storage", "theirs": "exemplar-storage,native-histograms"}
    both = [Server(name, folder, config(f"{folder}/{name}.yml", name, target), [f"--enable-feature={features[name]}"]) for name in features]
    begin = time.time()
    for server in both:
        server.start()
    for step in range(15):
        if step > 0:
            target.be(step)
        if not checks.that(until(target.seen, 30, 0.05), f"protobuf: step {step} is scraped by both"):
            break
        at = time.time()
        checks.equal(*(answers(server, at) for server in both), f"protobuf: step {step}, the same series and values")
    checks.equal(*({path: by.get(who) for path, by in target.accepts.items()} for who in features), "protobuf: the same forms are asked for")
    end = time.time() + 1
    asked = [f"{function}({name}[10m])" for function in ("resets", "changes") for name in ("native", "native_both", "native_fractions", "classic")]
    asked += [f"histogram_quantile(0.9, {name})" for name in ("native", "native_both", "classic")] + ["count by (job) ({__name__=~'.+'})"]
    for expression in asked:
        checks.equal(*({series(one["metric"]): one["value"][1] for one in server.query(expression, end)} for server in both), f"protobuf: {expression}")
    checks.equal(*(described(server) for server in both), "protobuf: the same metadata")
    checks.equal(*(exemplars(server, begin - 60, end) for server in both), "protobuf: the same exemplars")
    for name in ("native_histogram_bucket_limit", "sample_limit"):
        found = [counted(server, f"prometheus_target_scrapes_exceeded_{name}_total") for server in both]
        checks.that(found == [True, True], f"protobuf: scrapes beyond {name} are counted", found)
    for server in both:
        server.stop()
