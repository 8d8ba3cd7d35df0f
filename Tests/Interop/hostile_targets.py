"""Targets that mean no good, each at a path of its own: raw bytes from a socket, so that they may lie in every way.

`python3 hostile_targets.py` prints its port and serves until it is ended.
"""

import gzip
import os
import resource
import selectors
import socket
import struct
import sys
import threading
import time

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text; version=1.0.0\r\n"
MEBI = 1 << 20


def whole(page, head=OK, extra=b""):
    """A sound response with any page in it."""
    return head + extra + b"Content-Length: %d\r\n\r\n" % len(page) + page


def packed(page):
    return whole(page, extra=b"Content-Encoding: gzip\r\n")


def chunked(body):
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + body


def repeated(start, piece):
    """Without an end."""
    yield start
    while True:
        yield piece


def drip(data):
    """One byte a second."""
    for at in range(len(data)):
        yield data[at:at + 1]
        time.sleep(1)


def held(data):
    """These bytes, and then nothing, with the connection open."""
    yield data
    time.sleep(30)


def redirect(to, status=b"302 Found"):
    return b"HTTP/1.1 " + status + b"\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n"


def bomb(size):
    """A page of one line again and again, packed to a few hundredths."""
    return gzip.compress(b"bomb 1\n" * (size // 7), 6)


def lines(count):
    """A page of so many series."""
    return b"".join(b'many{n="%d"} 1\n' % n for n in range(count))


def labels(count):
    """One line of so many labels."""
    return b"wide{" + b",".join(b'l%d="v"' % n for n in range(count)) + b"} 1\n"


GOOD = b"# TYPE good gauge\ngood 1\n"

# path -> (what is sent, of which the error of the scrape must have one)
BROKEN = {
    "silent": (lambda: held(b""), ["deadline"]),
    "nothing": (lambda: b"", ["EOF"]),
    "reset": (None, ["EOF", "reset"]),
    "noise": (lambda: bytes(range(256)) * 40, ["malformed HTTP", "EOF"]),
    "tls": (lambda: b"\x15\x03\x01\x00\x02\x02\x28", ["malformed HTTP", "EOF"]),
    "no-status": (lambda: b"hello\r\n\r\n", ["malformed HTTP"]),
    "status-of-words": (lambda: b"HTTP/1.1 abc OK\r\n\r\n", ["malformed HTTP"]),
    "status-0": (lambda: b"HTTP/1.1 000 OK\r\n\r\n", ["malformed HTTP"]),
    "http-2": (lambda: b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n", ["malformed HTTP"]),
    "http-0.9": (lambda: GOOD, ["malformed HTTP", "EOF"]),
    "half-head": (lambda: OK, ["EOF"]),
    "half-head-held": (lambda: held(OK), ["deadline"]),
    "endless-head": (lambda: repeated(OK, b"X-Y: z\r\n" * 100), ["a head of more than"]),
    "endless-line": (lambda: repeated(b"HTTP/1.1 200 ", b"a" * 4096), ["a head of more than"]),
    "endless-100": (lambda: repeated(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50), ["a head of more than"]),
    "switching": (lambda: b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", ["malformed HTTP"]),
    "folded": (lambda: whole(GOOD, extra=b"X: a\r\n b\r\n"), ["malformed HTTP"]),
    "blank-before-colon": (lambda: whole(GOOD, extra=b"X : a\r\n"), ["malformed HTTP"]),
    "control-character": (lambda: whole(GOOD, extra=b"X: a\0b\r\n"), ["malformed HTTP"]),
    "no-colon": (lambda: whole(GOOD, extra=b"nothing\r\n"), ["malformed HTTP"]),
    "two-lengths": (lambda: whole(GOOD, extra=b"Content-Length: 3\r\n"), ["malformed HTTP"]),
    "negative-length": (lambda: OK + b"Content-Length: -1\r\n\r\n" + GOOD, ["malformed HTTP"]),
    "signed-length": (lambda: OK + b"Content-Length: +9\r\n\r\n" + GOOD, ["malformed HTTP"]),
    "long-length": (lambda: OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n", ["malformed HTTP"]),
    "huge-length": (lambda: OK + b"Content-Length: 99999999999999999\r\n\r\n", ["body size limit"]),
    "too-short": (lambda: OK + b"Content-Length: 1000\r\n\r\n" + GOOD, ["EOF"]),
    "too-short-held": (lambda: held(OK + b"Content-Length: 1000\r\n\r\n" + GOOD), ["deadline"]),
    "length-and-chunks": (lambda: OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ["malformed HTTP"]),
    "coding": (lambda: OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", ["malformed HTTP"]),
    "two-codings": (lambda: OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ["malformed HTTP"]),
    "chunk-huge": (lambda: chunked(b"ffffffffffffffff\r\n" + GOOD), ["chunked"]),
    "chunk-negative": (lambda: chunked(b"-5\r\n" + GOOD), ["chunked"]),
    "chunk-of-words": (lambda: chunked(b"zz\r\n" + GOOD), ["chunked"]),
    "chunk-empty-size": (lambda: chunked(b"\r\n" + GOOD), ["chunked"]),
    "chunk-too-long": (lambda: chunked(b"ffff\r\n" + GOOD), ["EOF"]),
    "chunk-too-short": (lambda: chunked(b"5\r\n" + GOOD + b"\r\n0\r\n\r\n"), ["chunked"]),
    "chunk-without-end": (lambda: chunked(b"%x\r\n" % len(GOOD) + GOOD + b"\r\n"), ["EOF"]),
    "chunk-held": (lambda: held(chunked(b"%x\r\n" % len(GOOD) + GOOD + b"\r\n")), ["deadline"]),
    "chunk-zeros": (lambda: repeated(chunked(b""), b"0" * 1000), ["chunked"]),
    "chunk-extension": (lambda: repeated(chunked(b"5;"), b"x" * 1000), ["chunked"]),
    "chunk-trailers": (lambda: repeated(chunked(b"0\r\n"), b"A: b\r\n" * 100), ["chunked"]),
    "no-content": (lambda: b"HTTP/1.1 204 No Content\r\n\r\n", ["204"]),
    "not-modified": (lambda: b"HTTP/1.1 304 Not Modified\r\n\r\n", ["304"]),
    "error": (lambda: b"HTTP/1.1 500 " + b"e" * 9000 + b"\r\nContent-Length: 4\r\n\r\noops", ["500"]),
    "status-999": (lambda: b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n", ["999"]),
    "redirect-loop": (lambda: redirect(b"/redirect-loop"), ["redirect"]),
    "redirect-nowhere": (lambda: redirect(b"http://127.0.0.1:1/"), ["refused"]),
    "redirect-file": (lambda: redirect(b"file:///etc/passwd"), [""]),
    "redirect-without": (lambda: b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", [""]),
    "redirect-noise": (lambda: redirect(b"http://[::bad"), [""]),
    "redirect-endless": (lambda: repeated(b"HTTP/1.1 302 Found\r\nLocation: /x", b"/x" * 500), ["a head of more than"]),
    "html": (lambda: whole(GOOD, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"), ["Content-Type"]),
    "no-type": (lambda: whole(GOOD, b"HTTP/1.1 200 OK\r\n"), ["Content-Type"]),
    "type-of-noise": (lambda: whole(GOOD, b"HTTP/1.1 200 OK\r\nContent-Type: \xff\xfe;;=\r\n"), ["Content-Type"]),
    "gzip-none": (lambda: packed(GOOD), ["gzip"]),
    "gzip-half": (lambda: packed(gzip.compress(GOOD * 100)[:40]), ["gzip"]),
    "gzip-sum": (lambda: packed(gzip.compress(GOOD)[:-8] + b"\1" * 8), ["gzip"]),
    "gzip-size": (lambda: packed(gzip.compress(GOOD)[:-4] + b"\xff" * 4), ["gzip"]),
    "gzip-rest": (lambda: packed(gzip.compress(GOOD) + b"rest"), ["gzip"]),
    "gzip-twice": (lambda: packed(gzip.compress(gzip.compress(GOOD))), [""]),
    "gzip-empty": (lambda: packed(b""), ["gzip"]),
    "other-coding": (lambda: whole(gzip.compress(GOOD), extra=b"Content-Encoding: br\r\n"), [""]),
    "bad-utf8-value": (lambda: whole(b'a 1\nb{x="\xff\xfe"} 1\n'), ["UTF-8"]),
    "bad-utf8-name": (lambda: whole(b'a 1\n{"\xc3\x28"} 1\n'), ["UTF-8"]),
    "surrogate": (lambda: whole(b'a 1\nb{x="\xed\xa0\x80"} 1\n'), ["UTF-8"]),
    "bare-bytes": (lambda: whole(b"a 1\n\xff 1\n"), [""]),
    "nul": (lambda: whole(b"a 1\n\0b 1\n"), [""]),
    "open-brace": (lambda: whole(b"a 1\nb{\n"), [""]),
    "open-quote": (lambda: whole(b'a 1\nb{x="' + b"y" * MEBI), [""]),
    "label-twice": (lambda: whole(b'a 1\nb{x="1",x="2"} 1\n'), ["unique"]),
    "no-value": (lambda: whole(b"a 1\nb\n"), [""]),
    "bad-value": (lambda: whole(b"a 1\nb 1x\n"), [""]),
    "long-value": (lambda: whole(b"a 1\nb " + b"1" * MEBI + b"x\n"), [""]),
    "bad-time": (lambda: whole(b"a 1\nb 1 99999999999999999999999\n"), [""]),
    "open-without-end": (lambda: whole(b"a 1\n", OPEN), ["EOF"]),
    "open-behind-end": (lambda: whole(b"a 1\n# EOF\nb 1\n", OPEN), [""]),
    "drip": (lambda: drip(whole(GOOD)), ["deadline"]),
    "drip-body": (lambda: drip(GOOD * 100), ["deadline", "malformed"]),
}

# Groups of those that come at the same time: how much more memory they may take at most, MiB, and
# path -> (what is sent, the error of the scrape or None if it may be stored)
GROUPS = [
    (800, {
        "endless-page": (lambda: repeated(OK + b"\r\n", b"endless 1\n" * 100_000), "body size limit"),
        "endless-chunks": (lambda: repeated(chunked(b""), b"100000\r\n" + b"c" * MEBI + b"\r\n"), "body size limit"),
    }),
    (800, {
        "bomb": (lambda: packed(made("bomb")), "body size limit"),
        "bomb-of-members": (lambda: packed(made("members") * 2000), "body size limit"),
    }),
    (400, {
        "endless-limited": (lambda: repeated(OK + b"\r\n", b"endless 1\n" * 1000), "body size limit"),
        "bomb-limited": (lambda: packed(made("bomb")), "body size limit"),
        "long-line": (lambda: whole(b'a 1\nlong{x="' + b"v" * (10 * MEBI) + b'"} 1\n'), "label_value_length_limit"),
        "long-name": (lambda: whole(b"a 1\n" + b"n" * (10 * MEBI) + b" 1\n"), "label_value_length_limit"),
        "long-comment": (lambda: whole(b"# HELP a " + b"h" * (10 * MEBI) + b"\na 1\n"), None),
        "many-limited": (lambda: whole(made("many")), "sample limit"),
    }),
    (1200, {
        "wide-line": (lambda: whole(b"a 1\n" + made("wide")), "labels"),
        "many-series": (lambda: whole(made("many")), None),
    }),
]
HEAVY = {path: what for _, group in GROUPS for path, what in group.items()}

is_full = "--full" in sys.argv
# What takes long to make is made once, on a thread of its own, before it is asked for.
makers = {
    "bomb": lambda: bomb((4096 if is_full else 300) * MEBI),
    "members": lambda: gzip.compress(b"\n" * MEBI, 9),
    "many": lambda: lines(1_000_000 if is_full else 200_000),
    "wide": lambda: labels(1_000_000),
}
ready = {}


def make():
    for name, maker in makers.items():
        ready[name] = maker()


def made(name):
    while name not in ready:
        time.sleep(0.05)
    return ready[name]


def serve(connection):
    """Answers requests on one connection until one of the answers has no end, or ends the connection."""
    with connection:
        request = b""
        while True:
            while b"\r\n\r\n" not in request:
                more = connection.recv(65536)
                if not more:
                    return
                request += more
            path = request.split(b" ", 2)[1].decode(errors="replace").strip("/").split("?")[0]
            request = request.split(b"\r\n\r\n", 1)[1]
            if path == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if path.startswith("good"):
                connection.sendall(whole(GOOD))
                continue
            if path == "smuggled-behind":  # a second response behind the first
                connection.sendall(whole(GOOD) + whole(b"smuggled 1\n"))
                continue
            if path == "smuggled-later":  # one that nobody asked for
                connection.sendall(whole(GOOD))
                time.sleep(0.3)
                connection.sendall(whole(b"smuggled 1\n"))
                continue
            found = BROKEN.get(path) or HEAVY.get(path)
            if not found:
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                continue
            sent = found[0]()
            for piece in [sent] if isinstance(sent, bytes) else sent:
                connection.sendall(piece)
            return


def answer(connection):
    try:
        connection.settimeout(40)
        serve(connection)
    except OSError:
        pass


class Crowd:
    """Very many targets on one thread: `/good…` is answered, anything else never is."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            for key, _ in self.selector.select():
                try:
                    self.take(key.fileobj)
                except OSError:
                    self.forget(key.fileobj)

    def take(self, ready):
        if ready is self.listener:
            connection, _ = ready.accept()
            connection.setblocking(False)
            self.selector.register(connection, selectors.EVENT_READ)
            return
        data = ready.recv(65536)
        if not data:
            self.forget(ready)
        elif data.startswith(b"GET /good"):
            ready.send(whole(b"".join(b'good{n="%d"} 1\n' % n for n in range(100))))

    def forget(self, connection):
        self.selector.unregister(connection)
        connection.close()


def main():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    threading.Thread(target=make, daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(listener.getsockname()[1], Crowd().port, flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
