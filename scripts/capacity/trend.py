"""A straight line with a weekly season and level shifts, fitted by medians.

Sources: slope, the median over pairs of days: Theil 1950; Sen 1968, JASA 63, 1379. The first slope is the median over pairs of the same
weekday, which no weekly season moves: Hirsch, Slack & Smith 1982, Water Resources Research 18, 107 (the seasonal Kendall slope).
Days are counted from the last one, which is 0; a day's weekday is its number modulo 7. Cost: quadratic in the days, or linear in
MOST_PAIRS.
"""
import dataclasses

from . import robust

WEEK = 7
FEWEST_AROUND_SHIFT = 7  # days on each side of a level shift: with fewer, it cannot be told from noise
MOST_SHIFTS = 3
SHIFT_SIGMAS = 5.0
ROUNDS = 2


@dataclasses.dataclass(frozen=True)
class Trend:
    slope: float  # a day
    levels: tuple  # at day 0, of each segment between level shifts
    season: tuple  # of each weekday, around 0

    def line(self, day):
        """Where it goes after the last level shift, without the season."""
        return self.levels[-1] + self.slope * day

    def at(self, day, scale=1.0):
        return self.line(day) + self.season[day % WEEK] * scale


class Design:
    """The days of a series, their segments, and the pairs that slopes are taken over."""

    def __init__(self, days, shifts=(), most_pairs=None):
        self.days = days
        self.segment_of = [sum(day >= shift for shift in shifts) for day in days]
        self.segments = len(shifts) + 1
        every = [(i, j, 1.0 / (days[j] - days[i])) for j in range(len(days)) for i in range(j) if self.segment_of[i] == self.segment_of[j]]
        self.same_weekday = [pair for pair in every if (days[pair[1]] - days[pair[0]]) % WEEK == 0]
        if most_pairs and len(every) > most_pairs:
            every.sort(key=lambda pair: pair[2])  # the longest say most
            every = every[:2 * most_pairs:2] if len(every) >= 2 * most_pairs else every[:most_pairs]
        self.pairs = every
        self.by_weekday = [[i for i, day in enumerate(days) if day % WEEK == weekday] for weekday in range(WEEK)]
        self.by_segment = [[i for i, of in enumerate(self.segment_of) if of == segment] for segment in range(self.segments)]

    def fit(self, values, scale, share_of_season=None, rounds=ROUNDS):
        """scale: of the season on each day. share_of_season: how much of the measured one is believed; None: by the data."""
        season, slope = (0.0,) * WEEK, _slope(self.same_weekday or self.pairs, values)
        for _ in range(rounds):
            level_of = self._levels(values, slope, season, scale)
            rest = [(value - slope * day - level_of[of]) / size
                    for value, day, of, size in zip(values, self.days, self.segment_of, scale)]
            season = self._season(rest, share_of_season)
            slope = _slope(self.pairs, [value - season[day % WEEK] * size for value, day, size in zip(values, self.days, scale)])
        return Trend(slope, tuple(self._levels(values, slope, season, scale)), season)

    def _levels(self, values, slope, season, scale):
        days = self.days
        return [robust.median([values[i] - slope * days[i] - season[days[i] % WEEK] * scale[i] for i in members])
                for members in self.by_segment]

    def _season(self, rest, share):
        medians = [robust.median([rest[i] for i in members]) if members else 0.0 for members in self.by_weekday]
        middle = sum(medians) / WEEK
        centred = [value - middle for value in medians]
        share = self.share_of_season(rest, centred) if share is None else share
        return tuple(share * value for value in centred)

    def share_of_season(self, rest, centred):
        """0 when the weekdays' medians differ no more than chance makes them, towards 1 the more they do.

        Source: James & Stein 1961, positive part. The noise is that between the same weekdays of neighbouring weeks; a median of n has
        pi / 2 times the variance of a mean.
        """
        at = dict(zip(self.days, rest))
        changes = [value - at[day - WEEK] for day, value in at.items() if day - WEEK in at]
        if not changes:
            return 0.0
        noise = robust.MAD_TO_SIGMA ** 2 * robust.median([abs(change) for change in changes]) ** 2 / 2
        by_chance = sum(1.5708 * noise / max(1, len(members)) for members in self.by_weekday) / WEEK
        seen = sum(value * value for value in centred) / (WEEK - 1)
        return max(0.0, 1.0 - by_chance / seen) if seen > 0 else 0.0

    def residuals(self, values, trend, scale):
        return [(value - trend.slope * day - trend.levels[of] - trend.season[day % WEEK] * size) / size
                for value, day, of, size in zip(values, self.days, self.segment_of, scale)]


def _slope(pairs, values):
    return robust.median([(values[j] - values[i]) * inverse for i, j, inverse in pairs]) if pairs else 0.0


def find_shifts(days, values):
    """The days on which a new level begins that lasts.

    A shift raises seven changes from one week to the next, one after the other, by as much; weekdays and most growth cancel in these. Each
    candidate is then fitted, and stays when its step stands far out of what the fit leaves over.
    """
    shifts = []
    for _ in range(MOST_SHIFTS):
        found = _likeliest_shift(days, values, shifts)
        if found is None or not _stands_out(days, values, shifts, found):
            break
        shifts = sorted([*shifts, found])
    return tuple(shifts)


def _likeliest_shift(days, values, known):
    at = dict(zip(days, values))
    changes = {day: value - at[day - WEEK] for day, value in at.items() if day - WEEK in at}
    if len(changes) < 2 * WEEK:
        return None
    usual = robust.median(list(changes.values()))
    best, best_gain = None, 0.0
    for day in days[FEWEST_AROUND_SHIFT:len(days) - FEWEST_AROUND_SHIFT + 1]:
        window = [changes[day + ahead] - usual for ahead in range(WEEK) if day + ahead in changes]
        if len(window) < WEEK - 2 or any(abs(day - shift) < FEWEST_AROUND_SHIFT for shift in known):
            continue
        size = robust.median(window)
        gain = sum(abs(change) - abs(change - size) for change in window)
        if gain > best_gain:
            best, best_gain = day, gain
    return best


def _stands_out(days, values, known, found):
    shifts, flat = sorted([*known, found]), [1.0] * len(days)
    design = Design(days, shifts, most_pairs=2000)
    trend = design.fit(values, flat)
    rest = design.residuals(values, trend, flat)
    place = shifts.index(found)
    size = trend.levels[place + 1] - trend.levels[place]
    steps = [after - before for before, after in zip(rest, rest[1:])]
    jump = steps[days.index(found) - 1] + size  # on that very day
    usual = max(robust.spread(steps), robust.spread(rest), 1e-9 * max(map(abs, values)))
    return min(abs(size), abs(jump)) > SHIFT_SIGMAS * usual and jump * size > 0
