"""How often the intervals hold the future: of synthetic series, whose future is known, and that no part of the forecast has seen.

For each family: the share of future days inside the interval, and of the series with a limit, how often it was reached between the earliest
and the latest date told (or, where none was told, not before the horizon). Both should be the coverage that was asked for.
"""
import dataclasses
import random

from operations.report import text_table

from . import synthetic
from .days import Series
from .forecast import Limit, first_reached, make_forecast
from .reading import Options
from .resources import Resource

AHEAD = (7, 30, 90)


@dataclasses.dataclass
class Tally:
    name: str
    inside: int = 0
    days: int = 0
    at: dict = dataclasses.field(default_factory=lambda: dict.fromkeys(AHEAD, 0))
    series: int = 0
    dates_held: int = 0
    too_late: int = 0  # the limit was reached before the earliest date

    @property
    def coverage(self):
        return self.inside / self.days


def run(series_count, options, families=synthetic.FAMILIES, seed=1):
    """A Tally for each family. The same arguments give the same tallies."""
    return [_run_family(family, series_count, options, seed) for family in families]


def _run_family(family, count, options, seed):
    tally = Tally(family.__name__)
    resource = Resource(family.__name__, "", "", "", "", is_stock=family is synthetic.random_walk)
    for number in range(count):
        draw = random.Random(f"{seed} {family.__name__} {number}")
        values = family(options.period + options.horizon, draw)
        known, future = values[:options.period], values[options.period:]
        limit = Limit(max(known) + draw.uniform(0, 1) * (max(values) - min(known)), "drawn")
        series = Series(list(range(1 - options.period, 1)), known, 0.0)
        forecast = make_forecast(resource, f"{family.__name__}{number}", series, limit, options)
        _count(tally, forecast, known, future, limit.value)
    return tally


def _count(tally, forecast, known, future, limit):
    tally.series += 1
    for ahead, (value, band) in enumerate(zip(future, forecast.bands), 1):
        inside = band[0] <= value <= band[-1]
        tally.inside += inside
        tally.days += 1
        if ahead in tally.at:
            tally.at[ahead] += inside
    index = first_reached(known[-6:] + future, limit)
    reached = float("inf") if index is None else max(0, index - 5)
    earliest, _, latest = (float("inf") if day is None else day for day in forecast.reached)
    tally.dates_held += earliest <= reached <= latest
    tally.too_late += reached < earliest


def as_text(tallies, options):
    rows = [[tally.name, tally.series, f"{tally.coverage:.1%}", *(f"{tally.at[ahead] / tally.series:.0%}" for ahead in AHEAD),
             f"{tally.dates_held / tally.series:.0%}", f"{tally.too_late / tally.series:.0%}"] for tally in tallies]
    mean = sum(tally.coverage for tally in tallies) / len(tallies)
    held = sum(tally.dates_held for tally in tallies) / sum(tally.series for tally in tallies)
    heads = ["series", "count", "days inside", *(f"day {ahead}" for ahead in AHEAD), "date inside", "earlier"]
    return "\n".join([f"Backtest: {options.period} days of history, {options.horizon} ahead, asked for {options.coverage:.0%}", "",
                      *text_table(heads, [list(map(str, row)) for row in rows]), "",
                      f"all: {mean:.1%} of the days, {held:.1%} of the dates"]) + "\n"


def as_json(tallies, options):
    return {"asked": options.coverage, "period_days": options.period, "forecast_days": options.horizon,
            "families": [{"name": tally.name, "series": tally.series, "coverage": tally.coverage, "dates": tally.dates_held / tally.series,
                          "earlier": tally.too_late / tally.series} for tally in tallies]}


def default_options(**changed):
    return dataclasses.replace(Options(paths=200), **changed)
