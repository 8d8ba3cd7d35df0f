"""A farm of made-up targets, run as a program of its own: `farm.py PORT...` serves one page on each port of 127.0.0.1 until it is ended.

A counter's value is the time since the farm began, in milliseconds, behind a digit of the series' own: whoever scrapes, and whenever,
sees the same rate.
"""

import asyncio
import signal
import sys
import time

LANES = 50  # of each family


def page(target):
    """The parts of a target's page, between which the time belongs."""
    lines = [f'farm_requests_total{{shard="{target % 10}",lane="{lane}"}} {lane + 1}' for lane in range(LANES)]
    constants = "".join(f'farm_slots{{shard="{target % 10}",lane="{lane}"}} {target * LANES + lane}\n' for lane in range(LANES))
    return ["# TYPE farm_requests_total counter\n" + lines[0], *("\n" + line for line in lines[1:]), f"\n# TYPE farm_slots gauge\n{constants}"]


class Target(asyncio.Protocol):
    """One connection of a scraper."""

    def __init__(self, parts, begin):
        self.parts, self.begin, self.received = parts, begin, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data
        while b"\r\n\r\n" in self.received:
            _, self.received = self.received.split(b"\r\n\r\n", 1)
            self.answer()

    def answer(self):
        body = b"%09d" % ((time.monotonic() - self.begin) * 1000)
        body = body.join(self.parts)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


async def serve(ports):
    loop, begin, ended = asyncio.get_running_loop(), time.monotonic(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    for number, port in enumerate(ports):
        parts = [part.encode() for part in page(number)]
        await loop.create_server(lambda parts=parts: Target(parts, begin), "127.0.0.1", port)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve([int(port) for port in sys.argv[1:]]))
