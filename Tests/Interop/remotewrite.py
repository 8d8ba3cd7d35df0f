"""Remote write, versions 1 and 2, from the standard library alone: just enough protobuf, and snappy that only ever writes literals."""

import struct
import urllib.error
import urllib.request


def uvarint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def varint(n):
    """An int64 as protobuf writes it: negative numbers take ten bytes."""
    return uvarint(n & (1 << 64) - 1)


def zigzag(n):
    return uvarint((n << 1 ^ n >> 63) & (1 << 64) - 1)


def field(number, body):
    """A field of bytes: text, a message, or packed numbers."""
    return uvarint(number << 3 | 2) + uvarint(len(body)) + body


def integer(number, n):
    return uvarint(number << 3) + varint(n)


def signed(number, n):
    return uvarint(number << 3) + zigzag(n)


def double(number, value):
    return uvarint(number << 3 | 1) + struct.pack("<d", value)


def stored(value):
    """Bytes of a sample's value; `STALE` is a NaN of its own that arithmetic would not keep."""
    return STALE_BYTES if value is STALE else struct.pack("<d", value)


STALE = object()
STALE_BYTES = struct.pack("<Q", 0x7FF0000000000002)


def snappy(data):
    out = [uvarint(len(data))]
    for begin in range(0, len(data), 65536):
        piece = data[begin:begin + 65536]
        out += [b"\xf4", struct.pack("<H", len(piece) - 1), piece]
    return b"".join(out)


def samples(number, pairs):
    return b"".join(field(number, b"\x09" + stored(value) + b"\x10" + varint(time)) for time, value in pairs)


def labels_v1(number, pairs):
    return b"".join(field(number, field(1, name.encode()) + field(2, value.encode())) for name, value in pairs)


def histogram(time, h):
    """A native histogram; both versions of the protocol share its layout.

    h: dict of schema, count, sum, zero (threshold, count), positive and negative (spans, counts: absolute), bounds, gauge, floats.
    """
    floats, out = h["floats"], b""
    out += double(2, h["count"]) if floats else integer(1, h["count"])
    out += double(3, h["sum"]) + signed(4, h["schema"]) + double(5, h["zero"][0])
    out += double(7, h["zero"][1]) if floats else integer(6, h["zero"][1])
    for number, (spans, counts) in ((8, h["negative"]), (11, h["positive"])):
        out += b"".join(field(number, signed(1, offset) + integer(2, length)) for offset, length in spans)
        if floats:
            out += field(number + 2, b"".join(struct.pack("<d", c) for c in counts))
        else:
            out += field(number + 1, b"".join(zigzag(b - a) for a, b in zip([0] + counts, counts)))
    out += integer(14, 3 if h["gauge"] else 0) + integer(15, time)
    return out + field(16, b"".join(struct.pack("<d", b) for b in h["bounds"])) if h["bounds"] else out


def version1(parts):
    """parts: things with labels, samples, exemplars [(labels, value, time)], histograms [(time, histogram)]."""
    out = []
    for p in parts:
        body = labels_v1(1, p.labels) + samples(2, p.samples)
        for pairs, value, time in p.exemplars:
            body += field(3, labels_v1(1, pairs) + double(2, value) + integer(3, time))
        body += b"".join(field(4, histogram(time, h)) for time, h in p.histograms)
        out.append(field(1, body))
    return b"".join(out)


KINDS = {"counter": 1, "gauge": 2, "histogram": 3, "summary": 5}


def version2(parts):
    """As version 1, with one table of all text and metadata at each series."""
    symbols = {"": 0}

    def symbol(text):
        return symbols.setdefault(text, len(symbols))

    def references(pairs):
        return field(1, b"".join(uvarint(symbol(text)) for pair in pairs for text in pair))

    out = []
    for p in parts:
        body = references(p.labels) + samples(2, p.samples)
        body += b"".join(field(3, histogram(time, h)) for time, h in p.histograms)
        body += b"".join(field(4, references(pairs) + double(2, value) + integer(3, time)) for pairs, value, time in p.exemplars)
        body += field(5, integer(1, KINDS.get(p.kind, 0)) + integer(3, symbol(p.help)) + integer(4, symbol(p.unit)))
        out.append(field(5, body))
    return b"".join(field(4, text.encode()) for text in symbols) + b"".join(out)


def write(server, parts, version=1):
    """(status, text) of one remote write of all parts."""
    kind = {1: "application/x-protobuf", 2: "application/x-protobuf;proto=io.prometheus.write.v2.Request"}[version]
    body = snappy({1: version1, 2: version2}[version](parts))
    headers = {"Content-Type": kind, "Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": {1: "0.1.0", 2: "2.0.0"}[version]}
    try:
        with urllib.request.urlopen(urllib.request.Request(server.url + "/api/v1/write", body, headers), timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
