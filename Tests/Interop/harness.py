"""What every check stands on: counting, and servers that are started, asked and stopped.

Environment:
  MARTLET_PEERS   folder of the real programs (prometheus, promtool, prometheus-*-exporter), or its parent
  MARTLET_BIN     our binary (default: .build/debug/martlet of this project)
  OURS_CMD        replaces `MARTLET_BIN serve` as the start of our command line; a Prometheus there proves the harness itself
"""

import atexit
import json
import os
import random
import shlex
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
started = []


class Checks:
    """Counts checks and prints one line for each."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def that(self, holds, name, detail=""):
        self.passed += bool(holds)
        self.failed += not holds
        print(("ok    " if holds else "FAIL  ") + name + (f": {detail}" if detail and not holds else ""), flush=True)
        return holds

    def equal(self, ours, theirs, name):
        return self.that(ours == theirs, name, difference(ours, theirs))

    def skip(self, name, reason):
        self.skipped += 1
        print(f"SKIP  {name}: {reason}", flush=True)


def difference(ours, theirs):
    """The first few things that differ, for people."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = [k for k in sorted(set(ours) | set(theirs), key=str) if ours.get(k) != theirs.get(k)]
        return f"{len(keys)} differ; " + "; ".join(f"{k}: ours {str(ours.get(k))[:160]}, theirs {str(theirs.get(k))[:160]}" for k in keys[:3])
    if isinstance(ours, (set, frozenset)) and isinstance(theirs, (set, frozenset)):
        return f"only ours {sorted(map(str, ours - theirs))[:3]}, only theirs {sorted(map(str, theirs - ours))[:3]}"
    return f"ours {str(ours)[:300]}, theirs {str(theirs)[:300]}"


def peer(name):
    folder = os.environ.get("MARTLET_PEERS", "")
    for path in (os.path.join(folder, name), os.path.join(folder, "bin", name)):
        if os.path.exists(path):
            return path
    raise SystemExit(f"{name} is not under MARTLET_PEERS ({folder or 'unset'})")


def alertmanager():
    """The path of Debian's Alertmanager, which starts only where its default templates are at their place in the system."""
    path = peer("prometheus-alertmanager")
    wanted = "/usr/share/prometheus/alertmanager"
    beside = os.path.join(os.path.dirname(os.path.dirname(path)), "root" + wanted)
    if not os.path.exists(wanted) and os.path.isdir(beside):
        try:
            os.makedirs(os.path.dirname(wanted), exist_ok=True)
            os.symlink(beside, wanted)
        except OSError as error:
            raise SystemExit(f"Alertmanager needs {wanted}, which is in {beside}: {error}")
    return path


given = set()


def free_port():
    """A port that nobody listens on, given out once. It lies below the range that the system takes for outgoing connections, so that none of
    those is on it by the time the program that asked gets there."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in given:
            given.add(port)
            return port


def run(command, log, **more):
    """Starts a program in the background; it is ended with this one."""
    with open(log, "ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, **more)
    started.append(process)
    return process


@atexit.register
def end_all():
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def until(what, seconds=30, every=0.1):
    """Waits until `what()` holds; whether it came to hold."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if what():
                return True
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(every)
    return False


def copied(source, target):
    """A data folder as it is, but for the lock of the server that had it."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("lock", "queries.active"))


def blocks(folder):
    """Names of the finished blocks of a data folder."""
    return sorted(name for name in os.listdir(folder) if len(name) == 26 and os.path.exists(f"{folder}/{name}/meta.json"))


class Server:
    """A server under test: ours or a Prometheus, told apart by its command only."""

    patience = 30  # seconds that an answer may take

    def __init__(self, name, folder, config, flags=(), data=None, environment=None):
        """flags: further ones, of both; data: a data folder to begin with, which is copied."""
        self.name, self.config, self.flags, self.environment = name, config, list(flags), environment
        self.folder = os.path.join(folder, name)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.data, self.log = os.path.join(self.folder, "data"), os.path.join(self.folder, "log")
        if data:
            copied(data, self.data)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self, seconds=60):
        """Starts it and waits until it is ready."""
        ours = os.environ.get("OURS_CMD") or os.environ.get("MARTLET_BIN", os.path.join(ROOT, ".build/debug/martlet")) + " serve"
        command = shlex.split(ours) if self.name == "ours" else [peer("prometheus")]
        command += [f"--config.file={self.config}", f"--storage.tsdb.path={self.data}", f"--web.listen-address=127.0.0.1:{self.port}", *self.flags]
        self.process = run(command, self.log, env=os.environ | (self.environment or {}))
        if not until(lambda: self.request("/-/ready")[0] == 200, seconds):
            print(open(self.log, errors="replace").read()[-2000:])
            raise SystemExit(f"{self.name} does not get ready")
        return self

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()

    def request(self, path, method="GET", form=None):
        """(status, text) of one call; `form` goes into the URL or the body, by method."""
        data = urllib.parse.urlencode(form or {}, doseq=True)
        url = self.url + path + ("?" + data if method == "GET" and data else "")
        request = urllib.request.Request(url, data=data.encode() if method == "POST" else None, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self.patience) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def panics(self):
        """How often a Prometheus has told of a request that it broke down on."""
        return open(self.log, errors="replace").read().count("panic while serving request")

    def query(self, expression, at=None):
        """The result list of an instant query."""
        form = {"query": expression}
        if at is not None:
            form["time"] = f"{at:.3f}"
        status, text = self.request("/api/v1/query", "POST", form)
        answer = json.loads(text)
        if status != 200 or answer["status"] != "success":
            raise ValueError(f"{self.name}: {expression}: {status} {text[:300]}")
        return answer["data"]["result"]


def series(metric):
    """A series as one hashable value."""
    return tuple(sorted(metric.items()))
