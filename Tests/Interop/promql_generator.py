"""Well-typed random PromQL from a seed, over the series of `dataset`; what has been used is counted."""

import collections

from dataset import HOUR, MINUTE

# name: (the labels that tell its series apart, some of their values)
METRICS = {
    "shop_requests_total": {"instance": ["shop-0", "shop-1", "shop-3"], "code": ["200", "404", "500"], "path": ["/", "/cart", "/old"]},
    "room_temperature_celsius": {"room": ["r01", "r17", "r33"], "floor": ["0", "1", "2", "3"]},
    "queue_depth": {"queue": ["q1", "q3", "q17"]},
    "build_info": {"region": ["eu", "us", "東京"], "version": ["1.4.2"]},
    "odd_value": {"kind": ["nan", "inf", "-inf", "-0", "huge"]},
    "batch_progress_ratio": {"run": ["run-003", "run-025"], "worker": ["a", "b"]},
    "latency_seconds_bucket": {"le": ["0.005", "0.1", "1.0", "+Inf"]},
    "latency_seconds_count": {"job": ["shop"]},
    "latency_seconds_sum": {"job": ["shop"]},
    "late_reading": {"sensor": ["s1", "s4", "s9"]},
    "gone_now_and_then": {"target": ["0", "1", "2"]},
    "native_latency_seconds": {"kind": ["whole", "gauge", "floats", "custom", "sparse"]},
}
LABELS = sorted({label for labels in METRICS.values() for label in labels} | {"job"})
# Of gauges 3.5 sometimes looks for resets in the counts alone, 3.6 whenever nothing else is asked of them; and beside late samples, which one kind
# has, it takes a histogram's word for it that there was none.
STEADY = 'kind!~"gauge|whole"'
# Histograms in a sum of floats are a warning; the fewer of them the more there is to compare.
USUAL = [name for name in METRICS if name not in ("odd_value", "native_latency_seconds")]

MATHEMATICS = ["abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "sgn", "deg", "rad", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh",
               "tanh", "asinh", "acosh", "atanh"]
DATES = ["day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "year"]
HISTOGRAM_PARTS = ["histogram_count", "histogram_sum", "histogram_avg", "histogram_stddev", "histogram_stdvar"]
WINDOWS = ["rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets", "avg_over_time", "min_over_time", "max_over_time", "sum_over_time",
           "count_over_time", "last_over_time", "stddev_over_time", "stdvar_over_time", "present_over_time", "absent_over_time"]
AGGREGATIONS = ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"]
ARITHMETIC = ["+", "-", "*", "/", "%", "^", "atan2"]
COMPARISONS = ["==", "!=", ">", "<", ">=", "<="]
SETS = ["and", "or", "unless"]
# Those that choose by a series' place are asked for on the outside alone, where values can be compared without names.
CHOICES = ["topk", "bottomk"]
EVERYTHING = (MATHEMATICS + DATES + HISTOGRAM_PARTS + WINDOWS + AGGREGATIONS + ARITHMETIC + COMPARISONS + SETS + CHOICES
              + ["round", "clamp", "clamp_min", "clamp_max", "timestamp", "sort", "sort_desc", "label_replace", "label_join", "absent", "histogram_quantile",
                 "histogram_fraction", "vector", "scalar", "time", "pi", "predict_linear", "quantile_over_time", "quantile", "count_values", "subquery",
                 "offset", "@", "bool", "on", "ignoring", "group_left", "group_right", "by", "without", "unary minus"])


class Generator:
    def __init__(self, chance, day):
        self.chance, self.day, self.used = chance, day, collections.Counter()

    def use(self, *names):
        self.used.update(names)
        return names[-1]

    def pick(self, list):
        return self.chance.choice(list)

    def maybe(self, share):
        return self.chance.random() < share

    def query(self):
        """An expression, and whether which series it chooses is left to the store."""
        if self.maybe(0.06):
            op = self.use(self.pick(CHOICES))
            return f"{op}{self.grouping(0.3)}({self.pick(['1', '2', '3', '7'])}, {self.vector(2)})", True
        if self.maybe(0.04):
            return self.scalar(2), False
        return self.vector(self.pick([1, 1, 2, 2, 3])), False

    # Selectors

    def name(self, only=None):
        return self.pick(only) if only else "native_latency_seconds" if self.maybe(0.1) else "odd_value" if self.maybe(0.05) else self.pick(USUAL)

    def matchers(self, name, share=0.5):
        out = []
        for label, values in METRICS[name].items():
            if self.maybe(share):
                value = self.pick(values)
                out.append(f'{label}{self.pick(["=", "=", "!="])}"{value}"' if self.maybe(0.7)
                           else f'{label}{self.pick(["=~", "!~"])}"{value.replace("+", ".")}|{self.pick(values).replace("+", ".")}.*"')
        return "{" + ",".join(out) + "}" if out else ""

    def selector(self, only=None):
        name = self.name(only)
        return name + self.matchers(name) + self.modifiers()

    def modifiers(self):
        out = ""
        if self.maybe(0.12):
            self.use("offset")
            out += " offset " + self.pick(["1m", "10m", "1h", "13h", "-20m"])
        if self.maybe(0.06):
            self.use("@")
            out += " @ " + self.pick([f"{self.day.start / 1000 + self.chance.randrange(26 * 3600)}", "start()", "end()"])
        return out

    def window(self):
        return self.pick(["3m", "5m", "10m", "47m", "1h", "2h30m", "7h"])

    def matrix(self, depth, only=None):
        if depth > 0 and self.maybe(0.2):
            self.use("subquery")
            step = self.pick(["1m", "5m", "7m", "", "30m"])
            return f"({self.vector(depth - 1)})[{self.pick(['10m', '1h', '3h'])}:{step}]" + self.modifiers()
        name = self.name(only)
        return f"{name}{self.matchers(name)}[{self.window()}]{self.modifiers()}"

    # Values

    def number(self):
        return self.pick(["0", "1", "2", "0.5", "-1", "3.25", "1e3", "100", "0.9", "-0.25"])

    def scalar(self, depth):
        kind = self.chance.random()
        if depth == 0 or kind < 0.4:
            return self.number()
        if kind < 0.55:
            return f"{self.use('scalar')}({self.vector(depth - 1)})"
        if kind < 0.8:
            return self.use(self.pick(["time", "pi"])) + "()"
        return f"({self.scalar(depth - 1)} {self.use(self.pick(ARITHMETIC))} {self.scalar(depth - 1)})"

    def vector(self, depth):
        if depth == 0:
            return self.selector()
        makers = [(self.selector, 1), (lambda: self.windowed(depth), 5), (lambda: self.elementwise(depth), 8), (lambda: self.aggregated(depth), 5),
                  (lambda: self.combined(depth), 5), (lambda: self.histogram(depth), 2)]
        return self.chance.choices([m for m, _ in makers], [w for _, w in makers])[0]()

    def windowed(self, depth):
        kind = self.chance.random()
        counters = ["shop_requests_total", "latency_seconds_bucket", "latency_seconds_count", "native_latency_seconds"]
        if kind < 0.08:
            return f"{self.use('predict_linear')}({self.matrix(depth - 1)}, {self.pick(['60', '3600', '-900'])})"
        if kind < 0.16:
            return f"{self.use('quantile_over_time')}({self.pick(['0', '0.3', '0.95', '1', '1.5'])}, {self.matrix(depth - 1)})"
        function = self.use(self.pick(WINDOWS))
        only = counters if function in ("rate", "increase", "irate") and self.maybe(0.8) else None
        # Since 3.6 the increase of a native histogram is not extrapolated to before it was zero.
        while "native" in (matrix := self.matrix(depth - 1, only)) and function in ("rate", "increase", "resets"):
            continue
        if function == "irate" and matrix.startswith("native"):
            matrix = f"native_latency_seconds{{{STEADY}}}[{self.window()}]"
        return f"{function}({matrix})"

    def elementwise(self, depth):
        kind = self.chance.random()
        inner = self.vector(depth - 1)
        if kind < 0.5:
            return f"{self.use(self.pick(MATHEMATICS))}({inner})"
        if kind < 0.72:
            return f"{self.use(self.pick(DATES))}({inner})"
        function = self.use(self.pick(["round", "clamp", "clamp_min", "clamp_max", "timestamp", "sort", "sort_desc", "label_replace", "label_join", "absent",
                                       "vector", "unary minus"]))
        label = self.pick(LABELS)
        return {
            "round": lambda: f"round({inner}" + (f", {self.pick(['0.1', '5', '0.25'])})" if self.maybe(0.5) else ")"),
            "clamp": lambda: f"clamp({inner}, {self.number()}, {self.pick(['5', '50', '1e4'])})",
            "label_replace": lambda: f'label_replace({inner}, "copy", "$1-x", "{label}", "(.*)")',
            "label_join": lambda: f'label_join({inner}, "both", "/", "{label}", "{self.pick(LABELS)}")',
            "vector": lambda: f"vector({self.scalar(depth - 1)})",
            "unary minus": lambda: f"-({inner})",
        }.get(function, lambda: f"{function}({inner}, {self.number()})" if function.startswith("clamp_") else f"{function}({inner})")()

    def grouping(self, share=0.7):
        if not self.maybe(share):
            return ""
        labels = ", ".join(sorted(self.chance.sample(LABELS, self.pick([0, 1, 1, 2, 3]))))
        return f" {self.use(self.pick(['by', 'without']))} ({labels}) "

    def aggregated(self, depth):
        kind = self.chance.random()
        if kind < 0.1:
            return f"{self.use('quantile')}{self.grouping()}({self.pick(['0', '0.5', '0.9', '-1'])}, {self.vector(depth - 1)})"
        if kind < 0.16:
            return f'{self.use("count_values")}{self.grouping()}("v", {self.vector(depth - 1)})'
        return f"{self.use(self.pick(AGGREGATIONS))}{self.grouping()}({self.vector(depth - 1)})"

    def histogram(self, depth):
        kind = self.chance.random()
        native = self.selector(["native_latency_seconds"]) if self.maybe(0.5) else f"irate(native_latency_seconds{{{STEADY}}}[{self.window()}])"
        if kind < 0.4:
            return f"{self.use(self.pick(HISTOGRAM_PARTS))}({native})"
        # Since 3.6 it is one for classic buckets too.
        if kind >= 0.8:
            return f"{self.use('histogram_fraction')}({self.pick(['0', '-1', '0.01'])}, {self.pick(['0.1', '1', '5'])}, {native})"
        classic = f"sum by (le) (rate({self.matrix(0, ['latency_seconds_bucket'])}))" if self.maybe(0.6) else "latency_seconds_bucket"
        inner = native if self.maybe(0.5) else classic
        return f"{self.use('histogram_quantile')}({self.pick(['0', '0.5', '0.9', '0.99', '1', '2'])}, {inner})"

    # Operators

    def combined(self, depth):
        kind = self.chance.random()
        if kind < 0.4:
            return self.with_scalar(depth)
        if kind < 0.55:
            return f"({self.vector(depth - 1)}) {self.use(self.pick(SETS))}{self.matching(False)} ({self.vector(depth - 1)})"
        return self.matched(depth)

    def operator(self):
        if self.maybe(0.65):
            return self.use(self.pick(ARITHMETIC))
        return self.use(self.pick(COMPARISONS)) + (" " + self.use("bool") if self.maybe(0.5) else "")

    def with_scalar(self, depth):
        sides = [f"({self.vector(depth - 1)})", f"({self.scalar(depth - 1)})"]
        self.chance.shuffle(sides)
        return f"{sides[0]} {self.operator()} {sides[1]}"

    def matched(self, depth):
        """Two vectors of one metric, so that partners are found, or of two that are brought to the same labels."""
        if self.maybe(0.6):
            name = self.name()
            window = self.window()
            shapes = [f"{name}{{m}}", f"{name}{{m}}", f"max_over_time({name}{{m}}[{window}])", f"{name}{{m}} offset 10m", f"rate({name}{{m}}[{window}])"]
            if name == "native_latency_seconds":
                shapes.pop()
            left, right = (self.pick(shapes).replace("{m}", self.matchers(name, 0.2)) for _ in range(2))
            return f"({left}) {self.operator()}{self.matching(False) if self.maybe(0.2) else ''} ({right})"
        label = self.pick(["instance", "code", "floor", "job", "path"])
        both = [f"sum by ({label}, job) ({self.vector(depth - 1)})", f"avg by ({label}) ({self.vector(depth - 1)})"]
        self.use("on", "group_left")
        if self.maybe(0.4):
            self.use("group_right")
            return f"({both[1]}) {self.operator()} on ({label}) group_right ({both[0]})"
        return f"({both[0]}) {self.operator()} on ({label}) group_left ({both[1]})"

    def matching(self, groups):
        if self.maybe(0.4):
            return ""
        word = self.use(self.pick(["on", "ignoring"]))
        labels = ", ".join(sorted(self.chance.sample(LABELS, self.pick([0, 1, 2]))))
        return f" {word} ({labels})"

    # When

    def times(self):
        """(instant, start, end, step), in seconds."""
        day = self.day
        at = self.chance.randrange(day.start // 1000, day.end // 1000 + 240)
        if self.maybe(0.3):
            at = (day.start + 2 * HOUR * self.chance.randrange(1, 13)) // 1000 + self.pick([-1, 0, 1, 60])
        step = self.pick([15, 60, 77, 300, 1800])
        steps = self.pick([3, 10, 40])
        return at, at - step * steps, at, step
