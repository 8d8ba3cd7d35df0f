"""What means no good, to our server alone: targets that lie, drip and never end, and writers that do. Each is told why, `up` is 0, nothing of it is
stored, memory stays within a bound, and whoever means well beside them does not notice."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from hostile_targets import BROKEN, GROUPS
from harness import ROOT, Server, started, until
from remotewrite import double, field, integer, snappy, uvarint

MEBI = 1 << 20
INTERVAL = 2  # seconds, of the good ones beside a thousand that never answer
SPREAD = 0.05  # of that


class Memory:
    """A process's memory: what it has, and the most it had since it was asked the last time, in MiB."""

    def __init__(self, process):
        self.folder = f"/proc/{process.pid}"

    def now(self, name="VmRSS"):
        return int(re.search(rf"^{name}:\s+(\d+)", open(f"{self.folder}/status").read(), re.M)[1]) / 1024

    def begin(self):
        with open(f"{self.folder}/clear_refs", "w") as f:
            f.write("5")
        return self.now()

    def most(self):
        return self.now("VmHWM")


class Ticker:
    """Notes when this machine did not run us: what is late then is nobody's fault."""

    def __init__(self):
        self.late, self.goes = [], True
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        last = time.time()
        while self.goes:
            time.sleep(0.01)
            now = time.time()
            if now - last > 0.03:
                self.late.append((last, now))
            last = now

    def was_late(self, begin, end):
        return any(a < end and b > begin for a, b in self.late)


def targets_at(folder, full):
    """Starts the hostile ones in a process of their own; the ports of both kinds of them."""
    process = subprocess.Popen(
        [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "hostile_targets.py")] + (["--full"] if full else []),
        stdout=subprocess.PIPE, stderr=open(f"{folder}/targets.log", "ab"), text=True)
    started.append(process)
    return map(int, process.stdout.readline().split())


def job(name, port, interval="1s", more=""):
    return f"""  - job_name: {name}
    metrics_path: /{name}
    scrape_interval: {interval}
    scrape_timeout: {interval}
{more}    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
"""


def configure(server, jobs):
    """Has the server use other jobs."""
    with open(server.config, "w") as f:
        f.write("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n" + "".join(jobs))
    if server.process:
        server.process.send_signal(signal.SIGHUP)


def targets(server):
    return {t["scrapePool"]: t for t in json.loads(server.request("/api/v1/targets?state=active")[1])["data"]["activeTargets"]}


def raw(server, matcher, window="10m"):
    """series -> [(time, value)] of the samples as they are stored, without markers of the end."""
    found = server.query(f"{{{matcher}}}[{window}]")
    return {tuple(sorted(one["metric"].items())): [(float(t), v) for t, v in one["values"]] for one in found}


def healthy(checks, server, what):
    """It answers, and has told of nothing that broke."""
    status, text = server.request("/api/v1/query", form={"query": "1+1"})
    checks.that(status == 200 and server.process.poll() is None, f"hostile: after {what} the server answers", f"{status} {text[:200]}")


def broken_responses(checks, server, port):
    """All that answers wrongly at once, beside one that answers rightly."""
    names = list(BROKEN)
    configure(server, [job(name, port) for name in names + ["good", "smuggled-behind", "smuggled-later"]])
    memory = Memory(server.process)
    idle = memory.begin()
    done = lambda: all(t["lastError"] or t["scrapePool"] in ("good", "smuggled-behind", "smuggled-later") for t in targets(server).values())
    until(lambda: len(targets(server)) == len(names) + 3 and done(), 20, 0.5)
    time.sleep(1.5)
    found = targets(server)
    for name in names:
        told, wanted = found[name]["lastError"], BROKEN[name][1]
        checks.that(found[name]["health"] == "down" and told and any(word in told for word in wanted), f"hostile: {name}: {told[:110]}", f"expected one of {wanted}: {told[:300]}")
    ups = raw(server, '__name__="up",job!=""')
    wrong = {dict(s)["job"]: v for s, v in ups.items() if dict(s)["job"] in names and any(x != "0" for _, x in v)}
    checks.that(len(ups) >= len(names) and not wrong, "hostile: up is 0 of all of them, always", str(wrong)[:300])
    stored = raw(server, 'job!="",__name__!~"up|scrape_.*"')
    wrong = [dict(s) for s in stored if dict(s)["job"] in names or "smuggled" in dict(s)["__name__"]]
    checks.that(not wrong, "hostile: nothing of them is stored, also not what was smuggled in", str(wrong)[:300])
    good = [v for s, v in ups.items() if dict(s)["job"] in ("good", "smuggled-behind")]
    checks.that(len(good) == 2 and all(x == "1" for v in good for _, x in v), "hostile: those that answer rightly beside them are up", str(good)[:300])
    checks.that(memory.most() - idle < 200, f"hostile: {len(names)} kinds of broken responses: at most {memory.most() - idle:.0f} MiB above {idle:.0f}")
    healthy(checks, server, "broken responses")


LIMITS = {"endless-limited": "    body_size_limit: 4MB\n", "bomb-limited": "    body_size_limit: 1MB\n", "many-limited": "    sample_limit: 1000\n"}


def heavy_pages(checks, server, port, patience):
    """Pages that are too much, one after the other, or a few at a time."""
    memory = Memory(server.process)
    for most, group in GROUPS:
        idle = memory.begin()
        configure(server, [job(name, port, f"{patience}s", LIMITS.get(name, "")) for name in group] + [job("good", port)])
        seen = lambda: [targets(server)[name] for name in group]
        until(lambda: all(not one["lastScrape"].startswith("0001") for one in seen()), patience * 2 + 5, 0.2)
        peak = memory.most() - idle
        for name, one in zip(group, seen()):
            told, error = one["lastError"], group[name][1]
            checks.that(error in told if error else not told, f"hostile: {name}: {told[:100] or 'stored'}", f"expected {error}: {told[:300]}")
            if error:
                up, stored = raw(server, f'__name__="up",job="{name}"'), raw(server, f'__name__!~"up|scrape_.*",job="{name}"')
                checks.that(not stored and all(v == "0" for one in up.values() for _, v in one), f"hostile: {name}: up is 0 and nothing is stored", str(stored)[:200])
        checks.that(peak < most, f"hostile: {', '.join(group)}: at most {peak:.0f} MiB above {idle:.0f}", f"bound {most}")
    healthy(checks, server, "heavy pages")


# --- Writers

V1, V2 = "application/x-protobuf", "application/x-protobuf;proto=io.prometheus.write.v2.Request"


def label(name, value):
    return field(1, field(1, name) + field(2, value))


def series(name, count=1, begin=None):
    """A TimeSeries of version 1."""
    now = int((begin or time.time()) * 1000)
    return field(1, label(b"__name__", name) + b"".join(field(2, double(1, 1.0) + integer(2, now + n)) for n in range(count)))


def nested(depth):
    """A message within a message, and so on: each length is right."""
    sizes, size = [], 0
    for _ in range(depth):
        head = b"\x0a" + uvarint(size)
        sizes.append(head)
        size += len(head)
    return b"".join(reversed(sizes))


def symbols(texts):
    return b"".join(field(4, text) for text in texts)


def numbers(found):
    return field(1, b"".join(map(uvarint, found)))


def v2(found, now=None):
    return field(5, numbers(found) + field(2, double(1, 1.0) + integer(2, int((now or time.time()) * 1000))))


def spelled_out(count):
    """Series whose labels are short numbers of one long symbol."""
    texts = [b"", b"__name__", b"spelled", b"v" * MEBI] + [b"l%d" % n for n in range(count)]
    return symbols(texts) + v2([1, 2] + [n for at in range(count) for n in (4 + at, 3)])


def many_spelled_out(count):
    """Many series with one long symbol each: as many of them are stored as could have been sent without symbols."""
    texts = [b"", b"__name__", b"spelled", b"number", b"text", b"v" * (MEBI // 2)] + [b"%d" % n for n in range(count)]
    return symbols(texts) + b"".join(v2([1, 2, 3, 6 + n, 4, 5]) for n in range(count))


def span(offset, length):
    return integer(1, offset * 2) + integer(2, length)


def histogram(spans, deltas):
    return integer(1, 5) + double(3, 1.0) + spans + field(12, deltas) + integer(15, int(time.time() * 1000))


def lying(size, data):
    return uvarint(size) + data


def bodies(full):
    """name -> (body, content type, status that is expected)"""
    sound = series(b"written_hostile")
    million = 4_000_000 if full else 1_000_000
    metric = label(b"__name__", b"written_hostile")
    return {
        "empty": (b"", V1, {400}),
        "noise": (bytes(range(256)) * 50, V1, {400}),
        "too large when restored": (lying(1 << 40, b"\0" * 1000), V1, {400}),
        "63 MiB of 5 bytes": (lying(63 * MEBI, b"\x10abcde"), V1, {400}),
        "a length without an end": (b"\xff" * 11 + sound, V1, {400}),
        "one byte more than said": (lying(len(sound) - 1, snappy(sound)[len(uvarint(len(sound))):]), V1, {400}),
        "one byte less than said": (lying(len(sound) + 1, snappy(sound)[len(uvarint(len(sound))):]), V1, {400}),
        "a copy from before the beginning": (lying(100, b"\x00a" + b"\xfe" + struct.pack("<H", 9000) * 3), V1, {400}),
        "a literal beyond the end": (lying(1000, b"\xf4\xff\xff" + b"a" * 20), V1, {400}),
        "60 MiB of zeros": (lying(60 * MEBI, b"\x00\0" + b"\xfe\x01\0" * ((60 * MEBI - 1) // 64) + b"\xfa\x01\0"), V1, {400}),
        "nested 100,000 times": (snappy(nested(100_000)), V1, {400}),
        "nested groups": (snappy(b"\x0b" * million), V1, {400}),
        "nested in a series": (snappy(field(1, nested(50_000))), V1, {400}),
        "a field longer than all": (snappy(b"\x0a\xff\xff\xff\xff\x07" + sound), V1, {400}),
        "field number 0": (snappy(sound + b"\x00\x01"), V1, {400}),
        "broken behind 200,000 samples": (snappy(series(b"written_hostile", 200_000) + b"\x0a\x7f"), V1, {400}),
        "broken within 200,000 series": (
            snappy(b"".join(series(b"written_hostile_%d" % n) for n in range(200_000 if full else 20_000)) + field(1, b"\x0a\x05a")), V1, {400}),
        "many symbols": (snappy(symbols([b""] * 2 * million)), V2, {400}),
        "many series of nothing": (snappy(b"\x0a\0" * million), V1, {204, 400}),
        "many labels": (snappy(field(1, label(b"__name__", b"written_hostile") + b"".join(label(b"l%d" % n, b"v") for n in range(million // 4)))), V1, {400}),
        "many numbers of symbols": (snappy(symbols([b"", b"a"]) + v2([1] * million)), V2, {400}),
        "numbers of no symbols": (snappy(symbols([b""]) + v2([1 << 62, 5])), V2, {400}),
        "one symbol in many labels": (snappy(spelled_out(60_000)), V2, {400}),
        "one symbol in many series": (snappy(many_spelled_out(5000)), V2, {400}),
        "a label of 10 MiB": (snappy(field(1, label(b"__name__", b"written_hostile") + label(b"l", b"v" * 10 * MEBI))), V1, {400}),
        "labels that are not UTF-8": (snappy(field(1, label(b"__name__", b"written_hostile") + label(b"l", b"\xff\xfe") + field(2, double(1, 1)))), V1, {400}),
        "a histogram of many buckets": (
            snappy(field(1, metric + field(4, histogram(field(11, span(0, million)), b"\0" * million)))), V1, {400}),
        "a histogram of many spans": (
            snappy(field(1, metric + field(4, histogram(field(11, span(1, 1)) * million, b"\0" * million)))), V1, {400}),
        "spans of four thousand million": (
            snappy(field(1, metric + field(4, histogram(field(11, span(0, 0xffffffff)) * 3, b"\0\0")))), V1, {400}),
        "another schema": (snappy(field(1, metric + field(4, histogram(field(11, span(0, 1)), b"\0") + b"\x20\xfe\x01"))), V1, {400}),
        "another message": (snappy(sound), "application/x-protobuf;proto=evil", {415}),
        "another type": (snappy(sound), "text/html", {415}),
    }


def exchange(server, data, seconds=20, pieces=None):
    """The beginning of what the server answers to these bytes, and what it answers besides; empty if it hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        try:
            connection.sendall(data)
            for piece in pieces or []:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answer = b""
        try:
            while more := connection.recv(65536):
                answer += more
        except OSError:
            pass
        return answer


def request(length, body=b"", kind=V1, more=b""):
    head = b"POST /api/v1/write HTTP/1.1\r\nHost: x\r\nContent-Type: " + kind.encode() + b"\r\nContent-Encoding: snappy\r\n" + more
    return head + (b"Content-Length: " + str(length).encode() + b"\r\n" if length is not None else b"") + b"\r\n" + body


def framing(checks, server):
    """Requests that lie about their length."""
    sound = snappy(series(b"written_framed"))
    cases = {
        "longer than it says": (request(3, sound), b"400"),
        "shorter than it says": (request(len(sound) + 9, sound), b""),
        "a length of words": (request("ten", sound), b"400"),
        "a negative length": (request(-1, sound), b"400"),
        "a length of 40 digits": (request("9" * 40, sound), b"400"),
        "larger than is taken": (request(33 * MEBI), b"413"),
        "two lengths": (request(3, b"abc", more=b"Content-Length: 5\r\n"), b"400"),
        "a length and chunks": (request(3, b"0\r\n\r\n", more=b"Transfer-Encoding: chunked\r\n"), b"400"),
        "a chunk of a bad size": (request(None, b"zz\r\nab\r\n", more=b"Transfer-Encoding: chunked\r\n"), b"400"),
        "a chunk of 2^64": (request(None, b"ffffffffffffffff\r\nab\r\n", more=b"Transfer-Encoding: chunked\r\n"), b"4"),
        "chunks without an end": (request(None, b"", more=b"Transfer-Encoding: chunked\r\n") + (b"100000\r\n" + b"c" * MEBI + b"\r\n") * 40, b"413"),
        "an endless head": (b"POST /api/v1/write HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200_000, b"4"),
        "an endless line": (b"POST /" + b"a" * 4 * MEBI, b"4"),
        "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00" * 100, b"400"),
    }
    for name, (data, status) in cases.items():
        answer = exchange(server, data)
        first = answer.split(b"\r\n")[0]
        checks.that(first.startswith(b"HTTP/1.1 " + status) if status else b"204" not in first, f"hostile: write: {name}: {first.decode()}", repr(answer[:200]))


def slow_writers(checks, server):
    """Two say that they send all that is taken at a time, and then send a byte now and then: whoever comes later must not wait for them for long."""
    stop, slow = threading.Event(), []
    for _ in range(70):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        connection.sendall(request(30 * MEBI if len(slow) < 2 else 1000, b"\1"))
        slow.append(connection)

    def trickle():
        while not stop.wait(0.5):
            for connection in slow:
                try:
                    connection.send(b"\1")
                except OSError:
                    pass

    threading.Thread(target=trickle, daemon=True).start()
    taken = lambda: float(re.search(r"^martlet_remote_write_bodies_bytes (\S+)", server.request("/metrics")[1], re.M)[1])
    checks.that(until(lambda: taken() > 60 * MEBI, 10), "hostile: slow writers have taken the room", str(taken()))
    time.sleep(0.5)
    begin = time.monotonic()
    taken = until(lambda: post(server, snappy(series(b"written_well")), V1)[0] == 204, 60, 0.5)
    checks.that(taken and time.monotonic() - begin < 25, f"hostile: beside 70 slow writers one that is not waits {time.monotonic() - begin:.1f} s", "more than 25 s")
    stop.set()
    for connection in slow:
        connection.close()


def post(server, body, kind):
    call = urllib.request.Request(server.url + "/api/v1/write", body, {"Content-Type": kind, "Content-Encoding": "snappy"})
    try:
        with urllib.request.urlopen(call, timeout=60) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def writers(checks, server, full):
    memory = Memory(server.process)
    for name, (body, kind, statuses) in bodies(full).items():
        idle = memory.begin()
        try:
            status, text = post(server, body, kind)
        except OSError as error:
            status, text = 0, str(error)
        if not checks.that(server.process.poll() is None, f"hostile: write: {name}: the server lives on", open(server.log, errors="replace").read()[-500:]):
            return
        peak = memory.most() - idle
        checks.that(status in statuses and (text or status == 204) and len(text) < 3000, f"hostile: write: {name}: {status} {text[:90].strip()!r}", f"expected {statuses}: {text[:300]}")
        checks.that(peak < 320, f"hostile: write: {name}: at most {peak:.0f} MiB above {idle:.0f}")
    framing(checks, server)
    idle = memory.begin()
    slow_writers(checks, server)
    checks.that(memory.most() - idle < 150, f"hostile: write: slow ones: at most {memory.most() - idle:.0f} MiB above {idle:.0f}")
    stored = raw(server, '__name__=~"written_.*"')
    checks.that({dict(s)["__name__"] for s in stored} == {"written_well"}, "hostile: write: nothing is stored but what was well written", str(list(stored)[:3])[:300])
    healthy(checks, server, "hostile writers")


# --- Many that never answer

def crowd(checks, server, port, seconds):
    """A thousand targets that take a connection and never answer, beside a hundred good ones."""
    path = f"{server.folder}/crowd.json"
    with open(path, "w") as f:
        group = lambda kind, n: {"targets": [f"127.0.0.1:{port}"], "labels": {"kind": kind, "number": f"{n}", "__metrics_path__": f"/{kind}", "__param_n": f"{n}"}}
        json.dump([group("silent", n) for n in range(1000)] + [group("good", n) for n in range(100)], f)
    configure(server, [f"  - job_name: crowd\n    scrape_interval: {INTERVAL}s\n    scrape_timeout: {INTERVAL}s\n    file_sd_configs: [{{files: ['{path}']}}]\n"])
    memory, ticker = Memory(server.process), Ticker()
    idle = memory.begin()
    until(lambda: len(server.query('up{kind="silent"} == 0')) == 1000, 30, 0.5)
    begin = time.time()
    time.sleep(seconds)
    end = time.time()
    ticker.goes = False
    ups = {s: [(t, v) for t, v in values if begin <= t <= end] for s, values in raw(server, '__name__="up",kind="good"', "3m").items()}
    gaps, excused = [], 0
    for values in ups.values():
        for (one, _), (other, _) in zip(values, values[1:]):
            if abs(other - one - INTERVAL) > SPREAD * INTERVAL and ticker.was_late(one - 0.1, other + 0.1):
                excused += 1
            else:
                gaps.append(other - one)
    worst = max((abs(gap / INTERVAL - 1) for gap in gaps), default=9)
    checks.that(len(ups) == 100 and len(gaps) > 100 * (seconds / INTERVAL - 2) * 0.9 and worst <= SPREAD,
                f"hostile: {len(gaps)} intervals of 100 good targets beside 1,000 silent ones are within {worst * 100:.2f} % ({excused} while the machine stood still)",
                f"{len(ups)} targets, {len(gaps)} intervals, {sum(abs(g / INTERVAL - 1) > SPREAD for g in gaps)} beyond")
    checks.that(all(v == "1" for values in ups.values() for _, v in values), "hostile: the good ones are up all the time")
    found = [t for t in json.loads(server.request("/api/v1/targets?state=active")[1])["data"]["activeTargets"] if t["labels"]["kind"] == "silent"]
    told = {t["lastError"].split(": ", 1)[-1] for t in found}
    checks.that(len(found) == 1000 and told == {"context deadline exceeded"}, "hostile: the silent ones are told to be so", str(told)[:300])
    checks.that(memory.most() - idle < 150, f"hostile: 1,100 targets: at most {memory.most() - idle:.0f} MiB above {idle:.0f}")
    healthy(checks, server, "a thousand silent targets")


def check(checks, folder, full):
    if os.environ.get("OURS_CMD"):
        return checks.skip("hostile", "another program stands in for ours")
    os.makedirs(folder)
    port, crowd_port = targets_at(folder, full)
    config = f"{folder}/hostile.yml"
    server = Server("ours", folder, config, ["--web.enable-remote-write-receiver"])
    configure(server, [job("good", port)])
    server.start()
    idle = Memory(server.process).now()
    for name, part in {
        "broken responses": lambda: broken_responses(checks, server, port), "heavy pages": lambda: heavy_pages(checks, server, port, 5 if full else 2),
        "writers": lambda: writers(checks, server, full), "a crowd": lambda: crowd(checks, server, crowd_port, 120 if full else 7),
    }.items():
        begin = time.monotonic()
        part()
        print(f"      {name}: {time.monotonic() - begin:.0f} s", flush=True)
    print(f"      idle at first {idle:.0f} MiB, at the end {Memory(server.process).now():.0f} MiB", flush=True)
    log = open(server.log, errors="replace").read()
    checks.that("BUG" not in log and "Fatal" not in log, "hostile: nothing broke down", log[-500:])
    server.stop()
    checks.that(server.process.returncode == 0, "hostile: it ends as it should", server.process.returncode)
