"""Simulated futures of a series. Every interval and every date comes from these.

Each path is the forecast plus one error that the same procedure made on noise of the same kind: noise is simulated over the history and the
horizon, the trend is fitted again to the history's part, and what it then misses is the error. So the uncertainty of slope, level, season
and of the noise itself is all in, and grows with the horizon. Source: Stine 1985, JASA 80, 1026 (bootstrap prediction intervals). Cost:
paths x (days + PAIRS).
"""
import dataclasses
import math

from . import robust
from .noise import RHOS, measure, walk
from .trend import WEEK, Design, Trend, find_shifts

PAIRS = 400
BURN_IN_DAYS = 20
SMALLEST_SCALE = 0.1
FEWEST_GROWTH = 0.15  # of the level over the history, before a season can be seen to grow with it
CLEARLY_BETTER = 1.0  # of the logarithm of the likelihood


@dataclasses.dataclass(frozen=True)
class Model:
    days: list
    trend: Trend
    noise: object
    shifts: tuple
    share_of_season: float
    is_proportional: bool
    middle: float  # of the line over the history
    rest: list

    def scale(self, day):
        """How large season and noise are on a day, against the history's middle."""
        return max(SMALLEST_SCALE, self.trend.line(day) / self.middle) if self.is_proportional else 1.0

    def at(self, day):
        return self.trend.at(day, self.scale(day))


def fit(days, values, is_stock=False):
    shifts = find_shifts(days, values)
    design, flat = Design(days, shifts), [1.0] * len(days)
    trend = design.fit(values, flat)
    scale, middle = flat, 0.0
    rest = design.residuals(values, trend, flat)
    lines = [trend.levels[of] + trend.slope * day for day, of in zip(days, design.segment_of)]
    if min(lines) > 0 and max(lines) > (1 + FEWEST_GROWTH) * min(lines):
        middle = robust.median(lines)
        growing = [max(SMALLEST_SCALE, line / middle) for line in lines]
        other = design.fit(values, growing)
        other_rest = design.residuals(values, other, growing)
        if _surprise(other_rest, growing) < _surprise(rest, flat) - CLEARLY_BETTER:
            trend, scale, rest = other, growing, other_rest
    share = _believed(design, values, trend, scale)
    noise = measure(days, rest, 2 + len(shifts) + 6 * share, is_stock)
    return Model(days, trend, noise, shifts, share, scale is not flat, middle, rest)


def _surprise(rest, scale):
    """Minus the logarithm of the likelihood under Laplace's distribution: the one of which medians are the best guesses."""
    mean = sum(map(abs, rest)) / len(rest)
    return len(rest) * math.log(max(mean, 1e-300)) + sum(map(math.log, scale))


def _believed(design, values, trend, scale):
    rest = [(value - trend.slope * day - trend.levels[of]) / size
            for value, day, of, size in zip(values, design.days, design.segment_of, scale)]
    medians = [robust.median([rest[i] for i in members]) if members else 0.0 for members in design.by_weekday]
    middle = sum(medians) / WEEK
    return design.share_of_season(rest, [value - middle for value in medians])


@dataclasses.dataclass(frozen=True)
class Futures:
    paths: list  # each the values of days 1 to the horizon
    calm: list  # the same without spikes, which are incidents: what capacity must carry
    slopes: list  # the growth a day that each path goes with


def simulate(model, horizon, count, draw):
    """`count` futures. draw: a random.Random. No path goes below zero: nothing measured here does."""
    design = Design(model.days, model.shifts, most_pairs=PAIRS)
    first = model.days[0]
    sizes = [model.scale(day) for day in range(first, horizon + 1)]
    centre = [model.at(day) for day in range(1, horizon + 1)]
    paths, calm, slopes = [], [], []
    for rho in draw.choices(RHOS, model.noise.weights, k=count):
        errors, spikes, slope = _errors(model, design, sizes, horizon, rho, draw)
        slopes.append(model.trend.slope - slope)
        paths.append([max(0.0, value + error) for value, error in zip(centre, errors)])
        calm.append([max(0.0, value + error - spike) for value, error, spike in zip(centre, errors, spikes)] if spikes else paths[-1])
    return Futures(paths, calm, slopes)


def _errors(model, design, sizes, horizon, rho, draw):
    """(what the forecast misses on each future day, what of it is spikes, by how much its slope is too steep), where all is noise.

    sizes: of the noise, from the first day of the history on.
    """
    noise, first = model.noise, model.days[0]
    burn_in = 0 if rho == 1.0 else BURN_IN_DAYS
    smooth = walk(draw.choices(noise.innovations[rho], k=burn_in + len(sizes)), rho)[burn_in:]
    spikes = _draw_spikes(noise, sizes, draw)
    seen = [size * value for size, value in zip(sizes, smooth)]
    if spikes:
        seen = [value + spike for value, spike in zip(seen, spikes)]
    refit = design.fit([seen[day - first] for day in design.days], [sizes[day - first] for day in design.days], model.share_of_season,
                       rounds=1)
    today = sizes[-first]
    carried, errors = noise.last - (smooth[-first] - refit.at(0, today) / today), []
    for day in range(1, horizon + 1):
        carried *= rho
        size = sizes[day - first]
        errors.append(seen[day - first] - refit.at(day, size) + size * carried)
    return errors, spikes and spikes[-horizon:], refit.slope


def _draw_spikes(noise, sizes, draw):
    """None where there never was one."""
    if not noise.spikes:
        return None
    return [size * draw.choice(noise.spikes) if draw.random() < noise.spike_share else 0.0 for size in sizes]


def bands(paths, shares):
    """For each day, the quantiles of all paths."""
    return [[robust.quantile(ordered, share) for share in shares] for ordered in map(sorted, zip(*paths))]
