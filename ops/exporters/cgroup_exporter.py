#!/usr/bin/env python3
"""Tells Prometheus what containers and systemd units use, under the names that cAdvisor gives.

usage: cgroup_exporter.py [--listen ADDRESS:PORT] [--cgroups FOLDER] [--names FILE] [--descriptions FOLDER] [--most N] [--once]

Labels: `id` (the group's path); `name` (the container, or the unit without `.service`; absent for other groups), `service` (the
Compose service, or what follows `causal-gym-` in a unit's name). It reads and never writes, asks no daemon, and needs no right but
to read. Standard library only. Exit codes: 0 told to stop, or --once; 3 there is nothing to read or to listen on; wrong usage too.
"""
import argparse
import http.server
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
from cgroup_tree import Names, Tree  # noqa: E402

MOST_SCRAPES, CLIENT_SECONDS = 4, 10
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Of each metric: its type and meaning.
METRICS = {
    "container_cpu_usage_seconds_total": ("counter", "Processor time used"),
    "container_cpu_user_seconds_total": ("counter", "Processor time used in user mode"),
    "container_cpu_system_seconds_total": ("counter", "Processor time used in the kernel"),
    "container_cpu_cfs_periods_total": ("counter", "Periods in which a quota of processor time was enforced"),
    "container_cpu_cfs_throttled_periods_total": ("counter", "Periods in which the quota was used up"),
    "container_cpu_cfs_throttled_seconds_total": ("counter", "Time for which processes were held back"),
    "container_spec_cpu_quota": ("gauge", "Microseconds of processor time a period; absent without a quota"),
    "container_spec_cpu_period": ("gauge", "Microseconds of a period of that quota"),
    "container_memory_usage_bytes": ("gauge", "Memory, that of cached files included"),
    "container_memory_working_set_bytes": ("gauge", "Memory that could not be given back at once"),
    "container_memory_rss": ("gauge", "Anonymous memory"),
    "container_memory_cache": ("gauge", "Memory of cached files"),
    "container_memory_swap": ("gauge", "Memory that was swapped out"),
    "container_spec_memory_limit_bytes": ("gauge", "The most memory; 0: no limit"),
    "container_oom_events_total": ("counter", "Processes killed for lack of memory"),
    "container_threads": ("gauge", "Threads"),
    "container_threads_max": ("gauge", "The most threads; absent without a limit"),
    "container_processes": ("gauge", "Processes in the group itself"),
    "container_fs_reads_bytes_total": ("counter", "Bytes read from block devices"),
    "container_fs_writes_bytes_total": ("counter", "Bytes written to block devices"),
    "container_start_time_seconds": ("gauge", "When the group was made, in seconds since 1970"),
}


def escaped(value):
    return value.replace("\\", r"\\").replace('"', r'\"').replace("\n", r"\n")


def labels_of(group):
    pairs = [("id", group.path), ("name", group.name), ("service", group.service)]
    return ",".join(f'{label}="{escaped(value)}"' for label, value in pairs if value)


def exposition(tree):
    """The text of one scrape."""
    began, samples = time.monotonic(), {name: [] for name in METRICS}
    groups = tree.groups()
    for group in groups:
        labels = labels_of(group)
        for name, value in tree.read(group).items():
            samples[name].append(f"{name}{{{labels}}} {value}")
    lines = []
    for name, (kind, meaning) in METRICS.items():
        if samples[name]:
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}", *samples[name]]
    for name, meaning, value in (("cgroup_exporter_groups", "Control groups that were read", len(groups)),
                                 ("cgroup_exporter_groups_dropped", "Control groups beyond the limit", tree.dropped),
                                 ("cgroup_exporter_scrape_seconds", "Time of this scrape", round(time.monotonic() - began, 6))):
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {value}"]
    return "\n".join(lines) + "\n"


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = CLIENT_SECONDS  # of a client that does not send or read
    scrapes = threading.BoundedSemaphore(MOST_SCRAPES)
    tree = None

    def do_GET(self):
        if self.path not in ("/metrics", "/live"):
            return self.answer(404, "see /metrics\n")
        if self.path == "/live":
            return self.answer(200, "alive\n")
        if not self.scrapes.acquire(blocking=False):
            return self.answer(503, f"more than {MOST_SCRAPES} scrapes at once\n")
        try:
            # A tree of its own: several scrapes may go on at once.
            text = exposition(Tree(self.tree.root, self.tree.names, self.tree.most))
        finally:
            self.scrapes.release()
        return self.answer(200, text)

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """A scrape every few seconds is no news."""


def serve(address, tree):
    host, _, port = address.rpartition(":")
    Handler.tree = tree
    with http.server.ThreadingHTTPServer((host, int(port)), Handler) as server:
        server.daemon_threads = True
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"listening on {server.server_address[0]}:{server.server_address[1]}", flush=True)
        server.serve_forever(poll_interval=0.2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(3, f"cgroup_exporter: {message}\n")


def main(arguments):
    parser = Parser(description="Tells Prometheus what containers and systemd units use.")
    parser.add_argument("--listen", default="127.0.0.1:9101", help="address and port (%(default)s); port 0: any free one")
    parser.add_argument("--cgroups", default="/sys/fs/cgroup", help="the kernel's tree (%(default)s)")
    parser.add_argument("--names", help="a file of lines `ID NAME [SERVICE]` of Docker's containers")
    parser.add_argument("--descriptions", help="Docker's folder of its containers, such as /var/lib/docker/containers")
    parser.add_argument("--most", type=int, default=1000, help="the most groups that are told (%(default)s)")
    parser.add_argument("--once", action="store_true", help="print the metrics and end")
    options = parser.parse_args(arguments)
    if not 1 <= options.most <= 100_000:
        parser.error(f"--most {options.most} is not from 1 to 100000")
    try:
        tree = Tree(options.cgroups, Names(options.names, options.descriptions), options.most)
        if options.once:
            sys.stdout.write(exposition(tree))
        else:
            serve(options.listen, tree)
    except (OSError, ValueError, OverflowError) as error:
        print(f"cgroup_exporter: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
