"""How fast, how sound and how full was the last week, against the week before?

Response times by method (95th percentile and mean), errors and the error budget, peaks of CPU and memory against their limits, the
statements that cost the database most, and the hit rates of the caches.
"""
import dataclasses
import math

from operations.errors import CouldNotCheck
from operations.procedure import Procedure, Step, main
from operations.report import now
from operations.settings import read_table
from operations.web import Prometheus

WEEK = "7d"
QUERY_SECONDS = 120.0
FEWEST_SHARE = 0.5  # of the week's hours that Prometheus must know
MOST_ROWS = 15
LONGEST_STATEMENT = 70
NO_TRAFFIC = "nothing was asked"


@dataclasses.dataclass(frozen=True)
class PerformanceLimits:
    """[performance] of operations.toml."""
    slower_warning: float = 1.5  # times the week before
    slower_critical: float = 3.0
    latency_floor_seconds: float = 0.005  # below, nobody notices by how much it grew
    fewest_requests: int = 100  # of a method, in both weeks, before they are compared
    availability: float = 0.995  # of requests that are not answered with 5xx; the rest is the error budget
    budget_warning: float = 1.0  # of the week's budget
    budget_critical: float = 3.0
    burn_rate_critical: float = 14.4  # times the budget's pace, in one hour: a month's budget in two days
    statement_warning_ms: float = 500.0  # on average
    fewest_calls: int = 10
    hit_ratio_warning: float = 0.2
    hit_ratio_drop_warning: float = 0.2  # against the week before
    fewest_lookups: int = 1000


def limits_of(context):
    return read_table(PerformanceLimits, context.settings.other.get("performance", {}), f"{context.settings.file}: [performance]")


def ask(context, expression):
    """[(labels, value)] without what is no number."""
    prometheus = Prometheus(context.settings.urls.prometheus, QUERY_SECONDS, context.settings.urls.trust)
    return [(labels, value) for labels, value in prometheus.query(expression) if math.isfinite(value)]


def by_label(context, expression, label):
    return {labels.get(label, ""): value for labels, value in ask(context, expression)}


def one(context, expression, otherwise=0.0):
    found = ask(context, expression)
    return found[0][1] if found else otherwise


def milliseconds(seconds):
    return "-" if seconds is None else f"{1000 * seconds:.3g} ms"


def data(context):
    """Prometheus knows most of the week. Half a week's figures would look like a week's."""
    limits_of(context)
    prometheus = Prometheus(context.settings.urls.prometheus, QUERY_SECONDS, context.settings.urls.trust)
    end = math.floor(now().timestamp() / 3600) * 3600
    known = prometheus.range("max(last_over_time(process_start_time_seconds[1h]) or last_over_time(http_requests_total[1h]))",
                             end - 7 * 86400 + 3600, end, 3600)
    hours = len(known[0][1]) if known else 0
    message = f"Prometheus knows {hours} of the week's 168 hours"
    if hours == 0:
        raise CouldNotCheck(f"{message}: the server was never scraped")
    (context.fine if hours >= FEWEST_SHARE * 168 else context.unchecked)(message, hours=hours)


def response_times(context):
    limits = limits_of(context)
    weeks = {}
    for name, offset in (("now", ""), ("before", f" offset {WEEK}")):
        buckets = f"sum by (le, method) (rate(causal_inference_duration_seconds_bucket[{WEEK}]{offset}))"
        sums, counts = (f"sum by (method) (increase(causal_inference_duration_seconds_{what}[{WEEK}]{offset}))"
                        for what in ("sum", "count"))
        weeks[name] = {"p95": by_label(context, f"histogram_quantile(0.95, {buckets})", "method"),
                       "mean": by_label(context, f"{sums} / ({counts} > 0)", "method"), "count": by_label(context, counts, "method")}
    this, last = weeks["now"], weeks["before"]
    compared = 0
    for method, p95 in sorted(this["p95"].items()):
        enough = min(this["count"].get(method, 0), last["count"].get(method, 0)) >= limits.fewest_requests
        earlier = last["p95"].get(method)
        if not enough or not earlier:
            continue
        compared += 1
        factor = p95 / earlier
        message = f"{method}: 95 % within {milliseconds(p95)}, {factor:.2f} times the week before"
        if factor >= limits.slower_warning and p95 >= limits.latency_floor_seconds:
            context.judge(factor, limits.slower_warning, limits.slower_critical, message, method=method)
    busiest = sorted(this["count"].items(), key=lambda item: -item[1])[:MOST_ROWS]
    if sum(this["count"].values()) < 1:
        context.fine(NO_TRAFFIC)
        return
    told = f"{sum(this['count'].values()):.0f} questions, of {len(this['p95'])} methods"
    context.fine(f"{told}; {compared} methods compared with the week before" if compared
                 else f"{told}; there is no earlier week to compare with")
    context.table("response times", ["method", "questions", "95 % within", "a week ago", "mean", "a week ago"],
                  [[method, f"{count:.0f}", milliseconds(this["p95"].get(method)), milliseconds(last["p95"].get(method)),
                    milliseconds(this["mean"].get(method)), milliseconds(last["mean"].get(method))]
                   for method, count in busiest if count >= 0.5])


def errors(context):
    limits = limits_of(context)
    budget = 1 - limits.availability
    asked = one(context, f"sum(increase(http_requests_total[{WEEK}]))")
    failed = one(context, f'sum(increase(http_requests_total{{status=~"5.."}}[{WEEK}]))')
    if asked < 1:
        context.fine(NO_TRAFFIC)
        return
    spent = failed / asked / budget
    context.judge(spent, limits.budget_warning, limits.budget_critical,
                  f"{failed:.0f} of {asked:.0f} requests were answered with 5xx: {spent:.0%} of the week's error budget",
                  ratio=failed / asked)
    hourly = 'sum(rate(http_requests_total{status=~"5.."}[1h])) / (sum(rate(http_requests_total[1h])) > 0)'
    burnt = one(context, f"max_over_time(({hourly})[{WEEK}:30m])") / budget
    message = f"the worst hour spent the error budget at {burnt:.1f} times its pace"
    (context.critical if burnt >= limits.burn_rate_critical and spent >= limits.budget_warning else
     context.warn if burnt >= limits.burn_rate_critical else context.fine)(message, burn_rate=burnt)
    errors_by_method(context)


def errors_by_method(context):
    """Mistakes of users and faults together, and what of them says unavailable, which is ours."""
    counts = by_label(context, f"sum by (method) (increase(causal_inference_requests_total[{WEEK}]))", "method")
    failed = by_label(context, f'sum by (method) (increase(causal_inference_requests_total{{status="error"}}[{WEEK}]))', "method")
    ours = by_label(context, f'sum by (method) (increase(causal_inference_errors_total{{code="unavailable"}}[{WEEK}]))', "method")
    rows = [[method, f"{counts[method]:.0f}", f"{count:.0f}", f"{count / counts[method]:.1%}", f"{ours.get(method, 0):.0f}"]
            for method, count in sorted(failed.items(), key=lambda item: -item[1]) if count >= 0.5 and counts.get(method, 0) > 0]
    if rows:
        context.table("errors by method", ["method", "questions", "errors", "share", "unavailable"], rows[:MOST_ROWS])


def peaks(context):
    """The highest five minutes of the week, against the limit of each container, and of the machine."""
    limits = context.settings.limits
    shares = [
        ("CPU", by_label(context, f'max_over_time(sum by (name) (rate(container_cpu_usage_seconds_total{{name!=""}}[5m]))[{WEEK}:5m])'
                         " / on (name) (max by (name) (container_spec_cpu_quota > 0) / max by (name) (container_spec_cpu_period > 0))",
                         "name"),
         limits.cpu_warning, limits.cpu_critical),
        ("memory", by_label(context, f'max_over_time(sum by (name) (container_memory_working_set_bytes{{name!=""}})[{WEEK}:5m])'
                            " / on (name) max by (name) (container_spec_memory_limit_bytes > 0)", "name"), limits.memory_warning,
                            limits.memory_critical),
        ("CPU", {"the machine": value for _, value in ask(
            context, f'max_over_time((1 - avg(rate(node_cpu_seconds_total{{mode="idle"}}[5m])))[{WEEK}:5m])')},
         limits.cpu_warning, limits.cpu_critical),
        ("memory", {"the machine": value for _, value in ask(
            context, f"max_over_time(max(1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)[{WEEK}:5m])")},
         limits.memory_warning, limits.memory_critical)]
    if not any(found for _, found, _, _ in shares):
        raise CouldNotCheck("Prometheus knows neither CPU nor memory, of containers or of the machine: is an exporter missing?")
    for what, found, warning, critical in shares:
        for name, share in sorted(found.items()):
            context.judge(share, warning, critical, f"{what} of {name}: at most {share:.0%} of its limit", name=name)


STATEMENTS = """
SELECT regexp_replace(query, '\\s+', ' ', 'g'), calls, total_exec_time, mean_exec_time, rows
FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
WHERE datname = current_database() AND query ~* '^\\s*(select|insert|update|delete|with)\\M'
ORDER BY {order} DESC LIMIT 10
"""


def database(context):
    limits = limits_of(context)
    present = context.stack.admin_sql("SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'",
                                      database=context.settings.postgres.database)
    if present != [["1"]]:
        raise CouldNotCheck("pg_stat_statements is not in this database: set shared_preload_libraries, then CREATE EXTENSION "
                            "pg_stat_statements")
    database = context.settings.postgres.database
    since = context.stack.admin_sql("SELECT date_trunc('second', stats_reset) FROM pg_stat_statements_info", database=database)[0][0]
    costly = context.stack.admin_sql(STATEMENTS.format(order="total_exec_time"), database=database)
    slow = [row for row in context.stack.admin_sql(STATEMENTS.format(order="mean_exec_time * (calls >= %d)::int" % limits.fewest_calls),
                                                   database=database)
            if int(row[1]) >= limits.fewest_calls and float(row[3]) >= limits.statement_warning_ms]
    for query, calls, _, mean, _ in slow:
        context.warn(f"{float(mean):.0f} ms on average, {calls} calls: {query[:LONGEST_STATEMENT]}", mean_ms=float(mean))
    if not slow:
        context.fine(f"no statement takes more than {limits.statement_warning_ms:g} ms on average, since {since}")
    whole = sum(float(row[2]) for row in costly) or 1.0
    context.table(f"statements that cost most since {since}", ["share", "calls", "total s", "mean ms", "rows", "statement"],
                  [[f"{float(total) / whole:.0%}", calls, f"{float(total) / 1000:.1f}", f"{float(mean):.2f}", rows,
                    query[:LONGEST_STATEMENT]]
                   for query, calls, total, mean, rows in costly])
    hit = context.stack.admin_sql("SELECT blks_hit, blks_read FROM pg_stat_database WHERE datname = current_database()",
                                  database=database)[0]
    blocks = int(hit[0]) + int(hit[1])
    context.fine(f"{int(hit[0]) / max(blocks, 1):.1%} of {blocks} blocks were in PostgreSQL's memory", hits=int(hit[0]), reads=int(hit[1]))


def caches(context):
    """The server's own counts for each cache, and what Redis says of its keys."""
    limits = limits_of(context)
    rows = []
    own = "sum by (cache) (increase(causal_cache_operations_total{more}[{week}]{offset}))"
    for name, hits_of, all_of, label in (
            ("", own.format(more='{{result="hit"}}', week=WEEK, offset="{offset}"), own.format(more="", week=WEEK, offset="{offset}"),
             "cache"),
            ("keys of Redis", f"sum(increase(redis_keyspace_hits_total[{WEEK}]{{offset}}))",
             f"sum(increase(redis_keyspace_hits_total[{WEEK}]{{offset}})) + sum(increase(redis_keyspace_misses_total[{WEEK}]{{offset}}))",
             "")):
        hits, lookups, hits_before, lookups_before = (by_label(context, query.format(offset=offset), label)
                                                      for offset in ("", f" offset {WEEK}") for query in (hits_of, all_of))
        for key, count in sorted(lookups.items()):
            ratio = hits.get(key, 0) / count if count else 0.0
            before = hits_before.get(key, 0) / lookups_before[key] if lookups_before.get(key, 0) >= limits.fewest_lookups else None
            judge_cache(context, limits, name or key, ratio, count, before)
            rows.append([name or key, f"{count:.0f}", f"{ratio:.1%}", "-" if before is None else f"{before:.1%}"])
    if not rows:
        raise CouldNotCheck("Prometheus knows no lookups of any cache")
    context.table("caches", ["cache", "lookups", "hits", "a week ago"], rows)
    evicted = one(context, f"sum(increase(redis_evicted_keys_total[{WEEK}]))")
    refused = one(context, f"sum(increase(redis_rejected_connections_total[{WEEK}]))")
    (context.warn if refused >= 1 else context.fine)(f"Redis evicted {evicted:.0f} keys and refused {refused:.0f} connections",
                                                     evicted=evicted, refused=refused)


def judge_cache(context, limits, name, ratio, lookups, before):
    message = f"{name}: {ratio:.1%} of {lookups:.0f} lookups hit"
    if lookups < limits.fewest_lookups:
        context.fine(f"{message}; too few to judge", ratio=ratio)
    elif before is not None and before - ratio >= limits.hit_ratio_drop_warning:
        context.warn(f"{message}, {before:.1%} a week ago", ratio=ratio, before=before)
    elif ratio < limits.hit_ratio_warning:
        context.warn(f"{message}: less than {limits.hit_ratio_warning:.0%}", ratio=ratio)
    else:
        context.fine(message, ratio=ratio)


STEPS = [Step("data", data), Step("response times", response_times), Step("errors", errors), Step("peaks", peaks),
         Step("database", database),
         Step("caches", caches)]

if __name__ == "__main__":
    main(Procedure("weekly_performance_review", "Weekly performance review", __doc__, seconds=30 * 60, steps=STEPS))
