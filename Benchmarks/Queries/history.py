"""The history that all servers are loaded with: OpenMetrics text, one file for each span of time that becomes one block.

Equal settings give equal values. The times end with the last whole span before the history was written, so that usual retentions keep it.
"""

import contextlib
import dataclasses
import json
import os
import shutil
import time

import series

HOUR, DAY = 3600, 86400
SPAN = 54 * HOUR  # a length that blocks of the Prometheus TSDB grow to
USABLE = 20 * DAY  # after which it is written anew, before a retention takes it away


@dataclasses.dataclass(frozen=True)
class Size:
    """How much there is: machines and API processes with a sample every `coarse` seconds, the product with one every `fine` seconds."""

    name: str
    machines: int
    processes: int  # of each service
    recent: int  # seconds of history of machines and API
    long: int  # of the product
    coarse: int = 60
    fine: int = 15


FULL = Size("full", machines=500, processes=5, recent=DAY, long=7 * DAY)
TINY = Size("tiny", machines=20, processes=1, recent=3 * HOUR, long=6 * HOUR)


@dataclasses.dataclass(frozen=True)
class History:
    """Files that have been written."""

    size: Size
    folder: str
    end: int
    series: int
    samples: int

    @property
    def paths(self):
        return sorted(os.path.join(self.folder, name) for name in os.listdir(self.folder) if name.endswith(".om"))


def prepare(folder, size, seed):
    """The history in `folder`, written first if it is not there yet or has become too old."""
    place = os.path.join(folder, f"history-{size.name}-{seed}")
    description = os.path.join(place, "history.json")
    if os.path.exists(description):
        with open(description) as f:
            known = json.load(f)
        if time.time() - known["end"] < USABLE:
            return History(size, place, **known)
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    end = int(time.time()) // SPAN * SPAN
    known = {"end": end, **write(place, size, seed, end)}
    with open(description, "w") as f:
        json.dump(known, f)
    return History(size, place, **known)


def write(place, size, seed, end):
    """Writes all files; how many series and samples there are."""
    spans = range((end - size.long) // SPAN * SPAN, end, SPAN)
    with contextlib.ExitStack() as stack:
        files = {span: stack.enter_context(open(os.path.join(place, f"{span}.om"), "w", buffering=1 << 20)) for span in spans}
        processes = [*series.machines(size), *series.services(size)]
        recent = [write_process(files, seed, n, *process, end - size.recent, end, size.coarse) for n, process in enumerate(processes)]
        product = write_process(files, seed, 0, {"job": "product"}, series.PRODUCT, end - size.long, end, size.fine)
        for file in files.values():
            file.write("# EOF\n")
    samples = sum(recent) * (size.recent // size.coarse) + product * (size.long // size.fine)
    return {"series": sum(recent) + product, "samples": samples}


def write_process(files, seed, number, labels, families, start, end, step):
    """Writes the series of one process, whose samples lie at an offset of its own in every step; how many series."""
    offset = number * 331 % (step * 1000)
    times = range(start, end, step)
    stamps = [f" {second + offset // 1000}.{offset % 1000:03d}\n" for second in times]
    written = 0
    for name, all_labels, column in series.columns(seed, labels, families, len(times)):
        key = series.text(name, all_labels) + " "
        lines = [key + value + stamp for value, stamp in zip(column, stamps)]
        for span, file in files.items():
            file.writelines(lines[before(times, span):before(times, span + SPAN)])
        written += 1
    return written


def before(times, second):
    """How many of the times lie before `second`."""
    return min(len(times), max(0, -((times.start - second) // times.step)))
