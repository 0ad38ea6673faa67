"""What is forecast: each resource's query, what a day of it is, and where its limit comes from.

`recorded` names the recording rule of monitoring/recording.rules.yml that holds the same hour by hour; it is read first, since it is one
sample where the query reads hundreds. Samples are of the hour before them.
"""
import dataclasses
import typing

from . import days

DISKS = '{fstype!~"tmpfs|ramfs|squashfs|iso9660|overlay|devtmpfs"}'


@dataclasses.dataclass(frozen=True)
class Resource:
    name: str
    title: str
    unit: str  # requests/s, s, share, cores, bytes, connections, dollars
    recorded: str  # empty: none
    query: str
    limit: str = ""  # a query; empty: --limit alone
    by: str = ""  # the label that tells its series apart
    reduce: typing.Callable = days.high
    is_stock: bool = False  # filled day by day, so that chance adds up
    months: bool = False  # its limit is on the sum of thirty days


RESOURCES = (
    Resource("requests", "Requests", "requests/s", "capacity:causal_inference_requests:increase1h / 3600",
             "sum(rate(causal_inference_requests_total[1h]))"),
    Resource("latency", "Latency, 95th percentile", "s", "capacity:http_request_duration_seconds:p95_1h",
             "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[1h])))"),
    Resource("cpu", "CPU of the machine", "share", "capacity:node_cpu_busy_ratio:avg1h",
             'avg(1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[1h])))', "vector(1)"),
    Resource("memory", "Memory of the machine", "bytes", "capacity:node_memory_used_bytes:max1h",
             "max(max_over_time(node_memory_MemTotal_bytes[1h]) - min_over_time(node_memory_MemAvailable_bytes[1h]))",
             "max(node_memory_MemTotal_bytes)"),
    Resource("disk", "Disk", "bytes", "capacity:node_filesystem_used_bytes:max1h",
             f"max by (mountpoint) (node_filesystem_size_bytes{DISKS} - min_over_time(node_filesystem_avail_bytes{DISKS}[1h]))",
             f"max by (mountpoint) (node_filesystem_size_bytes{DISKS})", by="mountpoint", is_stock=True),
    Resource("container_cpu", "CPU of a container", "cores", "capacity:container_cpu_cores:max1h",
             'sum by (name) (rate(container_cpu_usage_seconds_total{name!=""}[1h]))',
             "max by (name) (container_spec_cpu_quota > 0) / max by (name) (container_spec_cpu_period > 0)", by="name"),
    Resource("container_memory", "Memory of a container", "bytes", "capacity:container_memory_working_set_bytes:max1h",
             'max by (name) (max_over_time(container_memory_working_set_bytes{name!=""}[1h]))',
             "max by (name) (container_spec_memory_limit_bytes > 0)", by="name"),
    Resource("database", "Database size", "bytes", "capacity:pg_database_size_bytes:max1h",
             'max by (datname) (max_over_time(pg_database_size_bytes{datname!~"template.*"}[1h]))', by="datname", is_stock=True),
    Resource("connections", "Database connections", "connections", "capacity:pg_connections:max1h",
             "max(max_over_time(sum by (server) (pg_stat_activity_count)[1h:5m]))", "max(pg_settings_max_connections)"),
    Resource("llm_spend", "LLM spend of 30 days", "dollars", "sum(capacity:causal_llm_cost_dollars:increase1h)",
             "sum(increase(causal_llm_cost_dollars_total[1h]))", reduce=days.total, months=True),
    # Little's law: the mean wait is the mean number waiting over the rate of arrivals.
    Resource("queue_age", "Wait in the queue", "s", "",
             'max(avg_over_time(causal_queue_jobs{state="waiting"}[1h]))'
             ' / (sum(rate(causal_experiments_total{state="created"}[1h])) > 0)'
             ' or 0 * max(causal_queue_jobs{state="waiting"})'),
)
BY_NAME = {resource.name: resource for resource in RESOURCES}
