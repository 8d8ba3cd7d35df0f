"""Web configuration files, and what a real Prometheus and we say of each: accepted or refused. Certificates are made with openssl."""

import os
import re
import subprocess

from harness import ROOT, peer

# Of "secret", "open sesame" and "writes", made once with a cost of 4 to be quick.
PASSWORDS = {"alice": "open sesame", "grafana": "reads:with colons", "agent": "only writes", "ops": "silence, please"}


def ours():
    return os.environ.get("MARTLET_BIN", os.path.join(ROOT, ".build/debug/martlet"))


def bcrypt(password):
    made = subprocess.run([ours(), "web", "hash-password", "--cost=4"], input=password + "\n", capture_output=True, text=True, check=True)
    return made.stdout.strip()


def openssl(*arguments, **more):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, **more)


class Certificates:
    """An authority with a server and clients of its own, and a stranger's client."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        for name in ("authority", "stranger"):
            self.root(name)
        self.leaf("server", "DNS:localhost,IP:127.0.0.1")
        self.leaf("renewed", "DNS:localhost,IP:127.0.0.1")
        self.leaf("agent", "DNS:agent.example,email:agent@example.org,URI:spiffe://example.org/agent,IP:10.1.2.3")
        self.leaf("viewer", "DNS:viewer.example")
        self.leaf("nobody", "DNS:nobody.example")
        self.leaf("foreign", "DNS:agent.example", by="stranger")
        self.write("text.txt", "no certificate here\n")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def root(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                "-keyout", self.path(name + ".key"), "-out", self.path(name + ".pem"))

    def leaf(self, name, alternatives, by="authority"):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/O=Example/CN={name} of {by}",
                "-keyout", self.path(name + ".key"), "-out", self.path(name + ".csr"))
        self.write(name + ".ext", f"subjectAltName={alternatives}\nextendedKeyUsage=serverAuth,clientAuth\n")
        openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path(by + ".pem"), "-CAkey", self.path(by + ".key"),
                "-CAcreateserial", "-days", "2", "-extfile", self.path(name + ".ext"), "-out", self.path(name + ".pem"))

    def inline(self, name, indent="    "):
        return "|\n" + "".join(indent + line + "\n" for line in self.read(name).splitlines())


def cases(certificates, hashes):
    """(name, text, expectation); the expectation is None where both have to say the same, else what we say and why."""
    pair = "  cert_file: server.pem\n  key_file: server.key\n"
    tls = "tls_server_config:\n" + pair
    users = "basic_auth_users:\n" + "".join(f"  {name}: {hash}\n" for name, hash in hashes.items())
    hash = hashes["alice"]
    sans = "  client_allowed_sans: [agent.example]\n"
    authority = "  client_ca_file: authority.pem\n"
    yield "empty", "", None
    yield "only a comment", "# nothing\n", None
    yield "no mapping", "- a\n", None
    yield "not YAML", "tls_server_config: {\n", None
    yield "unknown section", "tls_config: {}\n", None
    yield "a key twice", users + users, None
    yield "a user twice", f"basic_auth_users:\n  a: {hash}\n  a: {hash}\n", None
    yield "sections that are null", "tls_server_config:\nhttp_server_config:\nbasic_auth_users:\nrate_limit:\n", None
    yield "TLS", tls, None
    yield "TLS inline", "tls_server_config:\n  cert: " + certificates.inline("server.pem") + "  key: " + certificates.inline("server.key"), None
    yield "TLS both ways", tls + "  cert: nonsense\n", None
    yield "no key", "tls_server_config:\n  cert_file: server.pem\n", None
    yield "no certificate", "tls_server_config:\n  key_file: server.key\n", None
    yield "empty paths", 'tls_server_config:\n  cert_file: ""\n  key_file: ""\n', None
    yield "no such file", "tls_server_config:\n  cert_file: nowhere.pem\n  key_file: server.key\n", None
    yield "another's key", "tls_server_config:\n  cert_file: server.pem\n  key_file: agent.key\n", None
    yield "no certificate in the file", "tls_server_config:\n  cert_file: text.txt\n  key_file: server.key\n", None
    yield "no key in the file", "tls_server_config:\n  cert_file: server.pem\n  key_file: text.txt\n", None
    yield "unknown TLS key", tls + "  certfile: a\n", None
    yield "a number for a path", "tls_server_config:\n  cert_file: 12\n  key_file: 13\n", None
    yield "a list for a path", "tls_server_config:\n  cert_file: [a]\n  key_file: server.key\n", None
    for kind in ("NoClientCert", "RequestClientCert", "RequireClientCert", "RequireAnyClientCert", "VerifyClientCertIfGiven",
                 "RequireAndVerifyClientCert", "requireandverifyclientcert", "Sometimes", '""'):
        yield f"client_auth_type {kind}", tls + f"  client_auth_type: {kind}\n", None
        yield f"client_auth_type {kind} with an authority", tls + authority + f"  client_auth_type: {kind}\n", None
    yield "client_auth_type alone", "tls_server_config:\n  client_auth_type: NoClientCert\n", None
    yield "authority without a type", tls + authority, None
    yield "authority missing", tls + "  client_ca_file: nowhere.pem\n  client_auth_type: RequireAndVerifyClientCert\n", None
    yield "authority without certificates", tls + "  client_ca_file: text.txt\n  client_auth_type: RequireAndVerifyClientCert\n", None
    yield "authority inline", tls + "  client_ca: " + certificates.inline("authority.pem") + "  client_auth_type: RequireAndVerifyClientCert\n", None
    yield "names without a type", tls + sans, None
    yield "names with a type", tls + authority + sans + "  client_auth_type: RequireAndVerifyClientCert\n", None
    yield "names if given", tls + authority + sans + "  client_auth_type: VerifyClientCertIfGiven\n", None
    yield "names as a text", tls + "  client_allowed_sans: agent.example\n", None
    for low, high in (("TLS10", "TLS11"), ("TLS12", "TLS12"), ("TLS13", "TLS13"), ("TLS13", "TLS12"), ("TLS14", "TLS13"), ("TLS12", "tls13"), ("1.2", "1.3")):
        yield f"versions {low} to {high}", tls + f"  min_version: {low}\n  max_version: {high}\n", None
    for cipher in ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-GCM-SHA256",
                   "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                   "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"):
        yield f"cipher {cipher}", tls + f"  cipher_suites: [{cipher}]\n", None
    yield "ciphers as a text", tls + "  cipher_suites: TLS_AES_128_GCM_SHA256\n", None
    for curve in ("CurveP256", "CurveP384", "CurveP521", "X25519", "P256", "X25519MLKEM768"):
        yield f"curve {curve}", tls + f"  curve_preferences: [{curve}]\n", None
    yield "ciphers without TLS", "tls_server_config:\n  cipher_suites: [TLS_NONE]\n", None
    yield "versions without TLS", "tls_server_config:\n  min_version: TLS13\n", None
    for word in ("true", "no", "maybe", "1"):
        yield f"prefer_server_cipher_suites {word}", tls + f"  prefer_server_cipher_suites: {word}\n", None
        yield f"http2 {word}", f"http_server_config:\n  http2: {word}\n", None
    for header in ("X-Frame-Options: deny", "X-Frame-Options: sameorigin", "X-Frame-Options: DENY", "X-Frame-Options:", "x-frame-options: deny",
                   "X-Content-Type-Options: nosniff", "X-Content-Type-Options: sniff", "X-XSS-Protection: 1", "X-XSS-Protection:",
                   "Strict-Transport-Security: max-age=31536000; includeSubDomains", "Content-Security-Policy: default-src 'self'",
                   "Server: ours", "Access-Control-Allow-Origin: a", "X-Frame-Options: [deny]"):
        yield f"header {header}", f"http_server_config:\n  headers:\n    {header}\n", None
    yield "unknown key beside headers", "http_server_config:\n  header: {}\n", None
    for text in ("1s", "100ms", "1m30s", "1.5h", "0", "5", "-1s", "1d", "soon", "1", "0.5", "1e3"):
        yield f"interval {text}", f"rate_limit:\n  interval: {text}\n  burst: 5\n", None
    yield "burst as a text", "rate_limit:\n  interval: 1s\n  burst: many\n", None
    yield "burst as a fraction", "rate_limit:\n  interval: 1s\n  burst: 1.5\n", None
    yield "unknown key of the limit", "rate_limit:\n  every: 1s\n", None
    yield "users", users, None
    yield "users as a list", "basic_auth_users: [alice]\n", None
    for name, text in {
        "plain": "secret", "empty": '""', "null": "", "md5": "$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00", "cut off": hash[:58], "without its last letter": hash[:59],
        "with more behind": hash + "abc", "2a": "$2a" + hash[3:], "2b": "$2b" + hash[3:], "2x": "$2x" + hash[3:], "2z": "$2z" + hash[3:], "2": "$2" + hash[3:],
        "3y": "$3y" + hash[3:], "1y": "$1y" + hash[3:], "cost 3": "$2y$03" + hash[6:], "cost 32": "$2y$32" + hash[6:], "cost 31": "$2y$31" + hash[6:], "cost ab": "$2y$ab" + hash[6:],
        "odd letters": hash[:20] + "!" + hash[21:], "without a dollar": "2y$" + hash[3:] + "abc", "other last dollar": hash[:6] + "x" + hash[7:],
        "cost +4": "$2y$+4" + hash[6:], "SHA-512": "$6$" + "a" * 60,
    }.items():
        yield f"password hash: {name}", f"basic_auth_users:\n  alice: '{text}'\n", None
    yield "a name with a colon", f"basic_auth_users:\n  'a:b': {hash}\n", None
    yield "an empty name", f"basic_auth_users:\n  '': {hash}\n", None
    yield "a number for a name", f"basic_auth_users:\n  12: {hash}\n", None
    # What a Prometheus does not know.
    yield "our section", "martlet: {}\n", "accepted"


def verdict(command, path):
    """accepted or refused, and what was said."""
    done = subprocess.run([*command, path], capture_output=True, text=True)
    return "accepted" if done.returncode == 0 else "refused", (done.stdout + done.stderr).strip()


def check(checks, folder):
    certificates = Certificates(folder)
    hashes = {name: bcrypt(password) for name, password in PASSWORDS.items()}
    count = 0
    for name, text, expected in cases(certificates, hashes):
        certificates.write("web.yml", text)
        mine, said = verdict([ours(), "check", "web-config"], certificates.path("web.yml"))
        theirs, told = verdict([peer("promtool"), "check", "web-config"], certificates.path("web.yml"))
        count += 1
        if expected is None:
            checks.that(mine == theirs, f"web configuration, {name}", f"ours {mine} ({said[-200:]}), theirs {theirs} ({told[-200:]})")
        else:
            checks.that(mine == expected and theirs == "refused", f"web configuration, {name}", f"ours {mine}, theirs {theirs}")
        if mine == "refused":
            checks.that(re.search(r"web\.yml:[0-9]+:[0-9]+: ", said), f"web configuration, {name}: the place is told", said[-200:])
    print(f"{count} web configuration files")
    return certificates, hashes
