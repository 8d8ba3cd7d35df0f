"""Asking servers the same in turn: how long each takes, what it costs, and whether they agree."""

import http.client
import json
import math
import statistics
import time

import report


class Client:
    """One kept connection to one server."""

    def __init__(self, server):
        self.server = server
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)

    def ask(self, path):
        """The whole answer's body."""
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"{self.server.name}: {path[:300]}: {response.status} {body[:300]!r}")
        return body

    def measure(self, path):
        """(seconds until the whole answer is there, CPU seconds of the server)"""
        cpu, begin = self.server.cpu(), time.perf_counter()
        self.ask(path)
        wall = time.perf_counter() - begin
        return wall, self.server.cpu() - cpu


def digest(body):
    """What an answer says, roughly: series, points, and the mean of the values that are finite."""
    result = json.loads(body)["data"]["result"]
    points = [float(value) for one in result for _, value in one.get("values") or [one["value"]]]
    finite = [value for value in points if math.isfinite(value)]
    return {"series": len(result), "points": len(points), "mean": statistics.fmean(finite) if finite else None}


def difference(one, other):
    """In what two digests differ, or an empty text."""
    for count in ("series", "points"):
        if one[count] != other[count]:
            return f"{count} {one[count]:,} ≠ {other[count]:,}"
    if one["mean"] is None or other["mean"] is None:
        return "" if one["mean"] == other["mean"] else "no finite values"
    near = math.isclose(one["mean"], other["mean"], rel_tol=0.01, abs_tol=1e-9)
    return "" if near else f"mean {one['mean']:.5g} ≠ {other['mean']:.5g}"


def take_turns(clients, shapes, end, repeats, warmups=1):
    """One row for each shape. `end` says, for one round of a shape, up to when it is asked."""
    rows = [{"shape": shape.name, "promql": shape.promql, "wall": {}, "cpu": {}, "answers": {}} for shape in shapes]
    for turn in range(-warmups, repeats):
        first = turn % len(clients)
        for shape, row in zip(shapes, rows):
            moment = end()
            for client in clients[first:] + clients[:first]:
                path, name = client.server.path(shape, moment), client.server.name
                if name not in row["answers"]:
                    row["answers"][name] = digest(client.ask(path))
                elif turn >= 0:
                    wall, cpu = client.measure(path)
                    row["wall"].setdefault(name, []).append(wall * 1000)
                    row["cpu"].setdefault(name, []).append(cpu * 1000)
    return [summary(row, [client.server.name for client in clients]) for row in rows]


def summary(row, names):
    """Medians, means, ratios and differences of one shape, of the first server to the others."""
    first, others = names[0], names[1:]
    wall = {name: statistics.median(row["wall"][name]) for name in names}
    return {
        "shape": row["shape"], "promql": row["promql"], "answers": row["answers"], "all_wall_ms": row["wall"],
        "wall_ms": wall, "cpu_ms": {name: statistics.fmean(row["cpu"][name]) for name in names},
        "ratio": {name: wall[first] / wall[name] for name in others},
        "differences": {name: found for name in others if (found := difference(row["answers"][first], row["answers"][name]))},
    }


def table(rows, names):
    """All rows as Markdown."""
    others = names[1:]
    headings = ["shape", "series", "points", *(f"{name} ms" for name in names), *(f"{name} CPU ms" for name in names),
                *(f"{names[0]}/{name}" for name in others), "answers"]
    lines = []
    for row in rows:
        answer = row["answers"][names[0]]
        differences = "; ".join(f"{name}: {what}" for name, what in row["differences"].items())
        lines.append([row["shape"], f"{answer['series']:,}", f"{answer['points']:,}", *(f"{row['wall_ms'][name]:.2f}" for name in names),
                      *(f"{row['cpu_ms'][name]:.2f}" for name in names), *(f"{row['ratio'][name]:.2f}" for name in others), differences or "same"])
    return report.table(headings, lines)


def slower(rows, names):
    """The shapes for which the first server takes longer than the fastest of the others, by a fifth or by 0.3 ms."""
    found = []
    for row in rows:
        best = min((row["wall_ms"][name] for name in names[1:]), default=math.inf)
        own = row["wall_ms"][names[0]]
        if own > min(best * 1.2, best + 0.3):
            found.append(f"- {row['shape']}: {own:.2f} ms, {own / best:.2f} of the fastest other")
    return "\n".join([f"Slower than another by more than a fifth or 0.3 ms: {len(found)}", *found])
