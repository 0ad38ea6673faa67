#!/usr/bin/env python3
"""Draws docs/images/capacity.svg: capacity_forecast.py on a Prometheus that is filled with a made-up service's month.

usage: capacity_picture.py FILE.svg
"""
import math
import random
import subprocess
import sys

from native_stack import ROOT
from filled_prometheus import DAY, HOUR, FilledPrometheus, Series

NOW = 1795737600  # 2026-11-27, midnight
GIB = 2 ** 30
LIMITS = ("requests=60", "latency=500ms", "llm_spend=900", "database=40GiB")


def drawn(name, day):
    return random.Random(f"{name} {day}").gauss(0, 1)


def walked(name, days):
    """The sum of what each day drew."""
    return sum(drawn(name, day) for day in range(-35, days + 1))


def daily(moment):
    """How busy an hour is: nights are quiet, weekends half as much."""
    hour, day = moment % DAY / HOUR, moment // DAY
    rhythm = 0.55 - 0.45 * math.cos((hour - 3) / 24 * 2 * math.pi)
    return rhythm * (0.5 if day % 7 in (2, 3) else 1.0)


def ago(moment):
    return (moment - NOW) / DAY


def requests(moment):
    day = math.floor(ago(moment))
    spike = 2.2 if day == -17 and moment % DAY > 8 * HOUR else 1.0
    return spike * (34 + 0.42 * ago(moment)) * daily(moment) * (1 + 0.05 * drawn("requests", day))


def memory(moment):
    day = math.floor(ago(moment))
    return (5.4 + 0.035 * ago(moment) + (2.6 if day >= -13 else 0) + 0.12 * drawn("memory", day) + 0.7 * daily(moment)) * GIB


def latency(moment):
    return 0.18 + 0.0012 * ago(moment) + 0.06 * daily(moment) + 0.006 * drawn("latency", math.floor(ago(moment)))


class Counter:
    """Adds up a rate; asked for moments in order."""

    def __init__(self, rate):
        self.rate, self.sum = rate, 0.0

    def __call__(self, moment):
        self.sum += 300 * max(0.0, self.rate(moment))
        return self.sum


def histories():
    yield Series("causal_inference_requests_total", {"status": "ok"}, Counter(requests), True)
    for le in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0, math.inf):
        # 95 of 100 are answered within latency(moment), evenly spread.
        yield Series("http_request_duration_seconds_bucket", {"le": "+Inf" if le == math.inf else str(le)},
                     Counter(lambda m, le=le: 20 * min(1.0, 0.95 * le / latency(m))), True)
    for mode in ("idle", "user"):
        yield Series("node_cpu_seconds_total", {"instance": "a", "cpu": "0", "mode": mode}, Counter(
            lambda m, mode=mode: abs((mode == "idle") - min(1.0, 0.012 * requests(m) + 0.1))), True)
    yield Series("node_memory_MemTotal_bytes", {"instance": "a"}, lambda _: 16.0 * GIB)
    yield Series("node_memory_MemAvailable_bytes", {"instance": "a"}, lambda m: 16 * GIB - memory(m))
    disk = {"mountpoint": "/var/lib/postgresql", "fstype": "ext4", "device": "b"}
    used = {day: 118 + 1.1 * day + 1.3 * walked("disk", day) for day in range(-62, 2)}
    yield Series("node_filesystem_size_bytes", disk, lambda _: 180.0 * GIB)
    yield Series("node_filesystem_avail_bytes", disk, lambda m: (180 - used[math.floor(ago(m))]) * GIB)
    yield Series("container_memory_working_set_bytes", {"name": "app"},
                 lambda m: (1.32 + 0.006 * ago(m) + 0.05 * daily(m) + 0.03 * drawn("app", math.floor(ago(m)))) * GIB)
    yield Series("container_spec_memory_limit_bytes", {"name": "app"}, lambda _: 2.0 * GIB)
    yield Series("pg_database_size_bytes", {"datname": "causal_experiments"}, lambda m: (21 + 0.17 * ago(m)) * GIB)
    yield Series("causal_llm_cost_dollars_total", {"provider": "openai"}, Counter(lambda m: spent(m) / DAY), True)


def spent(moment):
    """Dollars a day."""
    return (21 + 0.12 * ago(moment)) * 2 * daily(moment) * (1 + 0.4 * abs(drawn("spent", math.floor(ago(moment)))))


def main():
    with FilledPrometheus(list(histories()), NOW - 61 * DAY, NOW) as server:
        done = subprocess.run([ROOT / "scripts/capacity_forecast.py", "--period=30d", "--forecast=90d", f"--prometheus={server.url}",
                               f"--at={NOW}",
                               f"--svg={sys.argv[1]}", *(f"--limit={limit}" for limit in LIMITS)], capture_output=True, text=True,
                               timeout=300)
    print(done.stdout, done.stderr, sep="")


if __name__ == "__main__":
    main()
