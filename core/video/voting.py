"""The answer for a face that is seen many times: a running vote, steady and still calibrated.

Looks at one face are anything but independent, so their evidence is not added up, which would make
the answer surer with every frame, but averaged: the vote is the mean of the log-odds (a logarithmic
opinion pool, Genest and Zidek 1986), in which newer looks weigh more.
"""

import math
from dataclasses import replace

from core.classify.decision import decide
from core.model.calibration import log_odds
from core.results import Decision, Label, MaskState, Prediction, Quality
from core.settings import Thresholds

WEIGHT = 0.15  # of a new look; older ones keep the rest
SETTLED_LOOKS = 6
_PATIENCE = 5  # looks in a row at a face that cannot be seen well, before it is called so
_REGAIN = 0.25  # share of what is missing to certainty that an answer must gain to come back once it was lost
_CLIP = 1e-4


class Vote:
    """What all looks at one face say together."""

    def __init__(self) -> None:
        self.looks = 0
        self._weight = 0.0
        self._sums = [0.0, 0.0, 0.0]
        self._newest: tuple[Prediction, Quality] | None = None
        self._poor = 0
        self._last: tuple[Thresholds, Decision] | None = None
        self._lost_gender = self._lost_mask = False

    @property
    def settled(self) -> bool:
        """Whether there were enough looks for the next one to change little."""
        return self.looks >= SETTLED_LOOKS

    def add(self, prediction: Prediction, quality: Quality) -> None:
        """Take in one look; one at a face that cannot be seen well counts only where there is no better one."""
        self.looks += 1
        seen_well = self._newest is not None and not self._newest[1].reasons
        if quality.reasons and seen_well:
            self._poor += 1
            if self._poor < _PATIENCE:
                return
        elif not quality.reasons:
            if self._newest is not None and not seen_well:
                self._weight, self._sums = 0.0, [0.0, 0.0, 0.0]
            self._poor = 0
        self._newest = prediction, quality
        self._weight += WEIGHT * (1 - self._weight)
        said = (prediction.p_female, prediction.p_mask, prediction.p_child)
        odds = [log_odds(0.5 if p is None else p, _CLIP) for p in said]
        self._sums = [total + WEIGHT * (new - total) for total, new in zip(self._sums, odds, strict=True)]

    @property
    def prediction(self) -> Prediction:
        """What the looks say; the age band is that of the newest one.

        Raises:
            ValueError: If there was no look.
        """
        newest, _ = self._known()
        female, mask, child = (_probability(total / self._weight) for total in self._sums)
        return replace(
            newest,
            p_female=female,
            p_mask=None if newest.p_mask is None else mask,
            p_child=None if newest.p_child is None else child,
        )

    @property
    def quality(self) -> Quality:
        """How well the face can be seen.

        Raises:
            ValueError: If there was no look.
        """
        return self._known()[1]

    def decide(self, thresholds: Thresholds) -> Decision:
        """Answer by the rules of `core.classify.decision`, without flicker.

        An answer never stands below its threshold. One that fell below it comes back only when it is
        clearly above (hysteresis), unless the thresholds themselves were changed.

        Raises:
            ValueError: If there was no look.
        """
        if self._last is None or self._last[0] != thresholds:
            self._last, self._lost_gender, self._lost_mask = None, False, False
        raised = replace(
            thresholds,
            gender=_raised(thresholds.gender) if self._lost_gender else thresholds.gender,
            mask=_raised(thresholds.mask) if self._lost_mask else thresholds.mask,
        )
        decision = decide(self.prediction, self.quality, raised)
        before = None if self._last is None else self._last[1]
        self._lost_gender = decision.label is Label.UNCERTAIN and (
            self._lost_gender or (before is not None and before.label is not Label.UNCERTAIN)
        )
        self._lost_mask = decision.mask is MaskState.UNSURE and (
            self._lost_mask or (before is not None and before.mask is not MaskState.UNSURE)
        )
        self._last = thresholds, decision
        return decision

    def _known(self) -> tuple[Prediction, Quality]:
        if self._newest is None:
            raise ValueError("a vote needs at least one look")
        return self._newest


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def _raised(threshold: float) -> float:
    return threshold + _REGAIN * (1 - threshold)
