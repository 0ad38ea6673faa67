"""How much did use grow, what does it cost in memory and disk, and when is which limit reached?

Requests week over week, quantiles of the memory that containers work with, tables with their indexes and dead rows and their growth since
earlier runs of this procedure, and the forecast of scripts/capacity_forecast.py, whose plot is kept.
"""
import argparse
import dataclasses
import datetime
import json
import math
import os
import statistics
import sys

from operations.errors import CouldNotCheck
from operations.procedure import Procedure, Step, main, state_folder
from operations.programs import run_program
from operations.report import now, stamp
from operations.settings import checkout, read_table
from operations.web import Prometheus

sys.path.insert(0, str(checkout() / "scripts"))
from capacity.figures import figure  # noqa: E402

QUERY_SECONDS = 120.0
WEEKS = 5
WEEK_HOURS = 168
WHOLE_WEEK = 0.9  # of its hours
MONTH = "30d"
DAY_SECONDS = 86400
MOST_SNAPSHOTS = 400
LONGEST_DAYS_BACK = 35
FEWEST_DAYS_BACK = 0.5
MOST_ROWS = 20
MOST_PLOTS = 24
FINE_VERDICTS = {"clear": "stays clear of its limit", "no limit": "has no limit that is known"}


@dataclasses.dataclass(frozen=True)
class CapacityLimits:
    """[capacity] of operations.toml; its table [capacity.limits] is the forecast's."""
    growth_warning: float = 0.5  # of requests, from one week to the next
    dead_share_warning: float = 0.2  # of a table's rows
    fewest_dead_rows: int = 10_000
    limits: dict = dataclasses.field(default_factory=dict)


def options(parser):
    def days(text):
        if not text.removesuffix("d").isdecimal():
            raise argparse.ArgumentTypeError(f"must be a number of days such as 30d, not {text!r}")
        return text
    parser.add_argument("--period", type=days, default="30d", metavar="DAYS", help="history that the forecast fits (30d)")
    parser.add_argument("--forecast", type=days, default="90d", metavar="DAYS", help="how far ahead (90d)")


def limits_of(context):
    return read_table(CapacityLimits, context.settings.other.get("capacity", {}), f"{context.settings.file}: [capacity]")


def prometheus_of(context):
    return Prometheus(context.settings.urls.prometheus, QUERY_SECONDS, context.settings.urls.trust)


def by_name(context, expression):
    return {labels.get("name", ""): value for labels, value in prometheus_of(context).query(expression) if math.isfinite(value)}


def growth(context):
    """Sums of whole weeks. A week of which Prometheus knows a part would look like growth, or like the loss of it."""
    limits = limits_of(context)
    end = math.floor(now().timestamp() / 3600) * 3600
    hourly = prometheus_of(context).range("sum(increase(causal_inference_requests_total[1h]))", end - WEEKS * WEEK_HOURS * 3600 + 3600, end,
                                          3600)
    if not hourly:
        raise CouldNotCheck("Prometheus knows no causal_inference_requests_total: is the server scraped?")
    weeks = [[] for _ in range(WEEKS)]
    for moment, value in hourly[0][1]:
        if math.isfinite(value):
            weeks[int((end - moment) // (WEEK_HOURS * 3600))].append(value)
    sums = [sum(hours) * WEEK_HOURS / len(hours) if len(hours) >= WHOLE_WEEK * WEEK_HOURS else None for hours in weeks]
    changes = [sums[week] / sums[week + 1] - 1 if sums[week] is not None and sums[week + 1] else None for week in range(WEEKS - 1)]
    context.table("requests by week", ["week that ended", "requests", "hours known", "change"],
                  [[datetime.datetime.fromtimestamp(end - week * WEEK_HOURS * 3600, datetime.timezone.utc).strftime("%Y-%m-%d"),
                    "-" if sums[week] is None else f"{sums[week]:.0f}", len(weeks[week]), f"{change:+.1%}" if change is not None else "-"]
                   for week, change in enumerate([*changes, None])])
    known = [change for change in changes if change is not None]
    if not known:
        raise CouldNotCheck("Prometheus knows no two whole weeks in a row: growth cannot be told")
    message = f"requests of the last week: {sums[0]:.0f}, " if sums[0] is not None else ""
    message += f"week over week {known[0]:+.1%}, of {len(known)} changes the median is {statistics.median(known):+.1%}"
    (context.warn if known[0] >= limits.growth_warning else context.fine)(message, changes=changes, weeks=sums)


def memory(context):
    """The working set: what the page cache takes can be taken back."""
    working = 'sum by (name) (container_memory_working_set_bytes{name!=""})'
    found = by_name(context, f"quantile_over_time(0.95, {working}[{MONTH}:1h])")
    limit_query = "max by (name) (container_spec_memory_limit_bytes > 0)"
    if not found:
        working = 'label_replace(max(node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes), "name", "the machine", "", "")'
        limit_query = 'label_replace(max(node_memory_MemTotal_bytes), "name", "the machine", "", "")'
        found = by_name(context, f"quantile_over_time(0.95, {working}[{MONTH}:1h])")
    if not found:
        raise CouldNotCheck("Prometheus knows the memory neither of containers nor of the machine: is an exporter missing?")
    middle, most = (by_name(context, f"quantile_over_time({share}, {working}[{MONTH}:1h])") for share in (0.5, 1))
    slope = by_name(context, f"deriv({working}[{MONTH}:1h])")
    bounds, limits, rows = by_name(context, limit_query), context.settings.limits, []
    for name, busy in sorted(found.items()):
        bound = bounds.get(name)
        growing = slope.get(name, 0.0) * DAY_SECONDS
        rows.append([name, figure(middle.get(name, 0), "bytes"), figure(busy, "bytes"), figure(most.get(name, 0), "bytes"),
                     figure(growing, "bytes", signed=True), figure(bound, "bytes") if bound else "-"])
        if not bound:
            context.fine(f"{name}: {figure(busy, 'bytes')} in 95 % of the hours; it has no limit", name=name)
            continue
        context.judge(busy / bound, limits.memory_warning, limits.memory_critical,
                      f"{name}: within {busy / bound:.0%} of its {figure(bound, 'bytes')} in 95 % of the hours", name=name)
    context.table("working memory of thirty days", ["name", "median", "95 %", "most", "a day", "limit"], rows)


TABLES = """
SELECT format('%I.%I', n.nspname, c.relname), pg_total_relation_size(c.oid), pg_indexes_size(c.oid),
       coalesce(s.n_live_tup, 0), coalesce(s.n_dead_tup, 0),
       coalesce(date_trunc('minute', greatest(s.last_vacuum, s.last_autovacuum))::text, '-')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast' ORDER BY 2 DESC
"""
UNUSED = """
SELECT format('%I.%I', schemaname, indexrelname), pg_relation_size(s.indexrelid), format('%I.%I', schemaname, relname)
FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
WHERE idx_scan = 0 AND NOT i.indisunique AND pg_relation_size(s.indexrelid) > 1048576 ORDER BY 2 DESC LIMIT 10
"""


def database(context):
    limits, name = limits_of(context), context.settings.postgres.database
    tables = [(table, int(size), int(indexes), int(live), int(dead), vacuumed)
              for table, size, indexes, live, dead, vacuumed in context.stack.admin_sql(TABLES, database=name)]
    whole = int(context.stack.admin_sql("SELECT pg_database_size(current_database())", database=name)[0][0])
    file = state_folder(context.settings) / "capacity" / "database.jsonl"
    snapshot = {"at": stamp(now()), "database": whole, "tables": {table[0]: table[1] for table in tables}}
    earlier = read_snapshots(context, file)
    before = reference(earlier)
    days = days_since(before) if before else 0
    if before:
        daily = (whole - before["database"]) / days
        context.fine(f"{name}: {figure(whole, 'bytes')}, {figure(daily, 'bytes', signed=True)} a day over {days:.1f} days",
                     bytes=whole, bytes_a_day=daily)
    else:
        context.fine(f"{name}: {figure(whole, 'bytes')}; this is the first snapshot, the next run tells growth", bytes=whole)
    rows = []
    for table, size, indexes, live, dead, vacuumed in tables[:MOST_ROWS]:
        change = figure((size - before["tables"].get(table, 0)) / days, "bytes", signed=True) if before else "-"
        rows.append([table, figure(size, "bytes"), f"{indexes / size:.0%}" if size else "-", live, dead, vacuumed, change])
    context.table("tables", ["table", "size", "of it indexes", "rows", "dead rows", "vacuumed", "growth a day"], rows)
    for table, _, _, live, dead, vacuumed in tables:
        if dead >= limits.fewest_dead_rows and dead > limits.dead_share_warning * (live + dead):
            context.warn(f"{table}: {dead} of {live + dead} rows are dead, vacuumed {vacuumed}: autovacuum does not keep up", table=table)
    unused = context.stack.admin_sql(UNUSED, database=name)
    if unused:
        context.table("indexes that were never read", ["index", "size", "of"],
                      [[index, figure(int(size), "bytes"), table] for index, size, table in unused])
    context.change("keep a snapshot of the sizes", lambda: keep_snapshot(file, [*earlier, snapshot]))


def read_snapshots(context, file):
    if not file.exists():
        return []
    found, broken = [], 0
    for text in file.read_text(encoding="utf-8").splitlines():
        try:
            snapshot = json.loads(text)
            days_since(snapshot), snapshot["database"] + 0, snapshot["tables"].items()
            found.append(snapshot)
        except (ValueError, KeyError, TypeError, AttributeError):
            broken += 1
    if broken:
        context.warn(f"{file}: {broken} lines are no snapshots and were left out")
    return found


def days_since(snapshot):
    return (now() - datetime.datetime.fromisoformat(snapshot["at"].replace("Z", "+00:00"))).total_seconds() / DAY_SECONDS


def reference(snapshots):
    """The oldest of the last month, else the newest before it; none that was made just now."""
    old_enough = [snapshot for snapshot in snapshots if days_since(snapshot) >= FEWEST_DAYS_BACK]
    recent = [snapshot for snapshot in old_enough if days_since(snapshot) <= LONGEST_DAYS_BACK]
    return max(recent, key=days_since) if recent else min(old_enough, key=days_since, default=None)


def keep_snapshot(file, snapshots):
    file.parent.mkdir(mode=0o750, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with open(fresh, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(snapshot) + "\n" for snapshot in snapshots[-MOST_SNAPSHOTS:])
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(file)


def forecast(context):
    """The script's own verdicts; a limit that is reached within the forecast is critical."""
    folder = state_folder(context.settings) / "capacity"
    plot = folder / f"forecast-{now():%Y-%m-%d}.svg"
    argv = [checkout() / "scripts/capacity_forecast.py", f"--period={context.options.period}", f"--forecast={context.options.forecast}",
            "--json",
            f"--prometheus={context.settings.urls.prometheus}", *([f"--config={context.settings.file}"] if context.settings.file else [])]
    if not context.dry_run:
        folder.mkdir(mode=0o750, exist_ok=True)
        argv.append(f"--svg={plot}")
    done = run_program([sys.executable, "-B", *argv], seconds=600, check=False)
    try:
        told = json.loads(done.stdout)
    except ValueError as error:
        raise CouldNotCheck(done.stderr.strip() or f"capacity_forecast.py ended with {done.returncode}") from error
    if "error" in told:
        raise CouldNotCheck(f"capacity_forecast.py: {told['error']}")
    for resource in told["resources"]:
        tell_forecast(context, resource)
    if told["exit_code"] == 3 and not any(resource["verdict"] == "refused" for resource in told["resources"]):
        context.unchecked("no resource has both enough data and a limit")
    context.table(f"forecast of {told['forecast_days']} days", ["resource", "verdict", "level", "growth a day", "at the end", "limit",
                                                                "reached"],
                  [forecast_row(resource) for resource in told["resources"] if resource["forecast"]])
    if not context.dry_run:
        context.fine(f"plotted in {plot}", plot=str(plot))
        for old in sorted(folder.glob("forecast-*.svg"))[:-MOST_PLOTS]:
            old.unlink(missing_ok=True)


def tell_forecast(context, resource):
    verdict, key, reached = resource["verdict"], resource["key"], resource["reached"]
    values = {"resource": key, "verdict": verdict, "reached": reached}
    if verdict == "within":
        context.critical(f"{key} reaches {figure(resource['limit']['value'], resource['unit'])} around {reached['median']} "
                         f"({reached['earliest']} to {reached['latest'] or 'later'})", **values)
    elif verdict == "possible":
        context.warn(f"{key} may reach {figure(resource['limit']['value'], resource['unit'])} from {reached['earliest']} on", **values)
    elif verdict == "refused":
        context.unchecked(f"{key}: {resource['reason']}", **values)
    elif verdict in FINE_VERDICTS:
        context.fine(f"{key} {FINE_VERDICTS[verdict]}", **values)


def forecast_row(resource):
    unit, end, limit = resource["unit"], resource["forecast"][-1], resource["limit"]
    return [resource["key"], resource["verdict"], figure(resource["history"]["level"], unit),
            figure(resource["growth_per_day"]["median"], unit, signed=True),
            f"{figure(end['low'], unit)} to {figure(end['high'], unit)}", figure(limit["value"], unit) if limit else "-",
            (resource["reached"] or {}).get("median") or "-"]


STEPS = [Step("growth", growth), Step("memory", memory), Step("database", database), Step("forecast", forecast)]

if __name__ == "__main__":
    main(Procedure("monthly_capacity_planning", "Monthly capacity planning", __doc__, seconds=60 * 60, steps=STEPS, options=options))
