"""Remote write by real senders: a Prometheus by version 1, one by version 2 and a vmagent scrape the same pages and send them to us, while we are
killed by kill -9 now and then. Afterwards both ends hold the same samples. And the same requests to us and to a real Prometheus are answered alike."""

import json
import math
import os
import random
import signal
import time
import urllib.error
import urllib.parse
import urllib.request

import remotewrite
from harness import Server, free_port, peer, run, series, until
from served import Quiet, served

INTERVAL = 0.5  # seconds between scrapes
MESSAGES = {"v1": "prometheus.WriteRequest", "v2": "io.prometheus.write.v2.Request"}
VM = "vm"


class Pages:
    """A page with `count` series that is another each time it is asked for; some of its series come and go. With exemplars for who reads OpenMetrics."""

    def __init__(self, count):
        self.count, self.served, pages = count, 0, self

        class Handler(Quiet):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                pages.served += 1
                is_open = "openmetrics" in self.headers.get("Accept", "")
                body = pages.body(pages.served, is_open)
                self.send_response(200)
                self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8" if is_open else "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = served(Handler)
        self.port = self.server.server_address[1]

    def body(self, number, is_open):
        chance = random.Random(number)
        lines = ["# TYPE load gauge"]
        lines += [f'load{{series="{n}",text="é \\"quoted\\" {n % 7}"}} {chance.random() * 100}' for n in range(self.count)]
        lines += [f'load{{series="brief",life="{number // 5}"}} {number}'] if number % 3 else []
        lines += ['load{series="odd"} ' + ("NaN", "+Inf", "-1", "1e-300")[number % 4], "# TYPE done counter"]
        trace = f' # {{trace_id="{number}"}} {number}' if is_open else ""
        return "\n".join(lines + [f"done_total {number}{trace}"] + (["# EOF", ""] if is_open else [""])).encode()


def receiver(folder):
    path = f"{folder}/receiver.yml"
    with open(path, "w") as f:
        f.write("storage: {exemplars: {max_exemplars: 100000}}\n")
    return Server("ours", folder, path, ["--web.enable-remote-write-receiver", "--enable-feature=exemplar-storage"])


def scrapes(pages):
    return f"scrape_configs: [{{job_name: pages, static_configs: [{{targets: ['127.0.0.1:{pages.port}']}}]}}]\n"


def prometheus(folder, name, pages, target):
    path = f"{folder}/{name}.yml"
    with open(path, "w") as f:
        f.write(f"global: {{scrape_interval: {INTERVAL * 1000:.0f}ms, scrape_timeout: {INTERVAL * 1000:.0f}ms, external_labels: {{sender: {name}}}}}\n"
                f"remote_write:\n  - url: {target.url}/api/v1/write\n    protobuf_message: {MESSAGES[name]}\n    send_exemplars: true\n"
                "    queue_config: {batch_send_deadline: 200ms, max_shards: 4, max_backoff: 1s}\n    metadata_config: {send_interval: 2s}\n" + scrapes(pages))
    return Server(name, folder, path, ["--enable-feature=exemplar-storage,metadata-wal-records"])


class VictoriaMetrics:
    """A vmagent that sends to us and, for comparison, to a VictoriaMetrics."""

    def __init__(self, folder, pages, target):
        port, agent = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        path = f"{folder}/vmagent.yml"
        with open(path, "w") as f:
            f.write(f"global: {{scrape_interval: {INTERVAL * 1000:.0f}ms, scrape_timeout: {INTERVAL * 1000:.0f}ms}}\n" + scrapes(pages))
        run([peer("victoria-metrics"), f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={folder}/vm", "-retentionPeriod=1y"], f"{folder}/vm.log")
        if not until(lambda: urllib.request.urlopen(self.url + "/health", timeout=5).status == 200, 30):
            raise SystemExit("VictoriaMetrics does not get ready")
        self.agent = run(
            [peer("vmagent"), f"-httpListenAddr=127.0.0.1:{agent}", f"-promscrape.config={path}", f"-remoteWrite.tmpDataPath={folder}/vmagent",
             f"-remoteWrite.url={target.url}/api/v1/write", f"-remoteWrite.url={self.url}/api/v1/write", f"-remoteWrite.label=sender={VM}",
             "-remoteWrite.flushInterval=300ms", "-remoteWrite.retryMaxInterval=2s", "-remoteWrite.retryMinInterval=200ms"], f"{folder}/vmagent.log")

    def samples(self, begin, end):
        """series -> [(time, value)]; what it keeps of stale markers has no value."""
        form = urllib.parse.urlencode({"match[]": '{job="pages"}', "start": f"{begin:.3f}", "end": f"{end:.3f}"})
        with urllib.request.urlopen(f"{self.url}/api/v1/export?{form}", timeout=60) as answer:
            found = {}
            for line in answer.read().decode().splitlines():
                one = json.loads(line)
                pairs = [(t, float(v)) for t, v in zip(one["timestamps"], one["values"]) if v is not None]
                # It says nothing of NaN.
                pairs = [(t, v) for t, v in pairs if not math.isnan(v)]
                if pairs:
                    found[without_sender(one["metric"])] = sorted(pairs)
            return found


def different(ours, theirs):
    """Series that are not the same in a VictoriaMetrics, which keeps numbers as decimals: not to the last bit, and of a series with numbers of all
    sizes none but the largest."""
    def same(a, b, key):
        return a[0] == b[0] and (("series", "odd") in key or a[1] == b[1] or abs(a[1] - b[1]) <= 1e-9 * abs(b[1]))

    wrong = [(key, "only ours" if key in ours else "only theirs") for key in set(ours) ^ set(theirs)]
    for key in set(ours) & set(theirs):
        if len(ours[key]) != len(theirs[key]) or not all(same(a, b, key) for a, b in zip(ours[key], theirs[key])):
            times = [{t for t, _ in pairs} for pairs in (ours[key], theirs[key])]
            wrong.append((key, "times only ours", sorted(times[0] - times[1]), "only theirs", sorted(times[1] - times[0]), ours[key][:3], theirs[key][:3]))
    return wrong


def without_sender(metric):
    return series({k: v for k, v in metric.items() if k != "sender"})


def samples(server, matcher, begin, end):
    """The same of a Prometheus or of ours, values as they are written."""
    found = {}
    for one in server.query(f"{{{matcher}}}[{max(1, int((end - begin) * 1000))}ms]", end):
        found[without_sender(one["metric"])] = [(round(t * 1000), v) for t, v in one["values"]]
    return found


def stretches(server, matcher, begin, end):
    """Where each of the series that come and go is seen: this is what stale markers are for."""
    form = {"query": f'load{{series="brief",{matcher}}}', "start": f"{begin:.3f}", "end": f"{end:.3f}", "step": "0.1"}
    status, text = server.request("/api/v1/query_range", "POST", form)
    return {without_sender(one["metric"]): one["values"] for one in json.loads(text)["data"]["result"]} if status == 200 else text


def exemplars(server, matcher, begin, end):
    form = {"query": f"done_total{{{matcher}}}", "start": f"{begin:.3f}", "end": f"{end:.3f}"}
    status, text = server.request("/api/v1/query_exemplars", "POST", form)
    return {(e["labels"]["trace_id"], e["value"], e["timestamp"]) for one in json.loads(text)["data"] for e in one["exemplars"]} if status == 200 else text


def check(checks, folder, seconds, seed):
    print(f"writers: {seconds} s, seed {seed}", flush=True)
    os.makedirs(folder, exist_ok=True)
    beside(checks, folder)
    chance, pages = random.Random(seed), Pages(400)
    ours = receiver(folder).start()
    senders = {name: prometheus(folder, name, pages, ours).start() for name in MESSAGES}
    agent = VictoriaMetrics(folder, pages, ours)
    names = [*senders, VM]
    newest = lambda name: max([float(r["value"][1]) for r in ours.query(f'max(timestamp(done_total{{sender="{name}"}}))')], default=0)
    if not checks.that(until(lambda: all(newest(name) > 0 for name in names), 60), "writers: all three have begun"):
        return
    begin = time.time() + 1
    kills, stop = 0, time.monotonic() + seconds
    while time.monotonic() < stop:
        time.sleep(min(stop - time.monotonic(), (seconds / 5) * (0.5 + chance.random())) if stop > time.monotonic() else 0)
        if time.monotonic() < stop:
            ours.stop(signal.SIGKILL)
            kills += 1
            ours.start()
    checks.that(kills >= 2, f"writers: killed {kills} times")
    end = time.time()
    caught_up = until(lambda: all(newest(name) > end + 2 for name in names), 120, 0.5)
    checks.that(caught_up, "writers: what was sent late has come", str({name: newest(name) - end for name in names}))
    for name, sender in senders.items():
        mine, other = samples(ours, f'sender="{name}",job="pages"', begin, end), samples(sender, 'job="pages"', begin, end)
        checks.that(sum(map(len, other.values())) > seconds / INTERVAL * 200, f"writers {name}: there is something to compare")
        checks.equal(mine, other, f"writers {name}: the same {sum(map(len, other.values()))} samples of {len(other)} series")
        checks.equal(stretches(ours, f'sender="{name}"', begin, end), stretches(sender, "", begin, end), f"writers {name}: series end where they ended")
        checks.equal(exemplars(ours, f'sender="{name}"', begin, end), exemplars(sender, "", begin, end), f"writers {name}: the same exemplars")
    mine = {k: [(t, float(v)) for t, v in pairs if v != "NaN"] for k, pairs in samples(ours, f'sender="{VM}",job="pages"', begin, end).items()}
    # What it was sent can be asked for some seconds later.
    until(lambda: max([pairs[-1][0] for pairs in agent.samples(end, end + 60).values()], default=0) > (end + 2) * 1000, 60, 0.5)
    other = agent.samples(begin, end)
    checks.that(sum(map(len, other.values())) > seconds / INTERVAL * 200, "writers vmagent: there is something to compare")
    wrong = different({k: p for k, p in mine.items() if p}, other)
    checks.that(not wrong, f"writers vmagent: the same {sum(map(len, other.values()))} samples of {len(other)} series", f"{len(wrong)} of {begin * 1000:.0f} to {end * 1000:.0f}: {wrong[:3]}")
    refused = [line for line in open(f"{folder}/vmagent.log", errors="replace") if "status code 4" in line and "rejected" in line]
    checks.equal(refused, [], "writers vmagent: none of its blocks is refused")
    for server in [*senders.values(), ours]:
        server.stop()


# MARK: the same requests to both

class Part:
    exemplars, histograms, kind, help, unit = [], [], "", "", ""

    def __init__(self, labels, samples):
        self.labels, self.samples = labels, samples


def post(server, body, headers):
    """(status, the three headers that tell what was written)."""
    headers = {k: v for k, v in headers.items() if v is not None}
    try:
        with urllib.request.urlopen(urllib.request.Request(server.url + "/api/v1/write", body, headers), timeout=30) as answer:
            status, got = answer.status, answer.headers
    except urllib.error.HTTPError as error:
        status, got = error.code, error.headers
    return status, [got.get(f"X-Prometheus-Remote-Write-{kind}-Written") for kind in ("Samples", "Histograms", "Exemplars")]


def cases(now, kind):
    """[(name, series, other headers, {version: status that we have to answer instead of what theirs does})]"""
    good = Part([("__name__", "up"), ("job", "a")], [(now, 1)])
    wide = Part([("__name__", "with space"), ("a.b", "é\n")], [(now, 2)])
    histogram = Part([("__name__", "h")], [])
    histogram.histograms = [(now, {"schema": 2, "count": 5, "sum": 1.5, "zero": (0.1, 1), "positive": ([(0, 2)], [1, 3]), "negative": ([], []),
                                   "bounds": [], "gauge": False, "floats": False})]
    # Theirs takes requests of version 1 with labels that are none for sound, against the specification, and says so in a comment.
    strict = {1: 400}
    return [
        ("one sample", [good], {}, {}), ("the same again", [good], {}, {}), ("names of all kinds", [wide], {}, {}), ("nothing", [], {}, {}),
        ("a native histogram", [histogram], {}, {}), ("another value for that time", [Part(good.labels, [(now, 2)])], {}, {}),
        ("out of order", [Part(good.labels, [(now - 60_000, 2)])], {}, {}), ("too old", [Part(good.labels, [(now - 7_200_000, 2)])], {}, {}),
        ("the future", [Part(good.labels, [(now + 3_600_000, 2)])], {}, {}),
        ("no name", [Part([("job", "a")], [(now, 1)]), Part(good.labels, [(now + 1, 1)])], {}, strict),
        ("a label twice", [Part(good.labels + [("job", "b")], [(now + 2, 1)])], {}, strict), ("no encoding", [good], {"Content-Encoding": None}, {}),
        ("a form", [good], {"Content-Type": "application/x-www-form-urlencoded"}, {}), ("JSON", [good], {"Content-Type": "application/json"}, {}),
        ("an unknown message", [good], {"Content-Type": kind.split(";")[0] + ";proto=a.B"}, {}), ("gzip", [good], {"Content-Encoding": "gzip"}, {}),
    ]


def beside(checks, folder):
    """Requests of both versions, sound and not, to us and to a Prometheus. What we do otherwise on purpose says so."""
    path = f"{folder}/beside.yml"
    with open(path, "w") as f:
        f.write("storage: {tsdb: {out_of_order_time_window: 10m}}\n")
    flags = ["--web.enable-remote-write-receiver", "--enable-feature=native-histograms"]
    both = [Server(name, f"{folder}/beside", path, flags).start() for name in ("ours", "theirs")]
    now = int(time.time() * 1000)
    kinds = {1: "application/x-protobuf", 2: "application/x-protobuf;proto=io.prometheus.write.v2.Request"}
    for version, encode in ((1, remotewrite.version1), (2, remotewrite.version2)):
        # Later than all of the version before.
        for name, parts, changes, wanted in cases(now + version * 10_000, kinds[version]):
            headers = {"Content-Type": kinds[version], "Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"} | changes
            mine, other = (post(server, remotewrite.snappy(encode(parts)), headers) for server in both)
            if version in wanted:
                checks.equal(mine[0], wanted[version], f"writes beside: version {version}, {name}, by the specification")
            else:
                same = mine[1] == other[1] or version == 1 or other[0] == 415
                checks.that(mine[0] == other[0] and same, f"writes beside: version {version}, {name}: {other[0]}", f"ours {mine}, theirs {other}")
        for name, body in (("no Snappy", b"0123"), ("no message", remotewrite.snappy(b"\x0a\x05")), ("a lie", b"\xff\xff\xff\xff\x0f\x00")):
            headers = {"Content-Type": kinds[version], "Content-Encoding": "snappy"}
            mine, other = (post(server, body, headers)[0] for server in both)
            checks.equal(mine, other, f"writes beside: version {version}, {name}: {other}")
    mine, other = ({series(r["metric"]): r["values"] for r in server.query('{__name__=~"up|h|with space"}[3h]', now / 1000 + 3600) if "values" in r}
                   for server in both)
    checks.equal(mine, other, "writes beside: the same is stored")
    for server in both:
        server.stop()
    off = Server("ours", f"{folder}/off", path).start()
    checks.equal(post(off, b"", {})[0], 404, "without the flag there is nothing to write to")
    off.stop()
