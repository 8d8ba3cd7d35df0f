"""Whom alerts are sent to: a real Alertmanager with somebody behind it, and stand-ins that take, refuse or never answer."""

import json
import time
import urllib.request

from harness import alertmanager, free_port, run, until
from served import Quiet, served


class Listener:
    """An HTTP server on a thread of its own; `answer(path, body)` gives status and body, or None for no answer at all."""

    def __init__(self, answer):
        class Handler(Quiet):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.reply(b"")

            def do_POST(self):
                self.reply(self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def reply(self, body):
                told = answer(self.path, body)
                if told is None:
                    time.sleep(3600)
                status, text = told
                self.send_response(status)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server = served(Handler)
        self.port = self.server.server_address[1]


class Inbox(Listener):
    """Stands in for an Alertmanager; keeps what comes as (time, alert)."""

    def __init__(self, status=200):
        """status: what it answers; None: nothing, ever."""
        self.got, self.sizes, self.paths = [], [], set()

        def answer(path, body):
            now = time.time()
            alerts = json.loads(body)
            self.paths.add(path)
            self.sizes.append(len(alerts))
            self.got += [(now, alert) for alert in alerts]
            return status and (status, b"")

        super().__init__(answer)


class Alertmanager:
    """A real one, which tells a webhook at once what fires and what is over."""

    def __init__(self, name, folder, prefix):
        self.told = []

        def answer(_, body):
            self.told += json.loads(body)["alerts"]
            return 200, b""

        hook = Listener(answer)
        config = f"{folder}/{name}.yml"
        with open(config, "w") as f:
            f.write("route: {receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\n"
                    f"receivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{hook.port}/', send_resolved: true}}]}}]\n")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}{prefix}"
        run([alertmanager(), f"--config.file={config}", f"--storage.path={folder}/{name}-data", "--cluster.listen-address=",
             f"--web.listen-address=127.0.0.1:{self.port}", f"--web.route-prefix={prefix}"], f"{folder}/{name}.log")
        if not until(lambda: urllib.request.urlopen(f"{self.url}/-/ready").status == 200):
            raise SystemExit(f"the alertmanager of {name} does not get ready: {open(f'{folder}/{name}.log').read()[-1000:]}")

    def alerts(self):
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts") as answer:
            return json.load(answer)
