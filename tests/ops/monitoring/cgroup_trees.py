"""Made-up trees of control groups, of both versions, as the kernel lays them out."""
import json
import pathlib

DOCKER, PODMAN = "ab" * 32, "0c" * 32
UNIFIED = {
    "cpu.stat": "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\nnr_periods 40\nnr_throttled 4\nthrottled_usec 750000\n",
    "cpu.max": "150000 100000\n", "memory.current": "1000000\n", "memory.max": "4194304\n",
    "memory.stat": "anon 600000\nfile 380000\ninactive_file 300000\nactive_file 80000\n", "memory.events": "low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\n",
    "memory.swap.current": "4096\n", "pids.current": "12\n", "pids.max": "max\n", "cgroup.procs": "11\n12\n13\n",
    "io.stat": "8:0 rbytes=100 wbytes=200 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=11 wbytes=22 rios=1 wios=1 dbytes=0 dios=0\n",
}
FIRST = {
    "cpuacct/cpuacct.usage": "2500000000\n", "cpuacct/cpuacct.stat": "user 200\nsystem 50\n",
    "cpu/cpu.stat": "nr_periods 40\nnr_throttled 4\nthrottled_time 750000000\n", "cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "100000\n",
    "memory/memory.usage_in_bytes": "1000000\n", "memory/memory.limit_in_bytes": "4194304\n",
    "memory/memory.stat": "cache 1\nrss 2\ninactive_file 3\ntotal_cache 380000\ntotal_rss 600000\ntotal_swap 4096\ntotal_inactive_file 300000\n",
    "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", "pids/pids.current": "12\n", "pids/pids.max": "max\n",
    "pids/cgroup.procs": "11\n12\n13\n", "blkio/blkio.throttle.io_service_bytes": "8:0 Read 100\n8:0 Write 200\n8:0 Total 300\n8:16 Read 11\n8:16 Write 22\nTotal 333\n",
}
# What both of them say.
VALUES = {
    "container_cpu_usage_seconds_total": 2.5, "container_cpu_user_seconds_total": 2.0, "container_cpu_system_seconds_total": 0.5,
    "container_cpu_cfs_periods_total": 40, "container_cpu_cfs_throttled_periods_total": 4, "container_cpu_cfs_throttled_seconds_total": 0.75,
    "container_spec_cpu_quota": 150000, "container_spec_cpu_period": 100000, "container_memory_usage_bytes": 1000000,
    "container_memory_working_set_bytes": 700000, "container_memory_rss": 600000, "container_memory_cache": 380000, "container_memory_swap": 4096,
    "container_spec_memory_limit_bytes": 4194304, "container_oom_events_total": 1, "container_threads": 12, "container_processes": 3,
    "container_fs_reads_bytes_total": 111, "container_fs_writes_bytes_total": 222,
}


def write(files, folder):
    for name, text in files.items():
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def add_unified(root, path, **more):
    write({**UNIFIED, **more}, f"{root}{path}")


def add_first(root, path, **more):
    for name, text in {**FIRST, **more}.items():
        controller, file = name.split("/")
        shared = {"cpu": "cpu,cpuacct", "cpuacct": "cpu,cpuacct"}.get(controller, controller)
        write({file: text}, f"{root}/{shared}{path}")


def describe(folder, identifier, name, service):
    labels = {"com.docker.compose.service": service} if service else None
    write({"config.v2.json": json.dumps({"Name": name, "Config": {"Labels": labels, "Env": ["SECRET=never-told"]}})}, pathlib.Path(folder) / identifier)
