"""The query log: the same calls leave lines of the same members and kinds of values in both."""

import json
import os

from harness import Server, until

CALLS = [
    ("/api/v1/query", {"query": "1 + 1", "time": "4"}),
    ("/api/v1/query", {"query": "up[5m]", "time": "4.5"}),
    ("/api/v1/query_range", {"query": "sum(rate(up[5m]))", "start": "1", "end": "61.5", "step": "30"}),
    ("/api/v1/query", {"query": 'label_replace(up, "a", "$1", "b", "(")', "time": "4"}),
    ("/api/v1/query", {"query": "sum(", "time": "4"}),
    ("/api/v1/labels", {}),
]


def shape(value):
    """The members of an object, with the kinds of their values, to the bottom."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def lines(path):
    with open(path) as f:
        return [json.loads(line) for line in f]


def check(checks, folder):
    logged = []
    for name in ("ours", "theirs"):
        path = f"{folder}/queries-{name}.log"
        config = f"{folder}/queries-{name}.yml"
        with open(config, "w") as f:
            f.write(f"global: {{query_log_file: {path}}}\n")
        server = Server(name, f"{folder}/querylog", config).start()
        for target, form in CALLS:
            server.request(target, "POST" if target.endswith("query") else "GET", form)
        # All but the query that cannot be read and the call that is none.
        checks.that(until(lambda: os.path.exists(path) and len(lines(path)) == 4, 5), f"query log: {name} has written a line a query")
        server.stop()
        logged.append(lines(path))
    checks.equal([shape(line) for line in logged[0]], [shape(line) for line in logged[1]], "query log: the same members and kinds of values")
    for part in ("params", "httpRequest"):
        checks.equal([line[part] for line in logged[0]], [line[part] for line in logged[1]], f"query log: the same {part}")
    checks.equal([list(line) for line in logged[0]], [list(line) for line in logged[1]], "query log: the same order of members")
