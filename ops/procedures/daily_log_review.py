"""What did the server and its workers complain about in the last 24 hours? By kind and count, not by the last ten lines.

Errors by fingerprint, slow requests by route, failures of language models by provider, model and kind, timeouts, and failed connections to
the database. Compared with the seven days before, as far as the logs reach back.
"""
import collections
import dataclasses
import datetime

from operations.errors import CouldNotCheck
from operations.log_groups import BAD_LEVELS, Kinds, count_by, parse_line, readable, without_details
from operations.procedure import Procedure, Step, main, number_option
from operations.report import now
from operations.settings import read_table

SERVICES = ("app", "worker")
USUAL_DAYS = 7
MOST_ROWS = 15
MOST_KEPT = 100_000  # lines of one event
KEPT_EVENTS = ("slow_request", "llm_error", "request_timeout", "db_connection_failed")
NEEDS_OPERATOR = ("authentication", "quota", "forbidden", "untrusted")  # kinds of failure that no waiting heals
TIMEOUT_STATUSES = (408, 504)


@dataclasses.dataclass(frozen=True)
class LogLimits:
    """[logs] of operations.toml."""
    slow_share_warning: float = 0.01  # of all requests
    slow_share_critical: float = 0.10
    llm_errors_warning: int = 20
    timeouts_warning: int = 20
    timeouts_critical: int = 500
    database_minutes_critical: int = 10  # with a failed connection
    recent_minutes: int = 5  # what failed so lately is taken to go on


@dataclasses.dataclass
class Day:
    """What the lines of the last hours came to."""
    lines: int = 0
    requests: int = 0
    timed_out: int = 0  # answered with 408 or 504
    kinds: Kinds = dataclasses.field(default_factory=Kinds)
    strange: Kinds = dataclasses.field(default_factory=Kinds)  # no JSON
    kept: dict = dataclasses.field(default_factory=lambda: {event: [] for event in KEPT_EVENTS})
    known_before: set = dataclasses.field(default_factory=set)  # fingerprints
    errors_before: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # by day, 1 to USUAL_DAYS
    days_before: int = 0

    def add(self, line):
        self.lines += 1
        if line["event"] == "request":
            self.requests += 1
            self.timed_out += line.get("status") in TIMEOUT_STATUSES
        if line["level"] in BAD_LEVELS:
            self.kinds.add(line)
        kept = self.kept.get(line["event"])
        if kept is not None and len(kept) < MOST_KEPT:
            kept.append(line)


def options(parser):
    parser.add_argument("--hours", type=lambda text: number_option(text, 24 * USUAL_DAYS, "hours"), default=24.0, metavar="N", help="review so many hours (24)")


def limits_of(context):
    return read_table(LogLimits, context.settings.other.get("logs", {}), f"{context.settings.file}: [logs]")


def read(context):
    """All lines once; later steps look at what they came to."""
    limits_of(context)
    moment, hours = now(), context.options.hours
    since = iso(moment - datetime.timedelta(hours=hours))
    day, before, oldest = Day(), Kinds(), iso(moment)
    for service in SERVICES:
        count, is_recent = 0, False
        for text in service_lines(context, service, hours + 24 * USUAL_DAYS):
            line = parse_line(text)
            if line is None:
                if text.strip() and is_recent:  # it has no time of its own
                    day.strange.count(service, "no JSON", without_details(text), iso(moment))
                continue
            oldest, is_recent = min(oldest, line["ts"]), line["ts"] >= since
            if is_recent:
                count += 1
                day.add(line)
            elif line["level"] in BAD_LEVELS:
                before.add(line)
                count_before(day, line, moment, hours)
        if count:
            context.fine(f"{service}: {count} lines in {hours:g} hours", service=service, lines=count)
    day.known_before = set(before.by_fingerprint)
    day.days_before = min(USUAL_DAYS, max(0, int((moment - moment_of(oldest)).total_seconds() / 86400 - hours / 24)))
    context.kept["day"] = day
    if not day.lines:
        services = " or ".join(SERVICES)
        raise CouldNotCheck(f"no line of {services} in the last {hours:g} hours: does the log arrive where operations.toml says?")


def service_lines(context, service, hours):
    """Of a worker that this stack has none of, nothing."""
    try:
        yield from context.stack.logs(service, hours)
    except CouldNotCheck:
        if service == "app":
            raise


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(text):
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return now()


def count_before(day, line, moment, hours):
    ago = int((moment - moment_of(line["ts"])).total_seconds() / 86400 - hours / 24) + 1
    if 1 <= ago <= USUAL_DAYS:
        day.errors_before[ago] += 1


def errors(context):
    day, limits = the_day(context), context.settings.limits
    kinds = day.kinds.sorted()
    count = sum(kind.count for kind in kinds)
    before = sorted(day.errors_before[ago] for ago in range(1, day.days_before + 1))
    usual = before[len(before) // 2] * context.options.hours / 24 if before else 0
    message = f"{count} errors of {len(kinds)} kinds" + (f", usually {usual:g}" if before else "")
    context.judge(count, max(limits.errors_warning, 3 * usual), max(limits.errors_critical, 10 * usual), message, kinds=len(kinds))
    for kind in kinds:
        if kind.level == "CRITICAL":
            context.critical(f"{kind.event} ({kind.count}, last {kind.last[:19]}): {kind.message}", fingerprint=kind.fingerprint)
    fresh = [kind for kind in kinds if kind.fingerprint not in day.known_before and kind.level != "CRITICAL"]
    if before and fresh:
        context.warn(f"{len(fresh)} kinds were not seen in the {day.days_before} days before: " +
                     ", ".join(f"{kind.event} [{kind.fingerprint}]" for kind in fresh[:5]), fresh=[kind.fingerprint for kind in fresh])
    if kinds:
        context.table("errors by kind", ["fingerprint", "level", "event", "count", "first", "last", "message"],
                      [[kind.fingerprint, kind.level, kind.event, kind.count, kind.first[:19], kind.last[:19], kind.message]
                       for kind in kinds[:MOST_ROWS]])
    if day.strange:
        lines = day.strange.sorted()
        context.warn(f"{sum(kind.count for kind in lines)} lines are no JSON: another program's, or a crash")
        context.table("lines that are no JSON", ["service", "count", "line"],
                      [[kind.level, kind.count, kind.message] for kind in lines[:MOST_ROWS]])


def the_day(context):
    if "day" not in context.kept:
        raise CouldNotCheck("the logs could not be read")
    return context.kept["day"]


def slow_requests(context):
    day, limits = the_day(context), limits_of(context)
    slow = day.kept["slow_request"]
    share = len(slow) / max(day.requests, len(slow), 1)
    context.judge(share, limits.slow_share_warning, limits.slow_share_critical,
                  f"{len(slow)} of {day.requests} requests were slow ({share:.2%})", count=len(slow))
    by_route = collections.defaultdict(list)
    for line in slow:
        by_route[(readable(line.get("method", "-")), readable(line.get("route") or line.get("path", "-"))[:60])].append(line)
    rows = []
    for (method, route), lines in sorted(by_route.items(), key=lambda item: -len(item[1]))[:MOST_ROWS]:
        durations = sorted(float(line.get("duration_ms", 0)) for line in lines)
        worst = max(lines, key=lambda line: float(line.get("duration_ms", 0)))
        rows.append([method, route, len(lines), f"{durations[len(durations) // 2]:.0f} ms", f"{durations[-1]:.0f} ms",
                     sum(line.get("status", 0) >= 500 for line in lines), readable(worst.get("request_id", "-"))])
    if rows:
        context.table("slow requests by route", ["method", "route", "count", "median", "worst", "5xx", "request of the worst"], rows)


def language_models(context):
    day, limits = the_day(context), limits_of(context)
    failed = day.kept["llm_error"]
    message = f"{len(failed)} failed calls of language models"
    context.judge(len(failed), limits.llm_errors_warning, max(50 * limits.llm_errors_warning, 1), message, count=len(failed))
    groups = count_by(failed, ("provider", "model", "error", "status"))
    for (provider, model, kind, _), count, _, last in groups:
        if kind in NEEDS_OPERATOR:
            context.critical(f"{provider} answers {model} with {kind} ({count}, last {last[:19]}): its key or account needs you",
                             provider=provider, kind=kind)
    if groups:
        context.table("failed calls", ["provider", "model", "kind", "status", "count", "first", "last"],
                      [[*key, count, first[:19], last[:19]] for key, count, first, last in groups[:MOST_ROWS]])


def timeouts(context):
    day, limits = the_day(context), limits_of(context)
    arriving = day.kept["request_timeout"]
    providers = [line for line in day.kept["llm_error"] if line.get("error") == "timeout"]
    # A request that did not arrive in time is logged as a request with 408 too.
    count = max(len(arriving), day.timed_out) + len(providers)
    context.judge(count, limits.timeouts_warning, limits.timeouts_critical,
                  f"{count} timeouts: {max(len(arriving), day.timed_out)} of requests, {len(providers)} of language models", count=count)
    clients = [line | {"client": str(line.get("remote", "-")).rpartition(":")[0]} for line in arriving]  # their ports tell nothing
    rows = [["request", key[0], number, first[:19], last[:19]] for key, number, first, last in count_by(clients, ("client",))]
    rows += [["language model", key[0], number, first[:19], last[:19]] for key, number, first, last in count_by(providers, ("provider",))]
    if rows:
        context.table("timeouts", ["of", "client or provider", "count", "first", "last"], rows[:MOST_ROWS])


def database(context):
    day, limits = the_day(context), limits_of(context)
    failed = day.kept["db_connection_failed"]
    if not failed:
        context.fine("no connection to the database failed", count=0)
        return
    minutes = len({line["ts"][:16] for line in failed})
    last = max(line["ts"] for line in failed)
    message = f"{len(failed)} operations found no database, in {minutes} different minutes, last {last[:19]}"
    if last >= iso(now() - datetime.timedelta(minutes=limits.recent_minutes)):
        context.critical(f"{message}: it goes on", count=len(failed), minutes=minutes)
    else:
        context.judge(minutes, 1, limits.database_minutes_critical, message, count=len(failed))
    context.table("failed connections by operation", ["operation", "count", "first", "last"],
                  [[key[0], count, first[:19], end[:19]] for key, count, first, end in count_by(failed, ("operation",))[:MOST_ROWS]])


STEPS = [Step("lines", read, needed=True), Step("errors", errors), Step("slow requests", slow_requests),
         Step("language models", language_models),
         Step("timeouts", timeouts), Step("database", database)]

if __name__ == "__main__":
    main(Procedure("daily_log_review", "Daily log review", __doc__, seconds=15 * 60, steps=STEPS, options=options))
