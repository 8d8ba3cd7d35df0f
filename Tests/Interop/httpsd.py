"""Targets that others tell of: an HTTP service and a Docker daemon, both made here, whose lists change, vanish, break and come back, before both
servers: the same targets with the same labels at each step, the same configuration shown, and the old targets for as long as nothing better comes."""

import http.server
import json
import os
import re
import shutil
import socketserver
import subprocess
import tempfile
import threading
import time
import urllib.parse

import harness


class Source:
    """Answers by path, changed from outside; knows how often each server asked for each."""

    def __init__(self):
        self.answers, self.asked, self.headers, self.queries = {}, {}, {}, {}

    def count(self, path, agent):
        return self.asked.get((path, agent), 0)

    def answer(self, handler):
        path = handler.path.split("?")[0]
        agent = "ours" if "Martlet" in handler.headers.get("User-Agent", "") else "theirs"
        path = re.sub(r"^/v1\.\d+", "", path)
        self.asked[path, agent] = self.count(path, agent) + 1
        self.headers[path, agent] = dict(handler.headers)
        self.queries.setdefault((path, agent), set()).add(handler.path.partition("?")[2])
        status, kind, body = self.answers.get(path, (404, "text/plain", b"not found"))
        if status is None:  # nothing comes
            time.sleep(3)
            return
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Api-Version", "1.47")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    def handler(self):
        source = self

        class Handler(http.server.BaseHTTPRequestHandler):
            # A connection for each request: none outlives the server.
            protocol_version = "HTTP/1.0"

            def do_GET(self):
                source.answer(self)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

            def address_string(self):
                return "-"

        return Handler

    def set(self, path, content, status=200, kind="application/json"):
        self.answers[path] = (status, kind, content if isinstance(content, bytes) else json.dumps(content).encode())


class WebServer(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = allow_reuse_address = True


class SocketServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def listen(make):
    server = make()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


def container(name, mode="front", networks=None, ports=(), labels=None, names=None):
    return {
        "Id": name * 16, "Names": ["/" + name, "/other/" + name] if names is None else names, "Image": "image", "Labels": labels or {},
        "Ports": list(ports), "State": "running", "Status": "Up 2 hours", "Created": 1700000000, "Command": "run",
        "HostConfig": {"NetworkMode": mode},
        "NetworkSettings": {"Networks": {"front": endpoint("n1", "10.1.0.2")} if networks is None else networks}}


def endpoint(network, address):
    return {"NetworkID": network, "IPAddress": address, "Gateway": "10.0.0.1", "EndpointID": "e", "IPPrefixLen": 16}


def tcp(port, public=None):
    return {"PrivatePort": port, "Type": "tcp"} | ({"PublicPort": public, "IP": "0.0.0.0"} if public else {})


NETWORKS = [
    {"Id": "n1", "Name": "front", "Scope": "local", "Driver": "bridge", "Internal": False, "Ingress": False, "Labels": {"com.example/role": "edge"}},
    {"Id": "n2", "Name": "back", "Scope": "swarm", "Driver": "overlay", "Internal": True, "Ingress": True, "Labels": {}},
    {"Id": "nh", "Name": "host", "Scope": "local", "Driver": "host", "Internal": False, "Ingress": False, "Labels": None}]

CONTAINERS = [
    container("plain"), container("web", ports=[tcp(80, 8080), tcp(443), {"PrivatePort": 53, "Type": "udp"}],
                                  labels={"com.docker.compose.project": "p", "größe-x": "é", "empty": ""}),
    container("udp", ports=[{"PrivatePort": 53, "Type": "udp"}]), container("unnamed", names=[]),
    container("host", "host", {"host": endpoint("nh", "")}), container("none", "none", {}),
    container("many", networks={"z": endpoint("n2", "10.2.0.9"), "a": endpoint("n1", "10.1.0.9")}, ports=[tcp(9100)]),
    container("six", networks={"front": endpoint("n1", "fd00::7")}, ports=[tcp(9100)]),
    container("rider", "container:" + "web" * 16, {}, [tcp(9200)]), container("second", "container:" + "rider" * 16, {}),
    container("orphan", "container:gone", {})]


def configuration(path, port, socket):
    open(path, "w").write(f"""
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: http
    http_sd_configs:
      - {{url: 'http://127.0.0.1:{port}/targets?a=b', refresh_interval: 1s}}
      - {{url: 'http://127.0.0.1:{port}/second', refresh_interval: 1s, basic_auth: {{username: u, password: p}}}}
    relabel_configs:
      - {{source_labels: [env], regex: dropped, action: drop}}
      - {{regex: '__meta_(url|rack)', action: labelmap, replacement: 'seen_$1'}}
  - job_name: docker
    docker_sd_configs:
      - {{host: 'unix://{socket}', refresh_interval: 1s, filters: [{{name: status, values: [running]}}, {{name: label, values: [a=b, c]}}]}}
    relabel_configs:
      - {{regex: '__meta_docker_(.+)', action: labelmap}}
      - {{target_label: __address__, replacement: '127.0.0.1:1'}}
      - {{source_labels: [container_id, network_id, port_private], target_label: instance}}
  - job_name: docker-http
    docker_sd_configs:
      - {{host: 'http://127.0.0.1:{port}', refresh_interval: 1s, port: 9999, host_networking_host: 10.9.9.9, match_first_network: false}}
    relabel_configs:
      - {{target_label: __param_address, source_labels: [__meta_docker_container_id, __address__]}}
      - {{target_label: __address__, replacement: '127.0.0.1:1'}}
""")


def targets(server):
    """What a server has found: each target with all of its labels."""
    data = json.loads(server.request("/api/v1/targets", form={"state": "any"})[1])["data"]
    found = {(t["scrapePool"], harness.series(t["discoveredLabels"]), harness.series(t["labels"])) for t in data["activeTargets"]}
    return found | {(t.get("scrapePool", "http"), harness.series(t["discoveredLabels"]), None) for t in data["droppedTargets"]}


def pool(found, name):
    return {target for target in found if target[0] == name}


def shown(server):
    """The three sections of discovery in the configuration that it shows."""
    text = json.loads(server.request("/api/v1/status/config")[1])["data"]["yaml"]
    found = re.findall(r"^  (?:http|docker)_sd_configs:\n(?:  [- ] .*\n)*", text, re.M)
    return found if len(found) == 3 else [f"{server.name}: {text}"] * 3


def filters(queries):
    """The filters in queries to a daemon, which may write values as a list or as keys."""
    found = [urllib.parse.parse_qs(query).get("filters", ["{}"])[0] for query in queries]
    return sorted(str({name: sorted(values) for name, values in sorted(json.loads(text).items())}) for text in found)


def metric(server, family, **labels):
    text = server.request("/metrics")[1]
    lines = [line for line in text.splitlines() if line.startswith(family) and all(f'{k}="{v}"' in line for k, v in labels.items())]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def check(checks, folder):
    folder = f"{folder}/httpsd"
    os.makedirs(folder, exist_ok=True)
    # The path of a socket must be short.
    sockets = tempfile.mkdtemp(prefix="martlet-docker-", dir="/tmp")
    try:
        compare(checks, folder, f"{sockets}/docker.sock")
    finally:
        shutil.rmtree(sockets, ignore_errors=True)


def takeover(checks, folder, sound):
    """The command that says what would not work here: its lines, and how it ends."""
    binary = os.environ.get("MARTLET_BIN", os.path.join(harness.ROOT, ".build/debug/martlet"))

    def run(path, *flags):
        done = subprocess.run([binary, "check", "config", "--takeover", path, *flags], capture_output=True, text=True)
        return done.returncode, done.stdout.splitlines()

    checks.equal(run(sound), (0, [f"{sound}: everything works here"]), "httpsd: a configuration in which all works here")
    code, lines = run(sound, "--enable-feature=exemplar-storage,promql-experimental-functions", "--enable-feature=native-histograms")
    checks.that(code == 1 and len(lines) == 2 and "--enable-feature=native-histograms" in lines[0], "httpsd: features that are not there", lines)
    path = f"{folder}/other.yml"
    open(path, "w").write("scrape_configs:\n  - job_name: a\n    consul_sd_configs: [{server: 's:1'}]\nremote_write: [{url: 'http://x'}]\n")
    code, lines = run(path)
    starts = [f"{path}:3:5  scrape_configs[0].consul_sd_configs  refused: ", f"{path}:4:1  remote_write  without effect: ", f"{path}: 2 places "]
    checks.that(code == 1 and len(lines) == 3 and all(map(str.startswith, lines, starts)), "httpsd: a configuration in which not all works", lines)


def compare(checks, folder, socket):
    source = Source()
    port = harness.free_port()
    web = listen(lambda: WebServer(("127.0.0.1", port), source.handler()))
    daemon = listen(lambda: SocketServer(socket, source.handler()))
    source.set("/_ping", b"OK", kind="text/plain")
    source.set("/containers/json", CONTAINERS)
    source.set("/networks", NETWORKS)
    source.set("/targets", [
        {"targets": ["127.0.0.1:1", "127.0.0.1:2"], "labels": {"env": "x", "__meta_rack": "7", "größe": "é", "empty": ""}},
        {"labels": {"env": "dropped"}, "targets": ["127.0.0.1:3"]}, {"targets": []}])
    source.set("/second", [{"targets": ["127.0.0.1:4"]}], kind="application/json; charset=utf-8")
    config = f"{folder}/sd.yml"
    configuration(config, port, socket)
    takeover(checks, folder, config)
    ours, theirs = both = [harness.Server(name, folder, config).start() for name in ("ours", "theirs")]

    def same(step, pools=("http", "docker", "docker-http"), wanted=lambda found: True):
        """Waits until both have the same, and the wanted; theirs hands on what it finds every five seconds."""
        def holds():
            one, other = (targets(server) for server in both)
            return wanted(one) and all(pool(one, name) == pool(other, name) for name in pools)

        harness.until(holds, 40, 0.5)
        one, other = (targets(server) for server in both)
        for name in pools:
            checks.equal(pool(one, name), pool(other, name), f"httpsd: {step}: {name}")
        checks.that(wanted(one), f"httpsd: {step}: what was wanted is there", f"{len(one)} targets")

    def asked(path, times):
        """Waits until each server has asked so often once more."""
        before = {server.name: source.count(path, server.name) for server in both}
        return harness.until(lambda: all(source.count(path, name) >= count + times for name, count in before.items()), 40)

    same("at first", wanted=lambda found: len(pool(found, "http")) == 4 and len(pool(found, "docker")) >= 9)
    checks.that(len(pool(targets(ours), "docker-http")) > len(pool(targets(ours), "docker")), "httpsd: one target for each network")
    for name in ("Accept", "X-Prometheus-Refresh-Interval-Seconds"):
        checks.equal(*(source.headers["/targets", server.name].get(name) for server in both), f"httpsd: {name} of a request")
    checks.equal(*(source.queries["/targets", server.name] for server in both), "httpsd: the query of a request")
    checks.equal(*(source.headers["/second", server.name].get("Authorization") for server in both), "httpsd: the login of a request")
    checks.equal(*(filters(source.queries["/containers/json", server.name]) for server in both), "httpsd: the filters of a request")
    for one, other in zip(shown(ours), shown(theirs)):
        # Ours quotes what some readers of YAML take for a number.
        checks.equal(one.replace('"', ""), other, "httpsd: the configuration that is shown")
    for job in ("http", "docker", "docker-http"):
        checks.equal(*(metric(server, "prometheus_sd_discovered_targets", config=job, name="scrape") for server in both),
                     f"httpsd: how many targets {job} has, by its metric")

    source.set("/targets", [{"targets": ["127.0.0.1:2", "127.0.0.1:5"], "labels": {"env": "y"}}])
    source.set("/containers/json", CONTAINERS[1:] + [container("new", ports=[tcp(1234)])])
    same("after a change", wanted=lambda found: any("127.0.0.1:5" in str(target) for target in found) and "newnew" in str(found))

    before = targets(ours)
    failing = {
        "an error": (500, "application/json", b"[]"), "nothing there": (404, "text/plain", b""), "an empty answer": (204, "application/json", b""),
        "another type": (200, "text/html", b"[]"), "no JSON": (200, "application/json", b"[{"), "no list": (200, "application/json", b"{}"),
        "an unknown field": (200, "application/json", b'[{"targets": ["127.0.0.1:9"], "label": {}}]'),
        "no group": (200, "application/json", b"[null]"), "a number for a target": (200, "application/json", b'[{"targets": [1]}]'),
        "a wrong name": (200, "application/json", b'[{"targets": ["127.0.0.1:9"], "labels": {"": "x"}}]'), "nothing at all": (None, None, None)}
    for name, answer in failing.items():
        source.answers["/targets"] = answer
        checks.that(asked("/targets", 2), f"httpsd: {name}: both ask again")
    source.set("/containers/json", {"message": "server error"}, status=500)
    checks.that(asked("/containers/json", 3), "httpsd: both ask a failing daemon again")
    source.set("/containers/json", b"[")
    checks.that(asked("/containers/json", 3), "httpsd: both ask a broken daemon again")
    time.sleep(6)
    same("failing", wanted=lambda found: found == before)
    for mechanism in ("http", "docker"):
        for server in both:
            checks.that(metric(server, "prometheus_sd_refresh_failures_total", mechanism=mechanism) >= 3,
                        f"httpsd: {server.name} counts failures of {mechanism}")

    for server in (web, daemon):
        server.shutdown()
        server.server_close()
    os.unlink(socket)
    time.sleep(8)
    same("gone", wanted=lambda found: found == before)
    told = open(ours.log, errors="replace").read()
    lines = [line for line in told.splitlines() if "a source of targets cannot be used" in line]
    checks.that(5 < len(lines) < 60, "httpsd: each problem is logged once", len(lines))

    source.set("/targets", [{"Targets": ["127.0.0.1:7"], "Labels": {"env": "z"}}])
    source.set("/containers/json", [container("back", ports=[tcp(1)])])
    web = listen(lambda: WebServer(("127.0.0.1", port), source.handler()))
    daemon = listen(lambda: SocketServer(socket, source.handler()))
    same("back again", wanted=lambda found: "127.0.0.1:7" in str(found) and len(pool(found, "docker")) == 1)
    source.set("/targets", [])
    source.set("/second", b"null")
    source.set("/containers/json", [])
    same("nothing left", wanted=lambda found: not found)
    for server in both:
        server.stop()
