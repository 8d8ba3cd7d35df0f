"""The pages that one kind of target serves, one after the other, made before the first scrape.

Of the series 30 in 100 are constants, 30 whole counters, 20 gauges and counters with fractions, 20 buckets of histograms; they are named and
labelled like those of exporters of machines, databases and services. A page exists in VARIANTS variants that follow each other. Where CYCLE
stands in a page a number of four digits is put in when it is sent, so that counters do not fall when the variants begin anew.
"""

import random

VARIANTS = 120
CYCLE = b"@@@@"
GROUP = 10  # series of one family
LOOKS = ("constant", "constant", "constant", "counter", "counter", "counter", "gauge", "seconds", "bucket", "bucket")
TYPES = {"constant": "gauge", "counter": "counter", "gauge": "gauge", "seconds": "counter", "bucket": "histogram"}
PREFIXES = ("node_network", "node_disk", "node_filesystem", "redis_command", "pg_stat_user_tables", "http_request", "queue_task", "process")
BOUNDS = ("0.005", "0.01", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "+Inf")
DEVICES = ("eth0", "eth1", "nvme0n1", "sda", "sdb", "lo", "docker0", "br-8f2c", "veth81a", "wg0")


class Family:
    """Some series of one name, with the text of each that stands before its value."""

    def __init__(self, number):
        self.look = LOOKS[number % len(LOOKS)]
        prefix = PREFIXES[number // len(LOOKS) % len(PREFIXES)]
        ending = {"counter": "_total", "seconds": "_seconds_total", "bucket": "_duration_seconds", "gauge": "_ratio", "constant": "_limit"}
        self.name = f"{prefix}_{number:04d}{ending[self.look]}"
        sample = self.name + ("_bucket" if self.look == "bucket" else "")
        own = [f'le="{bound}"' for bound in BOUNDS] if self.look == "bucket" else [f'device="{device}"' for device in DEVICES]
        self.keys = [f'{sample}{{job_kind="exporter",zone="zone-{number % 7}",{label}' for label in own]

    def comments(self):
        return f"# HELP {self.name} What a {self.look} of {self.name} tells.\n# TYPE {self.name} {TYPES[self.look]}\n"

    def columns(self, rng):
        """For each series the texts of its values."""
        if self.look == "bucket":
            return list(map(list, zip(*(self.buckets(rng) for _ in range(VARIANTS)))))
        return [self.column(rng) for _ in self.keys]

    def column(self, rng):
        if self.look == "constant":
            return [str(rng.randrange(1, 1 << 30))] * VARIANTS
        if self.look == "gauge":
            return [f"{rng.random():.{rng.choice((2, 4, 15))}f}" for _ in range(VARIANTS)]
        steps = sorted(rng.randrange(10 ** rng.choice((3, 5))) for _ in range(VARIANTS))
        fraction = [f".{rng.randrange(10, 100)}" if self.look == "seconds" else "" for _ in steps]
        return [f"{CYCLE.decode()}{step:05d}{part}" for step, part in zip(steps, fraction)]

    @staticmethod
    def buckets(rng):
        """One variant of a histogram: no bucket is lower than the one before it."""
        total, texts = 0, []
        for _ in BOUNDS:
            total += rng.randrange(50)
            texts.append(f"{CYCLE.decode()}{total:05d}")
        return texts


def render(series, moving=0.0, churn=0.0, seed=1):
    """The variants of a page.

    - moving: the share of the lines of which each stands, from one variant to the next, somewhere else.
    - churn: the share of the series that from one variant to the next are others.
    """
    rng = random.Random(f"{seed}/{series}")
    lines = []
    for number in range((series + GROUP - 1) // GROUP):
        family = Family(number)
        for place, (key, column) in enumerate(zip(family.keys, family.columns(rng))):
            lines.append((family.comments() if place == 0 else "", key, column))
    lines = lines[:series]
    lives = [life(rng, churn) for _ in lines]
    order = list(range(len(lines)))
    pages = []
    for variant in range(VARIANTS):
        parts = []
        for n in order:
            comments, key, column = lines[n]
            parts.append(f"{comments}{key}{lives[n][variant]}}} {column[variant]}\n")
        pages.append("".join(parts).encode())
        move(order, rng, moving)
    return pages


def life(rng, churn):
    """For each variant what is added to the labels of one series, that it may be another than before."""
    if churn == 0:
        return [""] * VARIANTS
    length = max(1, round(1 / churn))
    first = rng.randrange(length)
    return [f',life="{CYCLE.decode()}-{(variant + first) // length}"' for variant in range(VARIANTS)]


def move(order, rng, moving):
    for _ in range(round(len(order) * moving / 2)):
        a, b = rng.randrange(len(order)), rng.randrange(len(order))
        order[a], order[b] = order[b], order[a]
