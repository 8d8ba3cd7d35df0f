"""Feeds a day to a server that scrapes: pages with explicit timestamps, and a wall clock that goes with them (see shifted_clock.c)."""

import http.server
import mmap
import os
import shutil
import struct
import subprocess
import threading
import time

from harness import until

KIND = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def exposed(pairs):
    return "{" + ",".join(f'{name}="{escaped(value)}"' for name, value in pairs if name != "__name__") + "}"


def escaped(text):
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def number(value):
    return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}.get(repr(float(value)), repr(float(value)))


def page(parts):
    """OpenMetrics text of all samples with their timestamps; an exemplar stands at its sample."""
    families = {}
    for part in parts:
        name = dict(part.labels)["__name__"]
        family = name.removesuffix("_total") if part.kind == "counter" else name
        for suffix in ("_bucket", "_count", "_sum") if part.kind == "histogram" else ():
            family = family.removesuffix(suffix)
        rows = families.setdefault(family, (part, []))[1]
        traces = {at: (pairs, value) for pairs, value, at in part.exemplars}
        for at, value in part.samples:
            line = f"{name}{exposed(part.labels)} {number(value)} {at / 1000:.3f}"
            if at in traces:
                line += f" # {exposed(traces[at][0])} {traces[at][1]!r} {at / 1000:.3f}"
            rows.append(line)
    out = []
    for family, (part, rows) in families.items():
        out += [f"# HELP {family} {escaped(part.help)}", f"# TYPE {family} {part.kind}"] + rows
    return ("\n".join(out) + "\n# EOF\n").encode()


class Clock:
    """The wall clock of the programs that are started with `environment`."""

    def __init__(self, folder, begin):
        library, path = f"{folder}/shifted_clock.so", f"{folder}/clock"
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shifted_clock.c")
        compiler = next(c for c in ("cc", "clang", "gcc") if shutil.which(c))
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
        with open(path, "wb") as f:
            f.write(bytes(8))
        with open(path, "r+b") as f:
            self.place = mmap.mmap(f.fileno(), 8)
        self.environment = {"LD_PRELOAD": library, "INTEROP_CLOCK": path}
        self.set(begin)

    def set(self, now):
        """now: ms since 1970."""
        self.place[:8] = struct.pack("<q", now * 1_000_000 - time.time_ns())


class Pages:
    """Serves one page a scrape; the clock moves on before the next. Between feeds a scrape fails, which leaves no staleness markers behind."""

    def __init__(self, clock):
        self.clock, self.waiting, self.asked, self.moved, pages = clock, [], 0, False, self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                try:
                    pages.answer(self)
                except BrokenPipeError:
                    pass  # the server was ended in the middle

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def jobs(self):
        """The scrape configuration; the target's own address goes to no series that the page has."""
        address = f"127.0.0.1:{self.server.server_address[1]}"
        bare = f"{{source_labels: [instance], regex: '{address}', target_label: instance, replacement: ''}}"
        return f"[{{job_name: fed, honor_labels: true, static_configs: [{{targets: ['{address}']}}], metric_relabel_configs: [{bare}]}}]"

    def answer(self, handler):
        self.asked += 1
        if not self.waiting:
            handler.send_error(503)
            return
        now, body = self.waiting[0]
        if not self.moved:
            # This scrape still bears a timestamp of the time before; the next one is the page's.
            self.clock.set(now)
            self.moved = True
            handler.send_error(503)
            return
        self.waiting.pop(0)
        self.moved = False
        handler.send_response(200)
        handler.send_header("Content-Type", KIND)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def feed(self, batches, seconds=180):
        """Whether all batches were scraped."""
        self.waiting += [(end, page(parts)) for end, parts in batches]
        return until(lambda: not self.waiting, seconds) and self.settled()

    def settled(self):
        """The page before is taken in when the next one is asked for."""
        begin = self.asked
        return until(lambda: self.asked > begin + 1, 20)
