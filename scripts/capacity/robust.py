"""Medians and what is built on them: half of the values may be wrong before these are."""
import math

MAD_TO_SIGMA = 1.4826  # of a normal distribution


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def quantile(ordered, share):
    """Of sorted values, between neighbours by a straight line."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def spread(values):
    """A robust standard deviation: the median distance from the median, scaled to the normal distribution's."""
    middle = median(values)
    return MAD_TO_SIGMA * median([abs(value - middle) for value in values])


def rank_correlation(pairs):
    """Pearson's correlation through Kendall's tau, which no outlier moves far: sin(pi tau / 2) (Greiner 1909). Quadratic in the pairs."""
    concordance, count = 0, 0
    for index, (x, y) in enumerate(pairs):
        for other_x, other_y in pairs[:index]:
            product = (x - other_x) * (y - other_y)
            concordance += (product > 0) - (product < 0)
            count += 1
    return math.sin(math.pi / 2 * concordance / count) if count else 0.0
