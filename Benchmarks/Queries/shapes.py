"""The queries: each a shape that dashboards, alerts or a careless hand ask for, over more series or more time than usual."""

import dataclasses

import series
from history import DAY, HOUR

MINUTE = 60
NODES = '{__name__=~"node_.+"}'
RATE_BY_JOB = f"sum by (job) (rate({NODES}[5m]))"
STEPS = 1000  # of the longest of them over all machines


@dataclasses.dataclass(frozen=True)
class Shape:
    """An instant query (step 0), or a range query over `length` seconds up to the same time."""

    name: str
    promql: str
    length: int = 0
    step: int = 0


def over_recent(size, name, promql, length, step):
    """A range query over the last day at most, with an hour to spare for its windows."""
    return Shape(name, promql, min(length, size.recent - HOUR), step)


def over_long(size, name, promql, length, step):
    """A range query over the product's history."""
    return Shape(name, promql, min(length, size.long - HOUR), step)


def rate_by_job(size):
    """The one by which memory is measured as well."""
    return over_recent(size, "rate by job, all machines, 1,000 steps", RATE_BY_JOB, (STEPS - 1) * MINUTE, MINUTE)


def wide(size):
    """Many series in one selector."""
    yield Shape("all machines, instant", NODES)
    yield over_recent(size, "all machines, 30 min", NODES, HOUR // 2, MINUTE)
    yield Shape("count by name, instant", "count by (__name__) ({__name__=~\".+\"})")
    yield rate_by_job(size)
    yield Shape("topk over all, instant", f"topk(10, {NODES})")
    yield over_recent(size, "topk of rates over all, 1 h", f"topk(10, rate({NODES}[5m]))", HOUR, MINUTE)
    yield Shape("label_replace over all, instant", f'label_replace({NODES}, "host", "$1", "instance", "(.+):.*")')
    yield Shape("max_over_time[12h] of all, instant", f"max by (job) (max_over_time({NODES}[12h]))")
    yield Shape("avg_over_time[12h] of gauges, instant", 'avg_over_time({__name__=~"system_(memory|load).+"}[12h])')


def long(size):
    """A week of samples every 15 s, and long windows."""
    yield over_long(size, "rate by queue, 7 d", "sum by (queue) (rate(queue_tasks_total[5m]))", 7 * DAY, 10 * MINUTE)
    yield over_long(size, "selector, 7 d", "transcription_memory_bytes", 7 * DAY, 5 * MINUTE)
    yield over_long(size, "increase[1d], 6 d", "sum by (bot) (increase(telegram_updates_total[1d]))", 6 * DAY, HOUR)
    yield over_long(size, "max_over_time[1d], 6 d", "max_over_time(queue_depth[1d])", 6 * DAY, HOUR)
    yield over_long(size, "quantile_over_time[6h], 6 d", "quantile_over_time(0.9, transcription_memory_bytes[6h])", 6 * DAY, HOUR)


def joined(size):
    """Vector matching of thousands of series."""
    release = "rate(node_cpu_seconds_total[5m]) * on (instance) group_left (release) node_uname_info"
    share = "system_filesystem_avail_bytes / on (instance, mountpoint) group_left (fstype) node_filesystem_size_bytes"
    yield over_recent(size, "group_left by release, 1 h", f"sum by (release) ({release})", HOUR, MINUTE)
    yield Shape("group_left, all CPU series, instant", release)
    yield over_recent(size, "group_left of two gauges, 1 h", share, HOUR, 5 * MINUTE)


def regexes():
    """Matchers with many alternatives."""
    names = "|".join(series.machine_name(n) for n in range(0, 500, 5))
    starts = "|".join(f"host-{n:02d}.+" for n in range(0, 50, 2))
    return names, starts


def folded(size):
    """Aggregations, histograms and subqueries."""
    names, starts = regexes()
    sizes = '{__name__=~"(system|node)_(memory|filesystem).+"}'
    latency = "sum by (service, le) (rate(http_request_duration_seconds_bucket[5m]))"
    nested = 'max_over_time(avg_over_time(sum by (job) (rate(node_cpu_seconds_total{mode="user"}[5m]))[30m:1m])[2h:5m])'
    yield over_recent(size, "nested subqueries, 1 h", nested, HOUR, 5 * MINUTE)
    yield over_recent(size, "histogram_quantile by service, 6 h", f"histogram_quantile(0.99, {latency})", 6 * HOUR, MINUTE)
    yield over_recent(size, "quantile by region, 3 h", "quantile by (region) (0.95, rate(node_cpu_seconds_total[5m]))", 3 * HOUR, MINUTE)
    yield over_recent(size, "count_values, 30 min", f'count_values("gib", floor({sizes} / 2^30))', HOUR // 2, MINUTE)
    yield over_recent(size, "regex of 100 names, 1 h", f'sum(rate(node_cpu_seconds_total{{instance=~"{names}"}}[5m]))', HOUR, MINUTE)
    yield over_recent(size, "regex of 25 prefixes, 1 h", f'sum(rate(node_disk_traffic_bytes_total{{instance=~"{starts}"}}[5m]))', HOUR, MINUTE)


def all_shapes(size):
    return [*wide(size), *long(size), *joined(size), *folded(size)]


def dashboard(size):
    """A mix as the panels of a dashboard ask it."""
    busy = 'sum by (job) (rate(node_cpu_seconds_total{mode!="idle"}[5m]))'
    errors = 'sum by (service) (rate(http_requests_total{code=~"5.."}[5m])) / sum by (service) (rate(http_requests_total[5m]))'
    slow = 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))'
    return [
        over_recent(size, "busy", busy, 3 * HOUR, MINUTE), over_recent(size, "errors", errors, 6 * HOUR, MINUTE),
        over_recent(size, "slow", slow, 3 * HOUR, MINUTE), over_recent(size, "loads", 'system_load1{rack="r01"}', 6 * HOUR, MINUTE),
        over_recent(size, "fullest", "topk(5, 1 - system_filesystem_avail_bytes / ignoring (fstype) node_filesystem_size_bytes)", HOUR, MINUTE),
        over_long(size, "tasks", "sum by (outcome) (rate(queue_tasks_total[5m]))", DAY, 5 * MINUTE),
        Shape("free", "sum by (region) (system_memory_bytes)"), Shape("depths", "max by (queue) (queue_depth)"),
    ]
