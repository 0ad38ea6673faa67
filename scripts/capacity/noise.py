"""What a trend leaves over: single spikes, and a part that forgets its past slowly, quickly, or never.

A deviation x of one day is followed by rho x on the next, plus something new. rho is not estimated but weighed: each of RHOS counts as much
as it makes the rank correlation that was measured likely. So a random walk (rho 1: a disk that fills by chance) is never taken for noise
about a line just because thirty days cannot tell them apart.
Sources: rows of new innovations from those seen, Buehlmann 1997, Bernoulli 3, 123 (sieve bootstrap); the bias of the estimate that the
weighing undoes, Andrews 1993, Econometrica 61, 139.
"""
import dataclasses
import functools
import math
import random

from . import robust
from .trend import Design

RHOS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.9, 1.0)
PRIOR = (1, 1, 1, 1, 1, 1, 1, 1, 2)
PRIOR_OF_STOCKS = (1, 1, 1, 1, 1, 1, 4, 20, 200)  # what is filled day by day, such as a disk
SIMULATED = 40  # series for the distribution of the estimate at one rho
LONGEST_SIMULATED = 60  # days: beyond, the distribution is scaled
SPIKE_SIGMAS = 4.0
NEIGHBOURS = 3  # days on each side that a spike stands out of
SEED = 20
MEDIANS_COST = 1.25  # root of pi / 2: they follow the data a little more than means do


@dataclasses.dataclass(frozen=True)
class Noise:
    weights: tuple  # of RHOS
    innovations: dict  # rho -> those seen
    spikes: tuple  # sizes of single days
    spike_share: float  # of days
    last: float  # the deviation on day 0, without a spike


def measure(days, rest, parameters, is_stock=False):
    """rest: the residuals. parameters: how many the trend took from the data, by which residuals are too small."""
    smooth, spikes = without_spikes(rest)
    parameters *= MEDIANS_COST
    grown = math.sqrt(len(rest) / max(len(rest) - parameters, len(rest) / 3))
    at = dict(zip(days, smooth))
    pairs = [(at[day - 1], value) for day, value in at.items() if day - 1 in at]
    seen = robust.rank_correlation(pairs[-365:])
    innovations = {rho: [grown * (after - rho * before) for before, after in pairs] or [0.0] for rho in RHOS}
    return Noise(_weights(seen, len(pairs), PRIOR_OF_STOCKS if is_stock else PRIOR), innovations, tuple(spikes), len(spikes) / len(rest),
                 smooth[-1])


def without_spikes(rest):
    """(the residuals with each spike taken back to its neighbours' median, the sizes of the spikes). Source: Hampel 1974, JASA 69, 383."""
    usual = max(robust.spread(rest), 1e-6 * max(map(abs, rest)))
    smooth, spikes = list(rest), []
    for index, value in enumerate(rest):
        around = rest[max(0, index - NEIGHBOURS):index] + rest[index + 1:index + 1 + NEIGHBOURS]
        middle = robust.median(around)
        if abs(value - middle) > SPIKE_SIGMAS * usual and abs(value) > SPIKE_SIGMAS * usual:
            smooth[index] = middle
            spikes.append(value - middle)
    return smooth, spikes


def _weights(seen, pairs, prior):
    weights = []
    for before, (mean, deviation) in zip(prior, _estimates(min(pairs, LONGEST_SIMULATED))):
        deviation *= math.sqrt(min(1.0, LONGEST_SIMULATED / max(pairs, 1)))
        weights.append(before * math.exp(-0.5 * ((seen - mean) / deviation) ** 2) / deviation + 1e-12)
    total = sum(weights)
    return tuple(weight / total for weight in weights)


@functools.lru_cache(maxsize=None)
def _estimates(length):
    """(mean, standard deviation) of the estimate for each of RHOS, of series so long that a trend was taken out of."""
    draw, found = random.Random(SEED), []
    design, flat = Design(list(range(-length, 1)), most_pairs=300), [1.0] * (length + 1)
    for rho in RHOS:
        estimates = []
        for _ in range(SIMULATED):
            values = walk([draw.gauss(0, 1) for _ in range(length + 1)], rho)
            rest = design.residuals(values, design.fit(values, flat, share_of_season=0.5, rounds=1), flat)
            estimates.append(robust.rank_correlation(list(zip(rest, rest[1:]))))
        mean = sum(estimates) / SIMULATED
        found.append((mean, max(0.03, math.sqrt(sum((one - mean) ** 2 for one in estimates) / SIMULATED))))
    return tuple(found)


def walk(innovations, rho, start=0.0):
    value, values = start, []
    for innovation in innovations:
        value = rho * value + innovation
        values.append(value)
    return values
