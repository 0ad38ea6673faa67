"""The verdict on one series: where it goes, and when its limit is reached."""
import dataclasses
import random
import zlib

from . import paths, robust
from .days import DAY

MONTH_DAYS = 30
WITHIN_DAYS = 7
WITHIN, POSSIBLE, CLEAR, NO_LIMIT, REFUSED, ABSENT = "within", "possible", "clear", "no limit", "refused", "absent"
WORSE = (CLEAR, POSSIBLE, REFUSED, WITHIN)  # in this order
EXIT_CODES = {CLEAR: 0, POSSIBLE: 1, REFUSED: 3, WITHIN: 2}


@dataclasses.dataclass(frozen=True)
class Limit:
    value: float
    source: str  # what said so


@dataclasses.dataclass(frozen=True)
class Forecast:
    series: object  # days.Series, of what the limit is on
    model: paths.Model
    growth: tuple  # a day, of what is measured: (low, middle, high)
    dates: list  # the end of each future day, in seconds of Unix time
    bands: list  # for each of them: (low, lower quartile, median, upper quartile, high)
    reached: tuple  # days from the last known one to the limit: (earliest, median, latest), None beyond the horizon
    chance: float  # that it is reached within the horizon


@dataclasses.dataclass(frozen=True)
class Outcome:
    resource: object
    key: str  # the resource's name, with the series' label where it has one
    verdict: str
    reason: str = ""
    limit: Limit = None
    forecast: Forecast = None


def first_reached(values, limit):
    """The index of the first day at the limit that a second one follows within a week, or None. A single day is an incident, not a lack."""
    over = [index for index, value in enumerate(values) if value >= limit]
    for index, following in zip(over, over[1:]):
        if following - index < WITHIN_DAYS:
            return index
    return None


def month_sums(series):
    """Of the thirty days that end with each day, from the seventh on; days that are missing were like the others."""
    at, sums, days = dict(zip(series.days, series.values)), [], []
    for day in series.days:
        first = max(series.days[0], day - MONTH_DAYS + 1)
        known = [at[other] for other in range(first, day + 1) if other in at]
        if day - first >= WITHIN_DAYS - 1:
            days.append(day)
            sums.append(MONTH_DAYS * sum(known) / len(known))
    return dataclasses.replace(series, days=days, values=sums)


def _continue_months(series, path):
    """The sums of thirty days on each day of a path; while fewer are known, those count as the others."""
    at = dict(zip(series.days, series.values))
    past = [at.get(day) for day in range(max(series.days[0], 1 - MONTH_DAYS), 1)]
    known = [value for value in past if value is not None]
    usual = sum(known) / len(known)
    values = [usual if value is None else value for value in past] + path
    total, sums = sum(values[:len(past)]), []
    for index in range(len(past), len(values)):
        total += values[index] - (values[index - MONTH_DAYS] if index >= MONTH_DAYS else 0.0)
        sums.append(max(0.0, MONTH_DAYS * total / min(MONTH_DAYS, index + 1)))
    return sums


def make_forecast(resource, key, series, limit, options):
    """series: of daily values, the last `options.period` days of which are fitted. The same data and options give the same bytes."""
    fitted = series.since(1 - options.period)
    model = paths.fit(fitted.days, fitted.values, resource.is_stock)
    draw = random.Random(zlib.crc32(key.encode()))
    futures = paths.simulate(model, options.horizon, options.paths, draw)
    ways, calm, judged = futures.paths, futures.calm, series
    if resource.months:
        ways = calm = [_continue_months(series, path) for path in ways]
        judged = month_sums(series)
    tail = (1 - options.coverage) / 2
    shares = (tail, 0.25, 0.5, 0.75, 1 - tail)
    slopes = sorted(futures.slopes)
    growth = tuple(robust.quantile(slopes, share) for share in (tail, 0.5, 1 - tail))
    reached, chance = _when(judged, calm, limit, tail)
    dates = [series.end + day * DAY for day in range(1, options.horizon + 1)]
    return Forecast(judged, model, growth, dates, paths.bands(ways, shares), reached, chance)


def _when(judged, ways, limit, tail):
    if limit is None:
        return (None, None, None), 0.0
    at, lead = dict(zip(judged.days, judged.values)), WITHIN_DAYS - 1
    before = [at.get(day, float("-inf")) for day in range(-lead, 1)]
    days = []
    for way in ways:
        index = first_reached(before + way, limit.value)
        days.append(float("inf") if index is None else max(0, index - lead))
    days.sort()
    quantiles = [days[min(len(days) - 1, int(share * len(days)))] for share in (tail, 0.5, 1 - tail)]
    chance = sum(day < float("inf") for day in days) / len(days)
    return tuple(None if day == float("inf") else day for day in quantiles), chance


def judge(resource, key, series, limit, options):
    forecast = make_forecast(resource, key, series, limit, options)
    earliest, middle, _ = forecast.reached
    if limit is None:
        return Outcome(resource, key, NO_LIMIT, "no limit is known: give one with --limit", None, forecast)
    verdict = WITHIN if middle is not None else POSSIBLE if earliest is not None else CLEAR
    return Outcome(resource, key, verdict, "", limit, forecast)


def exit_code(outcomes):
    """The worst verdict's. A limit that was asked for cannot be judged without data, and a forecast without any limit judges nothing."""
    found = [outcome.verdict for outcome in outcomes if outcome.verdict in WORSE]
    return EXIT_CODES[max(found, key=WORSE.index)] if found else EXIT_CODES[REFUSED]
