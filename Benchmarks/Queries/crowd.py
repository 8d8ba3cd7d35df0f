"""Several clients at once, each with the panels of a dashboard in an order of its own: wall time until all are done, and CPU."""

import concurrent.futures
import statistics
import time

import report
from comparing import Client

CLIENTS = 8


def measure(servers, shapes, end, repeats):
    """One server after the other has the whole crowd; a first round each is not counted."""
    rows = {server.name: {"wall_ms": [], "cpu_ms": []} for server in servers}
    for turn in range(-1, repeats):
        first = turn % len(servers)
        for server in servers[first:] + servers[:first]:
            wall, cpu = one_round(server, [server.path(shape, end) for shape in shapes])
            if turn >= 0:
                rows[server.name]["wall_ms"].append(wall * 1000)
                rows[server.name]["cpu_ms"].append(cpu * 1000)
    return rows


def one_round(server, paths):
    """(seconds until the last client has its last answer, CPU seconds of the server)"""
    clients = [Client(server) for _ in range(CLIENTS)]
    orders = [paths[n % len(paths):] + paths[:n % len(paths)] for n in range(CLIENTS)]
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        cpu, begin = server.cpu(), time.perf_counter()
        list(pool.map(ask_all, clients, orders))
        return time.perf_counter() - begin, server.cpu() - cpu


def ask_all(client, paths):
    for path in paths:
        client.ask(path)
    client.connection.close()


def table(rows, panels):
    lines = [[name, f"{statistics.median(row['wall_ms']):.1f}", f"{statistics.fmean(row['cpu_ms']):.1f}"] for name, row in rows.items()]
    return report.table([f"{CLIENTS} clients x {panels} queries", "wall ms", "CPU ms"], lines)
