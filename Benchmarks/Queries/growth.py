"""How the cost of one sample read changes with the number of series and the length of time: it should fall or stay."""

import json

import report
import servers as peers
from comparing import Client
from history import DAY, HOUR
from shapes import MINUTE, NODES, Shape

WINDOW = 5 * MINUTE
ENOUGH = 3_000_000  # samples that all asks of one query together read, at least
MOST_ASKS = 400


def by_series():
    """Selectors of more and more machines' series."""
    one = "node_context_switches_total"
    selectors = [f'{one}{{rack="r00"}}', f'{one}{{rack=~"r0."}}', '{__name__=~"node_.+",rack=~"r0[0-4]"}', NODES]
    return [("1 h", selector, HOUR) for selector in selectors]


def by_length(size):
    """Longer and longer ranges of the product's series."""
    lengths = {"1 h": HOUR, "6 h": 6 * HOUR, "1 d": DAY, "7 d": 7 * DAY}
    return [(name, '{job="product"}', min(length, size.long) - WINDOW) for name, length in lengths.items()]


def measure(options, history):
    """Two groups of rows: CPU nanoseconds for each sample read, by server."""
    size = history.size
    with peers.running(options, history) as servers:
        clients = [Client(server) for server in servers]
        return [
            [row(clients, history.end, *case, size.coarse) for case in by_series()],
            [row(clients, history.end, *case, size.fine) for case in by_length(size)],
        ]


def row(clients, end, name, selector, length, interval):
    """One case, for all servers in turn."""
    count = series_of(clients[0], selector, end)
    samples = count * (length + WINDOW) // interval
    shape = Shape(name, f"sum(rate({selector}[5m]))", length, MINUTE)
    asks = max(3, min(MOST_ASKS, ENOUGH // samples))
    costs = {client.server.name: cost(client, client.server.path(shape, end), asks) / samples * 1e9 for client in clients}
    return {"range": name, "selector": selector, "series": count, "samples": samples, "asks": asks, "cpu_ns": costs}


def series_of(client, selector, end):
    """How many series a selector has."""
    result = json.loads(client.ask(client.server.path(Shape("", f"count({selector})"), end)))["data"]["result"]
    return int(result[0]["value"][1])


def cost(client, path, asks):
    """CPU seconds of one ask, after one that is not counted."""
    client.ask(path)
    before = client.server.cpu()
    for _ in range(asks):
        client.ask(path)
    return (client.server.cpu() - before) / asks


def table(groups):
    names = list(groups[0][0]["cpu_ns"])
    headings = ["sum(rate(…[5m])), step 1 min", "series", "samples read", *(f"{name} CPU ns/sample" for name in names)]
    lines = [[row["range"], f"{row['series']:,}", f"{row['samples']:,}", *(f"{row['cpu_ns'][name]:.1f}" for name in names)]
             for group in groups for row in group]
    return report.table(headings, lines)
