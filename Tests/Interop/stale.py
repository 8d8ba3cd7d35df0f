"""Series that ended leave our head early, for a block; a Prometheus that takes the folder over answers the same, each sample once."""

import http.server
import json
import os
import signal
import threading
import time

import tsdb_tools
from harness import Server, blocks, copied, series, until
from shifted import Clock

COUNT = 1200
MINUTE = 60_000
CONFIG = """global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}
storage: {{tsdb: {{stale_series_compaction_threshold: 0.3}}}}
scrape_configs: {jobs}
"""


class Deployments:
    """A page of COUNT series whose `pod` changes with every deployment."""

    def __init__(self):
        self.pod, self.asked, page = 0, 0, self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page.asked += 1
                body = "".join(f'requests_total{{pod="{page.pod}",i="{i}"}} {page.asked}\n' for i in range(COUNT)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def jobs(self):
        return f"[{{job_name: app, static_configs: [{{targets: ['127.0.0.1:{self.server.server_address[1]}']}}]}}]"

    def scraped(self, times=3):
        """The page before is taken in when the next one is asked for."""
        begin = self.asked
        return until(lambda: self.asked > begin + times, 60)


def metric(server, name):
    lines = (line.split() for line in server.request("/metrics")[1].splitlines())
    return next(float(line[1]) for line in lines if line and line[0] == name)


def answers(server, at):
    """series -> samples of the first two deployments."""
    found = server.query('requests_total{pod=~"0|1"}[1h]', at / 1000)
    return {series(one["metric"]): [(float(t), v) for t, v in one["values"]] for one in found}


def hints(folder):
    metas = [json.load(open(f"{folder}/{name}/meta.json")) for name in blocks(folder)]
    return [(meta["stats"]["numSeries"], sorted(meta["compaction"].get("hints", []))) for meta in metas]


def written(path, jobs):
    with open(path, "w") as f:
        f.write(CONFIG.format(jobs=jobs))
    return path


def check(checks, folder):
    if os.environ.get("OURS_CMD"):
        return checks.skip("stale series", "another program stands in for ours")
    os.makedirs(f"{folder}/stale")
    page, begin = Deployments(), (int(time.time()) // 7200 - 24) * 7_200_000 + 30 * MINUTE
    clock = Clock(f"{folder}/stale", begin)
    config = written(f"{folder}/stale/config.yml", page.jobs)
    ours = Server("ours", f"{folder}/stale", config, ["--storage.tsdb.retention.time=10y"], environment=clock.environment).start()
    checks.that(page.scraped(), "stale: the first deployment is scraped")
    page.pod = 1
    checks.that(page.scraped(), "stale: the second takes its place")
    clock.set(begin + 7 * MINUTE)
    page.pod = 2
    checks.that(page.scraped(), "stale: the third, seven minutes later")
    at = begin + 30 * MINUTE
    known = answers(ours, at)
    checks.that(len(known) == 2 * COUNT, "stale: all series are answered", str(len(known)))
    left = until(lambda: metric(ours, "prometheus_tsdb_stale_series_compactions_triggered_total") > 0, 90)
    checks.that(left, "stale: those that ended leave the head")
    checks.that(metric(ours, "prometheus_tsdb_head_series") < 2 * COUNT + 20, "stale: it has fewer series", str(metric(ours, "prometheus_tsdb_head_series")))
    checks.equal(answers(ours, at), known, "stale: they are answered as before")
    ours.stop(signal.SIGKILL)
    found = hints(ours.data)
    checks.that(found and all(h == ["from-out-of-order", "from-stale-series"] for _, h in found), "stale: their block says what it is", str(found))
    status, text = tsdb_tools.promtool("list", ours.data)
    checks.that(status == 0 and all(name in text for name in blocks(ours.data)), "stale: promtool lists it", text[:300])
    taken_over(checks, folder, ours, known, at)
    comes_back(checks, ours, clock, page, known, at)


def taken_over(checks, folder, ours, known, at):
    """By a Prometheus that knows the hint of late samples only."""
    config = f"{folder}/stale/none.yml"
    with open(config, "w") as f:
        f.write("scrape_configs: []\n")
    theirs = Server("theirs", f"{folder}/stale", config, ["--storage.tsdb.retention.time=10y"], ours.data).start()
    checks.equal(answers(theirs, at), known, "stale: a Prometheus answers the folder the same")
    live = theirs.query('count(requests_total{pod="2"})', (at - 20 * MINUTE) / 1000)
    checks.that([float(one["value"][1]) for one in live] == [COUNT], "stale: and has the series that go on", str(live))
    theirs.stop()


def comes_back(checks, ours, clock, page, known, at):
    """After a kill -9 ours answers as before, and a deployment that is rolled back goes on."""
    ours.start()
    checks.equal(answers(ours, at), known, "stale: after kill -9 ours answers the same")
    page.pod = 0
    checks.that(page.scraped(), "stale: the first deployment comes back")
    longer = answers(ours, at)
    grown = sum(len(longer.get(key, [])) > len(kept) and longer[key][:len(kept)] == kept for key, kept in known.items())
    checks.that(grown == COUNT, "stale: its series go on behind what they had", f"{grown} of {COUNT}")
    ours.stop()
