"""Rules evaluated by both over the same targets: the same alerts in the same states, the same recorded values, the same texts.

A target's values stand still for a phase and change from one to the next, so that both servers, which scrape and evaluate at moments of their own,
see the same; what they wrote is compared within phases, and when they wrote it to within a few evaluations.
"""

import json
import random
import time

from harness import Server, series, until
from receivers import Listener

ITEMS = 8
PHASE = 12  # evaluations

# `for` and the like in evaluations; {n} stands for n of them as a duration.
RULES = """
groups:
  - name: recorded
    interval: {1}
    labels: {{origin: group}}
    rules:
      - record: rec:load:sum
        expr: sum by (zone) (load)
      - record: rec:load:share
        expr: load / on (zone) group_left () rec:load:sum
        labels: {{origin: rule, item: ""}}
      - record: rec:clash
        expr: label_replace(load, "item", "same", "", "")
      - record: rec:many
        expr: load{{zone="a"}} * on (zone) load{{zone="a"}}
      - alert: AboveAverage
        expr: load > on (zone) group_left () (rec:load:sum / on (zone) count by (zone) (load))
        labels: {{severity: info, size: '{{{{ if gt $value 50.0 }}}}big{{{{ else }}}}small{{{{ end }}}}'}}
        annotations: {{text: '{{{{ $labels.item }}}} of {{{{ $labels.zone }}}}: {{{{ $value | humanize }}}}, {{{{ $externalLabels.site }}}}'}}
      - alert: ManyAboveAverage
        expr: count by (zone) (ALERTS{{alertname="AboveAverage", alertstate="firing"}}) > 1
        annotations: {{asked: '{{{{ with query "sum(load)" }}}}{{{{ . | first | value | printf "%.2f" }}}}{{{{ end }}}}'}}
  - name: states
    interval: {1}
    rules:
      - alert: AtOnce
        expr: load > 60
      - alert: Waits
        expr: load > 40
        for: {4}
        labels: {{severity: critical}}
      - alert: WaitsLong
        expr: load > 30
        for: {18}
      - alert: Lingers
        expr: load > 60
        keep_firing_for: {6}
      - alert: WaitsAndLingers
        expr: load > 50
        for: {3}
        keep_firing_for: {20}
      - alert: Broken
        expr: load > 80
        annotations: {{bad: '{{{{ .Nothing }}}}', worse: '{{{{ template "none" }}}}', fine: '{{{{ $value }}}}'}}
      - alert: Gone
        expr: absent(load{{item="3"}})
        for: {2}
      - alert: Limited
        expr: load > 20
      - alert: Down
        expr: up == 0
        for: {2}
  - name: limited
    interval: {1}
    limit: 3
    rules:
      - alert: TooMany
        expr: load > 50
      - record: rec:limited
        expr: load > 70
      - record: rec:both
        expr: label_replace(load, "item", "same", "", "")
  - name: rates
    interval: {2}
    query_offset: {2}
    rules:
      - record: rec:work:rate
        expr: sum(increase(work_total[{8}])) > bool 0
"""


class Target:
    """A page whose values follow from the phase."""

    def __init__(self, seed, seconds):
        # Nothing happens before both servers are there.
        self.seed, self.seconds, self.begin = seed, seconds, None

        def answer(*_):
            body = self.page()
            return 200 if body else 500, body

        self.port = Listener(answer).port

    def page(self):
        """Nothing where the target is down for a phase."""
        begin = self.begin
        draw = random.Random(self.seed * 1000 + int((time.time() - begin) / self.seconds)) if begin else None
        if draw and draw.random() < 0.1:
            return b""
        lines = ["# TYPE load gauge", "# TYPE work_total counter"]
        for item in range(ITEMS):
            value, is_there = (round(draw.uniform(0, 100), 3), draw.random() > 0.15) if draw else (0, True)
            if is_there:
                lines.append(f'load{{item="{item}",zone="{"ab"[item % 2]}"}} {value}')
        lines.append(f"work_total {int(time.time() * 10)}")
        return ("\n".join(lines) + "\n").encode()


def configure(folder, port, every):
    def span(evaluations):
        return f"{evaluations * every}s"

    text = RULES
    for n in (1, 2, 3, 4, 6, 8, 18, 20):
        text = text.replace("{%d}" % n, span(n))
    with open(f"{folder}/rules.yml", "w") as f:
        f.write(text.replace("{{", "{").replace("}}", "}"))
    with open(f"{folder}/alerts.yml", "w") as f:
        f.write(f"global: {{scrape_interval: {every}s, scrape_timeout: {every}s, evaluation_interval: {every}s, external_labels: {{site: x}}}}\n"
                f"rule_files: [{folder}/rules.yml]\n"
                f"scrape_configs: [{{job_name: page, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n")
    return f"{folder}/alerts.yml"


def alerts(server):
    """What the API tells of every alert, but for its times."""
    found = json.loads(server.request("/api/v1/alerts")[1])["data"]["alerts"]
    return {series(a["labels"]): (a["state"], a["value"], tuple(sorted(a["annotations"].items()))) for a in found}


def rules(server):
    """What the API tells of every rule, but for its times and alerts, and for which of several series an error names."""
    groups = json.loads(server.request("/api/v1/rules")[1])["data"]["groups"]
    fields = ("query", "type", "state", "health", "lastError", "labels", "annotations", "duration", "keepFiringFor")
    return {(g["name"], n, r["name"]): tuple(str(r.get(field)).split(": [")[0] for field in fields) for g in groups for n, r in enumerate(g["rules"])}


def recorded(server):
    return {series(f["metric"]): f["value"][1] for f in server.query('{__name__=~"rec:.*"}')}


def since(server, name, begin):
    return server.query(f"{name}[{int((time.time() - begin) * 1000)}ms]")


def settled(server, every, begin):
    """series -> its alertstate's runs of evaluations as (begin, end), by the server's own samples."""
    runs = {}
    for found in since(server, "ALERTS", begin):
        times = [t for t, _ in found["values"]]
        parts = [[times[0], times[0]]]
        for t in times[1:]:
            if t - parts[-1][1] > 1.5 * every:
                parts.append([t, t])
            parts[-1][1] = t
        runs[series(found["metric"])] = parts
    return runs


def unlike(ours, theirs, tolerance):
    """Runs that begin or end at another time. The ones that touch the end of the trial may be cut short."""
    out = []
    for key in set(ours) | set(theirs):
        a, b = ours.get(key, []), theirs.get(key, [])
        if len(a) != len(b) or any(abs(x - y) > tolerance for one, other in zip(a, b) for x, y in zip(one, other)):
            out.append(f"{dict(key)}: ours {a}, theirs {b}")
    return out


def check(checks, folder, seed, seconds=150, every=1):
    """seconds: how long both are watched; every: seconds between evaluations, and between scrapes."""
    target = Target(seed, PHASE * every)
    config = configure(folder, target.port, every)
    # Rules that do not depend on each other may be evaluated side by side, which changes nothing.
    flags = ["--enable-feature=concurrent-rule-eval"] if seed % 2 else []
    both = [Server(name, f"{folder}/alerts", config, flags) for name in ("ours", "theirs")]
    for server in both:
        server.start()
    ours, theirs = both
    for server in both:
        until(lambda: len(server.query('rec:load:share')) == ITEMS)
    target.begin = time.time()
    wrong = {"alerts": [], "rules": [], "recorded": []}
    phases = compared = 0
    for phase in range(max(2, seconds // (PHASE * every))):
        # Late in a phase everything that waits for a few evaluations has come to rest.
        until(lambda: time.time() - target.begin >= (phase + 0.8) * target.seconds, 3 * target.seconds, 0.05)
        phases += 1
        for name, ask in (("alerts", alerts), ("rules", rules), ("recorded", recorded)):
            a, b = ask(ours), ask(theirs)
            compared += len(b)
            if a != b:
                # One may have been evaluated, or scraped, just then.
                time.sleep(1.2 * every)
                a, b = ask(ours), ask(theirs)
            if a != b:
                keys = [k for k in set(a) | set(b) if a.get(k) != b.get(k)]
                wrong[name].append(f"phase {phase}: {len(keys)} differ, {keys[0]}: ours {a.get(keys[0])}, theirs {b.get(keys[0])}")
    for name, found in wrong.items():
        checks.that(not found, f"alerts: the same {name} in each of {phases} phases (seed {seed}{', side by side' if flags else ''})", "; ".join(found[:3]))
    a, b = (settled(s, every, target.begin) for s in both)
    checks.that(len(b) > 20 and compared > 100 * phases / 4, "alerts: there is something to compare", f"{len(b)} series, {compared} results")
    checks.equal(set(a), set(b), f"alerts: the same {len(b)} ALERTS series")
    # Scrapes and evaluations of the two lie up to an interval apart each, and a chain of rules adds one.
    found = unlike(a, b, 3.5 * every)
    checks.that(not found, f"alerts: the same {sum(map(len, b.values()))} times of pending and firing, to within three evaluations", "; ".join(found[:3]))
    states = [{series(f["metric"]) for f in since(s, "ALERTS_FOR_STATE", target.begin)} for s in both]
    checks.equal(*states, f"alerts: the same {len(states[1])} ALERTS_FOR_STATE series")
    for server in both:
        server.stop()
