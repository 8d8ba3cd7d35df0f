"""Pages and receivers on a thread of this program, for servers under test to talk to."""

import http.server
import threading


class Quiet(http.server.BaseHTTPRequestHandler):
    """Tells nothing of requests, nor of connections that were left in the middle."""

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass

    def log_message(self, *_):
        pass


def served(handler):
    """A server on a free port of 127.0.0.1 with such handlers; it ends with the program."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
