"""Hourly samples become one value a day, each of the 24 hours that end when the last one does; too little is refused.

A day's high is the second highest of its hours (the 95th percentile): what capacity must carry, without the one hour of an incident.
"""
import dataclasses
import math

from operations.errors import CouldNotCheck

from . import robust

HOUR, DAY = 3600, 86400
BUSY_SHARE = 0.95
FEWEST_HOURS = 12  # of a day: with fewer it is missing
FEWEST_DAYS = 14
MOST_MISSING = 1 / 3
OLDEST_END_DAYS = 2


@dataclasses.dataclass(frozen=True)
class Series:
    """Days count back from the last one that is known, 0."""
    days: list
    values: list
    end: float  # of day 0, in seconds of Unix time

    @property
    def missing(self):
        return 1 - self.days[0] - len(self.days)

    def since(self, day):
        kept = [index for index, at in enumerate(self.days) if at >= day]
        return Series([self.days[i] for i in kept], [self.values[i] for i in kept], self.end)


def high(hours):
    return robust.quantile(sorted(hours), BUSY_SHARE)


def total(hours):
    """Of the day: hours that are missing were like the others."""
    return 24 * sum(hours) / len(hours)


def reduce_days(samples, end, reduce):
    """samples: (time, value) of whole hours up to `end`, the value that of the hour before. Days with enough hours."""
    by_day = {}
    for moment, value in samples:
        if math.isfinite(value):
            by_day.setdefault(-int((end - moment) // DAY), []).append(value)
    known = {day: reduce(hours) for day, hours in sorted(by_day.items()) if len(hours) >= FEWEST_HOURS}
    if not known:
        return Series([], [], end)
    last = max(known)
    return Series([day - last for day in known], list(known.values()), end + last * DAY)


def check_enough(series, asked_end):
    """CouldNotCheck when a forecast from this would be a guess."""
    if not series.days:
        raise CouldNotCheck(f"no day has {FEWEST_HOURS} hours of data")
    span = 1 - series.days[0]
    if span < FEWEST_DAYS or len(series.days) < FEWEST_DAYS:
        raise CouldNotCheck(f"{len(series.days)} days of data in a span of {span}; {FEWEST_DAYS} are needed")
    if series.missing > MOST_MISSING * span:
        raise CouldNotCheck(f"{series.missing} of {span} days are missing; at most a third may be")
    behind = (asked_end - series.end) / DAY
    if behind > OLDEST_END_DAYS:
        raise CouldNotCheck(f"no data of the last {behind:.0f} days")
