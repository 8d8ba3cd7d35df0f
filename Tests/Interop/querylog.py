"""The query log: the same calls, and the same rules, leave lines of the same members and kinds of values in both."""

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

RULES = """
groups:
  - name: some
    interval: 1s
    rules:
      - {record: 'a:b', expr: 'sum   by(job) (up)'}
      - {record: wrong, expr: 'label_replace(vector(1), "a", "$1", "b", "(")'}
      - {alert: Asks, expr: vector(1) > 0, annotations: {told: '{{ with query "1 + vector(2)" }}{{ . | first | value }}{{ end }}'}}
  - name: others
    interval: 1s
    query_offset: 2s
    rules:
      - {record: late, expr: time()}
"""


def shape(value):
    """The members of an object, with the kinds of their values, to the bottom."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def lines(path):
    with open(path) as f:
        return [json.loads(line) for line in f]


def asked(path):
    """The lines of calls, and those of rules by group and query, the newest of each."""
    calls = [line for line in lines(path) if "ruleGroup" not in line]
    return calls, {(line["ruleGroup"]["name"], line["params"]["query"]): line for line in lines(path) if "ruleGroup" in line}


def check(checks, folder):
    logged = []
    with open(f"{folder}/logged-rules.yml", "w") as f:
        f.write(RULES)
    for name in ("ours", "theirs"):
        path = f"{folder}/queries-{name}.log"
        config = f"{folder}/queries-{name}.yml"
        with open(config, "w") as f:
            f.write(f"global: {{query_log_file: {path}}}\nrule_files: [{folder}/logged-rules.yml]\n")
        server = Server(name, f"{folder}/querylog", config).start()
        for target, form in CALLS:
            server.request(target, "POST" if target.endswith("query") else "GET", form)
        # All but the query that cannot be read and the call that is none.
        checks.that(until(lambda: os.path.exists(path) and len(asked(path)[0]) == 4, 5), f"query log: {name} has written a line a query")
        checks.that(until(lambda: len(asked(path)[1]) >= 5, 10), f"query log: {name} has written a line a query of a rule")
        server.stop()
        logged.append(asked(path))
    rules(checks, *(ruled for _, ruled in logged))
    logged = [calls for calls, _ in logged]
    checks.equal([shape(line) for line in logged[0]], [shape(line) for line in logged[1]], "query log: the same members and kinds of values")
    for part in ("params", "httpRequest"):
        checks.equal([line[part] for line in logged[0]], [line[part] for line in logged[1]], f"query log: the same {part}")
    checks.equal([list(line) for line in logged[0]], [list(line) for line in logged[1]], "query log: the same order of members")


def rules(checks, ours, theirs):
    checks.equal(set(ours), set(theirs), "query log: the same queries of the same groups of rules")
    for name, look in (("members and kinds of values", shape), ("order of members", list), ("group", lambda line: list(line["ruleGroup"].items())),
                       ("error", lambda line: line.get("error"))):
        checks.equal({key: look(line) for key, line in ours.items()}, {key: look(line) for key, line in theirs.items()},
                     f"query log: the same {name} of rules' queries")
    for name, found in (("ours", ours), ("theirs", theirs)):
        checks.that(all(line["params"]["start"] == line["params"]["end"] and line["params"]["step"] == 0 for line in found.values()),
                    f"query log: {name}: a rule's query is of one time")
