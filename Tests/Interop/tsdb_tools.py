"""`promtool tsdb` and `martlet tsdb` over a data folder, and what they print."""

import json
import os
import re
import shlex
import subprocess
import tempfile
from collections import Counter

from dataset import plain, written
from harness import ROOT, blocks, peer

LINE = re.compile(r'(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}) (.*) (-?\d+)$')
OWN = re.compile(r'__name__="(up|scrape_\w+)"')  # written by the scraper itself
SPLIT = re.compile(r"\n(?=\{)")


def promtool(command, folder, *arguments):
    """(status, output) of a `promtool tsdb` command; what it writes itself goes elsewhere."""
    with tempfile.TemporaryDirectory(prefix="martlet-sandbox-") as sandbox:
        own = [f"--sandbox-dir-root={sandbox}"] if command.startswith("dump") else []
        done = subprocess.run([peer("promtool"), "tsdb", command, *own, *arguments, folder], capture_output=True, text=True)
    return done.returncode, done.stdout + (done.stderr if done.returncode else "")


def martlet(command, folder, *arguments):
    """(status, output) of a `martlet tsdb` command; of promtool's where a Prometheus stands in for us."""
    if os.environ.get("OURS_CMD"):
        return (0, "") if command == "verify" else promtool(command, folder, *arguments)
    binary = os.environ.get("MARTLET_BIN", os.path.join(ROOT, ".build/debug/martlet"))
    done = subprocess.run([*shlex.split(binary), "tsdb", command, *arguments, folder], capture_output=True, text=True)
    return done.returncode, done.stdout + (done.stderr if done.returncode else "")


def samples(text):
    """(label set -> {time: value as text}, samples that are there twice, lines that are none) of a dump."""
    out, twice, strange = {}, [], []
    for line in SPLIT.split(text.strip("\n")):
        match = LINE.match(line)
        if not match:
            strange.append(line[:200])
        elif not OWN.search(match[1]):
            kept = out.setdefault(match[1], {})
            if int(match[3]) in kept:
                twice.append(line[:200])
            kept[int(match[3])] = match[2] if match[2].startswith("{") else plain(float(match[2]))
    return out, twice, strange


def reach(folder):
    """The time up to which promtool's dump is whole, in ms; None: it all is.

    promtool takes the end of the newest block for the begin of the head, also where that block has only samples that came out of order.
    """
    ends = {True: 0, False: 0}
    for name in blocks(folder):
        with open(f"{folder}/{name}/meta.json") as f:
            meta = json.load(f)
        late = "from-out-of-order" in meta["compaction"].get("hints", [])
        ends[late] = max(ends[late], meta["maxTime"])
    return ends[False] if ends[True] > ends[False] else None


def left_out(end):
    """Jobs that promtool's dump does not show whole: of a series with native histograms it leaves out the first, and with an end before the
    head's begin it does not look at the late samples that are in the head."""
    return ["native", "field"] if end else ["native"]


def bounds(end):
    """Arguments of a dump that promtool gets right, see `reach`."""
    return [f'--match={{job!~"{"|".join(left_out(end))}"}}'] + ([f"--max-time={end - 1}"] if end else [])


def against(checks, dumped, ledger, name, end=None):
    """A dump holds exactly what the ledger knows before `end`; gives its samples."""
    status, text = dumped
    found, twice, strange = samples(text)
    checks.that(status == 0 and not strange and not twice, f"{name}: a dump that can be read, each sample once",
                f"status {status}, twice {twice[:2]}, strange {strange[:2]}")
    compared(checks, found, ledger.filled(end), name)
    return found


def compared(checks, found, wanted, name):
    bare = {series: {t: "histogram" if v.startswith("{") else v for t, v in kept.items()} for series, kept in found.items() if kept}
    lost, more = missing(wanted, bare), missing(bare, wanted)
    count = sum(map(len, wanted.values()))
    return checks.that(not lost and not more, f"{name}: {count} samples of {len(wanted)} series, none lost, none more",
                       f"{len(lost)} lost or changed, as {lost[:3]}; {len(more)} more, as {more[:3]}")


def asked(server, ledger, more=""):
    """All samples as a server answers them, in the shape of `samples`: without staleness markers."""
    times = [t for kept in ledger.series.values() for t in kept]
    begin, end = min(times) - 3_600_000, max(times) + 3_600_000
    out = {}
    for found in server.query('{job!="",__name__!~"up|scrape_.*"%s}[%dms]' % (more, end - begin), end / 1000):
        kept = out[written(sorted(found["metric"].items()))] = {}
        kept.update((round(float(t) * 1000), plain(float(v))) for t, v in found.get("values", []))
        kept.update((round(float(t) * 1000), "{" + json.dumps(h, sort_keys=True)) for t, h in found.get("histograms", []))
    return out


def answers(checks, server, ledger, name, native=True):
    """A server has exactly what the ledger knows; gives its samples."""
    found = asked(server, ledger, "" if native else ',job!="native"')
    compared(checks, found, ledger.filled(markers=False, native=native), name)
    return found


def missing(wanted, found):
    """[(series, time, value)] of what is in one and not alike in the other."""
    return [(series, t, v) for series, kept in wanted.items() if kept != found.get(series)
            for t, v in kept.items() if found.get(series, {}).get(t) != v]


def histograms(found):
    return {series: kept for series, kept in found.items() if any(v.startswith("{") for v in kept.values())}


def words(text):
    """Lines with their columns parted by one space."""
    return [" ".join(line.split()) for line in text.strip().splitlines()]


def without_tiers(lines):
    """A list of blocks as promtool has it, which knows of no tiers."""
    if not lines or not lines[0].endswith(" TIER"):
        return lines
    return [line.rsplit(" ", 1)[0] for line in lines if line.rsplit(" ", 1)[1] in ("TIER", "raw")]


def same_tools(checks, folder, name):
    """list, analyze and the dumps print the same from both. Equal counts stand in any order, so that all of them are asked for."""
    end = reach(folder)
    span = [f"--max-time={end - 1}"] if end else []
    for command, *arguments in (["list"], ["list", "-r"], ["analyze", "--limit=9999"], ["analyze", "--limit=9999", "--extended"],
                                ["analyze", "--limit=9999", '--match={job="shop"}'], ["dump", *bounds(end)], ["dump", *span, '--match={job="batch"}'],
                                ["dump-openmetrics", *span, '--match={job="building"}']):
        ours, theirs = martlet(command, folder, *arguments), promtool(command, folder, *arguments)
        shown = [(status, without_tiers(words(text)) if command == "list" else sorted(words(text))) for status, text in (ours, theirs)]
        same = checks.that(shown[0] == shown[1], f"{name}: tsdb {command} {' '.join(arguments)}".rstrip())
        if not same:
            print(unlike(*shown), flush=True)


def unlike(ours, theirs):
    """Where two outputs part, for people."""
    only = [sorted((Counter(a[1]) - Counter(b[1])).elements()) for a, b in ((ours, theirs), (theirs, ours))]
    return f"      status {ours[0]} and {theirs[0]}; only ours {len(only[0])}: {only[0][:4]}; only theirs {len(only[1])}: {only[1][:4]}"
