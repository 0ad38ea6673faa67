#!/usr/bin/env python3
"""The server against nginx, side by side in one run: what a request costs. Ends with 1 when something is over its gate.

Prints for each line what was measured, what it was measured against, their ratio and the most it may be.
"""
import re
import subprocess
import sys

from sides import Nginx, Server

ROUNDS = 5
SECONDS = 2


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


def report(name, measured, against, gate):
    passed = measured <= gate * against
    print(f"{name:<44} {measured:12.2f} {against:12.2f} {measured / against:10.4f} {gate:10.4f}{'' if passed else '  OVER ITS GATE'}",
          flush=True)
    return passed


def compare_health(name, level, logs):
    """The least of several rounds, which take turns."""
    server = Server(CAUSAL_GYM_LOG_LEVEL=level)
    nginx = Nginx(len(server.request("/health")), logs)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(cpu_microseconds(nginx, "/"))
        ours.append(cpu_microseconds(server, "/health"))
    server.close()
    nginx.close()
    return report(name, min(ours), min(theirs), 1.2)


def main():
    print(f"{'CPU of a request':<44} {'us':>12} {'nginx us':>12} {'ratio':>10} {'gate':>10}")
    passed = compare_health("/health, both log each request", "info", True)
    passed &= compare_health("/health, neither logs it", "warn", False)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
