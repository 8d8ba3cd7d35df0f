"""The values of one series, as texts: each a function of a random source, a number of samples and the sample at which its process restarts."""

import itertools

RATES = (0, 1, 4, 30, 300, 5000, 200_000)  # the most by which a counter grows between two samples


def totals(steps, restart):
    """Running sums, from zero again at a restart."""
    if restart is None:
        return itertools.accumulate(steps)
    return itertools.chain(itertools.accumulate(steps[:restart]), itertools.accumulate(steps[restart:]))


def counter(rng, count, restart):
    """Whole numbers that grow at the series' own pace."""
    most = rng.choice(RATES)
    steps = [int(rng.random() * most) for _ in range(count)]
    steps[0] += rng.randrange(10**6)
    return map(str, totals(steps, restart))


def seconds(rng, count, restart):
    """Time spent, in hundredths of a second."""
    most = rng.choice((20, 400, 5900))
    steps = [int(rng.random() * most) for _ in range(count)]
    steps[0] += rng.randrange(10**7)
    return (str(total / 100) for total in totals(steps, restart))


def walk(rng, count, start, stride):
    """A level that wanders and never falls below zero."""
    level = start
    for _ in range(count):
        level = abs(level + int((rng.random() * 2 - 1) * stride))
        yield level


def memory(rng, count, _):
    """Bytes, in pages."""
    return (str(pages * 4096) for pages in walk(rng, count, rng.randrange(1 << 18, 1 << 22), 2000))


def load(rng, count, _):
    """A gauge with two decimals."""
    return (str(level / 100) for level in walk(rng, count, rng.randrange(400), 30))


def depth(rng, count, _):
    """A small whole number that often stays as it is."""
    return map(str, walk(rng, count, rng.randrange(20), 3))


def size(rng, count, _):
    """Bytes that do not change."""
    return itertools.repeat(str(rng.randrange(16, 512) << 30), count)


def one(_, count, __):
    """The value of an info metric."""
    return itertools.repeat("1", count)


def buckets(rng, count, restart, bounds):
    """The columns of a classic histogram: one after the other, each at least as high as the one before."""
    steps = [0] * count
    for _ in range(bounds):
        most = rng.choice((0, 2, 2, 9, 40))
        steps = [step + int(rng.random() * most) for step in steps]
        yield map(str, totals(steps, restart))
