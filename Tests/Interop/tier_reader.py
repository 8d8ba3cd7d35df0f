#!/usr/bin/env python3
"""Reads blocks of tiers with nothing but what Sources/TSDB/Formats/tiers.md and blocks.md say.

tier_reader.py BLOCK             prints every window of a block, a JSON object a line
tier_reader.py --corpus FILE     reads the chunks of a corpus (AggregateFuzz corpus SERIES SEED > FILE), and compares with what it says is in them
"""

import itertools
import json
import os
import struct
import sys

MASK = (1 << 64) - 1


class Damaged(Exception):
    pass


def wrapped(number):
    """As a 64-bit integer with a sign."""
    number &= MASK
    return number - (1 << 64) if number >> 63 else number


def double(bits):
    return struct.unpack("<d", struct.pack("<Q", bits & MASK))[0]


def bits_of(value):
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def ordered(value):
    """The bits of a double as an integer in the order of doubles."""
    number = wrapped(bits_of(value))
    return number ^ (MASK >> 1) if number < 0 else number


def unordered(number):
    return double(number ^ (MASK >> 1) if number < 0 else number)


class Bytes:
    """Bytes as they are read, from a place to an end."""

    def __init__(self, data, place=0, end=None):
        self.data, self.place, self.end = data, place, len(data) if end is None else end

    def __bool__(self):
        return self.place < self.end

    def take(self, count):
        if count > self.end - self.place:
            raise Damaged(f"byte {self.place}: {count} bytes where {self.end - self.place} are left")
        self.place += count
        return self.data[self.place - count:self.place]

    def byte(self):
        return self.take(1)[0]

    def unsigned(self):
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Damaged(f"byte {self.place}: a number that does not end")

    def signed(self):
        number = self.unsigned()
        return (number >> 1) ^ -(number & 1)

    def part(self, count):
        self.take(count)
        return Bytes(self.data, self.place - count, self.place)

    def sized(self):
        return self.part(self.unsigned())


# Chunks of windows


def column(source, count):
    body = source.sized()
    centre = body.signed()
    if not body:
        return [centre] * count
    numbers = []
    while len(numbers) < count:
        some, width = min(16, count - len(numbers)), body.byte()
        packed = int.from_bytes(body.take((width * some + 7) // 8), "little")
        for i in range(some):
            zigzag = packed >> (i * width) & ((1 << width) - 1)
            numbers.append(wrapped(((zigzag >> 1) ^ -(zigzag & 1)) + centre))
    if body:
        raise Damaged(f"byte {body.place}: more integers than windows")
    return numbers


def frame(source):
    """The windows' ends, counts, times and marks; the flags; the number of windows."""
    count = int.from_bytes(source.take(2), "big")
    flags, resolution, before = source.byte(), source.unsigned(), source.signed()
    windows = []
    for gap, samples in zip(column(source, count), column(source, count)):
        before += gap + 1
        windows.append({"end": before * resolution, "count": samples, "stale": None, "merged": False})
    times(source, windows, resolution, flags & 1)
    if flags & 2:
        markers, place = source.sized(), 0
        while markers:
            place += markers.unsigned()
            windows[place]["stale"] = windows[place]["end"] - markers.unsigned()
            place += 1
    if flags & 4:
        merged = int.from_bytes(source.take((count + 7) // 8), "little")
        for i, window in enumerate(windows):
            window["merged"] = bool(merged >> i & 1)
    return windows, flags, count


def times(source, windows, resolution, chained):
    step = source.unsigned() if chained else 0
    one, other = column(source, len(windows)), column(source, len(windows))
    last = windows[0]["end"] - resolution
    for window, a, b in zip(windows, one, other):
        if chained:
            first = last + a
            last = first + b + step * (max(window["count"], 1) - 1)
        else:
            first, last = window["end"] - resolution + 1 + b, window["end"] - a
        window["firstTime"], window["lastTime"] = first, last


def value_form(source):
    places = source.byte()
    if places == 0xFF:
        return None
    factor = source.unsigned()
    return lambda integer: float(wrapped(integer * factor)) / float(10**places)


def sums(source, numbers, first, last, form):
    """The sums of so many values each."""
    value = form or unordered
    if source.byte() == 0:
        steps, corrections = column(source, len(numbers)), column(source, len(numbers))
        whole = [wrapped(step + (wrapped(k * (f + l)) >> 1)) for step, k, f, l in zip(steps, numbers, first, last)]
        return [unordered(wrapped(ordered(value(integer)) + correction)) for integer, correction in zip(whole, corrections)]
    found = []
    for step, k, f, l in zip(column(source, len(numbers)), numbers, first, last):
        expected = float(k) * (value(f) / 2 + value(l) / 2)
        found.append(unordered(wrapped(step + (ordered(expected) if abs(expected) < float("inf") else 0))))
    return found


FIELDS = ["last", "first", "minimum", "maximum", "sum", "lost"]


def float_windows(data):
    """The windows of a chunk of encoding a0."""
    source = Bytes(data, 0, len(data) - 7)
    windows, flags, count = frame(source)
    form = value_form(source)
    value = form or unordered
    exceptions, last = source.sized(), [source.signed()]
    for step in column(source, count):
        last.append(wrapped(last[-1] + step))
    first = [wrapped(before + step) for before, step in zip(last, column(source, count))]
    last = last[1:]
    resets, lost = [0] * count, [0.0] * count
    if flags & 8:
        resets = column(source, count)
        lost = sums(source, resets, first, last, form)
    minimum = [wrapped(min(f, l) - step) for f, l, step in zip(first, last, column(source, count))]
    maximum = [wrapped(max(f, l) + step) for f, l, step in zip(first, last, column(source, count))]
    total = sums(source, [window["count"] for window in windows], first, last, form)
    if source:
        raise Damaged(f"byte {source.place}: something behind the sums")
    for i, window in enumerate(windows):
        window.update(zip(FIELDS, (value(last[i]), value(first[i]), value(minimum[i]), value(maximum[i]), total[i], lost[i])), resets=resets[i])
    place = 0
    while exceptions:
        place += exceptions.unsigned()
        field = FIELDS[exceptions.byte()]
        windows[place][field] = struct.unpack("<d", exceptions.take(8))[0]
    return [only_frame(window) if not window["count"] else window for window in windows]


def only_frame(window):
    return {name: window[name] for name in ("end", "count", "stale", "merged")}


# Chunks of native histograms


class Bits:
    def __init__(self, data):
        self.data, self.place, self.number = data, 0, int.from_bytes(data, "big")

    def take(self, count):
        self.place += count
        if self.place > 8 * len(self.data):
            raise Damaged("ends within a histogram")
        return self.number >> (8 * len(self.data) - self.place) & ((1 << count) - 1)

    def width(self):
        ones = 0
        while ones < 8 and self.take(1):
            ones += 1
        return (0, 3, 6, 9, 12, 18, 25, 56, 64)[ones]

    def unsigned(self):
        return self.take(self.width())

    def signed(self):
        width = self.width()
        number = self.take(width)
        return number - (1 << width) if width and number > 1 << (width - 1) - (width == 64) else wrapped(number)


class Delta:
    """Whole numbers by the change of their differences."""

    def __init__(self, first):
        self.number, self.difference = first, 0

    def next(self, bits):
        self.difference = wrapped(self.difference + bits.signed())
        self.number = wrapped(self.number + self.difference)
        return self.number


class Xor:
    """Doubles by their changed bits."""

    def __init__(self, bits):
        self.number, self.leading, self.length = bits.take(64), 0, 64

    @property
    def value(self):
        return double(self.number)

    def next(self, bits):
        if bits.take(1):
            if bits.take(1):
                self.leading, self.length = bits.take(5), bits.take(6) or 64
            self.number ^= bits.take(self.length) << (64 - self.leading - self.length)
        return self.value


def spans(bits):
    return [(bits.unsigned(), bits.signed()) for _ in range(bits.unsigned())]


def indices(runs):
    place, found = 0, []
    for length, offset in runs:
        place += offset
        found += range(place, place + length)
        place += length
    return found


def layout(bits):
    byte = bits.take(8)
    threshold = 0.0 if byte == 0 else double(bits.take(64)) if byte == 255 else 2.0 ** (byte - 244)
    schema = bits.signed()
    positive, negative = indices(spans(bits)), indices(spans(bits))
    bounds = []
    for _ in range(bits.unsigned() if schema == -53 else 0):
        thousandths = bits.unsigned()
        bounds.append((thousandths - 1) / 1000 if thousandths else double(bits.take(64)))
    return {"schema": schema, "threshold": threshold, "bounds": bounds}, positive, negative


def nested(encoding, data):
    """The histograms of a chunk of encoding 2 or 3."""
    count, bits, whole = int.from_bytes(data[:2], "big"), Bits(data[3:]), encoding == 2
    scale, positive, negative = layout(bits)
    coders = []
    for number in range(count):
        if number == 0:
            time = Delta(bits.signed())
            coders = [Delta(bits.unsigned()) if whole else Xor(bits) for _ in range(2)] + [Xor(bits)]
            coders += [Delta(bits.signed()) if whole else Xor(bits) for _ in positive + negative]
            values = [coder.number if isinstance(coder, Delta) else coder.value for coder in coders]
        else:
            time.next(bits)
            values = [coder.next(bits) for coder in coders]
        sides = values[3:3 + len(positive)], values[3 + len(positive):]
        if whole:
            sides = [list(itertools.accumulate(side)) for side in sides]
        yield dict(
            scale, count=float(values[0]), zero=float(values[1]), sum=values[2],
            positive=dict(zip(positive, map(float, sides[0]))), negative=dict(zip(negative, map(float, sides[1]))))


def histograms(source):
    chunks = source.sized()
    while chunks:
        encoding = chunks.byte()
        yield from nested(encoding, chunks.take(chunks.unsigned()))


def histogram_windows(data):
    """The windows of a chunk of encoding a1."""
    source = Bytes(data, 0, len(data) - 7)
    windows, _, count = frame(source)
    marks, resets = column(source, count), column(source, count)
    first, last, total, lost = (histograms(source) for _ in range(4))
    streams = [list(first), list(last), list(total), list(lost)]
    for stream in streams:
        stream.reverse()

    def next_of(stream, hint):
        return dict(streams[stream].pop(), hint=hint & 3)

    for i, window in enumerate(windows):
        if not window["count"]:
            continue
        bits = marks[i]
        window["last"] = next_of(1, bits >> 5)
        window["first"] = dict(window["last"], hint=bits >> 3 & 3) if bits & 1 else next_of(0, bits >> 3)
        window["sum"] = next_of(2, bits >> 7) if bits & 2 else None
        window["lost"] = next_of(3, bits >> 9) if bits & 4 else None
        window["resets"] = resets[i]
    if any(streams) or source:
        raise Damaged("more histograms than windows")
    return [only_frame(window) if not window["count"] else window for window in windows]


def windows_of(encoding, data):
    if encoding == 0xA0:
        return float_windows(data)
    if encoding == 0xA1:
        return histogram_windows(data)
    raise Damaged(f"encoding {encoding} has no windows")


# Blocks


def crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC = crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def checked(data, place, length, what):
    """Bytes that have their checksum behind them."""
    if crc32c(data[place:place + length]) != int.from_bytes(data[place + length:place + length + 4], "big"):
        raise Damaged(f"{what} at byte {place} do not fit their checksum")
    return Bytes(data, place, place + length)


def table(data, place, what):
    length = int.from_bytes(data[place:place + 4], "big")
    return checked(data, place + 4, length, what)


class Block:
    def __init__(self, folder):
        self.folder = folder
        with open(f"{folder}/meta.json") as f:
            self.meta = json.load(f)
        with open(f"{folder}/index", "rb") as f:
            self.index = f.read()
        self.segments = []
        for name in sorted(os.listdir(f"{folder}/chunks")) if os.path.isdir(f"{folder}/chunks") else []:
            with open(f"{folder}/chunks/{name}", "rb") as f:
                self.segments.append(f.read())
        if self.index[:5] != bytes.fromhex("baaad70002"):
            raise Damaged("index: no index of version 2")
        contents = checked(self.index, len(self.index) - 52, 48, "contents")
        self.places = [int.from_bytes(contents.take(8), "big") for _ in range(6)]
        self.symbols = self.read_symbols()

    @property
    def tier(self):
        return self.meta["tier"]

    def read_symbols(self):
        body = table(self.index, self.places[0], "symbols")
        return [body.take(body.unsigned()).decode() for _ in range(int.from_bytes(body.take(4), "big"))]

    def series(self):
        """The labels and chunks (first time, last time, encoding, bytes) of all series."""
        place = self.places[1]
        while place < self.places[2]:
            head = Bytes(self.index, place)
            length = head.unsigned()
            if length:
                yield self.entry(checked(self.index, head.place, length, "labels and chunks"))
                place = head.place + length + 4
            place = (place + 1 if not length else place) + 15 & ~15

    def entry(self, body):
        labels = {}
        for _ in range(body.unsigned()):
            name = self.symbols[body.unsigned()]
            labels[name] = self.symbols[body.unsigned()]
        chunks, last, reference = [], 0, 0
        for number in range(body.unsigned()):
            first = body.signed() if number == 0 else last + body.unsigned()
            last = first + body.unsigned()
            reference = reference + body.signed() if number else body.unsigned()
            chunks.append((first, last, *self.chunk(reference)))
        return labels, chunks

    def chunk(self, reference):
        segment, head = self.segments[reference >> 32], Bytes(self.segments[reference >> 32], reference & 0xFFFFFFFF)
        length = head.unsigned()
        body = checked(segment, head.place, length + 1, "a chunk")
        return body.byte(), body.take(length)

    def windows(self):
        """The labels and windows of all series; nothing that was deleted is left out."""
        for labels, chunks in self.series():
            found = []
            for first, last, encoding, data in chunks:
                windows = windows_of(encoding, data)
                if (windows[0]["end"] - self.tier["resolution"] + 1, windows[-1]["end"]) != (first, last):
                    raise Damaged(f"{labels}: a chunk of {first} to {last} has windows of other times")
                found += windows
            yield labels, found


# What is known


def plain(value):
    """With the bits of doubles, and without empty buckets, so that it can be compared."""
    if isinstance(value, float):
        return f"{bits_of(value):x}"
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items() if not (isinstance(name, int) and part == 0)}
    return [plain(part) for part in value] if isinstance(value, list) else value


def check_corpus(checks, lines, name="windows"):
    """Compares the chunks of a corpus with what it says is in them."""
    chunks, windows, wrong = 0, 0, []
    for line in lines:
        chunk = json.loads(line)
        try:
            found = [plain(window) for window in windows_of(chunk["encoding"], bytes.fromhex(chunk["bytes"]))]
        except (Damaged, IndexError) as error:
            found = str(error)
        if found != chunk["windows"]:
            wrong.append(next(((a, b) for a, b in zip(found, chunk["windows"]) if a != b), found) if isinstance(found, list) else found)
        chunks, windows = chunks + 1, windows + len(chunk["windows"])
    checks.that(chunks > 0 and not wrong, f"{name}: a reader written from the page of the form reads {windows} windows of {chunks} chunks as ours does",
                f"{len(wrong)} chunks are not, as {wrong[:1]}")


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--corpus":
        from harness import Checks
        checks = Checks()
        with open(sys.argv[2]) as lines:
            check_corpus(checks, lines)
        print(f"{checks.passed} passed, {checks.failed} failed")
        return checks.failed > 0
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    for labels, windows in Block(sys.argv[1]).windows():
        for window in windows:
            print(json.dumps({"labels": labels, **plain(window)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
