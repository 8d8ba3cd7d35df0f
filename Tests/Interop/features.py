"""A target with everything that text and OpenMetrics pages may have, right and wrong, step by step: scraped by us and by a real Prometheus with the same
configuration, under a dozen jobs that take it differently. After each step both have the same series and values, the same of them have ended, and both
tell the same about the scrapes and the families; at the end they have the same raw samples and exemplars."""

import json
import os
import threading
import time

from harness import Server, series, until
from served import Quiet, served

INTERVAL = 0.5  # seconds
TEXT, TEXT1, OPEN = "text/plain; version=0.0.4", "text/plain; version=1.0.0; escaping=allow-utf-8", "application/openmetrics-text; version=1.0.0; charset=utf-8"

BASE = """# HELP requests_total Requests, a \\\\ and a \\n line.
# TYPE requests_total counter
requests_total{code="200",path="/a\\"b"} 1027
requests_total{code="500"} 3
# TYPE temperature gauge
temperature{room="kitchen"} 21.5
temperature{room="cellar"} -4
# HELP latency_seconds Latency.
# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.5"} 2
latency_seconds_bucket{le="1"} 3
latency_seconds_bucket{le="+Inf"} 4
latency_seconds_sum 3.5e0
latency_seconds_count 4
# TYPE size_bytes summary
size_bytes{quantile="0.50"} 1
size_bytes{quantile="1"} 2
size_bytes_sum 3
size_bytes_count 2
plain 1
"""


def moved(text, rounds=7):
    """The same lines in another order, comments with their families."""
    blocks = text.replace("\n#", "\n\0#").split("\0")
    return "".join(blocks[rounds % len(blocks):] + blocks[:rounds % len(blocks)])


def opened(*lines):
    return "\n".join(lines) + "\n# EOF\n"


EXEMPLARS = """# TYPE requests counter
# UNIT other_seconds seconds
# HELP requests Requests.
requests_total{code="200"} 10 # {trace_id="abc",span="é"} 1.5 AGO5
requests_total{code="500"} 3 # {trace_id="def"} 2
# TYPE latency histogram
latency_bucket{le="0.5"} 2 # {trace_id="in-a-bucket"} 0.25 AGO4
latency_bucket{le="+Inf"} 3 # {} 7
latency_sum 4
latency_count 3
latency_created AGO9
# TYPE build info
build_info{version="1"} 1
# TYPE state stateset
state{state="a"} 1
state{state="b"} 0
# TYPE load gaugehistogram
load_bucket{le="1"} 2
load_bucket{le="+Inf"} 3
load_gcount 3
load_gsum 4
# TYPE mystery unknown
mystery 5
"""

# (name, content type, status, page). AGOn is the time n seconds before the step in the page's own unit, INn as long after it.
STEPS = [
    ("all types", TEXT, 200, BASE),
    ("other values, other order", TEXT, 200, moved(BASE).replace(" 3\n", " 4\n").replace("21.5", "22")),
    ("families gone", TEXT, 200, BASE[:BASE.index("# TYPE temperature")] + "plain 2\n"),
    ("families back, and new ones", TEXT, 200, "new_one{x=\"1\"} 5\n" + BASE + "new_one{x=\"2\"} 6\n"),
    ("numbers", TEXT, 200, "".join(f'number{{n="{n}"}} {text}\n' for n, text in enumerate(
        ["NaN", "Inf", "+Inf", "-Inf", "nan", "inf", "infinity", "1e3", ".5", "5.", "1E-3", "-0", "+7", "0001", "1e-400", "5e-324",
         "179769313486231570000000000000000000000", "123456789012345678901234567890", "0.1000000000000000055511151231257827021181583404541015625"]))),
    ("a number in hexadecimal", TEXT, 200, "plain 1\nnumber 0x1p3\n"),
    ("a number with an underscore", TEXT, 200, "plain 1\nnumber 1_000\n"),
    ("a number that is too large", TEXT, 200, "plain 1\nnumber 1e400\n"),
    ("numbers again", TEXT, 200, "plain 3\nnumber{n=\"7\"} 1000\n"),
    ("lines twice", TEXT, 200, 'plain 1\nplain 2\ntwice{a="1",b="2"} 1\ntwice{b="2",a="1"} 5\nplain 3\n'),
    ("times of its own", TEXT, 200, "plain 4\ntimed{t=\"past\"} 1 AGO30\ntimed{t=\"future\"} 2 IN20\ntimed{t=\"now\"} 3 AGO0\ntimed{t=\"far\"} 4 IN9000\n"),
    ("the same times, other values", TEXT, 200, "plain 4\ntimed{t=\"past\"} 7 AGO40\ntimed{t=\"now\"} 8 AGO1\ntimed{t=\"past\"} 9 AGO35\n"),
    ("times gone", TEXT, 200, "plain 5\n"),
    ("labels that clash", TEXT, 200, 'clash{job="mine",instance="here"} 1\nclash{exported_job="theirs"} 2\nclash{job="a",exported_job="b"} 3\nclash{job=""} 4\n'
     'clash{instance="x",exported_instance="y",exported_exported_instance="z"} 5\n'),
    ("names of UTF-8", TEXT1, 200, '# HELP "my.metric" Dots.\n# TYPE "my.metric" gauge\n{"my.metric","la.bel"="v"} 1\n{"größe:ü",plain="x"} 2\n{"1st"} 3\n{"with \\"quotes\\"","a b"="c"} 4\n'),
    ("names of UTF-8, in OpenMetrics", OPEN, 200, opened('# TYPE "my.metric" gauge', '{"my.metric","la.bel"="v"} 7', '{"größe:ü",plain="x"} 8')),
    ("OpenMetrics with exemplars", OPEN, 200, opened(EXEMPLARS.rstrip("\n"))),
    ("the same with other exemplars", OPEN, 200, opened(EXEMPLARS.rstrip("\n").replace("abc", "abd").replace("AGO5", "AGO1").replace("{} 7", '{long="' + "x" * 130 + '"} 7'))),
    ("times of OpenMetrics", OPEN, 200, opened('timed{t="open"} 1 AGO7', 'timed{t="split"} 2 AGO6.25', "plain 1")),
    ("OpenMetrics without an end", OPEN, 200, "plain 9\n"),
    ("OpenMetrics with something behind the end", OPEN, 200, "plain 9\n# EOF\nplain 8\n"),
    ("blanks and commas", TEXT, 200, '  \n\n# a comment\n#\nplain\t 1  \nempty{} 2\nempty{a=""} 3\ncomma{a="1",} 4\nblank{ a = "1" , b = "2" } 5\n#TYPE odd\n'),
    ("metadata that changes", TEXT, 200, "# HELP plain One.\n# TYPE plain counter\nplain 1\n# HELP requests_total Other.\n# TYPE requests_total gauge\nrequests_total 1\n# TYPE lonely gauge\n# HELP lonely Nobody.\n"),
    ("a type of HTML", "text/html", 200, "plain 11\n"),
    ("no type", None, 200, "plain 12\n"),
    ("a type of JSON", "application/json; charset=utf-8", 200, opened("plain 13")),
    ("an unknown version", "text/plain; version=9.9", 200, "plain 14\n"),
    ("a type in capitals", "TEXT/PLAIN", 200, "plain 15\n"),
    ("an error", TEXT, 500, "plain 16\n"),
    ("nothing there", TEXT, 404, "plain 16\n"),
    ("nothing at all", TEXT, 200, ""),
    ("a last line without its end", TEXT, 200, "plain 17\nplain2 18"),
    ("carriage returns", TEXT, 200, "plain 17\r\nplain2 18\r\n"),
    ("bytes that are no UTF-8", TEXT, 200, b'plain 1\nbad{x="\xff"} 1\n'),
    ("a label twice", TEXT, 200, 'plain 1\nbad{x="1",x="2"} 1\n'),
    ("many lines", TEXT, 200, "".join(f'many{{n="{n}"}} {n}\n' for n in range(40))),
    ("long and many labels", TEXT, 200, 'plain 1\nlong{a_label_with_a_long_name="1"} 1\n'),
    ("a long value", TEXT, 200, 'plain 1\nlong{a="a value that is longer than it may be"} 1\n'),
    ("the end", TEXT, 200, BASE),
]

JOBS = {
    "plain": "", "honest": "honor_labels: true", "clock": "honor_timestamps: false", "tracking": "track_timestamps_staleness: true",
    "text": "fallback_scrape_protocol: PrometheusText0.0.4", "open": "fallback_scrape_protocol: OpenMetricsText1.0.0",
    "legacy": "metric_name_validation_scheme: legacy\n    metric_name_escaping_scheme: underscores", "underscores": "metric_name_escaping_scheme: underscores",
    "dots": "metric_name_escaping_scheme: dots", "values": "metric_name_escaping_scheme: values",
    "protocols": "scrape_protocols: [PrometheusText1.0.0, OpenMetricsText0.0.1]", "samples": "sample_limit: 30", "labels": "label_limit: 4",
    "names": "label_name_length_limit: 20", "lengths": "label_value_length_limit: 30", "bytes": "body_size_limit: 600B",
    "relabelled": """metric_relabel_configs:
      - {source_labels: [__name__], regex: 'temperature|latency_seconds_.*', action: drop}
      - {regex: 'path|la.bel', action: labeldrop}
      - {source_labels: [code], regex: '(.)..', target_label: class, replacement: '${1}xx'}
      - {source_labels: [__name__], regex: '(new)_.*', target_label: __name__, replacement: '${1}est'}
      - {source_labels: [room], target_label: ROOM, action: uppercase}
      - {source_labels: [n], modulus: 3, target_label: shard, action: hashmod}
      - {regex: 'x', action: labelmap, replacement: 'mapped_x'}
      - {source_labels: [n], regex: '1.', action: drop}""",
}


class Target:
    """Serves the page of the step at hand under the path of each job; knows who has asked for it how often, and how."""

    def __init__(self):
        self.step, self.body, self.asked, self.accepted = None, b"", {}, {}
        self.lock, target = threading.Lock(), self

        class Handler(Quiet):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                target.answer(self)

        self.server = served(Handler)
        self.port = self.server.server_address[1]

    def answer(self, handler):
        who = ("ours" if "Martlet" in handler.headers["User-Agent"] else "theirs", handler.path.strip("/"))
        with self.lock:
            (_, kind, status, _), body = self.step, self.body
        handler.send_response(status)
        if kind:
            handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        with self.lock:
            self.asked[who] = self.asked.get(who, 0) + 1
            self.accepted.setdefault(who, {name: handler.headers.get(name) for name in ("Accept", "Accept-Encoding", "X-Prometheus-Scrape-Timeout-Seconds")})

    def begin(self, step):
        now, isOpen = time.time(), step[1] == OPEN
        body = step[3]
        if isinstance(body, str):
            for seconds in (9000, 40, 35, 30, 20, 9, 7, 6, 5, 4, 1, 0):
                for word, sign in (("AGO", -1), ("IN", 1)):
                    at = now + sign * seconds
                    body = body.replace(f"{word}{seconds}", f"{at:.0f}" if isOpen else f"{at * 1000:.0f}")
            body = body.encode()
        with self.lock:
            self.step, self.body, self.asked = step, body, {}

    def scraped(self, times):
        with self.lock:
            return all(self.asked.get((name, job), 0) >= times for name in ("ours", "theirs") for job in JOBS)


def config(path, port, more=""):
    with open(path, "w") as f:
        f.write(f"global: {{scrape_interval: {INTERVAL * 1000:.0f}ms, scrape_timeout: {INTERVAL * 1000:.0f}ms{more}}}\n"
                "storage: {tsdb: {out_of_order_time_window: 10m}, exemplars: {max_exemplars: 10000}}\nscrape_configs:\n")
        for name, more in JOBS.items():
            f.write(f"  - job_name: {name}\n    metrics_path: /{name}\n" + (f"    {more}\n" if more else "") + f"    static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n")
    return path


# What each measures for itself, and what depends on how often it has scraped by then.
OWN = ("scrape_duration_seconds", "scrape_series_added")


def present(server, at):
    """What an instant query finds: series and value of all that has not ended."""
    found = {series(one["metric"]): one["value"][1] for one in server.query('{job!=""}', at)}
    return {key: value for key, value in found.items() if dict(key).get("__name__") not in OWN}


def families(page):
    """Of which the page tells something. What others told is kept for some scrapes, and of a page that fails a Prometheus keeps the beginning."""
    return {line.split(" ")[2].strip('"') for line in page.splitlines() if line.startswith("# ") and len(line.split(" ")) > 3} if isinstance(page, str) else set()


def metadata(server, wanted):
    data = json.loads(server.request("/api/v1/metadata")[1])["data"]
    return {name: sorted(json.dumps(one, sort_keys=True) for one in all) for name, all in data.items() if name in wanted}


def target_metadata(server, wanted, up):
    data = json.loads(server.request("/api/v1/targets/metadata")[1])["data"]
    return {(one["target"]["job"], one["metric"]): (one["type"], one["help"], one["unit"]) for one in data if one["metric"] in wanted and one["target"]["job"] in up}


def health(server):
    active = json.loads(server.request("/api/v1/targets?state=active")[1])["data"]["activeTargets"]
    return {one["scrapePool"]: (one["health"], bool(one["lastError"])) for one in active}


def runs(server, matcher):
    """The values of each series, one behind the other; how often each was scraped is not told."""
    found = {}
    for one in server.query(f"{{{matcher}}}[10m]"):
        values = [value for _, value in one["values"]]
        found[series(one["metric"])] = [value for at, value in enumerate(values) if at == 0 or values[at - 1] != value]
    return found


def timed(server):
    """Samples with times of their own, as they are."""
    return {series(one["metric"]): one["values"] for one in server.query('{__name__="timed",job!="clock"}[4h]')}


def exemplars(server, begin):
    form = {"query": '{job!=""}', "start": f"{begin - 60:.0f}", "end": f"{time.time() + 60:.0f}"}
    data = json.loads(server.request("/api/v1/query_exemplars", form=form)[1])["data"]
    found = {}
    for one in data:
        # Those without a time of their own have that of their scrape.
        found[series(one["seriesLabels"])] = {
            (series(e["labels"]), e["value"], e["timestamp"] if e["labels"].get("trace_id") not in ("def", None) else "") for e in one["exemplars"]}
    return found


def check(checks, folder):
    if os.environ.get("OURS_CMD"):
        return checks.skip("features", "another program stands in for ours")
    os.makedirs(folder)
    target = Target()
    target.begin(STEPS[0])
    begin = time.time()
    flags = ["--enable-feature=exemplar-storage,extra-scrape-metrics"]
    # What others switch on by a flag is a line of the configuration here, as in newer ones of them.
    paths = {"ours": config(f"{folder}/ours.yml", target.port, ", extra_scrape_metrics: true"), "theirs": config(f"{folder}/theirs.yml", target.port)}
    ours, theirs = (Server(name, folder, paths[name], flags).start() for name in ("ours", "theirs"))
    for step in STEPS:
        take(checks, target, step, ours, theirs)
    for job in JOBS:
        checks.equal(target.accepted["ours", job], target.accepted["theirs", job], f"features: the headers of {job}'s requests")
    whole = 'job!="",__name__!~"scrape_duration_seconds|scrape_series_added|timed"'
    mine, other = runs(ours, whole), runs(theirs, whole)
    checks.equal(mine, other, f"features: the values of {len(other)} series, one after the other")
    mine, other = timed(ours), timed(theirs)
    checks.equal(mine, other, f"features: {sum(map(len, other.values()))} samples with times of their own")
    mine, other = exemplars(ours, begin), exemplars(theirs, begin)
    checks.equal(mine, other, f"features: {sum(map(len, other.values()))} exemplars")
    for server in (ours, theirs):
        server.stop()


def take(checks, target, step, ours, theirs):
    name = step[0]
    target.begin(step)
    if not checks.that(until(lambda: target.scraped(2), 30, 0.02), f"features: {name}: both have scraped it", str(target.asked)):
        return
    # Both have stored what they had been sent before they asked for the last time.
    now = time.time()
    mine, other = present(ours, now), present(theirs, now)
    if not checks.equal(mine, other, f"features: {name}: the same {len(other)} series"):
        for key in [k for k in sorted(set(mine) | set(other)) if mine.get(k) != other.get(k)][:40]:
            print(f"      {dict(key)}: ours {mine.get(key)}, theirs {other.get(key)}")
    state = health(theirs)
    checks.equal(health(ours), state, f"features: {name}: the same health: {sum(up == 'up' for up, _ in state.values())} of {len(state)} are up")
    up, told = {job for job, (up, _) in state.items() if up == "up"}, families(step[3])
    if told:
        mine, other = target_metadata(ours, told, up), target_metadata(theirs, told, up)
        checks.equal(mine, other, f"features: {name}: the same metadata of targets, {len(other)} times")
    if told and len(up) == len(JOBS):
        checks.equal(metadata(ours, told), metadata(theirs, told), f"features: {name}: the same metadata of {len(metadata(theirs, told))} families")
