"""Who may do what: the same web configurations, requests and client certificates before both servers; each endpoint of the documented table as
somebody of each role, over TLS; what happens when files change and passwords are guessed; and that no secret is written anywhere."""

import base64
import concurrent.futures
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import time

import harness
import webfiles
from harness import ROOT, until
from webfiles import PASSWORDS


class Secured(harness.Server):
    """A server with a web configuration, asked over TLS or plain HTTP with whatever credentials."""

    def __init__(self, name, folder, config, web, certificates, flags=()):
        super().__init__(name, folder, config, [f"--web.config.file={web}", *flags])
        self.certificates, self.speaks_tls, self.ready = certificates, "cert_file" in open(web).read(), {}

    def start(self, **ready):
        """ready: how the first requests are made."""
        self.ready = ready
        return super().start()

    def request(self, path, method="GET", form=None):
        return self.ask(path, method, **self.ready)[:2]

    def context(self, client=None, **versions):
        context = ssl.create_default_context(cafile=self.certificates.path("authority.pem"))
        if client:
            context.load_cert_chain(self.certificates.path(client + ".pem"), self.certificates.path(client + ".key"))
        for name, value in versions.items():
            setattr(context, name, value)
        return context

    def ask(self, path, method="GET", login=None, client=None, headers=(), body=None):
        """(status, text, headers); the status is "closed" where no answer comes. login: a header's value, or name and password."""
        try:
            if self.speaks_tls:
                connection = http.client.HTTPSConnection("localhost", self.port, timeout=30, context=self.context(client))
            else:
                connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
            connection.putrequest(method, path)
            for value in [login] if not isinstance(login, list) else login:
                if value is not None:
                    connection.putheader("Authorization", value if isinstance(value, str) else basic(*value))
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            connection.close()
            return answer.status, text, answer.headers
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, ConnectionRefusedError):
                raise
            return "closed", str(error), {}


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def configuration(folder):
    path = f"{folder}/prometheus.yml"
    with open(path, "w") as file:
        file.write("global: {scrape_interval: 1h}\n")
    return path


TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"


def beside(checks, folder, config, certificates, hashes):
    """The same requests to both."""
    users = "basic_auth_users:\n" + "".join(f"  {name}: {hash}\n" for name, hash in hashes.items())
    long = "p" * 72
    users += f"  long: {webfiles.bcrypt(long)}\n  jörg: {webfiles.bcrypt('grüße')}\n  '': {webfiles.bcrypt('no name')}\n"
    headers = "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    Strict-Transport-Security: max-age=60\n    X-Content-Type-Options: nosniff\n"
    certificates.write("beside.yml", TLS + users + headers)
    both = [Secured(name, f"{folder}/beside", config, certificates.path("beside.yml"), certificates).start(login=("alice", PASSWORDS["alice"]))
            for name in ("ours", "theirs")]
    alice = ("alice", PASSWORDS["alice"])
    right = basic(*alice)
    requests = [
        ("nobody", "/metrics", {}), ("the right password", "/metrics", {"login": alice}), ("a wrong password", "/metrics", {"login": ("alice", "x")}),
        ("a wrong password again", "/metrics", {"login": ("alice", "x")}), ("an unknown user", "/metrics", {"login": ("mallory", "x")}),
        ("another's password", "/metrics", {"login": ("alice", PASSWORDS["ops"])}), ("no password", "/metrics", {"login": ("alice", "")}),
        ("a password with colons", "/metrics", {"login": ("grafana", PASSWORDS["grafana"])}),
        ("a password cut at its colon", "/metrics", {"login": ("grafana", "reads")}),
        ("an empty name", "/metrics", {"login": ("", "no name")}), ("letters beyond ASCII", "/metrics", {"login": ("jörg", "grüße")}),
        ("a name in capitals", "/metrics", {"login": ("ALICE", PASSWORDS["alice"])}),
        ("72 bytes", "/metrics", {"login": ("long", long)}), ("73 bytes", "/metrics", {"login": ("long", long + "q")}), ("71 bytes", "/metrics", {"login": ("long", long[1:])}),
        ("a zero behind the password", "/metrics", {"login": ("alice", PASSWORDS["alice"] + "\0more")}),
        ("a scheme in small letters", "/metrics", {"login": right.replace("Basic", "basic")}), ("a scheme in capitals", "/metrics", {"login": right.replace("Basic", "BASIC")}),
        ("no base64", "/metrics", {"login": "Basic !!!"}), ("no padding", "/metrics", {"login": right.rstrip("=")}), ("only the scheme", "/metrics", {"login": "Basic"}),
        ("two blanks", "/metrics", {"login": right.replace(" ", "  ")}), ("a blank at the end", "/metrics", {"login": right + " "}),
        ("no colon", "/metrics", {"login": "Basic " + base64.b64encode(b"alice").decode()}), ("a bearer token", "/metrics", {"login": "Bearer abcdefghijklmnopqrstuvwx"}),
        ("an unknown scheme", "/metrics", {"login": "Digest " + right[6:]}), ("an empty header", "/metrics", {"login": ""}),
        ("a right header before a wrong one", "/metrics", {"login": [alice, ("alice", "x")]}), ("a wrong header before a right one", "/metrics", {"login": [("alice", "x"), alice]}),
        ("a path there is none of", "/nowhere", {}), ("a path there is none of, logged in", "/nowhere", {"login": alice}),
        ("a query", "/api/v1/query?query=1", {"login": alice}), ("a query of nobody", "/api/v1/query?query=1", {}),
        ("a form", "/api/v1/query", {"login": alice, "method": "POST", "body": b"query=1", "headers": [("Content-Type", "application/x-www-form-urlencoded")]}),
        ("a form of nobody", "/api/v1/query", {"method": "POST", "body": b"query=1", "headers": [("Content-Type", "application/x-www-form-urlencoded")]}),
        ("a wrong query", "/api/v1/query?query=(", {"login": alice}), ("HEAD", "/-/ready", {"login": alice, "method": "HEAD"}), ("HEAD of nobody", "/metrics", {"method": "HEAD"}),
        ("a reload that is not allowed", "/-/reload", {"login": alice, "method": "POST", "body": b""}), ("a reload of nobody", "/-/reload", {"method": "POST", "body": b""}),
        ("a wrong method", "/api/v1/targets", {"login": alice, "method": "POST", "body": b""}), ("a wrong method of nobody", "/api/v1/targets", {"method": "POST", "body": b""}),
        ("readiness, logged in", "/-/ready", {"login": alice}),
    ]
    for name, path, how in requests:
        mine, theirs = (server.ask(path, **how) for server in both)
        checks.equal(mine[0], theirs[0], f"request, {name}: the status is {theirs[0]}")
        for header in ("X-Frame-Options", "Strict-Transport-Security", "X-Content-Type-Options"):
            if mine[2].get(header) != theirs[2].get(header) or len(mine[2].get_all(header) or []) != 1:
                checks.equal(mine[2].get_all(header), theirs[2].get_all(header), f"request, {name}: {header}")
        if theirs[0] == 401:
            checks.that((mine[2].get("WWW-Authenticate") or "").startswith("Basic"), f"request, {name}: how to log in is told", mine[2].get("WWW-Authenticate"))
    # What is decided otherwise here: load balancers need no login, nor do browsers that ask whether they may send one.
    for name, path, method, ours, theirs in (("health", "/-/healthy", "GET", 200, 401), ("readiness", "/-/ready", "GET", 200, 401),
                                             ("a preflight", "/api/v1/query", "OPTIONS", 204, 401)):
        checks.equal([server.ask(path, method)[0] for server in both], [ours, theirs], f"request, {name} without a login: {ours}, there {theirs}")
    checks.equal(*(plain(server) for server in both), "plain HTTP where TLS is spoken")
    versions = [("TLS 1.1", ssl.TLSVersion.TLSv1_1), ("TLS 1.2", ssl.TLSVersion.TLSv1_2), ("TLS 1.3", ssl.TLSVersion.TLSv1_3)]
    for name, version in versions:
        checks.equal(*(shaken(server, version) for server in both), f"handshake with {name}")
    for server in both:
        server.stop()


def plain(server):
    """What plain HTTP is answered with on a port of TLS."""
    with socket.create_connection(("localhost", server.port), 10) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return b"".join(iter(lambda: raw.recv(4096), b"")).decode().split("\r\n")[0]


def shaken(server, version):
    """What a handshake comes to with one version."""
    context = server.context()
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    try:
        with socket.create_connection(("localhost", server.port), 10) as raw, context.wrap_socket(raw, server_hostname="localhost") as secure:
            return secure.version()
    except OSError:
        return "refused"


def limits(checks, folder, config, certificates):
    certificates.write("limit.yml", "rate_limit:\n  interval: 1h\n  burst: 40\n")
    both = [Secured(name, f"{folder}/limit", config, certificates.path("limit.yml"), certificates).start() for name in ("ours", "theirs")]
    for server in both:
        # Some were used up before the server was ready.
        statuses = [server.ask("/-/ready")[0] for _ in range(41)]
        checks.that(statuses[0] == 200 and statuses[-1] == 429 and sorted(statuses) == statuses, f"rate_limit, {server.name}", statuses)
        server.stop()


def client_certificates(checks, folder, config, certificates):
    """The five ways to ask for certificates, with names allowed and not, before both servers."""
    kinds = ("NoClientCert", "RequestClientCert", "RequireAnyClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert")
    for kind in kinds:
        for names in (None, "agent.example", "agent@example.org", "10.1.2.3", "spiffe://example.org/agent", "AGENT.example"):
            if names and not kind.startswith("Require") or names == "AGENT.example" and kind != kinds[-1]:
                continue
            text = TLS + f"  client_auth_type: {kind}\n" + ("  client_ca_file: authority.pem\n" if kind != "NoClientCert" else "")
            certificates.write("clients.yml", text + (f"  client_allowed_sans: ['{names}']\n" if names else ""))
            both = [Secured(name, f"{folder}/clients", config, certificates.path("clients.yml"), certificates) for name in ("ours", "theirs")]
            for server in both:
                if names == "AGENT.example":
                    started_without_answer(server)
                else:
                    server.start(client="agent")
            for client in (None, "agent", "nobody", "foreign"):
                mine, theirs = (server.ask("/metrics", client=client)[0] for server in both)
                checks.equal(mine, theirs, f"{kind}, names {names}, a client with {client or 'no'} certificate: {theirs}")
            for server in both:
                server.stop()


def started_without_answer(server):
    """Nobody is let in; that it listens must do."""
    server.request = lambda path: (200 if socket.create_connection(("localhost", server.port)) else 0, "")
    server.start()
    time.sleep(1)


# MARK: Ours alone


def table():
    """(methods, path, audience of the answers) of the documented table."""
    rows = []
    columns = ["", "viewer", "writer", "operator", "admin"]
    for line in open(os.path.join(ROOT, "Sources/HTTPAPI/Routing/roles.md")):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 7 and cells[1].startswith("`/"):
            rows.append((cells[0].split(", "), cells[1].strip("`"), {role for role, cell in zip(columns, cells[2:]) if cell == "yes"}))
    return rows


class Roles:
    """A server that knows somebody of each role by password, token and certificate."""

    def __init__(self, folder, config, certificates, hashes):
        self.secrets = list(PASSWORDS.values())
        tokens = {}
        for role in ("viewer", "writer", "operator", "admin"):
            made = subprocess.run([webfiles.ours(), "web", "token"], capture_output=True, text=True, check=True).stdout
            tokens[role] = re.search(r"token: +(\S+)\nsha256: +(\S+)", made).groups()
        self.secrets += [token for token, _ in tokens.values()]
        self.hashes = list(hashes.values()) + [digest for _, digest in tokens.values()]
        certificates.write("operator.token", tokens["operator"][0] + "\n")
        own = "martlet:\n  tokens:\n"
        for role, (_, digest) in tokens.items():
            source = "token_file: operator.token" if role == "operator" else f"sha256: {digest}"
            own += f"    - {{name: {role}-token, {source}, role: {role}}}\n"
        own += "  roles:\n    users: {grafana: viewer, agent: writer, ops: [operator]}\n"
        own += "    client_certificates: {agent.example: writer, viewer of authority: viewer}\n"
        self.text = (TLS + "  client_ca_file: authority.pem\n  client_auth_type: VerifyClientCertIfGiven\nbasic_auth_users:\n"
                     + "".join(f"  {name}: {hash}\n" for name, hash in hashes.items()) + own)
        certificates.write("roles.yml", self.text)
        self.certificates = certificates
        flags = ["--web.enable-lifecycle", "--web.enable-admin-api", "--web.enable-remote-write-receiver", "--log.level=debug"]
        self.server = Secured("ours", f"{folder}/roles", config, certificates.path("roles.yml"), certificates, flags)
        self.people = {
            "nobody": ("", {}), "a certificate without a role": ("", {"client": "nobody"}),
            "grafana": ("viewer", {"login": ("grafana", PASSWORDS["grafana"])}), "agent": ("writer", {"login": ("agent", PASSWORDS["agent"])}),
            "ops": ("operator", {"login": ("ops", PASSWORDS["ops"])}), "alice": ("admin", {"login": ("alice", PASSWORDS["alice"])}),
            "agent's certificate": ("writer", {"client": "agent"}), "viewer's certificate": ("viewer", {"client": "viewer"}),
            "a certificate and a better password": ("admin", {"client": "viewer", "login": ("alice", PASSWORDS["alice"])}),
        } | {f"{role}'s token": (role, {"login": "Bearer " + tokens[role][0]}) for role in tokens}


def cells(checks, roles):
    """Every endpoint by every method as everybody."""
    server = roles.server.start()
    count = 0
    for methods, pattern, audience in table():
        path = pattern.replace(":name", "job").replace(":id", "4711")
        if pattern.endswith("delete_series"):
            path += "?match[]=nothing_of_this_name"
        for method in methods:
            for name, (role, how) in roles.people.items():
                body = b"" if method in ("POST", "PUT") else None
                status, text, headers = server.ask(path, method, body=body, **how)
                count += 1
                allowed = "" in audience or role in audience
                wanted = 0 if allowed else 403 if role else 401
                fits = status not in (401, 403, "closed") if allowed else status == wanted
                if status == 401:
                    fits = fits and "Basic" in str(headers.get_all("WWW-Authenticate")) and "Bearer" in str(headers.get_all("WWW-Authenticate"))
                if status == 403 and method != "HEAD":
                    fits = fits and json.loads(text)["errorType"] == "forbidden" and "takes the role" in text
                checks.that(fits, f"{method} {pattern} as {name}: {'allowed' if allowed else wanted}", f"{status} {text[:200]}")
                if pattern == "/-/quit" and method != "GET" and allowed:
                    server.process.wait()
                    server.start()
    # So large that it is sent in pieces while it is written.
    long = "/api/v1/query_range?query=vector(time())%20or%20label_replace(vector(1),%22a%22,%22b%22,%22%22,%22%22)&start=0&end=10999&step=1"
    values = [len(series["values"]) for series in json.loads(server.ask(long, **roles.people["grafana"][1])[1])["data"]["result"]]
    checks.equal(values, [11000, 11000], "a large answer over TLS is whole")
    unknown = {name: server.ask("/api/v1/nowhere", **how)[0] for name, (_, how) in roles.people.items()}
    checks.equal(unknown, {name: 401 if not role else 403 if role == "writer" else 404 for name, (role, _) in roles.people.items()},
                 "a path that is not there")
    foreign = [("Origin", "https://elsewhere.example")]
    alice = roles.people["alice"][1]
    checks.equal(server.ask("/-/reload", "POST", headers=foreign, body=b"", **alice)[0], 403, "another site's page changes nothing, whoever is logged in")
    checks.equal(server.ask("/-/reload", "POST", headers=[("Origin", f"https://localhost:{server.port}")], body=b"", **alice)[0], 200, "our own page does")
    print(f"{count} cells")


def programs(checks, roles):
    """martlet query as somebody of each role, and as nobody."""
    url = f"https://localhost:{roles.server.port}"
    trusted = f"tls_config: {{ca_file: {roles.certificates.path('authority.pem')}}}\n"
    token = roles.people["operator's token"][1]["login"].split()[1]
    for name, text, wanted in (
        ("a password", f"basic_auth: {{username: grafana, password: '{PASSWORDS['grafana']}'}}\n", "=> 2"),
        ("a token", f"authorization: {{credentials: {token}}}\n", "=> 2"),
        ("a role that may not", f"basic_auth: {{username: agent, password: '{PASSWORDS['agent']}'}}\n", "forbidden: agent may not do this"),
        ("a wrong password", "basic_auth: {username: grafana, password: nonsense}\n", "unauthorized: a login is needed"),
        ("no login", "", "unauthorized: a login is needed"),
    ):
        roles.certificates.write("client.yml", trusted + text)
        command = [webfiles.ours(), "query", "instant", f"--http.config.file={roles.certificates.path('client.yml')}", url, "1 + 1"]
        done = subprocess.run(command, capture_output=True, text=True)
        said = (done.stdout + done.stderr).strip()
        checks.that(("2" in said and done.returncode == 0) if wanted == "=> 2" else wanted in said, f"martlet query with {name}", said[-200:])


def changes(checks, roles):
    """Files that change while the server runs."""
    server, certificates = roles.server, roles.certificates

    def serial():
        with socket.create_connection(("localhost", server.port)) as raw, server.context().wrap_socket(raw, server_hostname="localhost") as secure:
            return secure.getpeercert()["serialNumber"]

    old_pair = certificates.read("server.pem"), certificates.read("server.key")
    kept = http.client.HTTPSConnection("localhost", server.port, timeout=30, context=server.context())
    kept.request("GET", "/-/ready")
    kept.getresponse().read()
    before = serial()
    certificates.write("server.key", certificates.read("renewed.key"))
    certificates.write("server.pem", certificates.read("renewed.pem"))
    checks.that(until(lambda: serial() != before, 10), "a renewed certificate is shown to new connections")
    kept.request("GET", "/-/ready")
    checks.equal(kept.getresponse().status, 200, "a connection from before goes on")
    certificates.write("server.key", certificates.read("agent.key"))
    time.sleep(0.5)
    checks.equal(server.ask("/-/ready")[0], 200, "a key that does not fit changes nothing")
    healthy = lambda: server.ask("/metrics", login=("alice", PASSWORDS["alice"]))[1]
    checks.that(until(lambda: "martlet_web_config_last_reload_successful 0" in healthy(), 10), "the metrics tell of it")
    certificates.write("server.pem", old_pair[0])
    certificates.write("server.key", old_pair[1])
    checks.that(until(lambda: serial() == before, 10), "the old certificate comes back")

    def rewrite(text):
        certificates.write("roles.yml", text)

    grafana = roles.people["grafana"][1]
    rewrite(re.sub(r"  grafana: .*\n", "", roles.text).replace("grafana: viewer, ", ""))
    checks.that(until(lambda: server.ask("/metrics", **grafana)[0] == 401, 30), "a user who was taken out is not let in any more")
    rewrite(roles.text.replace("grafana: viewer", "grafana: operator"))
    checks.that(until(lambda: server.ask("/metrics", **grafana)[0] == 200, 30), "and is again when put back")
    for name, text in (("a broken file", "basic_auth_users: {"), ("a file that is being written", ""), ("a file without TLS", roles.text[len(TLS):]),
                       ("a password that is not hashed", "basic_auth_users: {alice: open sesame}\n")):
        rewrite(text)
        until(lambda: "martlet_web_config_last_reload_successful 0" in healthy(), 10)
        checks.equal([server.ask("/metrics", **roles.people[who][1])[0] for who in ("nobody", "alice")], [401, 200], f"{name} changes nothing")
        rewrite(roles.text)
        until(lambda: "martlet_web_config_last_reload_successful 1" in healthy(), 10)


def guessing(checks, roles):
    """Wrong passwords take longer and longer; a right one never does."""
    server = roles.server
    server.stop()
    server.start()
    alice = {"login": ("alice", PASSWORDS["alice"])}

    def timed(**how):
        begin = time.monotonic()
        status = server.ask("/metrics", **how)[0]
        return status, time.monotonic() - begin

    took = [timed(login=("alice", f"guess {number}")) for number in range(5)]
    checks.equal([status for status, _ in took], [401] * 5, "guesses are refused")
    checks.that(all(a[1] < b[1] for a, b in zip(took, took[1:])) and took[-1][1] > 3, "each one later than the one before", took)

    def at_once(**how):
        """Whether none of three logins waits as a wrong password does by now, and whether they take less than a second, but for what else the machine does."""
        tries = [timed(**how) for _ in range(3)]
        seconds = [each for _, each in tries]
        return all(status == 200 for status, _ in tries) and max(seconds) < took[-1][1] and min(seconds) < 1, tries

    holds, tries = at_once(**alice)
    checks.that(holds, "the right password is let in at once", tries)
    with concurrent.futures.ThreadPoolExecutor(40) as many:
        flood = [many.submit(timed, login=("ops", f"guess {number}")) for number in range(40)]
        time.sleep(0.5)
        holds, tries = at_once(**alice)
        checks.that(holds, "a login that is known goes on during a flood", tries)
        statuses = [one.result()[0] for one in flood]
    checks.that(set(statuses) == {401, 429} and statuses.count(401) <= 16, "of a flood a few are looked at", statuses)
    holds, tries = at_once(login=("ops", PASSWORDS["ops"]))
    checks.that(holds, "nobody is locked out after it", tries)
    lines = [line for line in open(server.log) if "a login failed" in line]
    checks.that(1 <= len(lines) <= 3, "a flood is a few lines in the log", len(lines))
    text = server.ask("/metrics", **alice)[1]
    failed = float(re.search(r'martlet_web_failed_logins_total\{means="password"\} (\d+)', text).group(1))
    checks.equal(failed, 5.0 + statuses.count(401), "the metrics count them all")


def silent(checks, roles, folder):
    """No secret is in anything that was written or answered."""
    server = roles.server
    alice = roles.people["alice"][1]
    answers = "".join(server.ask(path, **alice)[1] for path in (
        "/api/v1/status/config", "/api/v1/status/flags", "/api/v1/status/runtimeinfo", "/status", "/metrics", "/", "/api/v1/status/active_queries"))
    server.ask("/api/v1/query?query=vector(1)", **alice)
    time.sleep(0.5)
    log = open(f"{folder}/query.log").read()
    checks.that('"user":"alice"' in log, "the query log says who has asked", log[-300:])
    server.stop()
    secrets = [s.encode() for s in roles.secrets + roles.hashes] + [basic(u, p)[6:].encode() for u, p in PASSWORDS.items()]
    secrets += [line.encode() for name in ("server.key", "renewed.key", "agent.key") for line in roles.certificates.read(name).splitlines()[1:-1]]
    secrets += [b"guess 3"]
    found = [secret for secret in secrets if secret in answers.encode()]
    count = 0
    for place in (server.folder, f"{folder}/query.log"):
        for path in [place] if os.path.isfile(place) else [os.path.join(at, name) for at, _, names in os.walk(place) for name in names]:
            count += 1
            content = open(path, "rb").read()
            found += [(path, secret) for secret in secrets if secret in content]
    checks.that(not found and count > 3, f"no password, token, hash or key in the answers and {count} files", found[:3])


def check(checks, folder):
    folder = f"{folder}/access"
    os.makedirs(folder, exist_ok=True)
    certificates, hashes = webfiles.check(checks, f"{folder}/files")
    config = configuration(folder)
    beside(checks, folder, config, certificates, hashes)
    limits(checks, folder, config, certificates)
    client_certificates(checks, folder, config, certificates)
    with open(config, "w") as file:
        file.write(f"global: {{scrape_interval: 1h, query_log_file: {folder}/query.log}}\n")
    roles = Roles(folder, config, certificates, hashes)
    cells(checks, roles)
    programs(checks, roles)
    changes(checks, roles)
    guessing(checks, roles)
    silent(checks, roles, folder)


if __name__ == "__main__":
    import sys
    import tempfile
    counted = harness.Checks()
    with tempfile.TemporaryDirectory(prefix="martlet-access-") as place:
        check(counted, place)
        harness.end_all()
    print(f"{counted.passed} passed, {counted.failed} failed")
    sys.exit(1 if counted.failed else 0)
