"""Real programs with their real exporters: the machine, a Redis and a PostgreSQL."""

import glob
import os
import shutil
import socket
import subprocess
import time
import urllib.request

from harness import free_port, peer, run, until


def fetch(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return answer.read()


def start(folder):
    """Starts all; gives ports by name. A program that is not installed is left out."""
    os.makedirs(folder, exist_ok=True)
    ports = {"node": free_port()}
    run([peer("prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{ports['node']}"], f"{folder}/node.log")
    if shutil.which("redis-server"):
        redis = free_port()
        ports["redis"] = free_port()
        run(["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--dir", folder], f"{folder}/redis.log")
        address = {"REDIS_ADDR": f"redis://127.0.0.1:{redis}"}
        run([peer("prometheus-redis-exporter"), "-web.listen-address", f"127.0.0.1:{ports['redis']}"], f"{folder}/redis-exporter.log",
            env=os.environ | address)
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if programs:
        ports["postgres"] = postgres(programs[-1], folder)
    for name, port in ports.items():
        if not until(lambda: len(fetch(port)) > 1000):
            raise SystemExit(f"the {name} exporter does not answer: {logs(folder, name)}")
    return ports


def logs(folder, name):
    """The ends of what a program and its exporter have said."""
    found = [path for path in (f"{folder}/{name}.log", f"{folder}/{name}-exporter.log") if os.path.exists(path)]
    return "\n".join(f"{path}:\n{open(path, errors='replace').read()[-1500:]}" for path in found)


def postgres(programs, folder):
    port, exporter = free_port(), free_port()
    data = os.path.join(folder, "postgres")
    os.makedirs(data)
    # PostgreSQL does not run as root. It is started as its user directly, for ending a program in between would leave it behind.
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    if user:
        shutil.chown(data, "postgres")
        parent = folder
        while parent not in ("/", "/tmp"):
            os.chmod(parent, 0o755)
            parent = os.path.dirname(parent)
    subprocess.run([f"{programs}/initdb", "-D", f"{data}/db", "-A", "trust", "-U", "postgres"], check=True, stdout=subprocess.DEVNULL,
                   cwd="/", **user)
    run([f"{programs}/postgres", "-D", f"{data}/db", "-p", str(port), "-k", data], f"{folder}/postgres.log", cwd="/", **user)
    if not until(lambda: socket.create_connection(("127.0.0.1", port), 5).close() is None):
        raise SystemExit(f"PostgreSQL does not answer: {logs(folder, 'postgres')}")
    source = {"DATA_SOURCE_NAME": f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable"}
    run([peer("prometheus-postgres-exporter"), f"--web.listen-address=127.0.0.1:{exporter}"], f"{folder}/postgres-exporter.log",
        env=os.environ | source)
    return exporter


def record(ports, times=6, pause=0.4):
    """name -> pages as the exporters wrote them, some moments apart."""
    pages = {name: [] for name in ports}
    for _ in range(times):
        for name, port in ports.items():
            pages[name].append(fetch(port))
        time.sleep(pause)
    return pages
