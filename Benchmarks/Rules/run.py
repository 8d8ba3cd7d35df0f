#!/usr/bin/env python3
"""What evaluating alerting rules costs, Martlet beside a real Prometheus over the same page and rule file at the same time: CPU seconds of each
server's process in a minute, less those of the same server without rules.

    Benchmarks/Rules/run.py [--rules 1000] [--series 100] [--interval 15] [--rounds 12] [--changing]

environment: MARTLET_BIN (default: .build/release/martlet of this project), MARTLET_PEERS (folder of prometheus, or its parent).
"""

import argparse
import http.server
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))


def page(series):
    """Values stay within what the rules fire for, and change from one scrape to the next."""
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            lines = [f'm{{i="instance-{n}",zone="z{n % 5}"}} {100 + (n * 7 + int(time.time())) % 50}' for n in range(series)]
            body = ("\n".join(lines) + "\n").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def rules(path, count, changing):
    """Groups of a hundred; every rule fires for every series. `changing`: a text of each alert tells the value."""
    value = "value {{ $value }} of {{ $labels.i }}" if changing else "of {{ $labels.i }}"
    with open(path, "w") as f:
        f.write("groups:\n")
        for n in range(count):
            if n % 100 == 0:
                f.write(f"- name: g{n // 100}\n  rules:\n")
            f.write(f"  - alert: A{n}\n    expr: m > {n % 10 + 20}\n    for: 30s\n    labels: {{severity: warning, rule: r{n}}}\n"
                    f"    annotations: {{summary: '{{{{ $labels.i }}}} is high', description: '{value}'}}\n")


class Server:
    def __init__(self, name, folder, port, interval, rule_file):
        self.folder = f"{folder}/{name}-{'with' if rule_file else 'without'}"
        os.makedirs(self.folder)
        with open(f"{self.folder}/c.yml", "w") as f:
            f.write(f"global: {{scrape_interval: {interval}s, evaluation_interval: {interval}s}}\nrule_files: [{rule_file or ''}]\n"
                    f"scrape_configs: [{{job_name: page, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{s.getsockname()[1]}"
        peers = os.environ.get("MARTLET_PEERS", "")
        theirs = next((p for p in (f"{peers}/prometheus", f"{peers}/bin/prometheus") if os.path.exists(p)), "prometheus")
        command = [theirs] if name == "prometheus" else [os.environ.get("MARTLET_BIN", f"{ROOT}/.build/release/martlet"), "serve"]
        command += [f"--config.file={self.folder}/c.yml", f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address={self.url[7:]}"]
        self.process = subprocess.Popen(command, stdout=open(f"{self.folder}/log", "wb"), stderr=subprocess.STDOUT)

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        return int(open(f"/proc/{self.process.pid}/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE") / (1 << 20)

    def sum(self, query):
        answer = json.load(urllib.request.urlopen(f"{self.url}/api/v1/query?query={urllib.parse.quote(query)}", timeout=60))
        return sum(float(r["value"][1]) for r in answer["data"]["result"])

    def metric(self, name):
        text = urllib.request.urlopen(f"{self.url}/metrics", timeout=60).read().decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name + "{"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=1000)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--interval", type=int, default=15, help="seconds between evaluations, and between scrapes")
    parser.add_argument("--rounds", type=int, default=12, help="evaluations that are measured")
    parser.add_argument("--changing", action="store_true", help="annotations tell the value, which changes each time")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="martlet-rules-")
    rules(f"{folder}/rules.yml", options.rules, options.changing)
    port, names = page(options.series), ("martlet", "prometheus")
    running = {(name, file): Server(name, folder, port, options.interval, file) for name in names for file in (f"{folder}/rules.yml", None)}
    try:
        # Until all alerts fire, and two rounds more.
        time.sleep(5 * options.interval + 10)
        before = {key: (server.cpu(), server.metric("prometheus_rule_evaluations_total")) for key, server in running.items()}
        time.sleep(options.rounds * options.interval)
        used = {}
        for name in names:
            (rule_cpu, evaluations), (bare_cpu, _) = [
                (running[name, file].cpu() - before[name, file][0], running[name, file].metric("prometheus_rule_evaluations_total") - before[name, file][1])
                for file in (f"{folder}/rules.yml", None)]
            server = running[name, f"{folder}/rules.yml"]
            firing = server.sum('count(ALERTS{alertstate="firing"})')
            missed = server.metric("prometheus_rule_group_iterations_missed_total")
            used[name] = (rule_cpu - bare_cpu) / max(evaluations, 1)
            print(f"{name}: {rule_cpu - bare_cpu:.2f} CPU s for {evaluations:.0f} evaluations of a rule = {used[name] * 1e6:.0f} µs each, "
                  f"{firing:.0f} alerts firing, {missed:.0f} evaluations of a group missed, {server.resident():.0f} MiB resident")
        print(f"ratio {used['martlet'] / used['prometheus']:.3f}")
    finally:
        for server in running.values():
            server.process.kill()
            server.process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
