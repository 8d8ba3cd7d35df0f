"""Every call Grafana's Prometheus data source makes, put to both: status, order of keys and types of values."""

import json
import time


def calls():
    now = int(time.time())
    span = {"start": now - 20, "end": now}
    rate = "rate(process_cpu_seconds_total[10s])"
    return [
        ("POST", "/api/v1/query", {"query": "1+1", "time": "4"}), ("GET", "/api/v1/query", {"query": "1+1", "time": "4"}),
        ("GET", "/api/v1/status/buildinfo", {}), ("POST", "/api/v1/query_range", {"query": rate, **span, "step": "1"}),
        ("GET", "/api/v1/query_range", {"query": rate, **span, "step": "0.5"}), ("POST", "/api/v1/query_range", {"query": "up", **span, "step": "15", "timeout": "30s"}),
        ("POST", "/api/v1/query_range", {"query": "up", **span, "step": "0"}), ("POST", "/api/v1/query_range", {"query": "1", "start": 1, "end": 99999, "step": "1"}),
        ("POST", "/api/v1/query", {"query": "up"}), ("GET", "/api/v1/query", {"query": "up", "timeout": "10s"}), ("POST", "/api/v1/query", {"query": '"text"'}),
        ("POST", "/api/v1/query", {"query": "up[10s]"}), ("POST", "/api/v1/query", {"query": "up{"}), ("POST", "/api/v1/query", {"query": "nothing_there"}),
        ("POST", "/api/v1/query", {}), ("GET", "/api/v1/query_exemplars", {"query": "test", "start": (now - 60) * 1000, "end": now * 1000}),
        ("POST", "/api/v1/query_exemplars", {"query": "up", **span}), ("POST", "/api/v1/labels", span), ("GET", "/api/v1/labels", {**span, "limit": 40000}),
        ("POST", "/api/v1/labels", {"match[]": ["up"], **span}), ("POST", "/api/v1/series", {"match[]": ['{__name__!=""}'], **span, "limit": 40000}),
        ("GET", "/api/v1/series", {"match[]": ["up", "process_cpu_seconds_total"], **span}), ("GET", "/api/v1/series", {}),
        ("GET", "/api/v1/label/__name__/values", {**span, "limit": 40000}), ("GET", "/api/v1/label/__name__/values", {**span, "match[]": ["up"]}),
        ("GET", "/api/v1/label/job/values", span), ("GET", "/api/v1/label/U__my_2e_label/values", span), ("GET", "/api/v1/label/nothing/values", {}),
        ("POST", "/api/v1/label/job/values", {}), ("GET", "/api/v1/metadata", {}), ("GET", "/api/v1/metadata", {"metric": "process_cpu_seconds_total"}),
        ("GET", "/api/v1/metadata", {"limit": 2}), ("GET", "/api/v1/rules", {}), ("GET", "/api/v1/rules", {"group_limit": 10, "exclude_alerts": "true"}),
        ("GET", "/api/v1/alerts", {}), ("GET", "/api/v1/targets", {}), ("GET", "/api/v1/targets", {"state": "active"}), ("GET", "/api/v1/status/flags", {}),
        ("GET", "/api/v1/status/config", {}), ("GET", "/api/v1/status/runtimeinfo", {}), ("GET", "/api/v1/status/tsdb", {}),
        ("GET", "/-/healthy", {}), ("GET", "/-/ready", {}),
    ]


def shape(value):
    """Keys in their order and types of values; of a list, the kinds of things in it."""
    if isinstance(value, dict):
        return tuple((key, shape(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return ("list", tuple(sorted({repr(shape(inner)) for inner in value})))
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


# What we tell of targets beyond what Prometheus does.
BEYOND = ("lastScrapeBytes", "lastScrapeCompressedBytes", "lastScrapeSamples", "lastScrapeSeriesAdded", "seriesRefused", "seriesRefusedMetrics")


def looked_at(path, data):
    """What must be alike. A server's own flags are its own: of them only the types count."""
    if path == "/api/v1/targets" and data.get("status") == "success":
        for target in data["data"].get("activeTargets", []):
            for key in BEYOND:
                target.pop(key, None)
    if path == "/api/v1/metadata" and data.get("status") == "success":
        # Which metrics a limit leaves is by chance at Prometheus; how many, and what is said of each, is not.
        return len(data["data"]), sorted({shape(v) for v in data["data"].values()})
    if path == "/api/v1/status/flags":
        return {"data": sorted({shape(v) for v in data["data"].values()})} | {"status": data["status"]}
    return shape(data)


def judged(server, method, path, form):
    status, text = server.request(path, method, form)
    try:
        return status, looked_at(path, json.loads(text))
    except ValueError:
        return status, "not JSON"


def check(checks, ours, theirs):
    for method, path, form in calls():
        words = ", ".join(f"{k}={v}" for k, v in form.items() if k not in ("start", "end"))
        checks.equal(judged(ours, method, path, form), judged(theirs, method, path, form), f"Grafana: {method} {path} {words}")
