"""Series whose future is known, for the backtest: each a function of a random.Random that gives `days` daily values."""
import math

WEEKDAYS = (6.0, 8.0, 7.0, 5.0, 3.0, -14.0, -15.0)


def _line(days, draw):
    slope = draw.uniform(-0.2, 1.0)
    return [200 + slope * day for day in range(days)]


def _with_season(values, size=1.0):
    return [value + size * WEEKDAYS[day % 7] for day, value in enumerate(values)]


def plain(days, draw):
    return [value + draw.gauss(0, 4) for value in _line(days, draw)]


def seasonal(days, draw):
    return [value + draw.gauss(0, 4) for value in _with_season(_line(days, draw))]


def outliers(days, draw):
    return [value + (draw.uniform(30, 120) if draw.random() < 0.05 else 0) for value in seasonal(days, draw)]


def heavy_tails(days, draw):
    """Student's t with 3 degrees of freedom."""
    def student():
        return draw.gauss(0, 1) / math.sqrt(sum(draw.gauss(0, 1) ** 2 for _ in range(3)) / 3)
    return [value + 3 * student() for value in _with_season(_line(days, draw))]


def level_shift(days, draw, history=30):
    """Once, in the history."""
    at, size = draw.randrange(8, history - 8), draw.choice((-1, 1)) * draw.uniform(40, 80)
    return [value + (size if day >= at else 0) for day, value in enumerate(seasonal(days, draw))]


def lasting_noise(days, draw):
    """A deviation keeps six tenths from day to day."""
    values, deviation = [], draw.gauss(0, 5)
    for value in _with_season(_line(days, draw)):
        deviation = 0.6 * deviation + draw.gauss(0, 4)
        values.append(value + deviation)
    return values


def random_walk(days, draw):
    """Each day adds something, as a disk or a database grows."""
    values, total = [], 300.0
    for _ in range(days):
        total += draw.gauss(1.0, 2.0)
        values.append(total)
    return values


def growing_season(days, draw):
    """Season and noise grow with the level."""
    slope = draw.uniform(2, 4)
    return [(200 + slope * day) / 200 * (200 + 2 * WEEKDAYS[day % 7] + draw.gauss(0, 4)) for day in range(days)]


def bursts(days, draw):
    """Most days little, some days much, never less than nothing: spending."""
    return [draw.expovariate(1 / (10 + 0.1 * day)) for day in range(days)]


FAMILIES = (plain, seasonal, outliers, heavy_tails, level_shift, lasting_noise, random_walk, growing_season, bursts)
