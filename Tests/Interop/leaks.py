"""No secret of a configuration shows: it has one in every place where one may stand, nothing that is asked with it works, and then the log at debug, all
that the API tells, the pages, the metrics, the files of failed scrapes, the records and what is said about broken configurations are looked through."""

import base64
import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

from harness import ROOT, Server, until
from served import Quiet, served
from webfiles import Certificates, bcrypt


class Secrets:
    """Makes texts that stand nowhere else, and finds them again, also as parts of URLs and logins."""

    def __init__(self):
        self.all = {}

    def __call__(self, name):
        return self.all.setdefault(name, f"Zq{name.replace('-', '')}7Wx{len(self.all)}y")

    def found(self, text):
        """Names of those in a text or in bytes."""
        text = text if isinstance(text, bytes) else text.encode()
        return {name for name, secret in self.all.items() if any(form in text for form in self.forms(secret))}

    @staticmethod
    def forms(secret):
        plain = secret.encode()
        # As base64 has it, whatever stands before it: without its first and last signs, which others have a part in.
        return [plain] + [base64.b64encode(b"x" * pad + plain)[4:-4] for pad in range(3)]


class Refuser:
    """Answers 401 to everybody, a redirect, an error, nothing, or a token that is a secret too."""

    def __init__(self, secret):
        self.asked, self.heard, refuser = set(), b"", self

        class Handler(Quiet):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                refuser.asked.add(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                refuser.heard += self.path.encode() + bytes(self.headers) + self.rfile.read(length)
                body, status = b"no", 401
                if self.path == "/token":
                    status, body = 200, json.dumps({"access_token": secret("fetched-token"), "token_type": "Bearer", "expires_in": 3600}).encode()
                elif self.path == "/elsewhere":
                    status = 302
                elif self.path == "/broken":
                    status, body = 200, b'{"broken'
                elif self.path == "/hang-up":
                    self.close_connection = True
                    return
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:1/nothing")
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_POST = do_PUT = do_HEAD = do_CONNECT = do_GET

        self.server = served(Handler)
        self.port = self.server.server_address[1]


def clients(secret, folder, port, certificates):
    """Ways of saying who one is, each with its secrets."""
    def file(name):
        path = f"{folder}/{name}.secret"
        with open(path, "w") as f:
            f.write(secret(name) + "\n")
        return path

    proxy = f"http://proxy:{secret('proxy')}@127.0.0.1"
    return {
        "basic": f"basic_auth: {{username: user, password: {secret('basic')}}}",
        "basic-file": f"basic_auth: {{username: user, password_file: {file('basic-file')}}}",
        "token": f"authorization: {{credentials: {secret('token')}}}",
        "token-file": f"authorization: {{type: Token, credentials_file: {file('token-file')}}}",
        "bearer": f"bearer_token: {secret('bearer')}",
        "oauth": f"oauth2: {{client_id: me, client_secret: {secret('oauth')}, token_url: 'http://127.0.0.1:{port}/token'}}",
        "oauth-file": f"oauth2: {{client_id: me, client_secret_file: {file('oauth-file')}, token_url: 'http://127.0.0.1:{port}/401'}}",
        "oauth-broken": f"oauth2: {{client_id: me, client_secret: {secret('oauth-broken')}, token_url: 'http://127.0.0.1:{port}/broken'}}",
        "oauth-proxy": f"oauth2: {{client_id: me, client_secret: {secret('oauth-proxy')}, token_url: 'http://127.0.0.1:1/', proxy_url: '{proxy}:{port}'}}",
        "headers": f"http_headers: {{X-Key: {{secrets: [{secret('header')}]}}, X-File: {{files: ['{file('header-file')}']}}}}",
        "proxy": f"proxy_url: '{proxy}:{port}'",
        "proxy-gone": f"proxy_url: '{proxy}:1'\n    proxy_connect_header: {{X-Proxy: [{secret('proxy-header')}]}}",
        "key": "tls_config:\n      insecure_skip_verify: true\n      cert: " + certificates.inline("agent.pem", "        ") + "      key: " + certificates.inline("agent.key", "        "),
    }


RECEIVERS = """
  - name: all
    webhook_configs:
    - {url: 'http://hook:SECRET(hook-login)@127.0.0.1:PORT/401/SECRET(hook-path)', max_alerts: 1}
    - {url: 'http://127.0.0.1:1/', http_config: {authorization: {credentials: SECRET(hook-token)}}}
    - {url_file: 'FILE(hook-file)'}
    slack_configs:
    - {api_url: 'http://127.0.0.1:PORT/401/SECRET(slack)', channel: a}
    - {api_url: 'http://127.0.0.1:1/SECRET(slack-gone)', channel: a}
    pagerduty_configs:
    - {routing_key: SECRET(pager), url: 'http://127.0.0.1:PORT/401'}
    telegram_configs:
    - {bot_token: SECRET(telegram), chat_id: 5, api_url: 'http://127.0.0.1:PORT'}
    email_configs:
    - {to: a@example.org, from: b@example.org, smarthost: '127.0.0.1:1', auth_username: u, auth_password: SECRET(mail), require_tls: false}
"""


def filled(text, secret, port, folder):
    def file(found):
        path = f"{folder}/{found[1]}.secret"
        with open(path, "w") as f:
            f.write(f"http://127.0.0.1:{port}/401/{secret(found[1])}")
        return path

    text = re.sub(r"FILE\(([a-z-]+)\)", file, text)
    return re.sub(r"SECRET\(([a-z-]+)\)", lambda found: secret(found[1]), text).replace("PORT", str(port))


def configuration(secret, folder, port, certificates):
    text = f"""global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s, scrape_failure_log_file: {folder}/failures.json, query_log_file: {folder}/queries.json}}
rule_files: [{folder}/rules.yml]
alerting:
  alertmanagers:
  - basic_auth: {{username: u, password: {secret('manager')}}}
    static_configs: [{{targets: ['127.0.0.1:{port}', '127.0.0.1:1']}}]
  - authorization: {{credentials: {secret('manager-token')}}}
    path_prefix: /prefix
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
remote_write:
  - {{url: 'http://writer:{secret('write-login')}@127.0.0.1:1/', basic_auth: {{username: u, password: {secret('write')}}}}}
remote_read:
  - {{url: 'http://127.0.0.1:1/', authorization: {{credentials: {secret('read')}}}}}
scrape_configs:
"""
    for name, client in clients(secret, folder, port, certificates).items():
        for way, address, path in (("answered", port, "/401"), ("redirected", port, "/elsewhere"), ("cut", port, "/hang-up"), ("gone", 1, "/")):
            scheme = "https" if name == "key" else "http"
            text += f"""  - job_name: {name}-{way}
    metrics_path: {path}
    scheme: {scheme}
    {client}
    static_configs: [{{targets: ['127.0.0.1:{address}']}}]
"""
    for name, address, path in (("answered", port, "401"), ("broken", port, "broken"), ("gone", 1, "x")):
        text += f"""  - job_name: found-{name}
    http_sd_configs:
    - url: 'http://sd:{secret('discovery-login')}@127.0.0.1:{address}/{path}'
      refresh_interval: 1s
    - url: 'http://127.0.0.1:{address}/{path}'
      refresh_interval: 1s
      basic_auth: {{username: u, password: {secret('discovery-basic')}}}
    docker_sd_configs:
    - host: 'http://127.0.0.1:{address}'
      refresh_interval: 1s
      authorization: {{credentials: {secret('docker')}}}
"""
    return text + "notifications:\n  route: {receiver: all, group_wait: 0s, group_interval: 1s}\n  receivers:" + filled(RECEIVERS, secret, port, folder)


# Configurations that are refused, in whose complaint the secret could be quoted.
REFUSED = [
    "basic_auth: {username: u, pasword: SECRET}", "basic_auth: {username: u, password: [SECRET]}", "basic_auth: {username: u, password: {a: SECRET}}",
    "basic_auth: {username: u, password: SECRET, password_file: f}", "basic_auth: SECRET", "authorization: SECRET", "authorization: [SECRET]",
    "authorization: {credentials: SECRET, credentials_file: x}", "authorization: {credentials: {x: SECRET}}", "bearer_token: [SECRET]", "bearer_token: SECRET\n    bearer_token_file: x",
    "oauth2: {client_id: a, client_secret: SECRET}", "oauth2: {client_id: a, client_secret: [SECRET], token_url: 'http://a'}",
    "oauth2: {client_id: a, client_secret: b, token_url: 'u:SECRET@host'}", "proxy_url: 'http://u:SECRET@'", "proxy_url: 'socks9://u:SECRET@host'", "proxy_url: 'u:SECRET@host'",
    "proxy_url: ['http://u:SECRET@host']", "proxy_connect_header: {X: [SECRET]}", "proxy_connect_header: {X: SECRET}", "http_headers: {X: {secrets: SECRET}}",
    "http_headers: {X: {secrets: [[SECRET]]}}", "http_headers: {X: SECRET}", "http_headers: {Authorization: {secrets: [SECRET]}}", "tls_config: {key: SECRET}",
    "tls_config: {cert: x, key: SECRET}", "tls_config: {key: [SECRET], cert: x}", "http_sd_configs: [{url: 'ftp://u:SECRET@host/'}]", "http_sd_configs: [{url: 'http://u:SECRET@'}]",
    "http_sd_configs: [{url: 'http://u:SECRET@host:port/'}]", "http_sd_configs: [{url: 'http://u:SECRET@host/', nothing: 1}]", "http_sd_configs: ['http://u:SECRET@host/']",
    "docker_sd_configs: [{host: 'http://u:SECRET@host:x'}]", "docker_sd_configs: [{host: 'gopher://u:SECRET@host'}]", "consul_sd_configs: [{token: SECRET}]",
    "basic_auth: {username: u, password: \"SECRET}", "basic_auth: {username: u, password: 'SECRET", "authorization: {credentials: !!int SECRET}", "authorization: {credentials: *SECRET}",
    "basic_auth: {username: u, password: SECRET, password: SECRET}",
]
REFUSED_RECEIVERS = [
    "slack_configs: [{api_url: SECRET}]", "slack_configs: [{api_url: 'ftp://host/SECRET', channel: a}]", "slack_configs: [{api_url: ['http://host/SECRET']}]",
    "webhook_configs: [{url: 'u:SECRET@host'}]", "webhook_configs: [{url: 'http://u:SECRET@'}]", "webhook_configs: [{url: {x: SECRET}}]", "webhook_configs: [{url: SECRET, url_file: x}]",
    "pagerduty_configs: [{routing_key: [SECRET]}]", "pagerduty_configs: [{routing_key: SECRET, service_key: SECRET}]", "pagerduty_configs: [{routing_key: SECRET, ruoting: x}]",
    "opsgenie_configs: [{api_key: [SECRET]}]", "telegram_configs: [{bot_token: SECRET}]", "telegram_configs: [{bot_token: [SECRET], chat_id: 1}]",
    "pushover_configs: [{token: SECRET}]", "email_configs: [{to: a, auth_password: [SECRET]}]", "email_configs: [{to: a, auth_password: SECRET, auth_password_file: x}]",
    "discord_configs: [{webhook_url: 'host/SECRET'}]", "msteams_configs: [{webhook_url: SECRET, webhook_url_file: x}]",
]

PAGES = ["/", "/targets", "/alerts", "/metrics", "/api/v1/targets", "/api/v1/targets?state=any", "/api/v1/targets/metadata", "/api/v1/scrape_pools", "/api/v1/status/config",
         "/api/v1/status/flags", "/api/v1/status/runtimeinfo", "/api/v1/status/buildinfo", "/api/v1/alertmanagers", "/api/v1/rules", "/api/v1/alerts",
         "/api/v1/metadata", "/api/v1/labels", "/api/v1/series?match[]={job!=%22%22}", "/api/v2/status", "/api/v2/receivers", "/api/v2/alerts", "/api/v2/alerts/groups",
         "/api/v2/silences", "/api/v1/alerts/history", "/api/v1/audit", "/api/v1/events", "/no/such/page"]


def ask(server, path, headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(server.url + path, headers=headers), timeout=30) as answer:
            return answer.status, answer.read() + str(answer.headers).encode()
    except urllib.error.HTTPError as error:
        return error.code, error.read() + str(error.headers).encode()


def check(checks, folder):
    if os.environ.get("OURS_CMD"):
        return checks.skip("leaks", "another program stands in for ours")
    os.makedirs(folder)
    secret = Secrets()
    running(checks, folder, secret)
    refused(checks, folder)


def running(checks, folder, secret):
    refuser, certificates = Refuser(secret), Certificates(f"{folder}/certificates")
    secret.all["key"] = certificates.read("agent.key").splitlines()[1]
    config = f"{folder}/all.yml"
    with open(config, "w") as f:
        f.write(configuration(secret, folder, refuser.port, certificates))
    with open(f"{folder}/rules.yml", "w") as f:
        f.write("groups: [{name: g, rules: [{alert: Always, expr: vector(1)}, {record: x, expr: vector(1)}]}]\n")
    token, password = secret("web-token") + "-long-enough-to-be-one", secret("web-password")
    with open(f"{folder}/web.token", "w") as f:
        f.write(token)
    hashed = bcrypt(password)
    secret.all["hash"] = hashed
    with open(f"{folder}/web.yml", "w") as f:
        f.write(f"basic_auth_users: {{admin: '{hashed}'}}\nmartlet: {{tokens: [{{name: agent, token_file: {folder}/web.token, role: admin}}]}}\n")
    server = Server("ours", folder, config, ["--log.level=debug", f"--web.config.file={folder}/web.yml", "--web.enable-lifecycle", "--web.enable-remote-write-receiver"])
    login = {"Authorization": "Bearer " + token}
    server.request = lambda path: ask(server, path, login)
    server.start(20)
    for header in ("Basic " + base64.b64encode(f"admin:{password}".encode()).decode(), "Basic " + base64.b64encode(f"admin:{secret('wrong-password')}".encode()).decode(),
                   "Bearer " + secret("wrong-token"), "Basic " + secret("no-base"), secret("no-scheme")):
        ask(server, "/api/v1/targets", {"Authorization": header})
    wanted = {name for name in secret.all}
    call = urllib.request.Request(server.url + "/api/v1/targets", headers=login)
    targets = lambda: json.loads(urllib.request.urlopen(call, timeout=30).read())["data"]["activeTargets"]
    checks.that(until(lambda: len(targets()) > 40 and all(t["lastError"] for t in targets()), 30, 0.5), f"leaks: all {len(targets())} targets fail")
    until(lambda: any("slack" in line and "fail" in line for line in open(server.log, errors="replace")), 6, 0.5)
    server.process.send_signal(signal.SIGHUP)
    time.sleep(3)
    sent = secret.found(refuser.heard)
    checks.that(len(wanted) > 38 and len(sent) > 20, f"leaks: of {len(wanted)} secrets {len(sent)} were sent to where they belong", str(sent))
    for path in PAGES + ["/api/v1/scrape_pools/config?scrapePool=basic-answered", "/api/v1/targets/relabel_steps?scrapePool=basic-answered&labels=%7B%7D"]:
        status, text = ask(server, path, login)
        checks.that(not secret.found(text), f"leaks: {path} ({status}, {len(text)} bytes)", str(secret.found(text)))
    server.stop()
    log = open(server.log, "rb").read()
    checks.that(len(log) > 2000 and not secret.found(log), f"leaks: the log at debug, {len(log.splitlines())} lines", f"{secret.found(log)}: " + str([line for line in log.splitlines() if secret.found(line)][:3])[:900])
    for name in ("failures.json", "queries.json"):
        text = open(f"{folder}/{name}", "rb").read() if os.path.exists(f"{folder}/{name}") else b""
        checks.that((text or name != "failures.json") and not secret.found(text), f"leaks: {name}, {len(text)} bytes", str(secret.found(text)))
    found = {}
    for where, _, names in os.walk(server.data):
        for name in names:
            if hits := secret.found(open(os.path.join(where, name), "rb").read()):
                found[name] = hits
    checks.that(not found, "leaks: the data folder", str(found)[:400])
    for command in (["check", "config", config], ["check", "config", "--takeover", config]):
        done = subprocess.run([binary(), *command], capture_output=True)
        text = done.stdout + done.stderr
        checks.that(text and not secret.found(text), f"leaks: {' '.join(command[:-1])}: {len(text)} bytes", f"{secret.found(text)}: {text[:600]}")


def binary():
    return os.environ.get("MARTLET_BIN", os.path.join(ROOT, ".build/debug/martlet"))


def refused(checks, folder):
    secret, path, leaking, accepted = Secrets(), f"{folder}/refused.yml", [], []
    word = secret("refused")
    cases = [f"scrape_configs:\n  - job_name: a\n    {text}\n" for text in REFUSED]
    cases += [f"alerting:\n  alertmanagers:\n  - {text}\n" for text in REFUSED if "sd_configs" not in text]
    cases += [f"remote_write:\n  - url: 'http://a'\n    {text}\n" for text in REFUSED if "sd_configs" not in text]
    cases += ["remote_write:\n  - url: 'ht tp://u:SECRET@host'\n", "remote_write:\n  - url: ['http://u:SECRET@host']\n", "remote_read:\n  - url: 'u:SECRET@host'\n"]
    cases += [f"notifications:\n  route: {{receiver: a}}\n  receivers:\n  - name: a\n    {text}\n" for text in REFUSED_RECEIVERS]
    cases += [f"notifications:\n  global: {{{text}}}\n  route: {{receiver: a}}\n  receivers: [{{name: a}}]\n" for text in
              ("slack_api_url: SECRET", "smtp_auth_password: [SECRET]", "opsgenie_api_key: [SECRET]", "http_config: {basic_auth: {password: [SECRET]}}", "slack_api_url: 'ftp://h/SECRET'")]
    for text in cases:
        with open(path, "w") as f:
            f.write(text.replace("SECRET", word))
        for more in ([], ["--takeover"]):
            done = subprocess.run([binary(), "check", "config", *more, path], capture_output=True)
            told = done.stdout + done.stderr
            if secret.found(told):
                leaking.append((text, told.decode(errors="replace").strip()))
            accepted += [text] if done.returncode == 0 and not more else []
    for text, told in leaking:
        print(f"      {text!r}: {told[:300]}")
    checks.that(not leaking, f"leaks: what is said about {len(cases)} configurations, {len(cases) - len(accepted)} of them refused", f"{len(leaking)} of them are quoted")
