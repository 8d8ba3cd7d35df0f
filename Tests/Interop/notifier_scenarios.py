"""What is played to a real Alertmanager and to us. Times are milliseconds from the start.

Waits and intervals are whole seconds and groups begin at whole or half ones; what happens to a group later happens a half or a quarter second
beside its flushes, so that no order is left to chance. MINUTE0, MINUTE1 and MINUTE2 stand for the minutes of the day at and after the start, HOOK
for the receiver's address.
"""

SCENARIOS = []


def scenario(name, configuration, *events, seconds=20):
    """Adds one; events are made by the functions below and sorted by time."""
    SCENARIOS.append({"name": name, "configuration": configuration, "seconds": seconds, "events": sorted(events, key=lambda e: e[0])})


def labels(text):
    return dict(pair.split("=", 1) for pair in text.split(","))


def fire(at, *texts, since=None, note=None):
    """Alerts that fire, by their labels."""
    alerts = [{"labels": labels(text), "startsAt": at if since is None else since} for text in texts]
    for alert in alerts:
        if note:
            alert["annotations"] = {"summary": note, "for": alert["labels"]["alertname"]}
            alert["generatorURL"] = "http://martlet.example/graph?g0.expr=a+%3E+1&g0.tab=1"
    return at, {"alerts": alerts}


def resolve(at, *texts, since=0):
    return at, {"alerts": [{"labels": labels(text), "startsAt": since, "endsAt": at} for text in texts]}


def silence(at, id, matchers, ends=100_000):
    return at, {"silence": {"id": id, "matchers": matchers, "ends": ends}}


def expire(at, id):
    return at, {"expire": id}


TIMES = "group_wait: 1s, group_interval: 2s, repeat_interval: 5s"
HOOK = "receivers: [{name: all, webhook_configs: [{url: HOOK/all}]}]"

scenario(
    "grouping", f"route: {{receiver: all, group_by: [alertname], {TIMES}}}\n{HOOK}",
    fire(0, "alertname=A,i=1", "alertname=B,i=1", note="one"), fire(500, "alertname=A,i=2"), fire(3500, "alertname=A,i=3,job=j"),
    resolve(5500, "alertname=A,i=1"), resolve(9500, "alertname=A,i=2", "alertname=A,i=3,job=j"), fire(12500, "alertname=A,i=1", since=12500))
scenario(
    "one-group", f"route: {{receiver: all, {TIMES}}}\n{HOOK}",
    fire(0, "alertname=A,i=1", "alertname=B,i=1"), fire(1500, "alertname=C,job=a", "alertname=C,job=b,instance=x", "alertname=C,job=b,instance=w"),
    resolve(3500, "alertname=A,i=1"))
scenario(
    "group-by-all", f"route: {{receiver: all, group_by: ['...'], {TIMES}}}\n{HOOK}",
    fire(0, "alertname=A,i=1", "alertname=A,i=2"), resolve(2500, "alertname=A,i=2"))
scenario(
    "no-wait", f"route: {{receiver: all, group_by: [alertname], group_wait: 0s, group_interval: 3s, repeat_interval: 4s}}\n{HOOK}",
    fire(0, "alertname=A,i=1"), fire(1500, "alertname=A,i=2"), resolve(4500, "alertname=A,i=1"), resolve(7500, "alertname=A,i=2"))
scenario(
    "late-start", f"route: {{receiver: all, group_by: [alertname], group_wait: 8s, group_interval: 2s, repeat_interval: 5s}}\n{HOOK}",
    fire(0, "alertname=A,i=1", since=-60_000), fire(0, "alertname=B,i=1"), fire(2500, "alertname=B,i=2", since=-60_000),
    fire(3500, "alertname=A,i=2"))
scenario(
    "resolved-before-told", f"route: {{receiver: all, group_by: [alertname], {TIMES}}}\n{HOOK}",
    fire(0, "alertname=A,i=1", "alertname=B,i=1", "alertname=B,i=2"), resolve(500, "alertname=A,i=1", "alertname=B,i=1"),
    fire(6500, "alertname=A,i=1", since=6500), resolve(0, "alertname=C,i=1"), fire(500, "alertname=C,i=1", since=500))
scenario(
    "flapping", f"route: {{receiver: all, group_by: [alertname], {TIMES}}}\n{HOOK}",
    fire(0, "alertname=A,i=1"), resolve(1500, "alertname=A,i=1"), fire(2500, "alertname=A,i=1", since=2500), resolve(3500, "alertname=A,i=1", since=2500),
    resolve(5500, "alertname=A,i=1", since=2500), fire(6500, "alertname=A,i=1", since=6500), fire(8500, "alertname=A,i=2"),
    resolve(8500, "alertname=A,i=1", since=6500), fire(10500, "alertname=A,i=1", since=10500), resolve(12500, "alertname=A,i=1", "alertname=A,i=2"))
scenario(
    "repeat", f"route: {{receiver: all, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 4s}}\n{HOOK}",
    fire(0, "alertname=A,i=1"), fire(6500, "alertname=A,i=2"), resolve(9500, "alertname=A,i=1"))
scenario(
    "no-resolved", f"""
route: {{receiver: all, group_by: [alertname], {TIMES}}}
receivers: [{{name: all, webhook_configs: [{{url: HOOK/firing, send_resolved: false}}, {{url: HOOK/all}}]}}]
""",
    fire(0, "alertname=A,i=1"), fire(1500, "alertname=A,i=2"), resolve(3500, "alertname=A,i=1"), fire(5500, "alertname=A,i=3"),
    resolve(9500, "alertname=A,i=2", "alertname=A,i=3"), fire(12500, "alertname=A,i=1", since=12500))
scenario(
    "continue", f"""
route:
  receiver: all
  group_by: [alertname]
  {TIMES.replace(", ", chr(10) + "  ")}
  routes:
  - {{receiver: db, matchers: [team=db], continue: true, group_by: [team]}}
  - {{receiver: critical, match_re: {{severity: "crit.*"}}, group_wait: 2s, routes: [{{receiver: page, matchers: ['i!~"[23]"'], continue: true}}, {{receiver: log}}]}}
  - {{receiver: never, matchers: [severity=critical]}}
receivers:
- {{name: all, webhook_configs: [{{url: HOOK/all}}]}}
- {{name: db, webhook_configs: [{{url: HOOK/db}}]}}
- {{name: critical, webhook_configs: [{{url: HOOK/critical}}]}}
- {{name: page, webhook_configs: [{{url: HOOK/page}}]}}
- {{name: log, webhook_configs: [{{url: HOOK/log}}]}}
- {{name: never, webhook_configs: [{{url: HOOK/never}}]}}
""",
    fire(0, "alertname=A,team=db,severity=critical,i=1", "alertname=A,team=db,severity=critical,i=2", "alertname=B,team=db", "alertname=C,severity=warning"),
    resolve(4500, "alertname=A,team=db,severity=critical,i=1", "alertname=C,severity=warning"))
scenario(
    "same-route-twice", f"""
route:
  receiver: all
  {TIMES.replace(", ", chr(10) + "  ")}
  routes: [{{receiver: one, matchers: [a=b], continue: true}}, {{receiver: two, matchers: [a=b], continue: true}}, {{receiver: two, matchers: ['a=b', 'c=""']}}]
receivers: [{{name: all}}, {{name: one, webhook_configs: [{{url: HOOK/one}}]}}, {{name: two, webhook_configs: [{{url: HOOK/two}}]}}]
""",
    fire(0, "alertname=A,a=b"), resolve(3500, "alertname=A,a=b"))
INHIBIT = f"""
route: {{receiver: all, group_by: [alertname], {TIMES}}}
inhibit_rules:
- {{source_matchers: [severity=critical], target_matchers: ['severity=~"warning|info"'], equal: [instance, zone]}}
- {{source_match: {{alertname: Down}}, target_match_re: {{instance: .+}}, equal: [instance]}}
{HOOK}"""
scenario(
    "inhibition", INHIBIT,
    fire(0, "alertname=A,severity=critical,instance=x"), fire(0, "alertname=B,severity=warning,instance=x", "alertname=B,severity=warning,instance=y"),
    fire(0, "alertname=C,severity=info,instance=x,zone=z"), resolve(4250, "alertname=A,severity=critical,instance=x"))
scenario(
    "inhibited-later", INHIBIT,
    fire(0, "alertname=B,severity=warning,instance=x"), fire(4250, "alertname=Down,instance=x"), resolve(8250, "alertname=B,severity=warning,instance=x"),
    resolve(12_250, "alertname=Down,instance=x", since=4250))
scenario(
    "both-sides", INHIBIT,
    fire(0, "alertname=Down,instance=x,severity=critical"), fire(0, "alertname=Down,instance=x,severity=info"), fire(0, "alertname=E,instance=x"))
scenario(
    "silences", f"route: {{receiver: all, group_by: [alertname], {TIMES}}}\n{HOOK}",
    silence(250, "first", "alertname=A,i=~1|2"), fire(0, "alertname=A,i=1", "alertname=A,i=2", "alertname=B,i=1"), fire(2500, "alertname=A,i=3"),
    silence(5250, "second", "i!=9", ends=9250), expire(7250, "first"), resolve(11_500, "alertname=A,i=1"))
scenario(
    "silenced-resolve", f"route: {{receiver: all, group_by: [alertname], {TIMES}}}\n{HOOK}",
    fire(0, "alertname=A,i=1"), silence(3250, "first", "alertname=A", ends=8250), resolve(4500, "alertname=A,i=1"), fire(11_500, "alertname=A,i=2"))
MUTED = f"""
route:
  receiver: all
  group_by: [alertname]
  {TIMES.replace(", ", chr(10) + "  ")}
  routes:
  - {{receiver: muted, matchers: [to=muted], mute_time_intervals: [now, never]}}
  - {{receiver: active, matchers: [to=active], active_time_intervals: [next, never]}}
  - {{receiver: both, matchers: [to=both], active_time_intervals: [now, next], mute_time_intervals: [next]}}
time_intervals:
- {{name: now, time_intervals: [{{times: [{{start_time: "MINUTE0", end_time: "MINUTE1"}}]}}]}}
- {{name: next, time_intervals: [{{times: [{{start_time: "MINUTE1", end_time: "MINUTE2"}}], location: Etc/UTC}}]}}
mute_time_intervals:
- {{name: never, time_intervals: [{{days_of_month: ["31"], months: [february]}}]}}
receivers:
- {{name: all, webhook_configs: [{{url: HOOK/all}}]}}
- {{name: muted, webhook_configs: [{{url: HOOK/muted}}]}}
- {{name: active, webhook_configs: [{{url: HOOK/active}}]}}
- {{name: both, webhook_configs: [{{url: HOOK/both}}]}}
"""
scenario(
    "mute-times", MUTED,
    fire(250, "alertname=A,to=muted", "alertname=A,to=active", "alertname=A,to=both", "alertname=A"),
    resolve(10_500, "alertname=A,to=both", since=250), seconds=45)
scenario(
    "guessed-ends", f"global: {{resolve_timeout: 4s}}\nroute: {{receiver: all, group_by: [alertname], {TIMES}}}\n{HOOK}",
    fire(0, "alertname=A,i=1", "alertname=A,i=2"), fire(2500, "alertname=A,i=1", since=0),
    (500, {"alerts": [{"labels": labels("alertname=B"), "startsAt": 500, "endsAt": 6_250}]}))
scenario(
    "truncated", f"""
route: {{receiver: all, {TIMES}}}
receivers: [{{name: all, webhook_configs: [{{url: HOOK/all, max_alerts: 2}}]}}]
""",
    fire(0, "alertname=A,i=1,shared=x", "alertname=A,i=2,shared=x", "alertname=A,i=3,shared=x"), resolve(3500, "alertname=A,i=1,shared=x"))
scenario(
    "odd-texts", f"""
route:
  receiver: all
  group_by: [alertname, é, "a b"]
  {TIMES.replace(", ", chr(10) + "  ")}
  routes: [{{receiver: all, matchers: ['"a b"=~".+"', 'é!="x\\"y"']}}]
{HOOK}""",
    fire(0, 'alertname=A <&> \u2028 "q" \\ \n\t\x01,a b=c"d,é=ü', "alertname=é", "alertname=e\u0301", "alertname=😀\x7f", note="<b>&'\u2029\b\f"))
