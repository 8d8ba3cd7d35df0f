"""What is on record: over kills each transition once; the chain as its page describes it, followed by SQLite and SHA-256 of Python's; a backup made under
load and restored elsewhere answers the same."""

import csv
import hashlib
import io
import json
import os
import random
import shlex
import signal
import sqlite3
import subprocess
import time
import urllib.request

from harness import ROOT, Server, until

CONFIG = """
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [RULES]
scrape_configs:
  - job_name: self
    static_configs: [{targets: ['127.0.0.1:PORT']}]
"""

RULES = """
groups:
  - name: flips
    interval: 200ms
    rules:
      - {alert: Flip, expr: vector(time()) % 2 < 1, labels: {severity: info}, annotations: {text: "it's {{ $value }}, \\"so\\" to say: é\\n"}}
      - {alert: Slow, expr: vector(time()) % 3 < 2, for: 400ms, labels: {severity: critical}}
      - {alert: Always, expr: vector(1) > 0, labels: {severity: warning}}
"""

ORDER = ["kind", "time", "file", "group", "labels", "annotations", "from", "to", "activeAt", "value"]


def martlet(*arguments):
    """(exit code, output) of a subcommand of ours."""
    binary = os.environ.get("MARTLET_BIN", os.path.join(ROOT, ".build/debug/martlet"))
    done = subprocess.run(shlex.split(binary) + list(arguments), capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def history(server, **form):
    """All transitions on record, the oldest first, page by page."""
    found, cursor = [], ""
    while True:
        status, text = server.request("/api/v1/alerts/history", form={"kind": "transition", "limit": 100, "cursor": cursor} | form)
        if status != 200:
            raise ValueError(text)
        data = json.loads(text)["data"]
        found += data["records"]
        cursor = data.get("next")
        if not cursor:
            return sorted(found, key=lambda record: record["number"])


def breaks(records):
    """Transitions that do not follow from those before."""
    states, broken = {}, []
    for record in records:
        name = record["labels"]["alertname"]
        if record["from"] != states.get(name, "inactive") or record["from"] == record["to"]:
            broken.append((record["number"], name, states.get(name), record["from"], record["to"]))
        states[name] = record["to"]
    return broken


def follow(path):
    """(records, last mark as the file says, what we come to, texts that are not in the one form), by Formats/catalog.md."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    hashed, number, odd = bytes(32), 0, []
    for number, (found, identity, text, kept) in enumerate(database.execute("SELECT number, id, text, hash FROM record ORDER BY number"), 1):
        hashed = hashlib.sha256(hashed + found.to_bytes(8, "big") + identity + text).digest()
        if found != number or hashed != kept or len(identity) != 16:
            return number, None, (found, kept.hex()), odd
        entry = json.loads(text)
        if json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode() != text or (
            entry["kind"] == "transition" and list(entry) != ORDER
        ):
            odd.append(number)
    last = database.execute("SELECT number, hash FROM chain WHERE mark = 'last'").fetchone()
    database.close()
    return number, last, (number, hashed), odd


def check(checks, folder, rounds, seed):
    rules, config = f"{folder}/records-rules.yml", f"{folder}/records.yml"
    with open(rules, "w") as f:
        f.write(RULES)
    server = Server("ours", f"{folder}/records", config)
    with open(config, "w") as f:
        f.write(CONFIG.replace("RULES", rules).replace("PORT", str(server.port)))
    picked = random.Random(seed)
    print(f"records: {rounds} kills from seed {seed}")
    for _ in range(rounds):
        server.start()
        before = len(history(server))
        until(lambda: len(history(server)) > before)
        time.sleep(picked.random())
        server.stop(signal.SIGKILL)
    server.start()
    until(lambda: history(server)[-1]["labels"]["alertname"] == "Flip")
    records = history(server)
    checks.equal(breaks(records), [], f"{len(records)} transitions over {rounds} kills follow from one another")
    checks.equal([r["to"] for r in records if r["labels"]["alertname"] == "Always"], ["firing"], "one that always fires is on record once")

    text = server.request("/api/v1/alerts/history", form={"kind": "transition", "limit": 10000, "format": "csv"})[1]
    table = {int(row["number"]): row for row in csv.DictReader(io.StringIO(text, newline=""))}
    same = all(table[r["number"]]["action"] == r["to"] and table[r["number"]]["from"] == r["from"] for r in records)
    checks.that(same, "the table says the same as the JSON, as Python reads CSV")

    backed_up(checks, folder, server, rules, config, picked)
    server.stop()
    path = f"{server.data}/catalog/catalog.sqlite"
    count, last, ours, odd = follow(path)
    checks.equal(last, ours, f"{count} records follow the chain as its page describes it")
    checks.equal(odd, [], "their texts have the one form that the page describes")
    code, said = martlet("audit", "verify", f"--storage.tsdb.path={server.data}")
    checks.that(code == 0 and f"{ours[0]}:{ours[1].hex()}" in said, "our own look at it comes to the same mark", said)
    victim = picked.randrange(1, count)
    database = sqlite3.connect(path)
    database.execute("UPDATE record SET text = replace(CAST(text AS TEXT), '\"time\":', '\"time\":1') WHERE number = ?", (victim,))
    database.commit()
    database.close()
    code, said = martlet("audit", "verify", f"--storage.tsdb.path={server.data}")
    checks.that(code == 1 and f"record {victim}:" in said, "a record changed by another hand is found", said)


def silence(server, name, begins, ends):
    """Sets a silence, from and until so many seconds from now."""
    times = {key: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + at)) for key, at in [("startsAt", begins), ("endsAt", ends)]}
    matchers = [{"name": "alertname", "value": name, "isRegex": False, "isEqual": True}]
    body = json.dumps({"matchers": matchers, "createdBy": "ada", "comment": "é \"quoted\"", **times}).encode()
    ask = urllib.request.Request(f"http://127.0.0.1:{server.port}/api/v2/silences", body, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(ask))["silenceID"]


def silences(server):
    """All that are active or will be, by ID."""
    found = json.loads(server.request("/api/v2/silences")[1])
    return {one["id"]: one for one in found if one["status"]["state"] != "expired"}


def backed_up(checks, folder, server, rules, config, picked):
    made = [silence(server, "Always", -60, 3600), silence(server, "Flip", 1800, 7200)]
    backup, moment = f"{folder}/records-backup", time.time()
    records = history(server)
    code, said = martlet("backup", backup, f"--storage.tsdb.path={server.data}", f"--config.file={config}")
    checks.that(code == 0, "a backup is made beside the running server", said)
    restored = Server("ours", f"{folder}/records-restored", config)
    code, said = martlet("restore", backup, f"--storage.tsdb.path={restored.data}")
    checks.that(code == 0, "it is restored elsewhere", said)
    still = f"{folder}/records-still.yml"
    with open(still, "w") as f:
        f.write("global: {}\n")
    restored.config = still
    restored.start()
    names = [name for name in json.loads(server.request("/api/v1/label/__name__/values")[1])["data"] if not name.startswith("ALERTS")]
    forms = ["{}", "sum(rate({}[10s]))", "count_over_time({}[20s])", "avg by (job) ({})", "quantile_over_time(0.5, {}[15s])"]
    differing = []
    for _ in range(200):
        query, at = picked.choice(forms).format(picked.choice(names)), moment - picked.random() * 10
        if server.query(query, at) != restored.query(query, at):
            differing.append(query)
    checks.equal(differing, [], "200 queries have the same answers")
    kept = {record["number"]: record for record in history(restored)}
    checks.equal([kept.get(record["number"]) for record in records], records, "the history is the same")
    checks.that(set(silences(server)) == set(made) and silences(restored) == silences(server), "the silences are the same")
    code, _ = martlet("restore", backup, f"--storage.tsdb.path={restored.data}")
    checks.that(code != 0, "a data folder that is in use is not restored over")
    restored.stop()
