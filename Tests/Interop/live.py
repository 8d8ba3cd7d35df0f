"""Real exporters of real programs, scraped by both for some minutes: all up, the same series."""

import json
import time

from harness import Server, series


def check(checks, folder, ports, seconds):
    config = f"{folder}/live.yml"
    with open(config, "w") as f:
        f.write("global: {scrape_interval: 5s, scrape_timeout: 4s}\nscrape_configs:\n")
        for name, port in ports.items():
            f.write(f"  - {{job_name: {name}, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}\n")
    both = [Server(name, f"{folder}/live", config).start() for name in ("ours", "theirs")]
    time.sleep(seconds)
    for name in ports:
        for server in both:
            up = server.query(f'min_over_time(up{{job="{name}"}}[{seconds}s])')
            checks.that([r["value"][1] for r in up] == ["1"], f"live {name}: always up for {server.name}", str(up))
        found = []
        for server in both:
            text = server.request("/api/v1/series", "POST", {"match[]": f'{{job="{name}"}}', "start": time.time() - seconds})[1]
            found.append({series(metric) for metric in json.loads(text)["data"]})
        checks.equal(found[0], found[1], f"live {name}: the same {len(found[1])} series")
    for server in both:
        server.stop()
