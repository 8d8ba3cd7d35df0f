"""The rules of deploy/rules before promtool: read without a complaint, every unit test passes, and every alert has all that an alert needs."""

import glob
import os
import re
import subprocess

import harness

RULES = os.path.join(harness.ROOT, "deploy/rules")


def alerts(path):
    """By name, the text of each alert of a rule file."""
    parts = re.split(r"^ +- (?=alert:|record:)", open(path).read(), flags=re.M)[1:]
    return {part.split()[1]: part for part in parts if part.startswith("alert:")}


def tested(path):
    """The alerts that a test file expects to fire somewhere, and those that it expects not to."""
    fires, quiet = set(), set()
    for name, rest in re.findall(r"alertname: (\w+)\n +eval_time: \S+\n +exp_alerts:(.*)", open(path).read()):
        (quiet if "[]" in rest else fires).add(name)
    return fires, quiet


def check(checks):
    promtool = harness.peer("promtool")
    for path in sorted(glob.glob(f"{RULES}/*.yml")):
        name = os.path.basename(path)
        test = f"{RULES}/tests/{name}"
        for command in (["check", "rules", "--lint=all", "--lint-fatal", path], ["test", "rules", test]):
            done = subprocess.run([promtool, *command], capture_output=True, text=True)
            checks.that(done.returncode == 0, f"rules {name}: promtool {' '.join(command[:2])}", (done.stdout + done.stderr)[-1500:])
        fires, quiet = tested(test)
        for alert, text in alerts(path).items():
            severity = re.search(r"severity: (critical|warning|info|none)\n", text)
            lacks = [key for key in ("summary:", "description:", f"runbook: deploy/rules/runbooks/{alert}.md") if key not in text]
            lacks += [] if severity else ["severity"]
            lacks += [] if " for: " in text or severity and severity[1] in ("info", "none") else ["for"]
            lacks += [] if os.path.exists(f"{RULES}/runbooks/{alert}.md") else ["its page"]
            lacks += [] if alert in fires else ["a test in which it fires"]
            lacks += [] if alert in quiet or alert == "Watchdog" else ["a test in which it does not"]
            checks.that(not lacks, f"rules {name}: {alert} is complete", ", ".join(lacks))
