"""Our notifier in a running server, from outside: `amtool` beside a real Alertmanager, a second Prometheus that sends us alerts, and kill -9 while
alerts fire and resolve every second."""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request

import harness
from harness import Server, free_port, until
from notifier import Handler, Receiver
from receivers import Listener

AMTOOL = """
global: {resolve_timeout: 10m}
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
  routes:
  - {matchers: [severity=info], receiver: quiet, continue: true}
  - {matchers: [severity=~"critical|page"], receiver: pager, group_by: [job], routes: [{matchers: [team=db], receiver: quiet}]}
  - {matchers: [severity=info], receiver: hook}
inhibit_rules: [{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [job]}]
receivers: [{name: quiet}, {name: hook, webhook_configs: [{url: 'http://127.0.0.1:PORT/hook'}]}, {name: pager, webhook_configs: [{url: 'http://127.0.0.1:PORT/pager'}]}]
"""


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


class Manager:
    """A real Alertmanager with a configuration of ours."""

    def __init__(self, folder, config):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = harness.run(
            [harness.alertmanager(), f"--config.file={config}", f"--storage.path={folder}/am-data", "--cluster.listen-address=",
             f"--web.listen-address=127.0.0.1:{self.port}", "--web.external-url=http://site.example/x", "--web.route-prefix=/"], f"{folder}/am.log")
        if not until(lambda: urllib.request.urlopen(f"{self.url}/-/ready").status == 200):
            raise SystemExit("Alertmanager does not get ready: " + open(f"{folder}/am.log").read()[-1000:])


def ours(folder, name, flags=(), config="global: {evaluation_interval: 1s}\n"):
    os.makedirs(folder, exist_ok=True)
    path = write(f"{folder}/{name}.yml", config)
    return Server("ours", f"{folder}/{name}", path, ["--web.external-url=http://site.example/x", "--web.route-prefix=/", *flags])


# MARK: amtool

def masked(text):
    """What amtool prints without what must differ: times, IDs, and how wide the columns are because of them."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z)?", "TIME", text)
    return re.sub(r" +", " ", text)


class Amtool:
    def __init__(self, url, folder):
        self.url, self.id = url, None
        # Nobody's own configuration may have a say.
        self.environment = os.environ | {"HOME": folder, "XDG_CONFIG_HOME": folder}

    def run(self, *words, given=None):
        words = [self.id if word == "$ID" else word for word in words]
        done = subprocess.run(
            [harness.peer("amtool"), f"--alertmanager.url={self.url}", *words], capture_output=True, text=True, timeout=60, input=given,
            env=self.environment)
        if words[:2] == ["silence", "add"] or words[:2] == ["silence", "update"]:
            found = re.search(r"[0-9a-f-]{36}", done.stdout)
            self.id = found[0] if found else self.id
        return done.returncode, masked(done.stdout), masked(done.stderr)


COMMANDS = [
    ("alert", "add", "alertname=Foo", "node=bar", "severity=critical", "job=a", "--annotation=text=it burns", "--generator-url=http://x/y?z"),
    ("alert", "add", "alertname=Foo", "node=baz", "severity=warning", "job=a"),
    ("alert", "add", "alertname=Low é", "severity=info", "node=<&>"),
    ("alert", "add", "alertname=Db", "severity=page", "team=db", "--end=2040-01-01T00:00:00Z"),
    ("alert", "add", "node=x", "severity"),
    ("alert", "query"),
    ("alert", "query", "-o", "extended"),
    ("alert", "query", "-o", "json", "alertname=Db"),
    ("alert", "query", "alertname=~F.*", "severity!=warning"),
    ("alert", "query", "Foo"),
    ("alert", "query", "--inhibited"),
    ("alert", "query", "--receiver=quiet"),
    ("alert", "query", "--receiver=("),
    ("alert", "query", "alertname=~("),
    ("silence", "add", "alertname=Foo", "node=~ba.", "--comment=for a while", "--author=ada", "--duration=1h"),
    ("silence", "query"),
    ("silence", "query", "-o", "extended"),
    ("silence", "query", "-o", "json"),
    ("silence", "query", "-q"),
    ("alert", "query", "--silenced"),
    ("alert", "query", "--silenced", "--active", "-o", "extended"),
    ("alert", "query", "--unprocessed"),
    ("silence", "query", "alertname=Foo"),
    ("silence", "query", "alertname=Other"),
    ("silence", "query", "--created-by=ada"),
    ("silence", "query", "--created-by=bob"),
    ("silence", "query", "$ID"),
    ("silence", "update", "--duration=2h", "--comment=longer", "$ID"),
    ("silence", "query", "-o", "extended"),
    ("silence", "add", "Foo2", "--comment=x", "--author=bob", "--duration=1m"),
    ("silence", "query", "--within=10m"),
    ("silence", "expire", "$ID"),
    ("silence", "query", "--expired"),
    ("silence", "expire", "$ID"),
    ("silence", "expire", "00000000-0000-0000-0000-000000000000"),
    ("silence", "update", "--duration=1h", "00000000-0000-0000-0000-000000000000"),
    ("silence", "add", "alertname=~(", "--comment=x", "--author=a"),
    ("silence", "add", "--comment=x", "--author=a"),
    ("silence", "add", "alertname=", "--comment=x", "--author=a"),
    ("config", "routes", "test", "severity=info", "alertname=x"),
    ("config", "routes", "test", "severity=page", "team=db"),
    ("config", "routes", "test", "severity=page", "team=web"),
    ("config", "routes", "test", "a=b"),
    ("config", "routes", "show"),
    ("cluster", "show"),
]


def amtool(checks, folder):
    hook = Receiver()
    config = write(f"{folder}/amtool-am.yml", AMTOOL.replace("PORT", str(hook.server_address[1])))
    manager = Manager(folder, config)
    server = ours(folder, "amtool", [f"--notifications.config={config}"]).start()
    tools = [Amtool(url, folder) for url in (server.url, manager.url)]
    for words in COMMANDS:
        mine, theirs = [tool.run(*words) for tool in tools]
        if "routes" in words and "show" in words or words[0] == "cluster":
            # They tell of the server itself.
            checks.that(mine[0] == theirs[0] == 0, f"desk: amtool {' '.join(words)} works", str(mine))
        elif words[:1] != ("config",) and (theirs[0] != 0 and mine[0] == theirs[0]):
            checks.that(True, f"desk: amtool {' '.join(words)} fails with both")
        else:
            checks.equal(mine, theirs, f"desk: amtool {' '.join(words)}")
    imported = tools[1].run("silence", "query", "--expired", "-o", "json")
    checks.that(imported[0] == 0, "desk: silences can be listed as JSON", imported[2])
    shown = tools[0].run("config", "show")
    checks.that(shown[0] == 0 and "receiver: hook" in shown[1] and str(hook.server_address[1]) not in shown[1],
                "desk: amtool config show shows the configuration without secrets", shown[1][:300])
    # The last silence has just been ended: its alerts are told of with their group's next turn.
    checks.that(until(lambda: hooks(hook)), "desk: webhooks are told of amtool's alerts")
    server.stop()
    manager.process.terminate()


def hooks(receiver):
    return [(path, json.loads(body)) for _, path, body in receiver.taken]


# MARK: A second Prometheus

RULES = """
groups:
- name: sent
  rules:
  - {alert: High, expr: load > 50, labels: {severity: critical}, annotations: {text: '{{ $value }} <é>'}}
  - {alert: Low, expr: load > 5, for: 1s, labels: {severity: warning}}
"""

SENT = """
route: {receiver: hook, group_by: ['...'], group_wait: 1s, group_interval: 2s, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: 'http://127.0.0.1:PORT/hook'}]}]
"""


def told(receiver):
    """What webhooks said, group by group: which alerts, in which state, with all their texts but times."""
    groups = {}
    for _, body in hooks(receiver):
        alerts = [(a["status"], tuple(sorted(a["labels"].items())), tuple(sorted(a["annotations"].items())), a["generatorURL"], a["fingerprint"])
                  for a in body["alerts"]]
        rest = (body["receiver"], body["status"], body["notification_reason"], body["externalURL"], str(body["groupLabels"]), str(body["commonLabels"]))
        groups.setdefault(body["groupKey"], []).append((rest, alerts))
    return groups


def prometheus(checks, folder):
    """One Prometheus tells a real Alertmanager and us of its alerts: both must tell webhooks the same. Each alert is a group of its own: the two do not
    look at their groups at the same moments, and alerts that come within one may be told together by one and one after the other by the other."""
    value = {"load": {"a": 0, "b": 0}}
    page = Listener(lambda *_: (200, "".join(f'load{{item="{i}"}} {v}\n' for i, v in value["load"].items()).encode()))
    receivers = [Receiver(), Receiver()]
    configs = [write(f"{folder}/sent-{n}.yml", SENT.replace("PORT", str(r.server_address[1]))) for n, r in enumerate(receivers)]
    manager = Manager(f"{folder}", configs[1])
    server = ours(folder, "sent", [f"--notifications.config={configs[0]}"]).start()
    write(f"{folder}/sent-rules.yml", RULES)
    sender = Server("theirs", f"{folder}/sender", write(f"{folder}/sender.yml", f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s, external_labels: {{site: x}}}}
rule_files: [{folder}/sent-rules.yml]
scrape_configs: [{{job_name: page, static_configs: [{{targets: ['127.0.0.1:{page.port}']}}]}}]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{server.port}', '127.0.0.1:{manager.port}']}}]}}]}}
"""), ["--rules.alert.resend-delay=2s"]).start()
    for load in ({"a": 60, "b": 0}, {"a": 60, "b": 10}, {"a": 0, "b": 10}, {"a": 0, "b": 0}):
        value["load"] = load
        time.sleep(6)
    mine, theirs = [told(receiver) for receiver in receivers]
    checks.that(len(theirs) == 3 and all(len(sent) >= 2 for sent in theirs.values()), "desk: a second Prometheus makes both tell of alerts", str(theirs)[:300])
    checks.equal(mine, theirs, "desk: the webhooks are the same as a real Alertmanager's")
    for one in (sender, server):
        one.stop()
    manager.process.terminate()


# MARK: kill -9

ITEMS = 6
KILLED = """
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [FOLDER/kill-rules.yml]
scrape_configs: [{job_name: page, static_configs: [{targets: ['127.0.0.1:PAGE']}]}]
notifications:
  route: {receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
  receivers: [{name: hook, webhook_configs: [{url: 'http://127.0.0.1:HOOK/x'}]}]
"""


class SlowReceiver(Receiver):
    """Has taken a notification for a while before it says so, so that many a kill comes in between."""

    def __init__(self, chance):
        super().__init__()
        self.chance = chance

    def finish_request(self, request, address):
        SlowHandler(request, address, self)


class SlowHandler(Handler):
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        # A kill in the middle of a request: it has not arrived.
        if len(body) == length:
            self.server.taken.append((time.time(), self.path, body.decode()))
            time.sleep(self.server.chance.uniform(0, 0.4))
            self.send_response(200)
            self.end_headers()


class Toggles:
    """A page whose items are up and down in turn: each second one of them changes, each stays as it is for three seconds."""

    def __init__(self):
        self.is_over = False
        self.listener = Listener(self.answer)

    def answer(self, *_):
        second = int(time.time())
        lines = [f'load{{item="{i}"}} {0 if self.is_over else (second + i) // 3 % 2}\n' for i in range(ITEMS)]
        return 200, "".join(lines).encode()


def queued(server):
    """The deliveries that the dead process has left: their texts, by ID."""
    with sqlite3.connect(f"file:{server.data}/catalog/catalog.sqlite?mode=ro", uri=True) as db:
        return dict(db.execute("SELECT id, text FROM delivery").fetchall())


def records(server, kind):
    """All records of a kind, the oldest first."""
    found, cursor = [], ""
    while True:
        form = {"kind": kind, "limit": 5000} | ({"cursor": cursor} if cursor else {})
        path = "/api/v1/audit" if kind in ("audit", "event") else "/api/v1/alerts/history"
        data = json.loads(server.request(path, form=form)[1])["data"]
        found += data["records"]
        cursor = data.get("next", "")
        if not cursor:
            return found[::-1]


def kill(checks, folder, rounds, seed):
    chance = random.Random(seed)
    page, hook = Toggles(), SlowReceiver(random.Random(seed))
    write(f"{folder}/kill-rules.yml", "groups: [{name: g, rules: [{alert: Up, expr: load > 0}]}]\n")
    config = KILLED.replace("FOLDER", folder).replace("PAGE", str(page.listener.port)).replace("HOOK", str(hook.server_address[1]))
    server = ours(folder, "killed", ["--rules.alert.resend-delay=1s"], config)
    deaths, left = [], []
    for number in range(rounds):
        server.start()
        # Some lives are long enough to hear of alerts that no kill has a part in.
        time.sleep(chance.uniform(0.5, 4) if number % 10 < 9 else 16)
        server.stop(signal.SIGKILL)
        deaths.append(time.time())
        left.append(queued(server))
    server.start()
    time.sleep(8)
    page.is_over = True
    quiet = until(lambda: time.time() - hook.taken[-1][0] > 6, 60)
    checks.that(quiet, f"desk: after {rounds} kills there is an end of it (seed {seed})")
    judge(checks, hook, server, deaths, left)
    server.stop()
    checks.that(server.process.returncode == 0, "desk: the server ends in order", str(server.process.returncode))


def judge(checks, hook, server, deaths, left):
    bodies = [(at, body, json.loads(body)) for at, _, body in hook.taken]
    arrivals = {}
    for at, body, _ in bodies:
        arrivals.setdefault(body, []).append(at)
    twice = {body: times for body, times in arrivals.items() if len(times) > 1}
    unexplained = [times for times in twice.values()
                   if any(not any(a - 0.001 <= death <= b for death in deaths) for a, b in zip(times, times[1:]))]
    checks.that(not unexplained, f"desk: {len(bodies)} webhooks, {len(twice)} came again, and only over a kill", str(unexplained[:3]))
    # A delivery that was queued when the process died arrives later, or is overtaken by a newer one of its group.
    lost = [(round_, text) for round_, texts in enumerate(left) for text in texts.values()
            if not any(at > deaths[round_] and body["groupKey"] in text_of(text) for at, _, body in bodies)]
    checks.that(not lost, f"desk: all {sum(map(len, left))} notifications that were queued at a kill came behind it", str(lost[:2]))
    for item in range(ITEMS):
        last = [body for _, _, body in bodies if body["groupLabels"].get("item") == str(item)][-1:]
        checks.that(last and last[0]["status"] == "resolved", f"desk: the last word about item {item} is that it is over", str(last)[:300])
    transitions(checks, server, bodies, deaths)
    attempts = records(server, "attempt")
    accepted = sum(attempt["outcome"] == "accepted" for attempt in attempts)
    # Between acceptance and record there may have been a kill.
    checks.that(len(bodies) - len(deaths) * ITEMS <= accepted <= len(bodies), f"desk: of {len(bodies)} webhooks {accepted} are on record as accepted")


def text_of(blob):
    """The texts in a kept delivery, without the escapes of JSON."""
    text = blob.decode(errors="replace") if isinstance(blob, bytes) else blob
    return text.replace('\\"', '"').replace("\\/", "/")


def transitions(checks, server, bodies, deaths):
    found = records(server, "transition")
    by_alert = {}
    for one in found:
        by_alert.setdefault(tuple(sorted(one["labels"].items())), []).append(one)
    wrong = []
    for labels, steps in by_alert.items():
        for before, after in zip(steps, steps[1:]):
            if before["to"] != after["from"] or before["time"] >= after["time"]:
                wrong.append((dict(labels).get("item"), before["to"], before["time"], after["from"], after["time"]))
    checks.that(len(by_alert) == ITEMS and not wrong, f"desk: {len(found)} transitions on record, each once and in order", str(wrong[:3]))
    ends = [steps[-1]["to"] for steps in by_alert.values()]
    checks.that(set(ends) == {"inactive"}, "desk: the record ends with all alerts over", str(ends))
    # What fired for a while that no kill cut short was told of as firing, and then as over.
    missing, seen = [], 0
    for labels, steps in by_alert.items():
        for start, end in zip(steps, steps[1:]):
            begin, over = moment(start["time"]), moment(end["time"])
            # Alerts that end over a kill end for the notifier when they run out, four seconds later; what fires again by then has never ended.
            if start["to"] != "firing" or any(begin - 9 <= death <= over + 2 for death in deaths):
                continue
            seen += 1
            item = dict(labels)["item"]
            about = [(at, body) for at, _, body in bodies if body["groupLabels"].get("item") == item]
            if not any(begin - 0.5 <= at <= over + 2 and body["status"] == "firing" for at, body in about):
                missing.append((item, start["time"], "firing"))
            if not any(over - 0.5 <= at <= over + 4 and body["status"] == "resolved" for at, body in about):
                missing.append((item, end["time"], "resolved"))
    checks.that(not missing, f"desk: {seen} alerts that no kill cut short were told of from beginning to end", str(missing[:3]))


def moment(text):
    return time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0." + (text[20:-1] or "0"))


def check(checks, folder, rounds=5, seed=1):
    os.makedirs(folder, exist_ok=True)
    amtool(checks, folder)
    prometheus(checks, folder)
    kill(checks, folder, rounds, seed)


def main():
    import tempfile
    checks = harness.Checks()
    parts = {"amtool": lambda f: amtool(checks, f), "prometheus": lambda f: prometheus(checks, f),
             "kill": lambda f: kill(checks, f, int(os.environ.get("ROUNDS", "5")), int(os.environ.get("SEED", "1")))}
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or parts:
            parts[name](folder)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
