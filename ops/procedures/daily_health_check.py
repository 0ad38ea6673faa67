"""Is everything up, sound and within its limits this morning? Every part of the stack, in under ten seconds."""
import collections
import datetime
import json
import os
import shutil
import statistics

from operations.backups import DRILL_AREA, check_files, list_backups
from operations.certificates import check_certificates
from operations.errors import CouldNotCheck
from operations.exposition import parse_exposition
from operations.procedure import Procedure, Step, main
from operations.programs import run_program
from operations.report import now
from operations.web import Prometheus, request, request_json

FAMILIES = ("causal_inference_requests_total", "causal_inference_duration_seconds", "causal_experiments_total", "causal_active_experiments",
            "causal_cache_operations_total", "causal_store_operations_total", "causal_queue_jobs", "http_requests_total",
            "http_request_duration_seconds", "process_start_time_seconds")
BAD_LEVELS = ("ERROR", "CRITICAL")
USUAL_DAYS = 7


def services(context):
    """Every expected service has at least one instance, and all of its instances run and are well."""
    states = context.stack.states()
    by_service = collections.defaultdict(list)
    for state in states:
        by_service[state.service].append(state)
    for service in context.stack.expected():
        there = by_service.get(service, [])
        bad = [state for state in there if not state.well]
        if not there:
            context.critical(f"{service} is not running: it has no instance", service=service)
        for state in bad:
            context.critical(f"{service}: {state.instance} is {state.health or state.detail or 'not running'}", service=service)
        if there and not bad:
            context.fine(f"{service}: {len(there)} running", service=service, instances=len(there))
    context.table("instances", ["service", "instance", "running", "health", "detail"],
                  [[state.service, state.instance, "yes" if state.running else "no", state.health or "-", state.detail] for state in states])


def health(context):
    url = context.settings.urls.public.rstrip("/") + "/health"
    try:
        status, answer = request_json(url, seconds=context.settings.limits.http_seconds, trust=context.settings.urls.trust)
    except CouldNotCheck as error:
        context.critical(f"no answer: {error}")
        return
    told = answer.get("status") if isinstance(answer, dict) else None
    checks = answer.get("checks", {}) if isinstance(answer, dict) else {}
    unwell = [f"{name} {check.get('status')}" for name, check in checks.items() if check.get("status") != "healthy"]
    message = f"{url}: {told}" + (f" ({', '.join(unwell)})" if unwell else "")
    if status == 200 and told == "healthy":
        context.fine(message, checks=checks)
    elif told == "degraded":
        context.warn(message, checks=checks)
    else:
        context.critical(f"{message}, HTTP {status}", checks=checks)


def metrics(context):
    try:
        status, text, _ = request(context.settings.urls.metrics, seconds=context.settings.limits.http_seconds)
        samples, types = parse_exposition(text)
    except (CouldNotCheck, ValueError) as error:
        context.critical(f"{context.settings.urls.metrics}: {error}")
        samples, types, status = [], {}, 0
    if status == 200:
        missing = [family for family in FAMILIES if family not in types]
        if missing:
            context.critical(f"metrics are missing: {', '.join(missing)}", missing=missing)
        else:
            own = len({sample.name for sample in samples if sample.name.startswith("causal_")})
            context.fine(f"{own} series names of our own; every one that dashboards and alerts need is there")
    elif status:
        context.critical(f"{context.settings.urls.metrics} answers HTTP {status}")
    prometheus = Prometheus(context.settings.urls.prometheus, context.settings.limits.http_seconds)
    up = prometheus.query("up")
    down = [f"{labels.get('job')} at {labels.get('instance')}" for labels, value in up if value != 1]
    if down:
        context.critical(f"Prometheus cannot scrape {', '.join(sorted(down))}", down=down)
    elif not up:
        context.critical("Prometheus scrapes nothing")
    else:
        context.fine(f"Prometheus scrapes all {len(up)} targets")


def memory_share():
    """Of this machine: what is in use and cannot be taken back, of all."""
    with open("/proc/meminfo", encoding="ascii") as file:
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in file}
    return 1 - sizes["MemAvailable"] / sizes["MemTotal"]


def resources(context):
    limits = context.settings.limits
    share = memory_share()
    context.judge(share, limits.memory_warning, limits.memory_critical, f"memory of this machine: {share:.0%} in use")
    load = os.getloadavg()[1] / os.cpu_count()
    context.judge(load, 2 * limits.cpu_warning, 4 * limits.cpu_critical, f"load of 5 minutes: {load:.2f} a core")
    for path in context.settings.paths.disks:
        try:
            usage = shutil.disk_usage(path)
        except OSError as error:
            context.unchecked(f"disk of {path}: {error.strerror}")
            continue
        used = usage.used / (usage.used + usage.free)
        context.judge(used, limits.disk_warning, limits.disk_critical, f"disk of {path}: {used:.0%} in use, {usage.free / 2**30:.1f} GiB free")
    container_limits(context)


def container_limits(context):
    """Against each container's own limit, as Prometheus has them from the exporter of cgroups; a host without containers has none."""
    if context.stack.kind != "compose":
        return
    prometheus = Prometheus(context.settings.urls.prometheus, context.settings.limits.http_seconds)
    limits = context.settings.limits
    shares = prometheus.query("container_memory_working_set_bytes / (container_spec_memory_limit_bytes > 0)")
    if not shares:
        context.unchecked("no memory of containers is known to Prometheus")
    for labels, share in shares:
        context.judge(share, limits.memory_warning, limits.memory_critical, f"memory of {labels.get('name')}: {share:.0%} of its limit")


def database(context):
    """Signs in as the application does, writes to the log of changes, and asks what replication and connections say."""
    limits, settings = context.settings.limits, context.settings.postgres
    try:
        answer = context.stack.sql("SELECT 1")
        context.stack.sql("BEGIN; SELECT pg_logical_emit_message(true, 'causal_gym_probe', ''); COMMIT")
    except CouldNotCheck as error:
        context.critical(f"{settings.user} cannot use {settings.database}: {error}")
        return
    context.fine(f"{settings.user} reads and writes {settings.database}", answer=answer)
    used, most = map(int, context.stack.admin_sql(
        "SELECT count(*) FILTER (WHERE backend_type = 'client backend'), current_setting('max_connections') FROM pg_stat_activity")[0])
    context.judge(used / most, limits.connections_warning, limits.connections_critical, f"connections: {used} of {most}")
    standbys = context.stack.admin_sql("SELECT application_name, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint "
                                       "FROM pg_stat_replication WHERE state = 'streaming'")
    if len(standbys) < settings.replicas:
        context.critical(f"{len(standbys)} of {settings.replicas} standbys are connected")
    for name, lag in standbys:
        context.judge(int(lag), limits.replication_lag_bytes, 16 * limits.replication_lag_bytes, f"standby {name} is {int(lag)} bytes behind")


def cache(context):
    try:
        answer = context.stack.redis("ping")
    except CouldNotCheck as error:
        context.critical(f"Redis does not answer, which costs speed and shared limits: {error}")
        return
    if answer != "PONG":
        context.critical(f"Redis answers {answer!r} to PING")
        return
    lines = (line.strip().split(":", 1) for line in context.stack.redis("info", "memory").splitlines() if ":" in line)
    told = dict(lines)
    used, most = int(told["used_memory"]), int(told["maxmemory"])
    if most:
        context.judge(used / most, 1.05, 1.25, f"Redis answers; memory {used / 2**20:.0f} of {most / 2**20:.0f} MiB")
    else:
        context.warn(f"Redis answers, but has no maxmemory: {used / 2**20:.0f} MiB in use and no bound")


def errors_a_day(lines, moment):
    """Lines of level ERROR and CRITICAL by days before `moment`: [today, yesterday, ...]; and today's by event."""
    counts, events = [0] * (USUAL_DAYS + 1), collections.Counter()
    oldest = moment
    for text in lines:
        if not text.startswith("{"):
            continue
        try:
            line = json.loads(text)
            written = datetime.datetime.fromisoformat(line["ts"].replace("Z", "+00:00"))
        except (ValueError, KeyError, AttributeError):
            continue
        oldest = min(oldest, written)
        day = int((moment - written).total_seconds() // 86400)
        if line.get("level") in BAD_LEVELS and 0 <= day <= USUAL_DAYS:
            counts[day] += 1
            if day == 0:
                events[line.get("event", "")] += 1
    known = min(USUAL_DAYS, int((moment - oldest).total_seconds() // 86400))
    return counts[:known + 1], events


def recent_errors(context):
    limits = context.settings.limits
    counts, events = errors_a_day(context.stack.logs("app", 24 * (USUAL_DAYS + 1)), now())
    today = counts[0]
    usual = statistics.median(counts[1:]) if len(counts) > 1 else 0
    warning = max(limits.errors_warning, 3 * usual)
    message = f"{today} errors in the last 24 hours" + (f", usually {usual:g} a day" if len(counts) > 1 else "")
    context.judge(today, warning, max(limits.errors_critical, 10 * usual), message)
    if events:
        context.table("errors of the last 24 hours", ["event", "count"], events.most_common(10))


def backups(context):
    limits = context.settings.limits
    found = list_backups(context.settings.paths.backups)
    if not found:
        context.critical(f"there is no backup in {context.settings.paths.backups}/logical")
        return
    newest = found[0]
    hours = (now() - newest.made).total_seconds() / 3600
    context.judge(hours, limits.backup_age_hours, 2 * limits.backup_age_hours, f"the newest backup, {newest.name}, is {hours:.1f} hours old")
    try:
        check_files(newest)
        context.stack.run("postgres", ["pg_restore", "--list"], stdin=open(newest.folder / "database.dump", "rb"))
        context.fine(f"{newest.name} is what its manifest says: {newest.size} bytes")
    except CouldNotCheck as error:
        context.critical(f"the newest backup cannot be used: {error}")
    if len(found) > 3:
        usual = statistics.median(backup.size for backup in found[1:8])
        ratio = max(newest.size / usual, usual / newest.size)
        context.judge(ratio, limits.backup_size_factor, 10 * limits.backup_size_factor, f"its size is {newest.size / usual:.2f} of the usual")
    tried = found + list_backups(context.settings.paths.backups, DRILL_AREA)
    verified = [(now() - backup.verified).total_seconds() / 86400 for backup in tried if backup.verified]
    if verified:
        context.judge(min(verified), limits.backup_verified_days, 2 * limits.backup_verified_days,
                      f"a backup was restored and found whole {min(verified):.1f} days ago")
    else:
        context.warn("no backup was ever restored to see that it is whole: run monthly_backup_recovery_test.sh")
    offsite(context, newest)


def offsite(context, newest):
    if not context.settings.backups.offsite_check:
        if context.settings.backups.offsite:
            context.unchecked("copies go off site, but nothing checks them: set backups.offsite_check")
        return
    done = run_program([context.settings.backups.offsite_check, newest.name], seconds=5, check=False)
    if done.returncode == 0:
        context.fine(f"{newest.name} is off site too")
    else:
        context.critical(f"{newest.name} is not off site: {context.settings.backups.offsite_check} ended with {done.returncode}")


STEPS = [Step("services", services), Step("health", health), Step("metrics", metrics), Step("resources", resources),
         Step("database", database), Step("cache", cache), Step("errors", recent_errors), Step("backups", backups),
         Step("certificates", check_certificates)]

if __name__ == "__main__":
    main(Procedure("daily_health_check", "Daily health check", __doc__, seconds=60, steps=STEPS))
