"""As many servers or workers as told, without a failed request: each is ready before traffic reaches it and drained before it ends.

An instance that does not come up, does not stay up, or is not scraped puts everything back as it was.
"""
import os
import time

from operations.connections import expected_connections, goes_through_pooler, read_budget
from operations.errors import CouldNotCheck
from operations.procedure import Procedure, Step, main
from operations.report import Severity
from operations.stack import SCALABLE, wait_until
from operations.web import Prometheus, request_json

SCRAPE_SECONDS = 90


def options(parser):
    parser.add_argument("count", nargs="?", type=int, default=3, metavar="N", help="so many instances (3)")
    parser.add_argument("--service", choices=SCALABLE, default="app")


def running(context, service):
    return sum(state.running for state in context.stack.states_of(service))


def survey(context):
    counts = {service: running(context, service) for service in SCALABLE}
    context.kept["counts"] = counts
    context.kept["instances"] = context.stack.instances(context.options.service)
    context.fine(", ".join(f"{count} of {service}" for service, count in counts.items()) + " running", **counts)


def free_bytes():
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("MemAvailable:")) * 1024


def limits(context):
    """Refuses what the operator cannot mean, and what machine or database would not bear."""
    service, count, settings = context.options.service, context.options.count, context.settings.scaling
    least = 1 if service == "app" else 0
    most = min(settings.most, int(settings.instances_per_core * os.cpu_count()))
    if not least <= count <= most:
        context.critical(f"{count} of {service} cannot be: it is {least} to {most} here (scaling.most, scaling.instances_per_core, {os.cpu_count()} cores)")
    more = count - context.kept["counts"][service]
    if more > 0 and more * settings.memory_bytes > free_bytes():
        context.critical(f"{more} more need {more * settings.memory_bytes >> 20} MiB, and {free_bytes() >> 20} MiB are free (scaling.memory_bytes)")
    wanted = context.kept["counts"] | {service: max(count, 0)}
    connections = expected_connections(context.settings, wanted["app"], wanted["worker"])
    through = goes_through_pooler(context.stack)
    refusals = read_budget(context.stack, through).refusals(connections) if more > 0 else []
    for told in refusals:
        context.critical(told)
    if not any(finding.severity is Severity.CRITICAL for finding in context.report.findings):
        context.fine(f"{connections} connections at most, {'through PgBouncer' if through else 'straight to PostgreSQL'}")


def scale(context):
    service, count = context.options.service, context.options.count
    before = context.kept["counts"][service]
    if context.dry_run:
        context.fine(f"would go from {before} to {count} of {service}")
        return
    context.kept["begun"] = time.monotonic()
    try:
        context.stack.scale(service, count)
    except CouldNotCheck as error:
        roll_back(context, str(error), undone=context.stack.instances(service) == context.kept["instances"])
        return
    context.fine(f"from {before} to {count} of {service}")


def roll_back(context, why, undone=False):
    service, before = context.options.service, context.kept["counts"][context.options.service]
    context.critical(why)
    if not undone:
        context.stack.scale(service, before)
    context.warn(f"put back: {running(context, service)} of {service} running, as before")


def verify(context):
    if context.dry_run:
        return
    try:
        stay_up(context)
        if context.options.service == "app":
            public_health(context)
            scraped(context)
    except CouldNotCheck as error:
        roll_back(context, str(error))
        return
    context.fine(f"done in {time.monotonic() - context.kept['begun']:.1f} s")


def stay_up(context):
    """All of them, all the time, for long enough to see one that comes and goes."""
    service, count = context.options.service, context.options.count
    end = time.monotonic() + context.settings.scaling.settle_seconds
    while True:
        states = context.stack.states_of(service)
        bad = [state for state in states if not state.well]
        if bad:
            raise CouldNotCheck(f"{bad[0].instance} did not stay up: {bad[0].health or bad[0].detail}")
        if len(states) != count:
            raise CouldNotCheck(f"{len(states)} of {count} {service} run")
        if time.monotonic() > end:
            break
        time.sleep(0.5)
    context.fine(f"{count} of {service} stayed up for {context.settings.scaling.settle_seconds:g} s")


def public_health(context):
    """Often enough through nginx that every instance has its turn, and each one by itself where it can be reached."""
    public = context.settings.urls.public.rstrip("/")
    for url in [public] * (3 * context.options.count) + context.stack.direct_urls("app"):
        status, answer = request_json(url + "/health", seconds=context.settings.limits.http_seconds, trust=context.settings.urls.trust)
        if status != 200 or answer.get("status") == "unhealthy":
            raise CouldNotCheck(f"{url}/health is {answer.get('status')}, HTTP {status}")
    context.fine(f"{public}/health is well")


def scraped(context):
    prometheus = Prometheus(context.settings.urls.prometheus, context.settings.limits.http_seconds)
    begun = time.time()

    def up():
        series = [(labels, value) for labels, value in prometheus.query('up{job="app"} and (timestamp(up{job="app"}) > %.3f)' % begun)]
        return len(series) == context.options.count and all(value == 1 for _, value in series)
    wait_until(up, f'up == 1 in Prometheus for {context.options.count} targets of the job "app"', SCRAPE_SECONDS)
    context.fine(f"Prometheus scrapes {context.options.count} of app")


STEPS = [Step("before", survey, needed=True), Step("limits", limits, needed=True), Step("scale", scale, needed=True), Step("verify", verify)]

if __name__ == "__main__":
    main(Procedure("scale_services", "Scaling", __doc__, seconds=600, steps=STEPS, changes=True, options=options))
