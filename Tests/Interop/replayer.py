"""Serves recorded pages, numbered: the n-th scrape of a target gets the same bytes whoever the scraper is.

Both scrapers share one configuration file and so ask the same; they are told apart by the program that `User-Agent` names.
"""

import threading
from served import Quiet, served

LAST = 24  # from here on the same page again, so that both servers come to rest on equal values
FAILS, BREAKS, GARBLED = 10, 13, 16  # 500; connection closed in the middle of the page; a page that does not parse
LOSES = range(5, 8)  # half of the metrics are missing


class Replayer:
    def __init__(self, pages, alter=False):
        """pages: target name -> list of recorded bodies (bytes)."""
        self.pages, self.alter = pages, alter
        self.served = {}  # (scraper, target) -> number of the last page asked for
        self.lock = threading.Lock()
        replayer = self

        class Handler(Quiet):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                replayer.answer(self, self.path.strip("/").split("/")[0])

        self.server = served(Handler)
        self.port = self.server.server_address[1]

    def answer(self, handler, target):
        if target not in self.pages:
            handler.send_error(404)
            return
        scraper = "theirs" if handler.headers["User-Agent"].startswith("Prometheus/") else "ours"
        with self.lock:
            number = self.served[scraper, target] = self.served.get((scraper, target), 0) + 1
        number = min(number, LAST)
        if number == FAILS:
            handler.send_response(500)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        body = self.body(target, number, scraper)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if number == BREAKS:
            body = body[: len(body) // 2]
            handler.close_connection = True
        handler.wfile.write(body)

    def body(self, target, number, scraper):
        recorded = self.pages[target]
        text = recorded[number % len(recorded)].decode()
        if number in LOSES:
            families = text.split("# HELP ")
            text = families[0] + "".join("# HELP " + family for family in families[1::2])
        text += f"# HELP replay_scrape_number Which scrape this is.\n# TYPE replay_scrape_number gauge\nreplay_scrape_number {number}\n"
        if self.alter and scraper == "ours" and number == 4:
            text = text.replace("replay_scrape_number 4\n", "replay_scrape_number 4.0000001\n")
        if number == GARBLED:
            text += 'broken{label="value} 1\n'
        return text.encode()
