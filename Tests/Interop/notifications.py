#!/usr/bin/env python3
"""What receivers are sent: by `martlet notify test` to real mail servers and to stand-ins of the others, and beside a real Alertmanager.

With templates of the user's the bodies that ours and Alertmanager send to Slack, Telegram, PagerDuty and webhooks must be equal; our own are held
against what the receivers' documentation says of them, Sentry's are read by its own SDK, mails by Python's. Then servers that fail in all ways.
Needs MARTLET_PEERS; takes aiosmtpd and sentry-sdk from PyPI.
"""

import base64
import email
import email.policy
import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import venv

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness

EXTERNAL = "http://martlet.example/x"
LABELS = {"alertname": "DiskFull", "severity": "critical", "instance": "db1:9100", "job": "node"}
ANNOTATIONS = {"summary": "90 % + \"full\" <disk> & 'é'", "description": "two\nlines", "runbook_url": "https://runbooks.example/disk?a=1&b=2"}
SECRETS = ["pa ss+wörd", "s3cret-hook", "bot:t0ken-value", "r0uting-key-value", "c1ient-secret-value", "publ1ckey", "xoxb-appt0ken", "hunter2-proxy"]


class Catcher(http.server.ThreadingHTTPServer):
    """Takes what receivers are sent; the path says how to answer."""

    daemon_threads = True

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.taken = []
        self.port = self.server_address[1]
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def bodies(self, part):
        return [body for path, _, body in self.taken if part in path]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.taken.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        status, headers, answer = self.answer(body)
        if status is None:
            time.sleep(60)
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def answer(self, body):
        path = self.path
        if "/slow" in path:
            return None, {}, b""
        if "/later" in path:
            return 429, {"Retry-After": "7"}, b"{\"ok\":false}"
        if "/dated" in path:
            return 503, {"Retry-After": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 100))}, b""
        if "/broken" in path:
            return 500, {}, b"it broke"
        if "/echo" in path:
            return 404, {"Content-Type": "text/plain"}, ("Cannot POST " + path + " " + str(self.headers)).encode()
        if "/flood" in path:
            return 429, {}, b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 11","parameters":{"retry_after":11}}'
        if "/markup" in path and b"parse_mode" in body:
            return 400, {}, b'{"ok":false,"error_code":400,"description":"Bad Request: can\'t parse entities: x"}'
        if "/limited" in path:
            return 429, {"Retry-After": "3", "X-Sentry-Rate-Limits": "60:transaction:key, 2700:default;error:organization"}, b"{}"
        if "/token" in path:
            known = "Basic " + base64.b64encode(b"me:c1ient-secret-value").decode()
            if self.headers.get("Authorization") != known:
                return 401, {}, b'{"error":"invalid_client"}'
            number = len(self.server.bodies("/token"))
            return 200, {}, json.dumps({"access_token": f"access-{number}", "token_type": "bearer", "expires_in": 3600}).encode()
        if "/guarded" in path:
            good = re.match(r"Bearer access-\d+$", self.headers.get("Authorization", ""))
            return (200, {}, b"") if good else (401, {}, b"who are you")
        if "/nope" in path:
            return 200, {}, b'{"ok":false,"error":"channel_not_found"}'
        if "slack" in path:
            return 200, {"Content-Type": "text/plain"}, b"ok"
        if "chat.postMessage" in path:
            return 200, {}, b'{"ok":true,"channel":"C1","ts":"1.2"}'
        if "sendMessage" in path:
            return 200, {}, b'{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"}}}'
        return 202 if "/v2" in path else 200, {}, b"{}"

    def log_message(self, *_):
        pass


class Proxy:
    """Passes connections on to where CONNECT asks for, if the password is right."""

    def __init__(self):
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.connect, args=(client,), daemon=True).start()

    def connect(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        self.asked.append(head.decode())
        if base64.b64encode(b"user:hunter2-proxy") not in head:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return client.close()
        host, port = head.split()[1].decode().rsplit(":", 1)
        try:
            server = socket.create_connection((host, int(port)))
        except OSError:
            return client.close()
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for a, b in ((client, server), (server, client)):
            threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    @staticmethod
    def pump(a, b):
        try:
            while piece := a.recv(65536):
                b.sendall(piece)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Ours:
    """`martlet notify test`, and all it has ever printed."""

    def __init__(self, folder):
        self.folder, self.printed = folder, ""

    def test(self, integrations, *more, templates="", environment=None):
        """Sends to one receiver with these integrations; the lines of outcomes, and how long it took."""
        path = f"{self.folder}/one.yml"
        with open(path, "w") as file:
            file.write(f"route: {{receiver: one}}\n{templates}\nreceivers:\n- name: one\n" + "".join(f"  {line}\n" for line in integrations.strip("\n").split("\n")))
        command = [os.environ.get("MARTLET_BIN", os.path.join(harness.ROOT, ".build/debug/martlet"))]
        command += ["notify", "test", "one", f"--notifications.config={path}", f"--web.external-url={EXTERNAL}"]
        command += ["--labels", ",".join(f'{k}="{v}"' for k, v in LABELS.items())]
        for name, text in ANNOTATIONS.items():
            command += ["--annotation", f"{name}={text}"]
        began = time.monotonic()
        done = subprocess.run(command + list(more), capture_output=True, text=True, timeout=120, env=os.environ | (environment or {}))
        self.printed += done.stdout + done.stderr
        self.seconds = time.monotonic() - began
        return (done.stdout + done.stderr).splitlines()


TEMPLATED = """
slack_configs:
- api_url: ADDRESS/slack/all
  send_resolved: true
  channel: '#ops-{{ .CommonLabels.job }}'
  username: '{{ .Receiver }}'
  title: '{{ .Status | toUpper }} {{ .NotificationReason }} {{ .GroupLabels }} {{ .CommonLabels.SortedPairs.Values | join "/" }}'
  title_link: '{{ .ExternalURL }}/a?b={{ .CommonAnnotations.summary | urlquery }}'
  pretext: '{{ range .Alerts }}{{ .Labels }} {{ .Fingerprint }}{{ end }}'
  text: '{{ .CommonAnnotations.summary }} {{ template "own" . }} {{ (.CommonLabels.Remove .GroupLabels.Names).Names }}'
  fallback: '{{ printf "%T %v" .Alerts (len .Alerts.Firing) }}'
  callback_id: cb
  icon_emoji: ':fire:'
  icon_url: ''
  image_url: 'http://img/{{ .Status }}'
  thumb_url: thumb
  message_text: 'message {{ .Status }}'
  footer: '{{ .CommonLabels.severity | title }}'
  color: '{{ if eq .Status "firing" }}#ff0000{{ else }}good{{ end }}'
  link_names: true
  short_fields: true
  fields: [{title: a, value: '{{ .Status }}'}, {title: b, value: c, short: false}]
  mrkdwn_in: [text]
  actions:
  - {type: button, text: 'x {{ .Status }}', url: 'http://u'}
  - {type: button, text: y, name: n, value: v, style: danger, confirm: {text: sure, title: t, ok_text: o, dismiss_text: d}}
- app_token: xoxb-appt0ken
  app_url: ADDRESS/api/chat.postMessage
  send_resolved: true
  channel: C1
  username: u
  title: t
  title_link: l
  text: x
  fallback: f
telegram_configs:
- {api_url: 'ADDRESS', bot_token: 'bot:t0ken-value', chat_id: -12345, message_thread_id: 7, disable_notifications: true,
   message: '<b>{{ .CommonAnnotations.summary }}</b> {{ .Status }} <a href="{{ .ExternalURL }}?a={{ .CommonAnnotations.summary }}">x</a>'}
- {api_url: 'ADDRESS', bot_token: 'bot:t0ken-value/two', chat_id: 5, parse_mode: '', message: 'plain {{ .Status }} + < {{ .CommonAnnotations.summary }}'}
- {api_url: 'ADDRESS', bot_token: 'bot:t0ken-value/three', chat_id: 5, parse_mode: MarkdownV2, message: '*{{ .Status }}*'}
pagerduty_configs:
- url: ADDRESS/v2/all
  routing_key: r0uting-key-value
  client: me
  client_url: http://me
  description: 'd {{ .Status }} < {{ .CommonAnnotations.summary }}'
  severity: '{{ .CommonLabels.severity }}'
  class: c
  component: co
  group: g
  source: src
  images: [{src: s, alt: a, href: h}, {src: ''}]
  links: [{href: 'h{{ .Status }}', text: t}, {href: '', text: x}]
  details: {firing: '{{ .Alerts.Firing | len }}', resolved: 'yes', num_firing: 'null', num_resolved: '1.5', nested: {a: ['{{ .Status }}', 3, true, null],
    b: '{"x": "{{ .Status }}"}'}, l: '[1, 2]', t: '2026-01-01', m: 'a: b', e: '', q: '"1"', long: '{{ .CommonAnnotations.description }}'}
- {url: ADDRESS/v2/default, routing_key: r0uting-key-value, client: me, client_url: u, description: d,
   details: {firing: '{{ .Alerts.Firing | len }}', resolved: '{{ (index .Alerts 0).Labels | toJson }}'}}
webhook_configs:
- {url: 'ADDRESS/hook/{{ .Status }}', payload: {a: '{{ .Status }}', b: '{{ len .Alerts }}', l: ['{{ .CommonLabels.alertname }}', 1],
   j: '{{ .CommonLabels | toJson }}', s: 'x: y: z', k: '{{ .CommonAnnotations | toJson }}'}}
- {url: 'ADDRESS/hook/text', payload: 'text {{ .Status }}'}
- {url: 'ADDRESS/hook/standard', max_alerts: 1}
"""


def timeless(body):
    """Without the times, which differ, and the name of the sender."""
    return json.loads(re.sub(rb'"(startsAt|endsAt)":"(?!0001)[^"]*"', rb'"\1":"time"', body))


def beside_alertmanager(checks, folder, ours):
    """The same templates and the same alert through both."""
    catcher = Catcher()
    template = f"{folder}/own.tmpl"
    with open(template, "w") as file:
        file.write('{{ define "own" }}{{ range .Alerts }}{{ .Status }} {{ .Labels.alertname | toLower }} {{ .Annotations.SortedPairs.Names }}{{ end }}{{ end }}\n')
    templates = f"templates: [{template}]"

    def part(side):
        return TEMPLATED.replace("ADDRESS", f"http://127.0.0.1:{catcher.port}/{side}")

    lines = ours.test(part("ours"), "--resolved", templates=templates)
    checks.that(len(lines) == 20 and all(line.endswith("accepted") for line in lines), "all templated messages are taken", lines)
    config = f"{folder}/theirs.yml"
    with open(config, "w") as file:
        file.write("route: {receiver: one, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\n" + templates
                   + "\nreceivers:\n- name: one\n" + "".join(f"  {line}\n" for line in part("theirs").strip("\n").split("\n")))
    url = f"http://127.0.0.1:{harness.free_port()}"
    harness.run([harness.alertmanager(), f"--config.file={config}", f"--storage.path={folder}/am", f"--web.listen-address={url[7:]}",
                 "--cluster.listen-address=", f"--web.external-url={EXTERNAL}", "--web.route-prefix=/"], f"{folder}/am.log")
    if not harness.until(lambda: urllib.request.urlopen(f"{url}/-/ready", timeout=2).status == 200):
        return checks.that(False, "a real Alertmanager starts", open(f"{folder}/am.log").read()[-500:])

    def post(**more):
        alert = {"labels": LABELS, "annotations": ANNOTATIONS, "startsAt": "2026-11-27T10:00:00Z"} | more
        urllib.request.urlopen(urllib.request.Request(url + "/api/v2/alerts", json.dumps([alert]).encode(), {"Content-Type": "application/json"}))

    post()
    harness.until(lambda: len(catcher.bodies("/theirs")) >= 10)
    post(endsAt=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    harness.until(lambda: len(catcher.bodies("/theirs")) >= 20)
    paths = sorted({path.removeprefix("/ours") for path, _, _ in catcher.taken if path.startswith("/ours")})
    for path in paths:
        sent = {side: [timeless(body) for p, _, body in catcher.taken if p == f"/{side}{path}"] for side in ("ours", "theirs")}
        checks.equal(sent["ours"], sent["theirs"], f"equal to Alertmanager's: {path.replace('bot:t0ken-value', 'TOKEN')}")
    exact = [body for path, _, body in catcher.taken if path.endswith("/slack/all")]
    checks.that(sorted(exact[:2]) == sorted(exact[2:]), "Slack's even byte for byte", exact)
    for name in ("content-type", "authorization"):
        heads = {side: {(path.split("/", 2)[2], head.get(name)) for path, head, _ in catcher.taken if path.startswith(f"/{side}")} for side in ("ours", "theirs")}
        checks.equal(heads["ours"], heads["theirs"], f"the same header {name}")


def fields(checks, name, value, required, optional=()):
    """A JSON object has these members of these types, and no others."""
    all_known = dict(required) | dict(optional)
    wrong = [k for k, v in value.items() if k not in all_known or not isinstance(v, all_known[k])]
    missing = [k for k in dict(required) if k not in value]
    checks.that(not wrong and not missing, f"{name}: fields as documented", f"wrong {wrong}, missing {missing}: {str(value)[:400]}")


def own_messages(checks, ours, python):
    """What is sent by default, against what the receivers document."""
    catcher = Catcher()
    address = f"http://127.0.0.1:{catcher.port}"
    lines = ours.test(f"""
slack_configs: [{{api_url: '{address}/slack/own', send_resolved: true}}]
telegram_configs: [{{api_url: '{address}', bot_token: 'bot:t0ken-value', chat_id: 1}}]
pagerduty_configs: [{{url: '{address}/v2/own', routing_key: r0uting-key-value}}]
webhook_configs: [{{url: '{address}/hook/own'}}]
sentry_configs: [{{dsn: 'http://publ1ckey@127.0.0.1:{catcher.port}/base/42', environment: production, tags: {{team: 'infra'}}}}]
""", "--resolved")
    checks.that(len(lines) == 10 and all(line.endswith("accepted") for line in lines), "all messages of our own are taken", lines)

    for number, body in enumerate(map(json.loads, catcher.bodies("/slack/own"))):
        fields(checks, f"Slack {number}", body, {"attachments": list}, {"username": str, "channel": str})
        attachment = body["attachments"][0]
        fields(checks, f"Slack's attachment {number}", attachment, {"title": str, "text": str, "fallback": str, "color": str},
               {"title_link": str, "callback_id": str, "footer": str, "mrkdwn_in": list})
        checks.that(attachment["title"].startswith("[RESOLVED]" if number else "[CRITICAL] DiskFull on db1:9100"), "Slack: the severity comes first", attachment)
        checks.that("&lt;disk&gt; &amp;" in attachment["text"] and attachment["color"] in ("danger", "good"), "Slack: what Slack would read is escaped", attachment)
    for number, body in enumerate(map(json.loads, catcher.bodies("/sendMessage"))):
        fields(checks, f"Telegram {number}", body, {"chat_id": str, "text": str, "parse_mode": str}, {"disable_web_page_preview": str})
        checks.that("since " in body["text"] and "UTC" in body["text"] and f"{EXTERNAL}/alerts" in body["text"], "Telegram: since when, and a link", body)
        checks.that("&lt;disk&gt;" in body["text"] and len(body["text"]) <= 4096, "Telegram: HTML is escaped", body)
    events = [json.loads(body) for body in catcher.bodies("/v2/own")]
    for event in events:
        fields(checks, "PagerDuty", event, {"routing_key": str, "event_action": str, "payload": dict}, {"dedup_key": str, "client": str, "client_url": str})
        fields(checks, "PagerDuty's payload", event["payload"], {"summary": str, "source": str, "severity": str},
               {"timestamp": str, "component": str, "group": str, "class": str, "custom_details": dict})
        checks.that(event["payload"]["severity"] in ("critical", "error", "warning", "info") and len(event["payload"]["summary"]) <= 1024
                    and len(event["dedup_key"]) <= 255, "PagerDuty: within its bounds", event)
    checks.that([e["event_action"] for e in events] == ["trigger", "resolve"] and len({e["dedup_key"] for e in events}) == 1,
                "PagerDuty: what was triggered is resolved", events)
    envelopes = [(head, body) for path, head, body in catcher.taken if path == "/base/api/42/envelope/"]
    checks.that(len(envelopes) == 2, "Sentry: two envelopes at the address of the DSN", [path for path, _, _ in catcher.taken])
    parsed = subprocess.run([python, "-c", SENTRY], input=json.dumps([base64.b64encode(body).decode() for _, body in envelopes]),
                            capture_output=True, text=True)
    events = [json.loads(line) for line in parsed.stdout.splitlines()]
    checks.that(len(events) == 2, "Sentry: its SDK reads the envelopes", parsed.stderr[-500:])
    for (head, _), event in zip(envelopes, events):
        auth = dict(part.split("=") for part in head["x-sentry-auth"].removeprefix("Sentry ").split(", "))
        checks.that(auth["sentry_version"] == "7" and auth["sentry_key"] == "publ1ckey" and "sentry_client" in auth, "Sentry: X-Sentry-Auth", auth)
        checks.that(head["content-type"] == "application/x-sentry-envelope", "Sentry: the type", head)
        fields(checks, "Sentry's event", event, {"event_id": str, "timestamp": str, "platform": str, "level": str, "logentry": dict, "fingerprint": list},
               {"logger": str, "environment": str, "server_name": str, "tags": dict, "extra": dict})
        checks.that(re.fullmatch("[0-9a-f]{32}", event["event_id"]) and event["platform"] == "other" and event["environment"] == "production", "Sentry: ids", event)
        checks.that(all(len(k) <= 32 and len(v) <= 200 for k, v in event["tags"].items()) and event["tags"]["team"] == "infra", "Sentry: tags", event["tags"])
    if len(events) == 2:
        checks.that([e["level"] for e in events] == ["fatal", "info"] and [e["tags"]["status"] for e in events] == ["firing", "resolved"],
                    "Sentry: the level follows the severity, and what is over says so", events)
        checks.that(events[0]["fingerprint"] == events[1]["fingerprint"] and events[0]["event_id"] != events[1]["event_id"],
                    "Sentry: two events of one issue", events)


SENTRY = """
import base64, json, sys
from sentry_sdk.envelope import Envelope
for text in json.load(sys.stdin):
    envelope = Envelope.deserialize(base64.b64decode(text))
    [item] = envelope.items
    assert item.type == "event" and item.headers["content_type"] == "application/json", item.headers
    event = envelope.get_event()
    assert envelope.headers["event_id"] == event["event_id"], envelope.headers
    print(json.dumps(event))
"""


def failures(checks, folder, ours, certificate):
    """Every way in which a receiver can fail, and what is said of it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    catcher, secured = Catcher(), Catcher(context)
    address, safe = f"http://127.0.0.1:{catcher.port}", f"https://127.0.0.1:{secured.port}"
    dead = f"http://127.0.0.1:{harness.free_port()}"
    cases = [
        (f"webhook_configs: [{{url: '{address}/broken/s3cret-hook'}}]", r"failed: status 500: it broke$"),
        (f"webhook_configs: [{{url: '{address}/later/s3cret-hook'}}]", r"failed: status 429: .* \(to be tried again in 7 s\)"),
        (f"webhook_configs: [{{url: '{address}/dated/s3cret-hook'}}]", r"failed: status 503 \(to be tried again in (9\d|100)(\.\d+)? s\)"),
        (f"webhook_configs: [{{url: '{address}/echo/s3cret-hook', http_config: {{basic_auth: {{username: u, password: hunter2-proxy}}}}}}]",
         r"refused: status 404: Cannot POST <secret>"),
        (f"webhook_configs: [{{url: '{address}/slow/s3cret-hook', timeout: 1s}}]", r"failed: context deadline exceeded"),
        (f"webhook_configs: [{{url: '{dead}/s3cret-hook'}}]", r"failed: dial tcp 127.0.0.1:\d+: connect: connection refused"),
        (f"webhook_configs: [{{url: '{safe}/s3cret-hook'}}]", r"failed: .*(handshake|certificate)"),
        ("webhook_configs: [{url: 'http://no-such-host.invalid/s3cret-hook'}]", r"failed: .*no-such-host"),
        (f"webhook_configs: [{{url: '{safe}/hook', http_config: {{tls_config: {{ca_file: '{certificate[0]}'}}}}}}]", r"accepted"),
        (f"webhook_configs: [{{url_file: '{folder}/missing'}}]", r"failed: unable to read file"),
        (f"slack_configs: [{{app_token: xoxb-appt0ken, app_url: '{address}/nope/api'}}]", r"refused: channel_not_found"),
        (f"slack_configs: [{{api_url: '{address}/later/slack/s3cret-hook'}}]", r"failed: .*again in 7 s"),
        (f"telegram_configs: [{{api_url: '{address}/flood', bot_token: 'bot:t0ken-value', chat_id: 1}}]", r"failed: .*Too Many Requests.*again in 11 s"),
        (f"telegram_configs: [{{api_url: '{address}/echo', bot_token: 'bot:t0ken-value', chat_id: 1}}]", r"refused: status 404"),
        (f"telegram_configs: [{{api_url: '{address}/markup', bot_token: 'bot:t0ken-value', chat_id: 1}}]", r"firing: accepted"),
        (f"pagerduty_configs: [{{url: '{address}/echo/v2', routing_key: r0uting-key-value}}]", r"refused: status 404"),
        (f"sentry_configs: [{{dsn: 'http://publ1ckey@127.0.0.1:{catcher.port}/limited/1'}}]", r"failed: status 429.*again in 2700 s"),
        (f"sentry_configs: [{{dsn: 'http://publ1ckey@127.0.0.1:{catcher.port}/echo/1'}}]", r"refused: status 404"),
        (f"slack_configs: [{{api_url: '{address}/slack/x', text: '{{{{ .Nothing }}}}'}}]", r"note: .*can't evaluate field Nothing"),
    ]
    for integrations, expected in cases:
        lines = ours.test(integrations)
        checks.that(re.search(expected, "\n".join(lines), re.M), f"{integrations[:70]}…", lines)
    fallback = json.loads(catcher.bodies("/slack/x")[-1])["attachments"][0]["text"]
    checks.that("alertname=DiskFull" in fallback and "can't evaluate field Nothing" in fallback, "a broken template does not lose the message", fallback)
    texts = [json.loads(body)["text"] for body in catcher.bodies("/markup")]
    checks.that(len(texts) == 2 and "<disk> &" in texts[1], "markup that Telegram does not take is sent as plain text", texts)


def ways(checks, folder, ours):
    """Who we say we are, and by which way: OAuth 2 and proxies."""
    catcher, proxy = Catcher(), Proxy()
    address = f"http://127.0.0.1:{catcher.port}"
    with open(f"{folder}/client-secret", "w") as file:
        file.write("c1ient-secret-value\n")
    oauth2 = f"oauth2: {{client_id: me, client_secret_file: '{folder}/client-secret', token_url: '{address}/token', scopes: [a, b], endpoint_params: {{audience: x}}}}"
    lines = ours.test(f"webhook_configs: [{{url: '{address}/guarded', http_config: {{{oauth2}}}}}, {{url: '{address}/guarded/two', http_config: {{{oauth2}}}}}]")
    checks.that([line.split(": ")[1] for line in lines] == ["accepted"] * 2, "OAuth 2: a token is fetched and sent", lines)
    asked = [urllib.parse.parse_qs(body.decode()) for body in catcher.bodies("/token")]
    checks.equal(asked, [{"grant_type": ["client_credentials"], "scope": ["a b"], "audience": ["x"]}], "OAuth 2: once, as the standard says")
    lines = ours.test(f"webhook_configs: [{{url: '{address}/guarded', http_config: {{{oauth2.replace('client_id: me', 'client_id: other')}}}}}]")
    checks.that("failed: oauth2: the token was refused with status 401" in lines[0], "OAuth 2: who gets no token says so", lines)

    through = f"http://user:hunter2-proxy@127.0.0.1:{proxy.port}"
    for name, client, environment, passes in (
        ("proxy_url", f"proxy_url: '{through}', proxy_connect_header: {{X-Way: [one]}}", {}, True),
        ("no_proxy", f"proxy_url: '{through}', no_proxy: '127.0.0.0/8'", {}, False),
        ("proxy_from_environment", "proxy_from_environment: true", {"HTTP_PROXY": through}, False),
        ("a wrong password", f"proxy_url: '{through.replace('hunter2', 'hunter3')}'", {}, None),
    ):
        before = len(proxy.asked)
        lines = ours.test(f"webhook_configs: [{{url: '{address}/hook', http_config: {{{client}}}}}]", environment=environment)
        accepted = "accepted" in lines[-1]
        if passes is None:
            checks.that(not accepted and "hunter3" not in str(lines), f"{name}: failed, without the password", lines)
        else:
            checks.that(accepted and (len(proxy.asked) > before) == passes, f"{name}: {'through the proxy' if passes else 'directly'}", lines)
    checks.that("X-Way: one" in proxy.asked[0] or "x-way: one" in proxy.asked[0].lower(), "the proxy is told the further headers", proxy.asked[0])
    # This machine is never behind the environment's proxy; another is.
    before = len(proxy.asked)
    ours.test(f"webhook_configs: [{{url: 'http://elsewhere.invalid/', timeout: 2s, http_config: {{proxy_from_environment: true}}}}]", environment={"http_proxy": through})
    checks.that(len(proxy.asked) > before and "elsewhere.invalid" in proxy.asked[-1], "what is not this machine goes through the environment's proxy", proxy.asked[-1:])


class Mail:
    """A real mail server and what arrived there."""

    def __init__(self, folder, python, kind, certificate):
        self.port, self.out = harness.free_port(), f"{folder}/mail-{kind}"
        harness.run([python, os.path.join(os.path.dirname(os.path.abspath(__file__)), "mailserver.py"), str(self.port), kind, *certificate, self.out],
                    f"{folder}/mail-{kind}.log")
        if not harness.until(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() is None):
            raise SystemExit(f"the mail server does not start: {open(f'{folder}/mail-{kind}.log').read()[-1000:]}")

    def arrived(self):
        if not os.path.exists(self.out):
            return []
        return [json.loads(line) for line in open(self.out)]


def mails(checks, folder, ours, python, certificate):
    starttls, plain, implicit, cram = (Mail(folder, python, kind, certificate) for kind in ("starttls", "plain", "implicit", "cram"))
    with open(f"{folder}/password", "w") as file:
        file.write("pa ss+wörd\n")

    def settings(server, more="", to="Ada Lövelace <ada@example.org>, b@example.org"):
        return f"email_configs:\n- {{to: '{to}', from: 'Martlet <martlet@example.org>', smarthost: 'localhost:{server.port}', send_resolved: true, {more}}}\n"

    trust = f"tls_config: {{ca_file: '{certificate[0]}'}}"
    login = f"auth_username: ada, auth_password_file: '{folder}/password'"
    lines = ours.test(settings(starttls, f"{trust}, {login}, hello: mx.example.org, headers: {{X-Team: 'Größe {{{{ .Status }}}}', Reply-To: 'Ops Ä <o@example.org>'}}, "
                                         "threading: {enabled: true, thread_by_date: daily}"), "--resolved")
    checks.that([line.split(": ")[1] for line in lines] == ["accepted"] * 2, "STARTTLS and a login: both mails are taken", lines)
    got = starttls.arrived()
    checks.that(len(got) == 2 and all(m["tls"] and m["user"] and m["hello"] == "mx.example.org" for m in got), "over TLS, by a user", got)
    checks.that(got and got[0]["from"] == "martlet@example.org" and got[0]["to"] == ["ada@example.org", "b@example.org"], "sender and recipients", got)
    messages = [email.message_from_bytes(base64.b64decode(m["content"]), policy=email.policy.default) for m in got]
    for message in messages:
        look(checks, message)
    if len(messages) == 2:
        checks.that(messages[0]["Message-Id"] != messages[1]["Message-Id"] and messages[0]["References"] == messages[1]["References"]
                    and re.fullmatch(r"<alert-[0-9a-f]{16}-\d{4}-\d\d-\d\d@alertmanager>", messages[0]["References"]), "threads as in Alertmanager", str(messages[0]["References"]))
        checks.that(messages[1]["Subject"].startswith("[RESOLVED] DiskFull on db1:9100"), "what is over says so first", messages[1]["Subject"])
    for name, server, more, expected in (
        ("implicit TLS and LOGIN or PLAIN", implicit, f"force_implicit_tls: true, {trust}, {login}", r"accepted"),
        ("CRAM-MD5 without TLS", cram, f"require_tls: false, auth_username: ada, auth_secret: 'pa ss+wörd'", r"accepted"),
        ("no TLS, as was said", plain, "require_tls: false", r"accepted"),
        ("TLS is wanted and not offered", plain, "", r"failed: the server does not offer STARTTLS"),
        ("a wrong password", starttls, f"{trust}, auth_username: ada, auth_password: 's3cret-hook'", r"failed: AUTH \w+: 535"),
        ("a certificate nobody knows", starttls, login, r"failed: TLS: .*(handshake|certificate|CERTIFICATE)"),
        ("no login where one is needed", starttls, trust, r"(failed|refused): .*530"),
    ):
        lines = ours.test(settings(server, more))
        checks.that(re.search(expected, lines[-1]), f"mail, {name}", lines)
    for name, to, expected in (
        ("a recipient who is refused among others", "never@example.org, b@example.org", r"note: .*never@example.org: 550[\s\S]*accepted"),
        ("nobody but one who is refused", "never@example.org", r"refused: RCPT TO: 550"),
        ("one who is not ready yet", "later@example.org, b@example.org", r"failed: RCPT TO: 451"),
        ("no address", "nobody", r"refused: to: "),
        ("an address with a command in it", '"a>{{ "\\r\\n" }}RCPT TO:<x@y"@example.org', r"refused: to: "),
    ):
        lines = ours.test(settings(plain, "require_tls: false", to))
        checks.that(re.search(expected, "\n".join(lines)), f"mail, {name}", lines)
    lines = ours.test(f"email_configs:\n- {{to: a@b.c, from: a@b.c, smarthost: 'localhost:{harness.free_port()}'}}")
    checks.that("refused" in lines[0] and "failed" in lines[0], "mail, nobody listens", lines)


def look(checks, message):
    """One mail as a mail program reads it."""
    checks.that(message.get_content_type() == "multipart/alternative" and [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"],
                "text and HTML", message.as_string()[:500])
    text, html = (part.get_content() for part in message.iter_parts())
    checks.that("<disk> & 'é'" in text and "&lt;disk&gt; &amp;" in html, "the summary is readable in both, and escaped in HTML", text)
    checks.that(f"{EXTERNAL}/alerts" in text and 'href="https://runbooks.example/disk?a=1&amp;b=2"' in html, "links", html[-800:])
    checks.that(message["To"] == "Ada Lövelace <ada@example.org>, b@example.org" and "o@example.org" in message["Reply-To"], "addresses with names", str(message["To"]))
    checks.that(message["X-Team"].startswith("Größe ") and message["Date"].datetime is not None and "@example.org>" in message["Message-Id"], "further headers", str(message.items()))
    checks.that(not message.defects and all(len(line) <= 998 for line in message.as_bytes().split(b"\n")), "no defects", message.defects)


def checked_files(checks, folder, ours):
    """`check notifications` beside amtool's word about routes."""
    path = f"{folder}/routes.yml"
    with open(path, "w") as file:
        file.write("""
route:
  receiver: all
  routes:
  - {receiver: db, matchers: [job=~"db|node"], continue: true}
  - receiver: critical
    matchers: [severity="critical"]
    routes: [{receiver: night, matchers: [team="x"], mute_time_intervals: [always]}]
time_intervals: [{name: always, time_intervals: [{}]}]
receivers: [{name: all}, {name: db, webhook_configs: [{url: 'http://x'}]}, {name: critical}, {name: night}]
""")
    program = [os.environ.get("MARTLET_BIN", os.path.join(harness.ROOT, ".build/debug/martlet")), "check", "notifications"]
    for labels in (["severity=critical", "job=db"], ["severity=critical", "team=x"], ["job=node"], ["a=b"]):
        theirs = subprocess.run([harness.peer("amtool"), "config", "routes", "test", f"--config.file={path}", *labels], capture_output=True, text=True)
        done = subprocess.run([*program, path, "--labels", ",".join(labels)], capture_output=True, text=True)
        told = re.findall(r"^    to ([^,]*), in", done.stdout, re.M)
        checks.equal(",".join(told), theirs.stdout.strip(), f"the receivers of {labels} as amtool has them")
        checks.that(done.returncode == 0 and ("told nothing now: within always" in done.stdout) == ("team=x" in labels), "muted or not", done.stdout)
    for name, text, expected in (
        ("a template that cannot be read", "templates: [bad.tmpl]", "bad.tmpl: template: bad.tmpl:2: "),
        ("a definition that is missing", "", 'template "nowhere" not defined'),
    ):
        with open(f"{folder}/bad.tmpl", "w") as file:
            file.write("\n{{ if }}")
        with open(f"{folder}/bad.yml", "w") as file:
            file.write(text + "\nroute: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', payload: '{{ template \"nowhere\" . }}'}]}]\n")
        done = subprocess.run([*program, f"{folder}/bad.yml"], capture_output=True, text=True)
        checks.that(done.returncode == 1 and expected in done.stdout, f"{name} is found", done.stdout)


def check(checks, folder):
    os.makedirs(folder, exist_ok=True)
    place = f"{folder}/venv"
    venv.create(place, with_pip=True)
    python = f"{place}/bin/python"
    done = subprocess.run([f"{place}/bin/pip", "install", "-q", "aiosmtpd", "sentry-sdk"], capture_output=True, text=True)
    if done.returncode:
        return checks.skip("notifications", f"packages cannot be installed: {done.stderr[-200:]}")
    certificate = (f"{folder}/cert.pem", f"{folder}/key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-out", certificate[0], "-keyout",
                    certificate[1], "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    ours = Ours(folder)
    mails(checks, folder, ours, python, certificate)
    own_messages(checks, ours, python)
    failures(checks, folder, ours, certificate)
    ways(checks, folder, ours)
    checked_files(checks, folder, ours)
    beside_alertmanager(checks, folder, ours)
    for secret in SECRETS:
        checks.that(secret not in ours.printed, f"nothing that was printed shows a secret ({secret[:2]}…)", re.findall(".*" + re.escape(secret) + ".*", ours.printed)[:3])


def main():
    checks = harness.Checks()
    with tempfile.TemporaryDirectory() as folder:
        check(checks, folder)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed or checks.skipped else 0)


if __name__ == "__main__":
    main()
