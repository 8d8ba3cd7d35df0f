"""kill -9 in the middle of scraping: what was scraped to its end before is there after the restart."""

import http.server
import random
import signal
import threading
import time

from harness import Server, until


class Counting(http.server.BaseHTTPRequestHandler):
    """A page whose only number says how often it was asked for; `finished` is the last that was sent whole."""

    finished = 0

    def do_GET(self):
        number = Counting.finished + 1
        body = f"# TYPE page_scrapes counter\npage_scrapes {number}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        Counting.finished = number

    def log_message(self, *_):
        pass


def check(checks, folder, rounds, seed):
    print(f"kill: seed {seed}", flush=True)
    chance = random.Random(seed)
    page = http.server.HTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    config = f"{folder}/kill.yml"
    with open(config, "w") as f:
        f.write("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
                f"  - {{job_name: page, static_configs: [{{targets: ['127.0.0.1:{page.server_address[1]}']}}]}}\n")
    server = Server("ours", f"{folder}/kill", config).start()
    sure = set()
    for n in range(1, rounds + 1):
        begin = Counting.finished
        until(lambda: Counting.finished >= begin + 4, 20, 0.01)
        time.sleep(chance.random() * 1.2)
        server.stop(signal.SIGKILL)
        # The page sent last may not have been stored yet when the signal came; those before it were, for the next scrape had begun.
        sure.update(range(begin + 1, Counting.finished))
        server.start()
        found = server.query("page_scrapes[1h]")
        kept = {int(float(v)) for r in found for _, v in r["values"]}
        checks.that(sure <= kept, f"kill: round {n}, {len(sure)} finished scrapes are there", f"missing {sorted(sure - kept)[:10]}")
    server.stop()
