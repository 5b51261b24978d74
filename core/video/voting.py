"""The answer for a face that is seen many times: a running vote, steady and still calibrated.

Looks at one face are anything but independent, so their evidence is not added up, which would make
the answer surer with every frame, but averaged: the vote is the mean of the log-odds (a logarithmic
opinion pool, Genest and Zidek 1986), in which newer looks weigh more.
"""

import math
from dataclasses import replace
from typing import Any

from core.classify.decision import decide
from core.heads import BINARY, PROBABILITIES, Decision, Prediction, Thresholds
from core.model.calibration import log_odds
from core.results import Quality

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
        self._sums = dict.fromkeys(PROBABILITIES, 0.0)
        self._newest: tuple[Prediction, Quality] | None = None
        self._poor = 0
        self._last: tuple[Thresholds, Decision] | None = None
        self._lost: set[str] = set()

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
                self._weight, self._sums = 0.0, dict.fromkeys(PROBABILITIES, 0.0)
            self._poor = 0
        self._newest = prediction, quality
        self._weight += WEIGHT * (1 - self._weight)
        for name, total in self._sums.items():
            p = getattr(prediction, name)
            self._sums[name] = total + WEIGHT * (log_odds(0.5 if p is None else p, _CLIP) - total)

    @property
    def prediction(self) -> Prediction:
        """What the looks say; the age band is that of the newest one.

        Raises:
            ValueError: If there was no look.
        """
        newest, _ = self._known()
        voted: dict[str, Any] = {
            name: _probability(total / self._weight)
            for name, total in self._sums.items()
            if getattr(newest, name) is not None
        }
        return replace(newest, **voted)

    @property
    def quality(self) -> Quality:
        """How well the face can be seen.

        Raises:
            ValueError: If there was no look.
        """
        return self._known()[1]

    def decision(self, thresholds: Thresholds) -> Decision:
        """The answer by the rules of `core.classify.decision`, without flicker.

        An answer never stands below its threshold. One that fell below it comes back only when it is
        clearly above (hysteresis), unless the thresholds themselves were changed.

        Raises:
            ValueError: If there was no look.
        """
        if self._last is None or self._last[0] != thresholds:
            self._last, self._lost = None, set()
        raised = {name: _raised(getattr(thresholds, name)) for name in self._lost}
        decision = decide(self.prediction, self.quality, replace(thresholds, **raised))
        for spec in BINARY:
            *_, unsure = spec.answers
            if getattr(decision, spec.column) is not unsure:
                self._lost.discard(spec.name)
            elif self._last is not None and getattr(self._last[1], spec.column) is not unsure:
                self._lost.add(spec.name)
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
