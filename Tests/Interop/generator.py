"""The public compliance suite's rules for alert generators, evaluated in real time: the suite's series on a page, and a receiver that notes what comes
when. What must come, and when, is written down here as the suite's documents have it.

In its full length it takes three quarters of an hour. A shorter run divides every time in the rules and courses; the quarter of an hour for which an
alert that is over is told again cannot be made shorter, and is then only seen to have begun.
"""

import json
import os
import re
import sys
import time

from alertmanager import moment
from harness import Server, series, until
from receivers import Inbox, Listener

STEP, INTERVAL, RESEND = 15, 30, 60  # seconds: between samples, between evaluations, between two sendings of an alert
GROUPS = {"order": "NewAlerts_OrderCheck", "life": "PendingAndFiringAndResolved", "never": "PendingAndResolved_AlwaysInactive", "quick": "ZeroFor_SmallFor"}
# Steps in which an alert that is over is still told, at the suite's own pace.
TOLD = 60


def course(*parts):
    """(value, count) … → a value a step."""
    return [value for value, count in parts for _ in range(count)]


QUIET = [(3, 1), (5, 3), (9, 4)]
COURSES = {
    ("life", "SimpleAlert", ""): course(*QUIET, (11, 13), (15, 32), (19, 16), (9, 20), (15, 45), (8, 16)),
    ("order", "Rule1", ',variant="one"'): course((1, 8), (11, 65), (9, 21)),
    ("order", "Rule1", ',variant="two"'): course((1, 32), (11, 33), (9, 21)),
    ("never", "PendingAlert", ""): course(*QUIET, (11, 11), (9, 1)),
    ("never", "InactiveAlert", ""): course(*QUIET, (11, 11), (9, 1)),
    ("quick", "ZeroFor", ""): course(*QUIET, (15, 13), (9, 72), (11, 13), (9, 1)),
    ("quick", "SmallFor", ""): course(*QUIET, (15, 13), (9, 72), (11, 13), (9, 1)),
}


class Phase:
    """A stretch in steps in which the receiver must be told the same again and again."""

    def __init__(self, begin, end, fired, texts, resolved=None, goes_on=False):
        self.begin, self.end, self.fired, self.texts, self.resolved, self.goes_on = begin, end, fired, texts, resolved, goes_on


def fires(begin, end, texts, told):
    """Fires from one step to another, and is told to be over for so many steps."""
    return [Phase(begin, end, begin, texts), Phase(end, end + told, begin, texts, resolved=end)]


def expected(told):
    """By labels, what must come; an alert that is over is told for so many steps, unless it begins again before."""
    life = [{"description": "SimpleAlert is firing", "summary": f"The value is {value} {value}"} for value in (15, 19)]
    more = {"description": "This should produce more alerts later"}
    zero = [{"description": "This should immediately fire", "template_test": "1.049M 1Mi 2m 15s 95.9% 2022-01-25 12:36:43 +0000 UTC",
             "template_query_test": f"Args are: foo bar 99. first_id:101,101:{n},102:{2 * n},103:{3 * n},"} for n in (1, 2)]
    small = {"description": "This should fire after an interval",
             "template_test": "This Part IS TESTING the strings. ::1 127.0.0.1. 7815. replaced text. ."}
    chained = {"description": "Based on ALERTS. Old alertname was NewAlerts_OrderCheck_Rule1. foo was bar."}
    bar, tss = {"foo": "bar"}, {"ba_dum": "tss"}
    rows = [
        ("life", "SimpleAlert", bar, [
            Phase(32, 53, 32, life[0]), Phase(53, 69, 32, life[1], goes_on=True), Phase(69, 89, 32, life[1], resolved=69)] + fires(113, 134, life[0], told)),
        ("order", "Rule1", bar | {"variant": "one"}, fires(20, 73, more, told)),
        ("order", "Rule1", bar | {"variant": "two"}, fires(44, 65, more, told)),
        ("order", "Rule2", {"alertstate": "firing", "ba_dum": "tss", "foo": "baz"}, fires(44, 65, chained, told)),
        ("quick", "ZeroFor", bar, fires(8, 21, zero[0], min(told, 93 - 21)) + fires(93, 106, zero[1], told)),
        ("quick", "SmallFor", tss, fires(10, 21, small, told)),
    ]
    return {series({"alertname": f"{GROUPS[group]}_{rule}", "rulegroup": GROUPS[group]} | labels): phases for group, rule, labels, phases in rows}


class Page:
    def __init__(self, factor):
        self.step, self.begin = STEP / factor, None
        self.port = Listener(lambda *_: (200, self.text().encode())).port

    def text(self):
        if self.begin is None:
            return ""
        at = int((time.time() - self.begin) / self.step)
        lines = [f'alert_generator_test_suite{{alertname="{GROUPS[group]}_{rule}",rulegroup="{GROUPS[group]}"{more}}} {values[min(at, len(values) - 1)]}'
                 for (group, rule, more), values in COURSES.items()]
        for n in (1, 2, 3):
            lines.append(f'alert_generator_test_suite{{rulegroup="ZeroFor_SmallFor",for="template",id="{100 + n}",__value__="val{n}"}} '
                         f'{n if at < 28 else 2 * n}')
        return "\n".join(lines) + "\n"


def configure(folder, name, page, inbox, factor):
    def shorter(found):
        seconds = float(found[2]) * {"s": 1, "m": 60}[found[3]]
        return f"{found[1]}: {int(1000 * seconds / factor)}ms"

    source = os.path.join(os.environ["MARTLET_CONFORMANCE"], "alert-generator/rules.yaml")
    with open(source) as rules, open(f"{folder}/generator-rules.yml", "w") as f:
        f.write(re.sub(r"\b(for|interval): (\d+)([sm])\b", shorter, rules.read()))
    span = f"{int(1000 * page.step)}ms"
    with open(f"{folder}/generator-{name}.yml", "w") as f:
        f.write(f"""
global: {{scrape_interval: {span}, scrape_timeout: {span}}}
rule_files: [{folder}/generator-rules.yml]
scrape_configs:
  - job_name: page
    honor_labels: true
    static_configs: [{{targets: ['127.0.0.1:{page.port}']}}]
    metric_relabel_configs: [{{action: labeldrop, regex: instance|job}}]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{inbox.port}']}}]}}]}}
""")
    return f"{folder}/generator-{name}.yml"


def faults(got, phases, begin, factor, until_step):
    """What is wrong with the messages of one alert, in words. `got`: (time, alert) in their order; all in steps from here on."""
    step = STEP / factor
    # A sample is scraped up to a step after it is on the page, an evaluation comes up to an interval later, and things take a moment.
    late, moments = 1 + INTERVAL / STEP, (0.4 if factor > 1 else 2) / step
    resend, interval = RESEND / STEP, INTERVAL / STEP
    ends = 4 * max(RESEND, INTERVAL) / STEP
    found, rest, last = [], [((t - begin) / step, a) for t, a in got], None
    for phase in phases:
        if phase.begin + late > until_step:
            break
        told = []
        while rest and (rest[0][1]["annotations"], over(rest[0][1], rest[0][0], begin, step)) == (phase.texts, phase.resolved is not None):
            told.append(rest.pop(0))
            if rest and rest[0][0] > phase.end + late + moments:
                break
        name = f"steps {phase.begin} to {phase.end}{' over' if phase.resolved is not None else ''}"
        if not told:
            return found + [f"{name}: nothing came, but {rest[:1]}"]
        first = max(phase.begin + late, last + resend + interval if phase.goes_on else 0)
        if not phase.begin <= told[0][0] <= first + moments:
            found.append(f"{name}: first told at {told[0][0]:.2f}")
        if min(phase.end, until_step) - told[-1][0] > resend + interval + moments:
            found.append(f"{name}: last told at {told[-1][0]:.2f}")
        times = ([last] if phase.goes_on else []) + [t for t, _ in told]
        gaps = [b - a for a, b in zip(times, times[1:])]
        if gaps and not resend - moments <= min(gaps) <= max(gaps) <= resend + interval + moments:
            found.append(f"{name}: told again after {min(gaps):.2f} to {max(gaps):.2f} steps")
        for t, alert in told:
            starts, end = ((moment(alert[key]) - begin) / step for key in ("startsAt", "endsAt"))
            if not phase.fired <= starts <= phase.fired + late + moments:
                found.append(f"{name}: startsAt {starts:.2f}")
            low, high = (phase.resolved, phase.resolved + late + moments) if phase.resolved is not None else (t + ends - moments, t + ends + moments)
            if not low <= end <= high:
                found.append(f"{name}: endsAt {end:.2f}, told at {t:.2f}")
        last = told[-1][0]
    return found + [f"came too much: {rest[:2]}"] * bool(rest)


def over(alert, at, begin, step):
    return (moment(alert["endsAt"]) - begin) / step <= at + 0.01


def same_picture(server):
    """Whether rules, alerts and the series of alerts tell the same, asked between two evaluations."""
    def api(path):
        return json.loads(server.request(path)[1])["data"]

    def strip(labels, state):
        return series({k: v for k, v in labels.items() if k not in ("__name__", "alertstate")}), state

    alerts = {strip(a["labels"], a["state"]) for a in api("/api/v1/alerts")["alerts"]}
    rules = {strip(a["labels"], a["state"]) for g in api("/api/v1/rules")["groups"] for r in g["rules"] for a in r["alerts"]}
    written = {strip(s["metric"], s["metric"]["alertstate"]) for s in server.query("ALERTS")}
    return alerts == rules == written


def check(checks, folder, factor=30):
    """factor: how many times shorter everything is; 1 is the suite's own pace."""
    page = Page(factor)
    inboxes = {name: Inbox() for name in ("ours", "theirs")}
    resend = f"--rules.alert.resend-delay={int(1000 * RESEND / factor)}ms"
    both = [Server(name, f"{folder}/generator", configure(folder, name, page, inboxes[name], factor), [resend]) for name in inboxes]
    for server in both:
        server.start()
    # Prometheus hands on what discovery finds every five seconds, and both write no series of alerts at first.
    time.sleep(7)
    page.begin = time.time()
    told = TOLD if factor == 1 else sys.maxsize
    steps = 134 + TOLD + 8 if factor == 1 else max(map(len, COURSES.values())) + 8
    differing = {server.name: 0 for server in both}
    looks = 0
    while (time.time() - page.begin) / page.step < steps:
        looks += 1
        for server in both:
            # One may have been evaluated just then. A call that fails is no reason to lose what came so far.
            try:
                differing[server.name] += not any(same_picture(server) for _ in range(3))
            except (OSError, ValueError) as error:
                differing[server.name] += 1
                print(f"generator: {server.name} does not answer: {error}", flush=True)
        time.sleep(2 * page.step)
    for server in both:
        got = {}
        for t, alert in inboxes[server.name].got:
            got.setdefault(series(alert["labels"]), []).append((t, alert))
        wanted = expected(told)
        checks.equal(set(got), set(wanted), f"generator: {server.name} told of these {len(wanted)} alerts and no other")
        for labels, phases in wanted.items():
            found = faults(got.get(labels, []), phases, page.begin, factor, steps)
            checks.that(not found, f"generator: {server.name} told of {dict(labels)['alertname']} {dict(labels).get('variant', '')} in its time", "; ".join(found[:4]))
        checks.that(differing[server.name] == 0, f"generator: {server.name} shows rules, alerts and series alike in {looks} looks", str(differing))
        server.stop()
