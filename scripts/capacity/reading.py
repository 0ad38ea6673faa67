"""Each resource's series and limits, from Prometheus."""
import dataclasses

from operations.errors import CouldNotCheck

from . import days
from .forecast import ABSENT, MONTH_DAYS, REFUSED, Limit, Outcome, judge

MOST_SERIES = 50  # of one resource


@dataclasses.dataclass(frozen=True)
class Options:
    period: int = 30  # days of history that are fitted
    horizon: int = 90
    coverage: float = 0.9
    paths: int = 1000
    at: float = 0.0  # a whole hour, in seconds of Unix time
    limits: dict = dataclasses.field(default_factory=dict)  # a resource's name or key -> Limit


def read_series(prometheus, resource, options):
    """{label: Series}: of the recorded hours where they reach as far back as was asked for, else of the query, whichever has more days."""
    length = options.period + (MONTH_DAYS - 1 if resource.months else 0)
    start = options.at - length * days.DAY + days.HOUR
    best = {}
    for expression in filter(None, (resource.recorded, resource.query)):
        found = {labels.get(resource.by, ""): days.reduce_days(samples, options.at, resource.reduce)
                 for labels, samples in prometheus.range(expression, start, options.at, days.HOUR)}
        if sum(len(series.days) for series in found.values()) > sum(len(series.days) for series in best.values()):
            best = found
        if best and max(len(series.days) for series in best.values()) >= options.period - 1:
            break
    if len(best) > MOST_SERIES:
        raise CouldNotCheck(f"{resource.name}: {len(best)} series; at most {MOST_SERIES} are forecast")
    return best


def read_limits(prometheus, resource, options):
    if not resource.limit:
        return {}
    return {labels.get(resource.by, ""): Limit(value, "measured") for labels, value in prometheus.query(resource.limit, options.at)
            if value > 0}


def key_of(resource, label):
    return f"{resource.name}:{label}" if label else resource.name


def forecast_resource(prometheus, resource, options):
    """An Outcome for each of its series; one that says why when there is none."""
    try:
        found = read_series(prometheus, resource, options)
        measured = read_limits(prometheus, resource, options)
    except CouldNotCheck as error:
        return [Outcome(resource, resource.name, REFUSED, str(error))]
    if not found:
        wanted = [name for name in options.limits if name.split(":")[0] == resource.name]
        return [Outcome(resource, resource.name, REFUSED if wanted else ABSENT, "Prometheus has no such series")]
    outcomes = []
    for label, series in sorted(found.items()):
        key = key_of(resource, label)
        limit = options.limits.get(key) or options.limits.get(resource.name) or measured.get(label)
        try:
            days.check_enough(series, options.at)
            outcomes.append(judge(resource, key, series, limit, options))
        except CouldNotCheck as error:
            outcomes.append(Outcome(resource, key, REFUSED if limit else ABSENT, str(error), limit))
    return outcomes
