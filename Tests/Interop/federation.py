"""`/federate`: ours beside a real Prometheus that scrapes the same page, and a Prometheus that federates both."""

import gzip
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request

from harness import Server, series, until
from served import Quiet, served

# The page's own times come along, so that the answers are equal to the byte; `now` is put in for NOW, `before` for BEFORE.
PAGE = """# TYPE plain_total counter
plain_total{x_y="1"} 2 NOW
plain_total{x_y="2",zone="own"} 3.5e+300 NOW
# TYPE "my.metric" gauge
{"my.metric","la.bel"="v"} 1 NOW
{"1é😀_x"} 3 NOW
with_inst{instance="i",b="q\\"\\\\\\n"} NaN NOW
earlier 1 BEFORE
inf -Inf NOW
# TYPE h histogram
h_bucket{le="1.0"} 1 NOW
h_bucket{le="+Inf"} 2 NOW
h_sum 3 NOW
h_count 2 NOW
"""
ACCEPTED = {
    "nothing": None, "anything": "*/*", "OpenMetrics": "application/openmetrics-text", "text": "text/plain;version=0.0.4",
    "new text": "text/plain;version=1.0.0;escaping=allow-utf-8", "dots": "text/plain;escaping=dots", "values": "text/plain;escaping=values",
    "underscores": "text/plain;escaping=underscores", "no such escaping": "text/plain;escaping=zzz",
    "what a Prometheus sends": "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;"
                               "q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "by weight": "text/plain;version=0.0.4;q=0.3,text/plain;version=1.0.0;escaping=dots;q=0.9,text/plain;escaping=values;q=0.1",
}
SELECTORS = {
    "all": ['{job="page"}'], "one": ["plain_total"], "two that overlap": ["plain_total", '{x_y="1"}'], "none": [], "nothing": ["nosuch"],
    "no matcher": ["{}"], "what is empty": ['{nosuch=~".*",job="page"}'], "everything": ['{nosuch=""}'], "quoted": ['{"my.metric"}'],
    "broken": ["("], "a range": ["plain_total[5m]"], "one of two broken": ["plain_total", "{"], "an expression": ["sum(x)"], "an empty one": [""],
}
EXTERNAL = "external_labels: {zone: eu, 'e.x': u}"


class Page:
    """Serves PAGE, and later without `plain_total`."""

    def __init__(self):
        self.text, page = "", self

        class Handler(Quiet):
            def do_GET(self):
                body = page.text.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=1.0.0; escaping=allow-utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = served(Handler)
        self.port = self.server.server_address[1]
        self.be(PAGE)

    def be(self, text):
        now = int(time.time() * 1000)
        self.text = text.replace("NOW", str(now)).replace("BEFORE", str(now - 200_000))


def asked(server, selectors, accept=None, packed=False):
    """(status, content type, lines) of /federate."""
    url = f"{server.url}/federate?" + urllib.parse.urlencode([("match[]", text) for text in selectors])
    headers = ({"Accept": accept} if accept else {}) | ({"Accept-Encoding": "gzip"} if packed else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            body = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            return answer.status, answer.headers["Content-Type"], body.decode().splitlines()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode().splitlines()


def comparable(answer):
    """Prometheus sorts by name only: the lines of a family may come in any order. What a server measures for itself is left out."""
    families, own = [], ("scrape_duration_seconds", "up ", "up{", "scrape_samples", "scrape_series")
    for line in answer[2]:
        if line.startswith("# TYPE"):
            families.append([line])
        elif families:
            families[-1].append(line)
    if not families:
        return answer
    return *answer[:2], [sorted(family) for family in families if not family[0].removeprefix("# TYPE ").startswith(own)]


def config(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


def check(checks, folder):
    if os.environ.get("OURS_CMD"):
        return checks.skip("federation", "another program stands in for ours")
    folder, page = f"{folder}/federation", Page()
    os.makedirs(folder)
    scraped = config(f"{folder}/page.yml", f"""global: {{scrape_interval: 1s, scrape_timeout: 1s, {EXTERNAL}}}
scrape_configs:
  - job_name: page
    track_timestamps_staleness: true
    static_configs: [{{targets: ['127.0.0.1:{page.port}']}}]
""")
    ours, theirs = (Server(name, folder, scraped).start() for name in ("ours", "theirs"))
    there = lambda server: len(asked(server, ['{job="page"}'])[2]) > 20
    if not checks.that(until(lambda: there(ours) and there(theirs), 30), "federation: the page is scraped by both"):
        return
    answers(checks, ours, theirs)
    federated(checks, folder, ours, theirs)
    ended(checks, page, ours, theirs)
    ours.stop()
    theirs.stop()


def answers(checks, ours, theirs):
    for name, accept in ACCEPTED.items():
        mine, other = (comparable(asked(s, ['{job="page"}'], accept)) for s in (ours, theirs))
        checks.equal(mine, other, f"federation: the same {len(other[2])} families for a client that accepts {name}")
    for name, selectors in SELECTORS.items():
        mine, other = (comparable(asked(s, selectors)) for s in (ours, theirs))
        if other[0] == 400:
            checks.equal(mine[:2], other[:2], f"federation: selectors: {name}: both refuse")
        else:
            checks.equal(mine, other, f"federation: selectors: {name}: the same {len(other[2])} families")
    checks.equal(asked(ours, ['{job="page"}'], packed=True), asked(ours, ['{job="page"}']), "federation: packed it is the same")


def federated(checks, folder, ours, theirs):
    """By a Prometheus and by one of ours, each from both."""
    jobs = "".join(f"""
  - job_name: {name}
    honor_labels: true
    metrics_path: /federate
    params: {{'match[]': ['{{job="page"}}']}}
    metric_relabel_configs: [{{target_label: source, replacement: {name}}}]
    static_configs: [{{targets: ['127.0.0.1:{server.port}']}}]""" for name, server in (("ours", ours), ("theirs", theirs)))
    text = f"global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:{jobs}\n"
    for name in ("theirs", "ours"):
        collector = Server(name, f"{folder}/collector", config(f"{folder}/collector.yml", text)).start()
        found = lambda source: {
            series({k: v for k, v in one["metric"].items() if k != "source"}): [value for value in one["values"]]
            for one in collector.query(f'{{source="{source}",__name__!~"up|scrape_.*"}}[10m]')}
        whole = until(lambda: len(found("ours")) > 8 and len(found("theirs")) > 8, 30)
        checks.that(whole, f"federation: {name} as the collector has what both tell", f"{len(found('ours'))} and {len(found('theirs'))} series")
        checks.equal(found("ours"), found("theirs"), f"federation: {name} as the collector: the same samples from ours and from a Prometheus")
        health = {target["health"] for target in json.loads(collector.request("/api/v1/targets")[1])["data"]["activeTargets"]}
        checks.that(health == {"up"}, f"federation: {name} as the collector reads both", str(health))
        collector.stop()


def ended(checks, page, ours, theirs):
    """A series that has ended is no longer told."""
    page.be("".join(line for line in PAGE.splitlines(keepends=True) if "plain_total" not in line))
    gone = lambda server: not asked(server, ["plain_total"])[2]
    checks.that(until(lambda: gone(theirs), 30), "federation: a Prometheus leaves out what has ended")
    checks.that(until(lambda: gone(ours), 15), "federation: so do we")
