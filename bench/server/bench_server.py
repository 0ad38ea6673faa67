#!/usr/bin/env python3
"""The server against nginx that answers `return 200`, side by side in one run. Ends with 1 when something is over its gate.

Prints for each line what was measured, what it was measured against, their ratio and the most it may be:
- what a request of /health costs, in CPU of all processes of a side, when 32 connections ask again at once (wrk);
- the 99th percentile of a causal query whose answer is kept, asked at a fixed rate, from when each request was due (load.cc);
- what an event stream holds that has nothing to say, where 10,000 are open;
- the 99th percentile of a page of the list of 100,000 runs.
"""
import json
import re
import subprocess
import sys

from events import memory_of_streams
from listing import listing_postgres, listing_sqlite
from sides import ROOT, Nginx, Server, allow_open_files

ROUNDS = 5
SECONDS = 2
LOAD = ROOT / "build/release/bin/server_load"
REQUESTS_A_SECOND, CONNECTIONS = 2000, 32
RUNS, MOST_PAGE_MILLISECONDS = 100_000, 100
MOST_STREAMS, MOST_STREAM_BYTES = 10_000, 10_240

# A confounded effect, answered from its model.
QUERY = {
    "model": {
        "name": "confounded",
        "graph": "z -> x; z -> y; x -> y",
        "mechanisms": {
            "z": {"table": [[0.4, 0.6]]},
            "x": {"given": ["z"], "table": [[0.9, 0.1], [0.2, 0.8]]},
            "y": {"given": ["z", "x"], "table": [[0.7, 0.3], [0.5, 0.5], [0.6, 0.4], [0.2, 0.8]]},
        },
    },
    "query": "P(y | do(x=1))",
}


def requests_by_wrk(url):
    """How many requests were answered, by one thread with 32 connections that ask again at once."""
    done = subprocess.run(["wrk", "-t1", "-c32", f"-d{SECONDS}s", url], capture_output=True, text=True, check=True)
    assert "Non-2xx" not in done.stdout and "Socket errors" not in done.stdout, done.stdout
    return int(re.search(r"(\d+) requests in", done.stdout).group(1))


def cpu_microseconds(side, path):
    """Of one request, in the processes of that side."""
    before = side.cpu_seconds()
    requests = requests_by_wrk(side.url(path))
    return 1e6 * (side.cpu_seconds() - before) / requests


def p99_microseconds(side, path, body_file):
    """Of requests at a fixed rate."""
    command = [LOAD, str(side.port), path, str(body_file), str(REQUESTS_A_SECOND), str(SECONDS), str(CONNECTIONS)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["p99"]


def title(what, unit, against):
    print(f"{what:<44} {unit:>12} {against:>12} {'ratio':>10} {'gate':>10}", flush=True)


def report(name, measured, against, gate):
    passed = measured <= gate * against
    print(f"{name:<44} {measured:12.2f} {against:12.2f} {measured / against:10.4f} {gate:10.4f}{'' if passed else '  OVER ITS GATE'}",
          flush=True)
    return passed


def side_by_side(ours, theirs):
    """Of several rounds, in which each has its turn, the one whose ratio is the median: what else the machine does comes and goes."""
    rounds = [(theirs(), ours()) for _ in range(ROUNDS)]
    against, measured = sorted(rounds, key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
    return measured, against


def compare_health(name, level, logs):
    server = Server(CAUSAL_GYM_LOG_LEVEL=level)
    nginx = Nginx(len(server.request("/health")), logs)
    measured = side_by_side(lambda: cpu_microseconds(server, "/health"), lambda: cpu_microseconds(nginx, "/health"))
    server.close()
    nginx.close()
    return report(name, *measured, 1.2)


def compare_query(name, level, logs):
    server = Server(CAUSAL_GYM_LOG_LEVEL=level)
    nginx = Nginx(len(server.request("/api/v1/ask", QUERY)), logs)
    body = server.folder / "body"
    body.write_text(json.dumps(QUERY), encoding="utf-8")
    measured = side_by_side(lambda: p99_microseconds(server, "/api/v1/ask", body), lambda: p99_microseconds(nginx, "/", ""))
    server.close()
    nginx.close()
    return report(name, *measured, 2)


def compare_streams():
    """Fewer where the machine lets nobody open as many files."""
    count = min(MOST_STREAMS, allow_open_files() - 512)
    server = Server(CAUSAL_GYM_WORK_IN_SERVER="false", CAUSAL_GYM_CONNECTIONS=str(count + 100), CAUSAL_GYM_EVENT_STREAMS=str(count + 50))
    held = memory_of_streams(server, count)
    server.close()
    return report(f"one of {count} idle event streams", held, MOST_STREAM_BYTES, 1)


def main():
    allow_open_files()
    title("CPU of a request", "us", "nginx us")
    passed = compare_health("/health, both log each request", "info", True)
    passed &= compare_health("/health, neither logs it", "warn", False)
    title(f"99th percentile at {REQUESTS_A_SECOND} a second", "us", "nginx us")
    passed &= compare_query("a cached query, both log each request", "info", True)
    passed &= compare_query("a cached query, neither logs it", "warn", False)
    title("memory", "bytes", "bytes")
    passed &= compare_streams()
    title(f"99th percentile of a page of {RUNS} runs", "ms", "ms")
    for name, listing in (("SQLite", listing_sqlite), ("PostgreSQL", listing_postgres)):
        newest, slowest, which = listing(RUNS)
        passed &= report(f"{name}, newest first", newest, MOST_PAGE_MILLISECONDS, 1)
        passed &= report(f"{name}, slowest filter and order", slowest, MOST_PAGE_MILLISECONDS, 1)
        print(f"  {which}", flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
