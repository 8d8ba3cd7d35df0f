"""Targets on ports of 127.0.0.1, as a program of their own: `farm.py OPTIONS PORT...`, where OPTIONS are those of `pages.render` as JSON.

A line on standard output tells that all are there; each line on standard input is answered with what was served so far, as JSON.
"""

import asyncio
import gzip
import json
import sys

import pages

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n{}Content-Length: {}\r\n\r\n"


class Farm:
    """What all targets serve."""

    def __init__(self, options):
        self.packs = options.pop("gzip")
        self.starts_together = options.get("churn", 0) > 0
        self.pages = pages.render(**options)
        # Packed beforehand, with the same number in all of them: these counters begin anew with the variants.
        self.packed = [gzip.compress(page.replace(pages.CYCLE, b"1000"), 1) for page in self.pages] if self.packs else []
        self.scrapes = self.bytes = 0

    def answer(self, request, number):
        cycle, variant = divmod(number, pages.VARIANTS)
        if self.packs and b"gzip" in request:
            body, encoding = self.packed[variant], "Content-Encoding: gzip\r\n"
        else:
            body, encoding = self.pages[variant].replace(pages.CYCLE, b"%04d" % (1000 + cycle % 9000)), ""
        self.scrapes += 1
        self.bytes += len(body)
        return HEAD.format(encoding, len(body)).encode() + body


class Target:
    """One port, and how many pages it has served."""

    def __init__(self, farm, number):
        # Elsewhere in the cycle than its neighbours, so that equal pages are not scraped together; but new series come at every target's own pace.
        self.farm, self.next = farm, 0 if farm.starts_together else number * 7919 % (pages.VARIANTS * 50)

    def answer(self, request):
        self.next += 1
        return self.farm.answer(request, self.next - 1)


class Connection(asyncio.Protocol):
    """One connection of a scraper."""

    def __init__(self, target):
        self.target, self.received = target, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data
        while b"\r\n\r\n" in self.received:
            request, self.received = self.received.split(b"\r\n\r\n", 1)
            self.transport.write(self.target.answer(request))


async def serve(options, ports):
    loop, farm = asyncio.get_running_loop(), Farm(options)
    for number, port in enumerate(ports):
        target = Target(farm, number)
        await loop.create_server(lambda target=target: Connection(target), "127.0.0.1", port, backlog=1024)
    print("ready", flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps({"scrapes": farm.scrapes, "bytes": farm.bytes}), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
