"""Which series there are: of machines, 20 named `node_` and 3 gauges each, of an API, and of a product that has a longer history.

No two series named `node_` are told apart by their name alone, so that `rate({__name__=~"node_.+"}[5m])` is allowed; and all of them are
counters or constants, for servers differ in what they call the rate of a gauge.
"""

import itertools
import random

import values

JOBS = ("gateway", "bot", "queue", "transcription", "storage")
REGIONS = ("eu-north", "eu-west", "us-east", "ap-south")
RELEASES = ("6.1.0-28", "6.1.0-31", "6.12.9")
SERVICES = ("auth", "billing", "bot", "files", "gateway", "queue", "search", "speech", "users", "web")
BOUNDS = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf")
MACHINES_A_RACK = 10


def combined(**labels):
    """Every combination of the values given for some labels."""
    return [dict(zip(labels, some)) for some in itertools.product(*labels.values())]


MACHINE = [
    ("node_cpu_seconds_total", combined(cpu="01", mode=("idle", "user", "system", "iowait")), values.seconds),
    ("node_network_traffic_bytes_total", combined(device=("eth0", "eth1"), direction=("receive", "transmit")), values.counter),
    ("node_disk_traffic_bytes_total", combined(device=("nvme0n1", "nvme1n1"), operation=("read", "write")), values.counter),
    ("node_context_switches_total", [{}], values.counter),
    ("node_filesystem_size_bytes", combined(mountpoint=("/", "/data"), fstype=["ext4"]), values.size),
    ("system_filesystem_avail_bytes", combined(mountpoint=["/"]), values.memory),
    ("system_memory_bytes", combined(state=["available"]), values.memory),
    ("system_load1", [{}], values.load),
]
API = [
    ("http_requests_total", combined(code=("200", "201", "404", "500")), values.counter),
    ("http_connections", [{}], values.depth),
    ("worker_slots_busy", combined(pool=("fast", "slow")), values.depth),
]
BOTS = ("main", "news", "notes", "shop", "test")
QUEUES = ("audio", "mail", "push", "sync", "text")
WORKERS = [f"worker-{n:02d}" for n in range(20)]
PRODUCT = [
    ("telegram_updates_total", combined(bot=BOTS, type=("message", "edit", "callback", "inline")), values.counter),
    ("queue_tasks_total", combined(queue=QUEUES, outcome=("done", "failed", "late", "retried")), values.counter),
    ("queue_depth", combined(queue=QUEUES, priority="1234"), values.depth),
    ("transcription_audio_seconds_total", combined(worker=WORKERS), values.seconds),
    ("transcription_memory_bytes", combined(worker=WORKERS, kind=["resident"]), values.memory),
]


def machine_name(number):
    return f"host-{number:03d}:9100"


def machines(size):
    """What runs on each machine: its labels, its families."""
    for n in range(size.machines):
        place = {"region": REGIONS[n % len(REGIONS)], "rack": f"r{n // MACHINES_A_RACK:02d}"}
        info = ("node_uname_info", [{"release": RELEASES[n % len(RELEASES)], "machine": "x86_64"}], values.one)
        yield {"job": JOBS[n % len(JOBS)], "instance": machine_name(n), **place}, [*MACHINE, info]


def services(size):
    """Each process of each service of the API."""
    for n, (service, process) in enumerate(itertools.product(SERVICES, range(size.processes))):
        labels = {"job": "api", "service": service, "instance": f"{service}-{process}:8080", "region": REGIONS[n % len(REGIONS)]}
        info = ("service_info", [{"version": f"1.{n % 7}"}], values.one)
        yield labels, [*API, info]


def columns(seed, labels, families, count):
    """(name, labels, values) of one process's series. Some processes restart once."""
    rng = random.Random(f"{seed}/{labels}")
    restart = rng.randrange(1, count) if rng.random() < 0.2 else None
    for name, variants, look in families:
        for own in variants:
            yield name, labels | own, look(rng, count, restart)
    if "service" in labels:
        for bound, column in zip(BOUNDS, values.buckets(rng, count, restart, len(BOUNDS))):
            yield "http_request_duration_seconds_bucket", labels | {"le": bound}, column


def text(name, labels):
    """A series as the text formats write it."""
    return name + "{" + ",".join(f'{label}="{value}"' for label, value in labels.items()) + "}"
