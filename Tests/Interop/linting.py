"""`martlet check metrics` beside the real promtool: the same verdict and the same lines on pages of all kinds."""

import os
import random
import subprocess

import exporters
from harness import ROOT, peer

# What a name may be made of: every rule has words that break it and words that nearly do.
WORDS = ("http requests total seconds milliseconds bytes kilobytes mibibytes ms b MB sum count bucket info gauge counter histogram summary untyped "
         "timestamp days kelvins meters thermometers kilometres fooBar Foo a:b x1").split()
LABELS = ["le", "quantile", "code", "pathName", "a_b", "Zone"]
HELP = "# HELP {0} Text.\n# TYPE {0} {1}\n"

PAGES = {
    "nothing": "", "blank lines": "\n\n \n", "comments": "# a comment\n#another\n",
    "no metadata": "x 1\n", "help without a text": "# HELP x\nx 1\n", "an unused family": "# TYPE x counter\n",
    "a histogram": HELP.format("h", "histogram") + 'h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n',
    "a histogram with metadata of its parts": HELP.format("h", "histogram") + "# HELP h_sum Text.\nh_sum 1\n",
    "a summary before its type": 'x_sum 1\n# TYPE x summary\nx{quantile="0.5"} 1\nx_sum 1\n',
    "metrics that repeat": HELP.format("x", "gauge") + 'x{a="1"} 1\nx{a="2"} 1\nx{a="1"} 1\n',
    "timestamps": HELP.format("x", "gauge") + "x 1 1700000000000\n", "words": HELP.format("x", "gauge") + 'x{a="1"} NaN\nx{a="2"} +Inf\nx 1e3\n',
    "a second type": "# TYPE x gauge\n# TYPE x gauge\nx 1\n",
    "a late type": "x 1\n# TYPE x gauge\n", "a second help": "# HELP x a\n# HELP x b\nx 1\n",
    "no last line feed": "x 1", "an unknown escape": 'x{a="\\t"} 1\n',
    "an unknown escape in a help": "# HELP x a\\tb\nx 1\n", "escapes": 'x{a="\\\\\\n\\""} 1\n',
    "a bound that is no number": "# TYPE h histogram\n" + 'h_bucket{le="a"} 1\n', "an unknown type": "# TYPE x info\nx 1\n",
    "a repeated label": 'x{a="1",a="1"} 1\n',
    "a reserved label": 'x{__name__="y"} 1\n', "no value": "x\n", "no number": "x y\n", "a float as time": "x 1 1.5\n",
    "no brace": 'x{a="1" 1\n', "OpenMetrics": '# TYPE x counter\nx_total 1 # {a="b"} 1\n# EOF\n', "not UTF-8": b'x{a="\xff"} 1\n',
}


# Pages that scrapers refuse, Prometheus's own among them; so do we, and promtool does not: metadata without a name or a type, times before 1970.
# Types that only OpenMetrics has are of this kind too.
UNSCRAPABLE = [f"openmetrics bad_{name}" for name in ("grouping_or_ordering_4", "grouping_or_ordering_6", "help_1", "type_1", "type_2", "type_3")]
# A blank behind a value, which the description of the format allows, and promtool does not.
BLANKS = ["openmetrics bad_value_2", "openmetrics bad_value_3"]
# Only ours can check these.
QUOTED = HELP.format('"my.x_ms"', "gauge") + '{"my.x_ms","la.bel"="1"} 1\n'


def made(seed):
    """A page of random families."""
    source, page = random.Random(seed), ""
    for _ in range(source.randrange(1, 8)):
        name = "_".join(source.choice(WORDS) for _ in range(source.randrange(1, 5)))
        kind = source.choice(["counter", "gauge", "untyped", "histogram", "summary", None])
        # Metadata of a name twice, or behind its samples, cannot be read.
        if f" {name} " in page or f"\n{name}" in page or page.startswith(name):
            continue
        page += f"# HELP {name} Text.\n" if source.random() < 0.8 else ""
        page += f"# TYPE {name} {kind}\n" if kind else ""
        part = {"histogram": ("_bucket", 'le="{}"'), "summary": ("", 'quantile="0.{}"')}.get(kind, ("", None))
        for number in range(source.randrange(1, 4)):
            wanted = [label for label in source.sample(LABELS, source.randrange(3)) if label not in ("le", "quantile") or not part[1]]
            labels = [f'{label}="{source.randrange(3)}"' for label in wanted]
            for bound in range(source.randrange(1, 3)) if part[1] else [0]:
                inner = ",".join(labels + ([part[1].format(bound)] if part[1] else []))
                page += f"{name}{part[0]}" + (f"{{{inner}}}" if inner else "") + f" {number}\n"
            if part[1]:
                page += f"{name}_sum" + (f"{{{','.join(labels)}}}" if labels else "") + " 1\n"
    return page


def pages(folder, seed):
    """name -> page."""
    found = {name: page if isinstance(page, bytes) else page.encode() for name, page in PAGES.items()}
    ports = exporters.start(f"{folder}/lint-exporters")
    found |= {f"exporter {name}": recorded[0] for name, recorded in exporters.record(ports, 1).items()}
    found |= {f"random {n} of seed {seed}": made(f"{seed}-{n}").encode() for n in range(60)}
    root = os.environ.get("MARTLET_CONFORMANCE")
    if root:
        for name in sorted(os.listdir(f"{root}/openmetrics")):
            found[f"openmetrics {name}"] = open(f"{root}/openmetrics/{name}/metrics", "rb").read()
        for name in sorted(os.listdir(f"{root}/exposition")):
            found[f"exposition {name}"] = open(f"{root}/exposition/{name}", "rb").read()
    return found


def asked(command, page):
    """(exit code, lines of the standard error, lines of the table)."""
    done = subprocess.run(command, input=page, capture_output=True, timeout=60)
    return done.returncode, done.stderr.decode(errors="replace").splitlines(), done.stdout.decode(errors="replace").splitlines()


def check(checks, folder, seed):
    ours = [os.environ.get("MARTLET_BIN", os.path.join(ROOT, ".build/debug/martlet")), "check", "metrics", "--extended"]
    theirs = [peer("promtool"), "check", "metrics", "--extended"]
    counts = {0: 0, 1: 0, 3: 0}
    for name, page in pages(folder, seed).items():
        (mine, told, table), (other, wanted, rows) = asked(ours, page), asked(theirs, page)
        if name in UNSCRAPABLE or b"gaugehistogram\n" in page:
            checks.that(mine == 1, f"lint {name}: refused, as by scrapers", str(told))
            continue
        if name in BLANKS:
            checks.equal((mine, other), (3, 1), f"lint {name}: a blank at the end of a line means nothing")
            continue
        counts[other] += 1
        if not checks.that(mine == other, f"lint {name}: ends with {other}", f"ours {mine}: {told[:3]}, theirs {wanted[:3]}"):
            continue
        if other == 1:
            checks.that(len(told) == 1, f"lint {name}: one line says why", str(told))
            continue
        # promtool repeats a line for each metric that it is about.
        checks.equal(told, sorted(set(wanted), key=wanted.index), f"lint {name}: the same {len(set(wanted))} lines")
        # Of families of the same size promtool shows any first, and none at all where there are problems.
        if other == 0:
            checks.equal([table[0], sorted(table[1:-1]), table[-1]], [rows[0], sorted(rows[1:-1]), rows[-1]], f"lint {name}: the same table")
    mine, told, _ = asked(ours, QUOTED.encode())
    checks.equal((mine, told), (3, ["my.x_ms metric names should not contain abbreviated units"]), "lint: names that promtool 3.5 refuses")
    checks.that(min(counts.values()) > 5, "lint: there were pages of all kinds", str(counts))
