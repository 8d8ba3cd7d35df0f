"""promtool and a Python client, asking both servers once both have come to rest on equal values. Timestamps of scrapes are taken out."""

import json
import re
import subprocess
import sys
import time
import venv

from harness import peer

ALIKE = '{job="node",__name__!="scrape_duration_seconds"}'


def promtool(server, arguments):
    place = arguments.index("URL")
    command = [peer("promtool"), "query"] + arguments[:place] + [server.url] + arguments[place + 1:]
    done = subprocess.run(command, capture_output=True, text=True)
    text = re.sub(r"@\[[0-9.]+\]", "@[…]", done.stdout) if "instant" in arguments else done.stdout
    return done.returncode, "\n".join(sorted(text.splitlines()))


def check_promtool(checks, ours, theirs):
    now = int(time.time())
    span = [f"--start={now - 3}", f"--end={now}"]
    for arguments in (
        ["instant", "URL", "up"], ["instant", "URL", ALIKE], ["instant", "URL", "sum by (job) (up)"], ["instant", "URL", "1 + 1"],
        ["instant", "URL", "up{"], ["range", *span, "--step=1s", "URL", ALIKE], ["range", *span, "--step=1s", "URL", 'count by (job) (up{job!="removed"})'],
        ["series", "--match=up", "URL"], ["series", '--match={job="redis"}', "--match=up", "URL"], ["labels", "URL", "__name__"],
        ["labels", "URL", "job"], ["labels", "URL", "cpu"],
    ):
        checks.equal(promtool(ours, arguments), promtool(theirs, arguments), "promtool query " + " ".join(a for a in arguments if "=1" not in a))


PROGRAM = """
import json, sys
from prometheus_api_client import PrometheusConnect
client = PrometheusConnect(url=sys.argv[1])
def bare(rows):
    return sorted(json.dumps([r["metric"], r["value"][1]], sort_keys=True) for r in rows)
# The client's own connection check asks for the page at /, which a Prometheus built without its user interface lacks.
print(json.dumps([sorted(client.all_metrics()), bare(client.get_current_metric_value("up")),
    bare(client.custom_query('sum by (job) (replay_scrape_number)')), sorted(client.get_label_values("job"))]))
"""


def check_python(checks, ours, theirs, folder, strict):
    place = f"{folder}/venv"
    venv.create(place, with_pip=True)
    install = subprocess.run([f"{place}/bin/pip", "install", "-q", "prometheus-api-client"], capture_output=True, text=True)
    if install.returncode != 0:
        (checks.that(False, "prometheus-api-client: installed", install.stderr[-300:]) if strict else checks.skip("prometheus-api-client", "not to be had"))
        return
    answers = [subprocess.run([f"{place}/bin/python", "-c", PROGRAM, s.url], capture_output=True, text=True) for s in (ours, theirs)]
    checks.that(answers[1].returncode == 0, "prometheus-api-client: speaks with Prometheus", answers[1].stderr[-300:])
    checks.equal(answers[0].stdout or answers[0].stderr[-300:], answers[1].stdout, "prometheus-api-client: the same answers")
