"""Both servers send the alerts of the same rules over the same page, each to a real Alertmanager of its own: these must show, and tell, the same.
And ours beside receivers that refuse, answer badly or never: nobody waits for them."""

import datetime
import json
import os
import re
import time

from harness import Server, free_port, series, until
from receivers import Alertmanager, Inbox, Listener

EVERY = 1  # seconds between scrapes, and between evaluations
URL = "http://site.example/metrics-of-us"

RULES = """
groups:
  - name: sent
    rules:
      - alert: High
        expr: load > 50
        labels: {severity: critical, about: 'item {{ $labels.item }}'}
        annotations: {value: '{{ $value }} of "{{ $labels.item }}" <é>', site: '{{ $externalLabels.site }}'}
      - alert: Later
        expr: load{item!="none"} > 30 and on () vector(1)
        for: 3s
        annotations: {text: "two\\nlines"}
      - alert: Lingers
        expr: load > 70
        keep_firing_for: 4s
      - alert: Kept
        expr: load >= 0
        labels: {noise: 'yes'}
      - alert: Unsaid
        expr: vector(1)
        labels: {secret: all}
"""

# Phases of the page: item -> value.
PHASES = [{}, {"a": 60, "b": 80, "c": 10}, {"a": 61, "b": 20, "c": 40}, {"a": 20, "b": 20, "c": 20}]
SECONDS = 8  # a phase


def config(folder, name, page, manager):
    with open(f"{folder}/am-rules.yml", "w") as f:
        f.write(RULES)
    with open(f"{folder}/am-targets-{name}.json", "w") as f:
        json.dump([{"targets": [f"127.0.0.1:{manager.port}", "gone.example:1"]}], f)
    with open(f"{folder}/am-{name}.yml", "w") as f:
        f.write(f"""
global: {{scrape_interval: {EVERY}s, scrape_timeout: {EVERY}s, evaluation_interval: {EVERY}s, external_labels: {{site: x, item: unused, region: eu}}}}
rule_files: [{folder}/am-rules.yml]
scrape_configs: [{{job_name: page, static_configs: [{{targets: ['127.0.0.1:{page.port}']}}]}}]
alerting:
  alert_relabel_configs:
    - {{action: drop, source_labels: [secret], regex: all}}
    - {{source_labels: [region, alertname], target_label: place}}
  alertmanagers:
    - path_prefix: /am
      timeout: 2s
      file_sd_configs: [{{files: [{folder}/am-targets-{name}.json]}}]
      relabel_configs: [{{action: drop, source_labels: [__address__], regex: 'gone.*'}}]
      alert_relabel_configs: [{{action: labeldrop, regex: noise}}, {{target_label: via, replacement: sd}}]
""")
    return f"{folder}/am-{name}.yml"


def shown(manager):
    """What an Alertmanager shows, but for its own times: alert -> all that is told of it; and when it began."""
    found = manager.alerts()
    told = {series(a["labels"]): (tuple(sorted(a["annotations"].items())), a["generatorURL"], a["status"]["state"]) for a in found}
    return told, {series(a["labels"]): moment(a["startsAt"]) for a in found}


def moment(text):
    text = re.sub(r"\.(\d{6})\d+", r".\1", text.replace("Z", "+00:00"))
    return datetime.datetime.fromisoformat(text).timestamp()


def ended(manager):
    """What the webhook was told to be over: alert -> texts and link; and when."""
    found = [a for a in manager.told if a["status"] == "resolved"]
    return ({series(a["labels"]): (tuple(sorted(a["annotations"].items())), a["generatorURL"]) for a in found},
            {series(a["labels"]): moment(a["endsAt"]) for a in found})


def differ(ours, theirs, tolerance):
    return [f"{dict(key)}: {ours[key]} and {theirs[key]}" for key in set(ours) & set(theirs) if abs(ours[key] - theirs[key]) > tolerance]


def beside(checks, folder):
    state = {"phase": 0}

    def page(*_):
        return 200, "".join(f'load{{item="{i}"}} {v}\n' for i, v in PHASES[state["phase"]].items()).encode()

    source = Listener(page)
    managers = {name: Alertmanager(name, folder, "/am") for name in ("ours", "theirs")}
    flags = ["--rules.alert.resend-delay=2s", f"--web.external-url={URL}", "--web.route-prefix=/"]
    both = [Server(name, f"{folder}/am", config(folder, name, source, managers[name]), flags) for name in ("ours", "theirs")]
    for server in both:
        server.start()
    for server in both:
        # Prometheus hands on what discovery finds every five seconds.
        until(lambda: json.loads(server.request("/api/v1/alertmanagers")[1])["data"]["activeAlertmanagers"])
    lists = [server.request("/api/v1/alertmanagers")[1].replace(str(managers[server.name].port), "PORT") for server in both]
    checks.equal(*lists, "alertmanager: the API lists the same")
    for phase in range(1, len(PHASES)):
        state["phase"] = phase
        until(lambda: False, SECONDS)
        a, b = shown(managers["ours"]), shown(managers["theirs"])
        checks.that(len(b[0]) >= (3 if phase == len(PHASES) - 1 else 5), f"alertmanager: there is something to compare in phase {phase}", str(b))
        checks.equal(a[0], b[0], f"alertmanager: the same {len(b[0])} alerts in phase {phase}")
        checks.that(not differ(a[1], b[1], 2 * EVERY + 0.5), f"alertmanager: they began at the same time in phase {phase}", str(differ(a[1], b[1], 2 * EVERY)))
    a, b = ended(managers["ours"]), ended(managers["theirs"])
    checks.that(len(b[0]) >= 5, "alertmanager: alerts were resolved", str(b))
    checks.equal(a[0], b[0], f"alertmanager: the same {len(b[0])} alerts were told to be over")
    checks.that(not differ(a[1], b[1], 2 * EVERY + 0.5), "alertmanager: they ended at the same time", str(differ(a[1], b[1], 2 * EVERY)))
    names = [{line.split("{")[0].split(" ")[0] for line in server.request("/metrics")[1].splitlines() if line.startswith("prometheus_notifications_")}
             for server in both]
    checks.that(names[1] <= names[0], "alertmanager: all of its metrics are there", str(names[1] - names[0]))
    for server in both:
        server.stop()


def numbers(server, metric):
    """receiver's port -> value."""
    lines = server.request("/metrics")[1].splitlines()
    return {re.search(r":(\d+)/", line)[1]: float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(metric + "{")}


def among_bad_ones(checks, folder):
    good, slow, failing, refusing = Inbox(), Inbox(None), Inbox(500), free_port()
    page = Listener(lambda *_: (200, "".join(f'load{{item="{i}"}} 1\n' for i in range(300)).encode()))
    with open(f"{folder}/bad-rules.yml", "w") as f:
        f.write("groups: [{name: many, rules: [{alert: Many, expr: load > 0}]}]\n")
    with open(f"{folder}/bad.yml", "w") as f:
        entry = "\n    - {{timeout: 30s, static_configs: [{{targets: ['127.0.0.1:{}', '127.0.0.1:{}']}}]}}"
        f.write(f"global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\nrule_files: [{folder}/bad-rules.yml]\n"
                f"scrape_configs: [{{job_name: page, static_configs: [{{targets: ['127.0.0.1:{page.port}']}}]}}]\n"
                "alerting:\n  alertmanagers:" + entry.format(slow.port, failing.port) + entry.format(refusing, good.port) + "\n")
    flags = ["--rules.alert.resend-delay=1s", "--alertmanager.notification-queue-capacity=1000"]
    server = Server("ours", f"{folder}/bad", f"{folder}/bad.yml", flags).start()
    until(lambda: numbers(server, "prometheus_notifications_dropped_total")[str(slow.port)] >= 300, 40)
    metrics = server.request("/metrics")[1]
    missed = sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if line.startswith("prometheus_rule_group_iterations_missed_total"))
    checks.that(missed == 0, "alertmanager: no evaluation waits for a receiver", metrics[-300:])
    dropped, errors = (numbers(server, f"prometheus_notifications_{name}_total") for name in ("dropped", "errors"))
    checks.that(dropped[str(slow.port)] >= 300 and errors[str(slow.port)] == 0, "alertmanager: what one does not take is dropped and counted", str(dropped))
    checks.that(errors[str(refusing)] > 0 and errors[str(failing.port)] > 0 and dropped[str(good.port)] == 0, "alertmanager: errors are counted", str(errors))
    checks.that(max(good.sizes) == 256 and good.paths == {"/api/v2/alerts"}, "alertmanager: at most 256 alerts at once", str(set(good.sizes)))
    last = {}
    gaps = []
    for now, alert in good.got:
        item = alert["labels"]["item"]
        gaps.append(now - last.get(item, now))
        last[item] = now
    checks.that(len(last) == 300 and max(gaps) < 3.5, "alertmanager: the good one gets every alert in its time", f"{len(last)} alerts, {max(gaps)} s between two")
    begin = time.monotonic()
    server.stop()
    seconds = time.monotonic() - begin
    checks.that(seconds < 20 and server.process.returncode == 0, "alertmanager: the end does not wait for ever", f"{seconds} s, {server.process.returncode}")


def check(checks, folder):
    beside(checks, folder)
    if "OURS_CMD" in os.environ:
        checks.skip("alertmanager among bad ones", "Prometheus 3.5 waits for the slowest")
    else:
        among_bad_ones(checks, folder)
