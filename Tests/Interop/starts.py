"""Starts that a page tells (`created-timestamp-zero-ingestion`): ours beside a real Prometheus on the same OpenMetrics page."""

import os
import time

from harness import Server, series, until
from served import Quiet, served

PAGE = """# TYPE c counter
c_total{{x="1"}} {value}
c_created{{x="1"}} {old}
c_total{{x="2"}} {value}
c_created{{x="2"}} {new}
# TYPE mixed counter
mixed_total{{x="1"}} {value}
mixed_total{{x="2"}} {value}
mixed_created{{x="1"}} {new}
mixed_created{{x="2"}} {new}
# TYPE before counter
before_created {new}
before_total {value}
# TYPE ahead counter
ahead_total {value}
ahead_created {ahead}
# TYPE own counter
own_total {value} {own}
own_created {new}
# TYPE g gauge
g {value}
g_created {new}
# TYPE h histogram
h_bucket{{le="1.0"}} {value}
h_bucket{{le="+Inf"}} {value}
h_count {value}
h_sum {value}
h_created {new}
# TYPE s summary
s{{quantile="0.5"}} {value}
s_count {value}
s_sum {value}
s_created {new}
# TYPE odd counter
odd_total {value}
odd_created NaN
# EOF
"""
FLAGS = ["--enable-feature=created-timestamp-zero-ingestion"]


class Page:
    """One that says the same for as long as it is not told otherwise, so that both servers read the same, each at its own time."""

    def __init__(self):
        page = self
        self.began = time.time()
        self.say(1)

        class Handler(Quiet):
            def do_GET(self):
                body = page.text.encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = served(Handler)
        self.port = self.server.server_address[1]

    def say(self, value):
        now = time.time()
        self.text = PAGE.format(
            value=value, old=f"{self.began - 30:.3f}", new=f"{now:.3f}", ahead=f"{now + 3600:.3f}", own=f"{now + 0.5:.3f}")


def zeros(server):
    """{series: times of its zeros}, and how many other samples there are of each."""
    found, others = {}, {}
    for one in server.query('{job="starts",__name__!~"up|scrape_.*"}[10m]'):
        name = series(one["metric"])
        found[name] = [float(at) for at, value in one["values"] if value == "0"]
        others[name] = {value for _, value in one["values"] if value != "0"}
    return found, others


def between_scrapes(servers):
    """Waits for a moment that is far from the scrapes of all: a start in the very millisecond of a sample is none, for both, but their samples differ."""
    phases = [float(one["values"][-1][0]) % 1 for server in servers for one in server.query("up[10s]")]
    until(lambda: all(0.1 < (time.time() - phase) % 1 < 0.9 for phase in phases), 5, 0.01)


def check(checks, folder):
    folder, page = f"{folder}/starts", Page()
    os.makedirs(folder)
    path = f"{folder}/starts.yml"
    with open(path, "w") as f:
        f.write(f"global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n"
                f"  - {{job_name: starts, static_configs: [{{targets: ['127.0.0.1:{page.port}']}}]}}\n")
    both = [Server(name, folder, path, FLAGS).start() for name in ("ours", "theirs")]
    for value in (1, 2, 3):
        if value > 1:
            between_scrapes(both)
            page.say(value)
        seen = lambda server: any(str(value) in values for values in zeros(server)[1].values())
        checks.that(until(lambda: all(map(seen, both)), 30), f"starts: page {value} is scraped by both")
        time.sleep(2)
    (mine, samples), (other, same) = map(zeros, both)
    checks.equal(mine, other, f"starts: the same zeros in {len(other)} series, {sum(map(len, other.values()))} in all")
    checks.equal(samples, same, "starts: the same other samples")
    checks.that(sum(map(len, other.values())) > 15, "starts: Prometheus has stored some", str(other))
    for server in both:
        server.stop()
