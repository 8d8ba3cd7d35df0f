"""kill -9 in the middle of scraping: what was scraped to its end before is there after the restart. Also while blocks of seconds are compacted."""

import http.server
import random
import signal
import threading
import time

from harness import Server, blocks, until

# Blocks of two seconds, merged at six and eighteen: something is being compacted nearly always.
SHORT = ["--storage.tsdb.min-block-duration=2s", "--storage.tsdb.max-block-duration=18s", "--storage.tsdb.retention.time=1y"]


class Counting:
    """A page whose number says how often it was asked for; `finished` is the last that was sent whole. `load`: how many series besides."""

    def __init__(self, load=0):
        self.finished, self.load, counting = 0, load, self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                number = counting.finished + 1
                body = counting.body(number)
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                counting.finished = number

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def body(self, number):
        more = "".join(f'page_load{{series="{n}",life="{(number + n) // 50}"}} {number * n % 977}\n' for n in range(self.load))
        return f"# TYPE page_scrapes counter\npage_scrapes {number}\n{more}".encode()

    def config(self, path, interval):
        with open(path, "w") as f:
            f.write(f"global: {{scrape_interval: {interval}, scrape_timeout: {interval}}}\nscrape_configs:\n"
                    f"  - {{job_name: page, static_configs: [{{targets: ['127.0.0.1:{self.server.server_address[1]}']}}]}}\n")
        return path


def kept(server):
    """Numbers of the pages that a server has."""
    return {int(float(v)) for r in server.query("page_scrapes[1h]") for _, v in r["values"]}


def check(checks, folder, rounds, seed, compacting=False):
    name, interval = ("kill while compacting", 0.25) if compacting else ("kill", 1)
    print(f"{name}: seed {seed}", flush=True)
    chance, page = random.Random(seed), Counting(2000 if compacting else 0)
    config = page.config(f"{folder}/kill.yml", f"{interval * 1000:.0f}ms")
    flags = SHORT if compacting else []
    server = Server("ours", f"{folder}/{name.replace(' ', '-')}", config, flags).start()
    sure, cut, n = set(), 0, 0
    # On a slow machine few rounds may come to cut blocks; then there are more.
    while n < rounds or (compacting and cut < rounds / 4 and n < 4 * rounds):
        n += 1
        begin, before = page.finished, set(blocks(server.data))
        until(lambda: page.finished >= begin + 4, 20, 0.01)
        time.sleep(chance.random() * (2.2 if compacting else 1.2))
        server.stop(signal.SIGKILL)
        # The page sent last may not have been stored yet when the signal came; those before it were, for the next scrape had begun.
        sure.update(range(begin + 1, page.finished))
        cut += len(set(blocks(server.data)) - before)
        server.start()
        found = kept(server)
        checks.that(sure <= found, f"{name}: round {n}, {len(sure)} finished scrapes are there", f"missing {sorted(sure - found)[:10]}")
    server.stop()
    if compacting:
        checks.that(cut >= rounds / 4, f"{name}: {cut} blocks were made in {n} rounds")
        theirs = Server("theirs", f"{folder}/{name.replace(' ', '-')}", config, flags, server.data).start()
        checks.that(sure <= kept(theirs), f"{name}: Prometheus finds {len(sure)} scrapes in our folder", f"missing {sorted(sure - kept(theirs))[:10]}")
        theirs.stop()
