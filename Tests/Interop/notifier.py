#!/usr/bin/env python3
"""The notifier beside a real Alertmanager: the same alerts and silences at the same times, the same webhooks.

Every scenario is played to an Alertmanager of its own, all at the same time and in real time, and then to `NotifierReplay`, which has the core of
our notifier on a clock of its own. Both must send the same bodies, byte for byte and in the same order for each group and address, at the same
times but for a second. Needs MARTLET_PEERS and MARTLET_REPLAY, the built NotifierReplay (default: .build/debug/NotifierReplay of this project).
"""

import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness
from notifier_scenarios import SCENARIOS

EXTERNAL = "http://martlet.example/notify"


class Receiver(http.server.ThreadingHTTPServer):
    """Takes webhooks and keeps them with their times; the path tells the scenario and the receiver."""

    # All send at the same moments; who has to wait for a place sends again only after a second.
    request_queue_size = 512

    def __init__(self):
        super().__init__(("127.0.0.1", harness.free_port()), Handler)
        self.taken = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.taken.append((time.time(), self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def rfc3339(milliseconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000)) + f".{milliseconds % 1000:03d}Z"


class Alertmanager:
    """A real one with one scenario's configuration."""

    def __init__(self, folder, configuration):
        os.makedirs(folder)
        with open(f"{folder}/am.yml", "w") as file:
            file.write(configuration)
        self.url = f"http://127.0.0.1:{harness.free_port()}"
        self.silences = {}
        self.process = harness.run(
            [harness.alertmanager(), f"--config.file={folder}/am.yml", f"--storage.path={folder}/data",
             f"--web.listen-address={self.url[7:]}", "--cluster.listen-address=", f"--web.external-url={EXTERNAL}", "--web.route-prefix=/"],
            f"{folder}/log")

    def ready(self):
        return urllib.request.urlopen(f"{self.url}/-/ready", timeout=2).status == 200

    def send(self, method, path, content=None):
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.url + "/api/v2" + path, body, {"Content-Type": "application/json"}, method=method)
        return urllib.request.urlopen(request, timeout=10).read()

    def play(self, event):
        if "alerts" in event:
            self.send("POST", "/alerts", [
                alert | {key: rfc3339(alert[key]) for key in ("startsAt", "endsAt") if key in alert} for alert in event["alerts"]])
        elif "silence" in event:
            silence = event["silence"]
            kinds = {"=": (True, False), "!=": (False, False), "=~": (True, True), "!~": (False, True)}
            matchers = []
            for text in silence["matchers"].split(","):
                sign = next(s for s in ("=~", "!~", "!=", "=") if s in text)
                name, value = text.split(sign, 1)
                matchers.append({"name": name, "value": value.strip('"'), "isEqual": kinds[sign][0], "isRegex": kinds[sign][1]})
            answer = self.send("POST", "/silences", {
                "matchers": matchers, "startsAt": rfc3339(event["at"]), "endsAt": rfc3339(silence["ends"]), "createdBy": "replay",
                "comment": silence["id"]})
            self.silences[silence["id"]] = json.loads(answer)["silenceID"]
        elif "expire" in event:
            self.send("DELETE", "/silence/" + self.silences[event["expire"]])


def minute_of_day(milliseconds):
    return time.strftime("%H:%M", time.gmtime(milliseconds // 1000))


def document(scenario, start, address):
    """The scenario with all times counted from its start, as both sides take it."""
    minutes = {f"MINUTE{n}": minute_of_day(start + n * 60_000) for n in range(3)}
    configuration = scenario["configuration"].replace("HOOK", f"{address}/{scenario['name']}")
    for word, shown in minutes.items():
        configuration = configuration.replace(word, shown)
    events = []
    for at, event in scenario["events"]:
        event = json.loads(json.dumps(event))
        event["at"] = start + at
        for alert in event.get("alerts", []):
            for key in ("startsAt", "endsAt"):
                if key in alert:
                    alert[key] += start
        if "silence" in event:
            event["silence"]["ends"] += start
        events.append(event)
    return {"configuration": configuration, "external": EXTERNAL, "start": start, "end": start + scenario["seconds"] * 1000 + 750, "events": events}


def play_real(alertmanager, played):
    for event in played["events"]:
        time.sleep(max(0, event["at"] / 1000 - time.time()))
        alertmanager.play(event)
    time.sleep(max(0, played["end"] / 1000 - time.time()))


def replayed(folder, name, played):
    path = f"{folder}/{name}.json"
    with open(path, "w") as file:
        json.dump(played, file)
    program = os.environ.get("MARTLET_REPLAY", os.path.join(harness.ROOT, ".build/debug/NotifierReplay"))
    answer = subprocess.run([program, path], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def by_group(sent):
    """Times and bodies by address and group."""
    groups = {}
    for at, address, body in sorted(sent, key=lambda entry: entry[0]):
        groups.setdefault((address, json.loads(body)["groupKey"]), []).append((at, body))
    return groups


def outline(entry):
    """What a body says, for people."""
    if entry is None:
        return "nothing"
    body = json.loads(entry[1])
    alerts = [",".join(a["labels"].values()) + ("" if a["status"] == "firing" else " resolved") for a in body["alerts"]]
    return f"{entry[0] % 100:.2f} {body['notification_reason']}: {'; '.join(alerts)}"


def first_difference(ours, theirs):
    for index in range(max(len(ours), len(theirs))):
        pair = [sent[index] if index < len(sent) else None for sent in (ours, theirs)]
        if None in pair or pair[0][1] != pair[1][1]:
            alike = pair[0] and pair[1] and outline(pair[0])[5:] == outline(pair[1])[5:]
            return f"the {index + 1}th, ours {outline(pair[0])}, theirs {outline(pair[1])}" + (f" {pair}" if alike else "")
    return ""


def compare(checks, name, ours, theirs):
    ours, theirs = by_group(ours), by_group(theirs)
    checks.equal(set(ours), set(theirs), f"{name}: the same groups at the same addresses")
    for key in sorted(set(ours) & set(theirs)):
        bodies = [[body for _, body in sent[key]] for sent in (ours, theirs)]
        checks.that(bodies[0] == bodies[1], f"{name}: the same bodies in the same order, {key[0]} {key[1]}", first_difference(ours[key], theirs[key]))
        late = [round(theirs_at - ours_at, 3) for (ours_at, _), (theirs_at, _) in zip(ours[key], theirs[key])]
        checks.that(all(abs(seconds) < 1 for seconds in late), f"{name}: at the same times, {key[0]} {key[1]}", f"theirs later by {late} s")


def check(checks, folder, only=None):
    os.makedirs(folder, exist_ok=True)
    receiver = Receiver()
    scenarios = [scenario for scenario in SCENARIOS if not only or scenario["name"] in only]
    address = f"http://127.0.0.1:{receiver.server_address[1]}"
    # The configuration says minutes of the day, which are known only once the start is.
    start = int(time.time() + 8) * 1000
    played = {scenario["name"]: document(scenario, start, address) for scenario in scenarios}
    real = {name: Alertmanager(f"{folder}/{name}", scenario["configuration"]) for name, scenario in played.items()}
    for name, alertmanager in real.items():
        if not harness.until(alertmanager.ready):
            return checks.that(False, f"{name}: a real Alertmanager starts", open(f"{folder}/{name}/log").read()[-500:])
    if time.time() * 1000 > start:
        return checks.that(False, "all Alertmanagers start in time")
    threads = [threading.Thread(target=play_real, args=(real[name], played[name])) for name in played]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for alertmanager in real.values():
        alertmanager.process.terminate()
    for name in played:
        theirs = [(at, path.split("/")[2], body) for at, path, body in receiver.taken
                  if path.split("/")[1] == name and at < played[name]["end"] / 1000]
        ours = [(line["at"] / 1000, line["address"].split("/")[-1], line["body"]) for line in replayed(folder, name, played[name])]
        if "global" in played[name]["configuration"]:
            # A guessed end is counted from when the alert arrived.
            ours, theirs = ([(at, address, re.sub(r'(?<="endsAt":")([^".]*)(\.\d+)?Z', r"\1Z", body)) for at, address, body in sent]
                            for sent in (ours, theirs))
        checks.that(len(ours) > 0, f"{name}: something is sent")
        compare(checks, name, ours, theirs)


def main():
    checks = harness.Checks()
    with tempfile.TemporaryDirectory() as folder:
        check(checks, folder, sys.argv[1:])
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
