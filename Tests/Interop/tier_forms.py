"""The form of tiers on disk: read by a reader that was written from its page alone.

corpus: chunks of made windows of all kinds, with what is in them.
blocks: known samples, folded by a server, come out of its blocks as they would be folded here.
thanos: and out of the downsampled blocks that are exported of them.
"""

import json
import math
import os
import random
import shlex
import subprocess
import time

import tier_reader
from harness import ROOT, Server, until
from tier_reader import Bits, Block, Bytes, Damaged, Xor

HOUR = 3_600_000
RESOLUTIONS = {"5m": 300_000, "1h": HOUR}


def binary():
    return shlex.split(os.environ.get("MARTLET_BIN", os.path.join(ROOT, ".build/debug/martlet")))[0]


def ran(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def corpus(checks, seed):
    done = ran(os.path.join(os.path.dirname(os.path.abspath(binary())), "AggregateFuzz"), "corpus", 60, seed)
    if checks.that(done.returncode == 0, f"forms: made chunks, seed {seed}", done.stderr[-300:]):
        tier_reader.check_corpus(checks, done.stdout.splitlines(), "forms")


# Known samples


def made(chance, end):
    """{name: [(time, value)]} of nine hours before `end`."""
    begin = end - 9 * HOUR
    series = {}
    for name, step in (("steps_total", 15_000), ("ratio", 30_000), ("odd", 45_000), ("edges", 60_000), ("sparse", 1_700_000), ("holes", 15_000)):
        time, value, samples = begin + (0 if name == "edges" else chance.randrange(step)), chance.randrange(10_000), []
        while time <= end:
            value = 0 if name == "steps_total" and chance.random() < 0.002 else value + chance.randrange(100) - (0 if name == "steps_total" else 50)
            if name != "holes" or time // (HOUR // 2) % 3:
                samples.append((time, float(value) / 7 if name == "ratio" else float(value) / 4))
            time += step + (chance.randrange(7) - 3 if name == "odd" else 0)
        series[name] = samples
    series["notNumbers"] = [(time, chance.choice((1.5, math.nan, math.inf, -2.0, 0.0))) for time in range(begin, end + 1, 20_000)]
    return series


def folded(samples, resolution):
    """The windows of samples, by the page's own words."""
    windows = {}
    for time, value in samples:
        windows.setdefault(-(-time // resolution) * resolution, []).append((time, value))
    found = []
    for end, inside in sorted(windows.items()):
        values = [value for _, value in inside]
        numbers = [value for value in values if value == value]
        before = [a for a, b in zip(values, values[1:]) if b < a]
        infinite = not all(map(math.isfinite, values))
        found.append({
            "end": end, "count": len(inside), "stale": None, "merged": False, "firstTime": inside[0][0], "lastTime": inside[-1][0],
            "first": values[0], "last": values[-1], "sum": sum(values) if infinite else math.fsum(values),
            "minimum": min(numbers, default=math.nan), "maximum": max(numbers, default=math.nan),
            "lost": math.fsum(before) if all(map(math.isfinite, before)) else sum(before), "resets": len(before)})
    return found


def same(a, b):
    """Whether two windows are the same; sums may differ by their rounding."""
    def equal(name):
        x, y = a.get(name), b.get(name)
        if not isinstance(x, float) or not isinstance(y, float):
            return x == y
        return (x != x and y != y) or x == y or (name in ("sum", "lost") and math.isclose(x, y, rel_tol=1e-15))
    return a.keys() == b.keys() and all(map(equal, a))


def windows_of(folder, tier):
    """{name: [window]} of all blocks of a tier."""
    found, path = {}, f"{folder}/tiers/{tier}"
    blocks = [Block(f"{path}/{name}") for name in os.listdir(path) if os.path.exists(f"{path}/{name}/meta.json")]
    for block in sorted(blocks, key=lambda block: block.meta["minTime"]):
        for labels, windows in block.windows():
            if "__name__" in labels:
                found.setdefault(labels["__name__"], []).extend(windows)
    return found


def covered(folder, tier, begin, end):
    """Whether a tier's blocks have all of a time."""
    path = f"{folder}/tiers/{tier}"
    metas = [json.load(open(f"{path}/{name}/meta.json")) for name in (os.listdir(path) if os.path.isdir(path) else [])
             if os.path.exists(f"{path}/{name}/meta.json") and "tmp" not in name]
    for meta in sorted(metas, key=lambda meta: meta["minTime"]):
        if meta["minTime"] <= begin + 1:
            begin = max(begin, meta["maxTime"])
    return begin >= end


def unhinted(path):
    """A block as a Prometheus has it: that its samples came late is not said any more, so their time is over for whoever opens it."""
    with open(path) as file:
        meta = json.load(file)
    meta["compaction"].pop("hints", None)
    meta.pop("checksum", None)
    with open(path, "w") as file:
        json.dump(meta, file)


def source(checks, folder, series):
    """Blocks of known samples; gives their folder."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/history.om", "w") as out:
        for name, samples in series.items():
            out.write(f"# TYPE {name} unknown\n")
            for at, value in samples:
                out.write(f"{name} {'NaN' if value != value else repr(value).replace('inf', '+Inf')} {at / 1000:.3f}\n")
        out.write("# EOF\n")
    done = ran(binary(), "tsdb", "create-blocks-from", "openmetrics", "--quiet", f"{folder}/history.om", f"{folder}/source")
    checks.that(done.returncode == 0, "forms: blocks of known samples", done.stderr[-300:])
    for name in os.listdir(f"{folder}/source"):
        unhinted(f"{folder}/source/{name}/meta.json")
    return f"{folder}/source"


def served(checks, folder, data, begin, end):
    """The folder of a server that has folded those blocks; None if it does not."""
    config = f"{folder}/ours.yml"
    server = Server("ours", folder, config, data=data)
    with open(config, "w") as out:  # with samples of now it knows that those times are over
        out.write(f"scrape_configs: [{{job_name: itself, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{{targets: ['127.0.0.1:{server.port}']}}]}}]\n")
    server.start()
    complete = until(lambda: all(covered(server.data, tier, begin, end) for tier in RESOLUTIONS), 150, 0.5)
    checks.that(complete, "forms: a server folds them", str(os.listdir(server.data)))
    server.stop()
    return server.data if complete else None


def compared(checks, data, series, seed):
    """Whether the windows are those of all samples, up to the last time that is folded."""
    for tier, resolution in RESOLUTIONS.items():
        found = windows_of(data, tier)
        wrong, count = [], 0
        last = max((windows[-1]["end"] for name, windows in found.items() if name in series), default=0)
        for name, samples in series.items():
            windows = found.get(name, [])
            expected = [window for window in folded(samples, resolution) if window["end"] <= last]
            count += len(windows)
            if len(windows) != len(expected):
                wrong.append((name, len(windows), len(expected)))
            wrong += [(name, a, b) for a, b in zip(windows, expected) if not same(a, b)]
        checks.that(count > 0 and not wrong, f"forms: {count} windows of {tier} are those of the samples", f"seed {seed}: {len(wrong)} are not: {wrong[:1]}")


def blocks(checks, folder, seed):
    """Gives the folder, once it is folded."""
    chance, end = random.Random(seed), (int(time.time() * 1000) // (2 * HOUR) - 2) * 2 * HOUR
    series = made(chance, end)
    data = served(checks, folder, source(checks, folder, series), end - 8 * HOUR, end - 2 * HOUR)
    if data:
        compared(checks, data, series, seed)
    return data


# Downsampled blocks


def xor_samples(data):
    """The samples of a chunk of encoding 1."""
    count, source = int.from_bytes(data[:2], "big"), Bytes(data, 2)
    time, samples = source.signed(), []
    bits = Bits(data)
    bits.place = source.place * 8
    value = Xor(bits)
    samples.append((time, value.value))
    delta = 0
    for number in range(1, count):
        if number == 1:
            delta = varint(bits)
        else:
            delta += delta_of_deltas(bits)
        time += delta
        samples.append((time, value.next(bits)))
    return samples


def varint(bits):
    value, shift = 0, 0
    while True:
        byte = bits.take(8)
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value


def delta_of_deltas(bits):
    for width in (0, 14, 17, 20):
        if not bits.take(1):
            number = bits.take(width) if width else 0
            return number - (1 << width) if width and number > 1 << (width - 1) else number
    number = bits.take(64)
    return number - (1 << 64) if number >> 63 else number


def slots(data):
    source, found = Bytes(data), []
    for _ in range(5):
        length = source.unsigned()
        if not length:
            raise Damaged("an empty slot")
        if source.byte() != 1:
            raise Damaged("a slot that is no chunk of floats")
        found.append(xor_samples(source.take(length)))
    if source:
        raise Damaged("something behind the slots")
    return found


def sound(parts, first, last, resolution):
    """Whether the five slots of a chunk fit each other and its times."""
    counts, sums, minima, maxima, counter = parts
    times = [at for at, _ in counts]
    return (
        (times[-1], counter[0][0]) == (last, first) and times == sorted(set(times))
        and all([at for at, _ in slot] == times for slot in (sums, minima, maxima, counter[1:-1]))
        and counter[-1][0] == counter[-2][0] and all(at % resolution == resolution - 1 for at in times[:-1])
        and all(low <= total / count <= high or abs(total) == math.inf or total != total or math.isclose(low, high)
                for (_, count), (_, total), (_, low), (_, high) in zip(counts, sums, minima, maxima)))


def thanos(checks, folder, data):
    out = f"{folder}/bucket"
    done = ran(binary(), "tsdb", "export", f"--thanos={out}", "--label=cluster=main", data)
    checks.that(done.returncode == 0, "forms: the tiers are exported", done.stderr[-300:] + done.stdout[-300:])
    nothing = ran(binary(), "tsdb", "export", f"--thanos={folder}/none", f"{folder}/nowhere")
    checks.that(nothing.returncode != 0 and "nowhere" in nothing.stderr, "forms: a folder that is not there is not taken for one without tiers", nothing.stdout)
    wrong, seen = [], 0
    for name in os.listdir(out):
        block = Block(f"{out}/{name}")
        meta = block.meta["thanos"]
        resolution = meta["downsample"]["resolution"]
        if (meta["labels"], meta["source"], meta["version"], resolution in RESOLUTIONS.values()) != ({"cluster": "main"}, "compactor", 1, True):
            wrong.append(meta)
        if meta["segment_files"] != sorted(os.listdir(f"{out}/{name}/chunks")):
            wrong.append(meta)
        number = 0
        for labels, chunks in block.series():
            for first, last, encoding, chunk in chunks:
                parts = slots(chunk)
                number += len(parts[0])
                inside = block.meta["minTime"] <= first and last < block.meta["maxTime"]
                if encoding != 0xFF or not inside or not sound(parts, first, last, resolution):
                    wrong.append((labels, first, last))
        if number != block.meta["stats"]["numSamples"]:
            wrong.append((name, number, block.meta["stats"]))
        seen += number
    checks.that(seen > 0 and not wrong, f"forms: {seen} exported windows have all of their five slots", str(wrong[:2]))


def check(checks, folder, seed):
    corpus(checks, seed)
    data = blocks(checks, f"{folder}/forms", seed)
    if data:
        thanos(checks, f"{folder}/forms", data)
