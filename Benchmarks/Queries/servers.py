"""The servers, each behind the same few calls: load a history, start, ask, stop.

Each is loaded once, into a folder that is kept as it is; runs work on copies of it.
"""

import contextlib
import http.client
import os
import shutil
import subprocess
import time
import urllib.parse

import process

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
NO_TARGETS = "scrape_configs: []\n"


def peer(name):
    """The path of another server's program in MARTLET_PEERS, a folder or its parent; None if it is not there."""
    folder = os.environ.get("MARTLET_PEERS", "")
    paths = (os.path.join(folder, name), os.path.join(folder, "bin", name))
    return next((os.path.abspath(path) for path in paths if folder and os.path.exists(path)), None)


class Server:
    """One server with a data folder and a port of its own. Subclasses say how its program is called."""

    name = ""
    program = None
    uncached = {}  # parameters that keep caches of results out of a query

    def __init__(self, folder):
        self.folder = folder
        self.data, self.config = os.path.join(folder, "data"), os.path.join(folder, "config.yml")
        self.port = process.free_port()
        self.process = None

    def command(self):
        """The command line that starts it."""
        raise NotImplementedError

    def load(self, paths):
        """Fills the data folder from OpenMetrics files."""
        raise NotImplementedError

    def version(self):
        output = subprocess.run([self.program, "--version"], capture_output=True, text=True)
        return (output.stdout + output.stderr).split("\n")[0].split(" (branch")[0] or f"{self.name}, unnamed build"

    def start(self, config=NO_TARGETS):
        """Starts it with a scrape configuration and waits until it is ready."""
        with open(self.config, "w") as f:
            f.write(config)
        self.process = process.start(self.command(), os.path.join(self.folder, "log"), cwd=self.folder)
        deadline = time.monotonic() + 120
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{self.name} does not get ready; {self.log_end()}")
            time.sleep(0.02)
        return self

    def is_ready(self):
        try:
            return self.request("GET", "/-/ready")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def log_end(self):
        with open(os.path.join(self.folder, "log"), errors="replace") as log:
            return log.read()[-500:]

    def stop(self):
        process.stop(self.process)

    def cpu(self):
        return process.cpu_seconds(self.process.pid)

    def memory(self):
        return process.memory(self.process.pid)

    def request(self, method, path, body=None, headers=None):
        """(status, body) of one call on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def path(self, shape, end):
        """The call for a shape of query whose last step is at `end`."""
        parameters = {"query": shape.promql, **self.uncached}
        if shape.step:
            parameters |= {"start": end - shape.length, "end": end, "step": shape.step}
        else:
            parameters |= {"time": end}
        return f"/api/v1/query{'_range' if shape.step else ''}?" + urllib.parse.urlencode(parameters)


class Prometheus(Server):
    name = "prometheus"
    program = peer("prometheus")
    loader = peer("promtool")

    def command(self):
        return [self.program, *self.flags()]

    def flags(self):
        # A tenth of the retention is how long blocks grow: the loaded ones are as long as they get.
        return [f"--config.file={self.config}", f"--storage.tsdb.path={self.data}", f"--web.listen-address=127.0.0.1:{self.port}",
                "--storage.tsdb.retention.time=30d", "--query.max-samples=2000000000", "--query.timeout=5m", "--log.level=warn"]

    def load(self, paths):
        command = [self.loader, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=54h", "--quiet"]
        for path in paths:
            subprocess.run([*command, path, self.data], check=True, stdout=subprocess.DEVNULL)


class Ours(Prometheus):
    """Prometheus's flags behind `serve`, promtool's commands in the same program."""

    name = "ours"
    program = loader = os.path.abspath(os.environ.get("MARTLET_BIN", os.path.join(ROOT, ".build/release/martlet")))

    def command(self):
        return [self.program, "serve", *self.flags()]


class VictoriaMetrics(Server):
    name = "victoriametrics"
    program = peer("victoria-metrics")
    uncached = {"nocache": "1"}

    def command(self):
        return [self.program, f"-promscrape.config={self.config}", f"-storageDataPath={self.data}", f"-httpListenAddr=127.0.0.1:{self.port}",
                "-retentionPeriod=1y", "-search.disableCache", "-search.latencyOffset=0s", "-search.maxQueryDuration=5m",
                "-search.maxUniqueTimeseries=10000000", "-search.maxSeries=10000000", "-loggerLevel=WARN"]

    def load(self, paths):
        self.start()
        for path in paths:
            with open(path, "rb") as body:
                status, answer = self.request("POST", "/api/v1/import/prometheus", body, {"Content-Length": str(os.path.getsize(path))})
            if status not in (200, 204):
                raise SystemExit(f"{self.name} refuses {path}: {status} {answer[:300]!r}")
        self.settle()
        self.stop()

    def settle(self):
        """Brings what was loaded to disk and into its final form."""
        self.request("GET", "/internal/force_flush")
        self.request("GET", "/internal/force_merge")
        time.sleep(1)
        while self.is_merging():
            time.sleep(0.2)

    def is_merging(self):
        lines = self.request("GET", "/metrics")[1].decode().splitlines()
        return any(line.startswith(("vm_active_force_merges", "vm_active_merges")) and not line.endswith(" 0") for line in lines)


KINDS = {kind.name: kind for kind in (Ours, Prometheus, VictoriaMetrics)}


def installed():
    return [name for name, kind in KINDS.items() if kind.program and os.path.exists(kind.program)]


def loaded(name, folder, history):
    """The folder of a server that holds the history; loaded first if it is not there yet."""
    place = os.path.join(folder, f"loaded-{history.size.name}-{name}")
    mark, content = os.path.join(place, "loaded"), f"{history.folder} {history.end}"
    if os.path.exists(mark):
        with open(mark) as f:
            if f.read() == content:
                return place
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(os.path.join(place, "data"))
    KINDS[name](place).load(history.paths)
    with open(mark, "w") as f:
        f.write(content)
    return place


@contextlib.contextmanager
def running(options, history, names=None, config=NO_TARGETS):
    """Some servers at once, each on a copy of its loaded folder that goes away with it."""
    places = {name: os.path.join(options.data, f"run-{name}") for name in names or options.servers}
    servers = []
    try:
        for name, place in places.items():
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(loaded(name, options.data, history), place)
            servers.append(KINDS[name](place).start(config))
        yield servers
    finally:
        for server in servers:
            server.stop()
        for place in places.values():
            shutil.rmtree(place, ignore_errors=True)
