"""What each control group of a machine uses, read from the kernel's tree of version 1 or 2; nothing is ever written.

A group is named by its container or its systemd unit where its path tells which it is. Docker's names stand in no path: they
come from a list of lines `ID NAME [SERVICE]`, or from the folder in which Docker describes its containers (`config.v2.json`).
That folder also holds the environment of each container, so that the list is the better source where secrets stand there.
"""
import dataclasses
import json
import os
import pathlib
import re
import stat

MOST_DEPTH, MOST_FILE_BYTES, MOST_DESCRIPTION_BYTES = 8, 65_536, 4_194_304
UNLIMITED_BYTES = 1 << 62  # version 1 says "no limit" by a number near 2^63
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")

CONTAINER = re.compile(r"(?:[a-z][a-z-]*-)?([0-9a-f]{64})(?:\.scope)?")
UNIT = re.compile(r"(.+)\.service", re.DOTALL)
PREFIX = "causal-gym-"


@dataclasses.dataclass(frozen=True)
class Group:
    """`name` is empty where the path tells neither a container nor a unit; `service` where nobody told it."""
    path: str
    name: str = ""
    service: str = ""


def read_text(path, most_bytes=MOST_FILE_BYTES):
    """None where it is missing, unreadable, no plain file or too large: groups come and go while they are read."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK | os.O_CLOEXEC)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            text = file.read(most_bytes + 1)
    except (OSError, ValueError):
        return None
    return None if len(text) > most_bytes else text.decode("utf-8", "replace")


def read_number(path):
    """None also for `max`."""
    text = (read_text(path) or "").strip()
    return int(text) if re.fullmatch(r"-?\d{1,20}", text) else None


def read_pairs(path):
    """Lines `key number`; others are left out."""
    return {key: int(value) for key, value in re.findall(r"^(\w+) (\d{1,20})$", read_text(path) or "", re.MULTILINE)}


class Names:
    """Of Docker's containers, by their ids."""

    def __init__(self, listed=None, described=None):
        self.listed, self.described = listed, described

    def of(self, identifier):
        """(name, service); the name is the id's beginning where nothing tells more."""
        return self.in_list(identifier) or self.in_description(identifier) or (identifier[:12], "")

    def in_list(self, identifier):
        for line in (read_text(self.listed, MOST_DESCRIPTION_BYTES) or "").splitlines() if self.listed else ():
            words = line.split()
            if len(words) in (2, 3) and len(words[0]) >= 12 and identifier.startswith(words[0]):
                return words[1], words[2] if len(words) == 3 else ""
        return None

    def in_description(self, identifier):
        if not self.described:
            return None
        try:
            said = json.loads(read_text(pathlib.Path(self.described) / identifier / "config.v2.json", MOST_DESCRIPTION_BYTES) or "")
            labels = said.get("Config", {}).get("Labels") or {}
            return said["Name"].removeprefix("/"), labels.get("com.docker.compose.service", "")
        except (ValueError, KeyError, AttributeError, RecursionError):
            return None


def group_at(path, names):
    last = path.rsplit("/", 1)[-1]
    if match := CONTAINER.fullmatch(last):
        return Group(path, *names.of(match[1]))
    if match := UNIT.fullmatch(last):
        return Group(path, match[1], match[1].removeprefix(PREFIX) if match[1].startswith(PREFIX) else "")
    return Group(path)


class Tree:
    """At most `most` groups are read; the others are counted in `dropped`. Groups with a name come first."""

    def __init__(self, root, names, most=1000):
        self.root, self.names, self.most, self.dropped = pathlib.Path(root), names, most, 0
        self.unified = (self.root / "cgroup.controllers").exists()
        if not self.unified and not (self.root / "memory").is_dir() and self.folder("cpuacct") is None:
            raise FileNotFoundError(f"{root} is no tree of control groups: it has neither cgroup.controllers nor memory nor cpuacct")

    def folder(self, controller):
        """Of a controller of version 1, which may share its folder with others (`cpu,cpuacct`)."""
        for entry in sorted(self.root.glob("*")):
            if controller in entry.name.split(",") and entry.is_dir():
                return entry
        return None

    def paths(self, top):
        """Of all groups below, the root not among them; each folder is looked into once, and never more of them than can be told."""
        left = [("", 0)]
        while left:
            path, depth = left.pop()
            try:
                with os.scandir(f"{top}{path}") as entries:
                    below = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
            except OSError:
                continue
            for name in below:
                yield f"{path}/{name}"
                if depth < MOST_DEPTH:
                    left.append((f"{path}/{name}", depth + 1))

    def groups(self):
        tops = [self.root] if self.unified else [top for top in map(self.folder, ("memory", "cpuacct", "pids")) if top]
        found, looked = {}, 0
        for top in tops:
            for path in self.paths(top):
                looked += 1
                if looked > 20 * self.most:  # a tree of empty groups costs no more than this
                    break
                found.setdefault(path, None)
        known = sorted((group_at(path, self.names) for path in found), key=lambda group: (not group.name, group.path))
        self.dropped = max(0, len(known) - self.most)
        return known[:self.most]

    def read(self, group):
        """{metric: value} of a group; what the kernel does not tell is left out."""
        values = self.read_unified(f"{self.root}{group.path}") if self.unified else self.read_first_version(group.path)
        return {name: value for name, value in values.items() if value is not None}

    def read_unified(self, folder):
        cpu, memory, events = (read_pairs(f"{folder}/{name}") for name in ("cpu.stat", "memory.stat", "memory.events"))
        usage, limit = read_number(f"{folder}/memory.current"), read_number(f"{folder}/memory.max")
        quota, _, period = (read_text(f"{folder}/cpu.max") or "").strip().partition(" ")
        limited = read_text(f"{folder}/memory.max") is not None
        return {
            **seconds_of_cpu(*(divided(cpu.get(f"{key}_usec"), 1e6) for key in ("usage", "user", "system"))),
            **throttling(cpu, divided(cpu.get("throttled_usec"), 1e6)),
            "container_spec_cpu_quota": int(quota) if quota.isdecimal() else None,
            "container_spec_cpu_period": int(period) if period.isdecimal() else None,
            **memory_used(usage, memory.get("inactive_file"), memory.get("anon"), memory.get("file"), read_number(f"{folder}/memory.swap.current")),
            "container_spec_memory_limit_bytes": (limit or 0) if limited else None,
            "container_oom_events_total": events.get("oom_kill"),
            **tasks(folder),
            **transferred(read_text(f"{folder}/io.stat"), r"rbytes=(\d+)", r"wbytes=(\d+)"),
            "container_start_time_seconds": started(folder),
        }

    def read_first_version(self, path):
        at = {name: f"{top}{path}" if (top := self.folder(name)) else "/nonexistent" for name in ("cpuacct", "cpu", "memory", "pids", "blkio")}
        usage = read_number(f"{at['cpuacct']}/cpuacct.usage")
        spent, cpu = read_pairs(f"{at['cpuacct']}/cpuacct.stat"), read_pairs(f"{at['cpu']}/cpu.stat")
        quota, limit = read_number(f"{at['cpu']}/cpu.cfs_quota_us"), read_number(f"{at['memory']}/memory.limit_in_bytes")
        memory = read_pairs(f"{at['memory']}/memory.stat")
        return {
            **seconds_of_cpu(divided(usage, 1e9), *(divided(spent.get(key), TICKS_A_SECOND) for key in ("user", "system"))),
            **throttling(cpu, divided(cpu.get("throttled_time"), 1e9)),
            "container_spec_cpu_quota": quota if quota is not None and quota > 0 else None,
            "container_spec_cpu_period": read_number(f"{at['cpu']}/cpu.cfs_period_us"),
            **memory_used(read_number(f"{at['memory']}/memory.usage_in_bytes"), memory.get("total_inactive_file"), memory.get("total_rss"),
                          memory.get("total_cache"), memory.get("total_swap")),
            "container_spec_memory_limit_bytes": limit and (0 if limit >= UNLIMITED_BYTES else limit),
            "container_oom_events_total": read_pairs(f"{at['memory']}/memory.oom_control").get("oom_kill"),
            **tasks(at["pids"]),
            **transferred(read_text(f"{at['blkio']}/blkio.throttle.io_service_bytes"), r"Read (\d+)", r"Write (\d+)"),
            "container_start_time_seconds": started(at["memory"]) or started(at["cpuacct"]),
        }


def divided(value, by):
    return None if value is None else value / by


def seconds_of_cpu(usage, user, system):
    return {"container_cpu_usage_seconds_total": usage, "container_cpu_user_seconds_total": user, "container_cpu_system_seconds_total": system}


def throttling(stat_of_cpu, seconds):
    return {"container_cpu_cfs_periods_total": stat_of_cpu.get("nr_periods"),
            "container_cpu_cfs_throttled_periods_total": stat_of_cpu.get("nr_throttled"),
            "container_cpu_cfs_throttled_seconds_total": seconds}


def memory_used(usage, inactive_file, anonymous, cache, swap):
    """The working set is what could not be given back at once: the usage without the pages of files that were not used lately."""
    return {"container_memory_usage_bytes": usage,
            "container_memory_working_set_bytes": None if usage is None else max(0, usage - (inactive_file or 0)),
            "container_memory_rss": anonymous, "container_memory_cache": cache, "container_memory_swap": swap}


def tasks(folder):
    """The kernel's pids controller counts threads."""
    processes = read_text(f"{folder}/cgroup.procs")
    return {"container_threads": read_number(f"{folder}/pids.current"), "container_threads_max": read_number(f"{folder}/pids.max"),
            "container_processes": None if processes is None else len(processes.split())}


def transferred(text, *patterns):
    """Bytes read and written, of all devices."""
    names = ("container_fs_reads_bytes_total", "container_fs_writes_bytes_total")
    return {name: None if text is None else sum(map(int, re.findall(pattern, text))) for name, pattern in zip(names, patterns)}


def started(folder):
    try:
        return os.stat(folder).st_ctime
    except OSError:
        return None
