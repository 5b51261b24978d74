"""Faces counted for many resamples at once: what every metric is worked out from.

A bootstrap resample is a number of times that each face counts. The figures of many resamples are
worked out at once, which scikit-learn cannot do; with every face counted once they equal its own.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
CALIBRATION_BINS = 15


class Tally(NamedTuple):
    """Counts of r resamples; the first label is the positive one.

    Attributes:
        tp: (r,) faces of the first label that are called so.
        fn: (r,) those that are not.
        fp: (r,) faces of the second label that are called the first.
        tn: (r,) those that are not.
        answered: (r,) faces that are answered.
        answered_right: (r,) those of them that are called right.
        squared: (r,) sum of the squared distances of p from the label.
        p: (d,) the different values of p, rising.
        at_first: (r, d) faces of the first label at each p.
        at_second: (r, d) faces of the second label at each p.
    """

    tp: Values
    fn: Values
    fp: Values
    tn: Values
    answered: Values
    answered_right: Values
    squared: Values
    p: Values
    at_first: Values
    at_second: Values

    @property
    def positives(self) -> Values:
        """(r,) faces of the first label."""
        return self.tp + self.fn

    @property
    def negatives(self) -> Values:
        """(r,) faces of the second label."""
        return self.fp + self.tn

    @property
    def faces(self) -> Values:
        """(r,) all faces."""
        return self.positives + self.negatives


def calibration_bins(counts: Values, bins: int = CALIBRATION_BINS) -> NDArray[np.intp]:
    """Bins of equal mass for faces in the order of their p.

    Faces of the same p stay together, in the bin of their middle: without ties the bins differ by
    one face at most, and their order never matters.

    Args:
        counts: (resamples, d), how many faces have each of d ascending values of p.
        bins: Number of bins.

    Returns:
        (resamples, d), the bin of each value, 0 to `bins` - 1.
    """
    through = np.cumsum(counts, axis=1)
    middle = through - (counts + 1) / 2
    return (bins * middle / np.maximum(through[:, -1:], 1)).astype(np.intp)
