"""What a model looks at in one face, and its heat map.

Occlusion maps (Zeiler and Fergus 2014) need nothing but answers, so they work with every engine; the
cover is the blurred crop itself (as in Fong and Vedaldi 2017), which puts no new edge or colour into it.
Grad-CAM (Selvaraju et al. 2017) asks the feature maps of a Keras network; TensorFlow is imported when it is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.classify.pipeline import Classifier
from core.errors import ExplanationError
from core.explain.regions import REGIONS, Region, region_map, shares
from core.heads import GENDER
from core.model.calibration import log_odds
from core.model.engines import KerasEngine
from core.model.metadata import Head
from core.results import Label, Prediction
from core.types import Pixels

# The grid on which the cover moves: it is two cells wide and goes on by one, half outside at the edges, so that
# every cell lies under four of the 9 x 9 covers.
CELLS = 8
_LEAST = 1e-9
_OPACITY = 0.55


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Where the evidence for an answer lies.

    Attributes:
        answer: The likelier gender, which the evidence is for.
        evidence: float (size, size); positive where a pixel speaks for the answer, negative where against
            it. Of an occlusion map: by how much the log-odds of the answer fall, at the least, whenever the
            pixel is covered; 0 where it depends on what else is covered whether they fall. Of Grad-CAM:
            never negative, in no unit.
        shares: The share of the positive evidence in each region, in [0, 1] with the sum 1; None where
            there is none, as when the answer does not depend on the crop.
        before: Probability of the answer as the face is, in [0.5, 1].
        after: The lowest one with a part covered, in [0, 1]: what the strongest part is worth.
        strongest: The region in whose middle that part lies.
    """

    answer: Label
    evidence: NDArray[np.float64]
    shares: dict[Region, float] | None
    before: float
    after: float
    strongest: Region

    @property
    def effect(self) -> float:
        """By how much the probability of the answer falls without the strongest part, in [0, 1]."""
        return max(0.0, self.before - self.after)


def occlusion(classifier: Classifier, crop: Pixels) -> Explanation:
    """Explain the answer for one face by covering its parts in turn; asks the model about 82 crops.

    Where the model looks at the face twice, it looks at all of them twice: else a cover would also tell what one look
    less is worth.

    Args:
        classifier: The model at work.
        crop: What it saw, uint8 RGB (size, size, 3).

    Raises:
        ExplanationError: `no_answer` if the model fails on the crop or on a covered one.
        ValueError: If the crop does not have the model's size.
    """
    recipe = classifier.model.metadata.crop
    edges = np.rint(np.linspace(0, recipe.size, CELLS + 1)).astype(np.intp)
    predictions = ask(classifier, np.stack([crop, *_covered(crop, edges)]), as_first=True)
    odds = np.array([log_odds(prediction.p_female, _LEAST) for prediction in predictions])
    answer = likelier(predictions[0])
    falls = (odds[0] - odds[1:]).reshape(CELLS + 1, CELLS + 1) * (1 if answer is Label.FEMALE else -1)
    evidence = np.repeat(np.repeat(_agreed(falls), np.diff(edges), axis=0), np.diff(edges), axis=1)
    sure = np.array([p.p_female if answer is Label.FEMALE else 1 - p.p_female for p in predictions])
    row, column = divmod(int(sure[1:].argmin()), CELLS + 1)
    # The cover of that number reaches from one cell before it to the cell itself.
    middle = edges[row], edges[column]
    strongest = REGIONS[region_map(recipe)[tuple(np.minimum(middle, recipe.size - 1))]]
    return Explanation(answer, evidence, shares(evidence, recipe), float(sure[0]), float(sure[1:].min()), strongest)


def grad_cam(classifier: Classifier, crop: Pixels) -> Explanation:
    """Explain the answer for one face by gradients (Grad-CAM).

    What the strongest part is worth is found by covering it, as gradients do not say it.

    Raises:
        ExplanationError: `no_feature_maps` unless the Keras engine runs a convolutional network; `no_answer`.
        ValueError: If the crop does not have the model's size.
    """
    metadata, engine = classifier.model.metadata, classifier.model.engine
    if not isinstance(engine, KerasEngine):
        raise ExplanationError(
            "no_feature_maps", f"Grad-CAM needs the Keras engine; {engine.name} runs this model. Use the occlusion map."
        )
    covered = occlusion(classifier, crop)
    maps = [_activation_map(engine.model, crop, metadata.heads[GENDER], covered.answer)]
    if classifier.model.is_unsure(crop):
        mirrored = np.ascontiguousarray(crop[:, ::-1])
        maps.append(_activation_map(engine.model, mirrored, metadata.heads[GENDER], covered.answer)[:, ::-1])
    evidence = np.mean(maps, axis=0)
    evidence /= max(float(evidence.max()), _LEAST)
    return replace(covered, evidence=evidence, shares=shares(evidence, metadata.crop))


def ask(classifier: Classifier, crops: Pixels, *, as_first: bool = False) -> Sequence[Prediction]:
    """The model's predictions for crops.

    Args:
        classifier: The model at work.
        crops: uint8 (n, size, size, 3).
        as_first: Look at all of them as often as at the first.

    Raises:
        ExplanationError: `no_answer`, whatever went wrong in the engine.
    """
    try:
        return classifier.predict(crops, twice=classifier.model.is_unsure(crops[0]) if as_first else None)
    except Exception as error:  # engines raise what their libraries do
        raise ExplanationError(
            "no_answer",
            f"The model '{classifier.model.metadata.name}' could not answer the changed face "
            f"({type(error).__name__}). Try again, or choose another model.",
        ) from error


def likelier(prediction: Prediction) -> Label:
    """Female or male, whichever is likelier."""
    return Label.FEMALE if prediction.p_female >= 0.5 else Label.MALE


def heat_over(crop: Pixels, evidence: NDArray[np.floating], size: int, strength: float = 1.0) -> Pixels:
    """The crop in grey under its heat map: bright yellow where most evidence lies, dark blue where none does.

    The colours are those of cividis (Nuñez, Anderton and Renslow 2018), whose lightness grows evenly.

    Args:
        crop: uint8 RGB (n, n, 3).
        evidence: (n, n); negative values count as none.
        size: Side of the result, pixels.
        strength: How bright the most evidence is, in [0, 1]: a map of little worth must not glow like one of much.

    Returns:
        uint8 RGB (size, size, 3).
    """
    # Blurred by half a cell, so that the grid on which parts were covered does not look like something in the face.
    smooth = cv2.GaussianBlur(np.maximum(evidence, 0).astype(np.float32), (0, 0), len(evidence) / 20)
    levels = np.round(255 * strength * smooth / max(float(smooth.max()), 1e-12)).astype(np.uint8)
    side = (size, size)
    colours = cv2.cvtColor(
        cv2.applyColorMap(cv2.resize(levels, side, interpolation=cv2.INTER_LINEAR), cv2.COLORMAP_CIVIDIS),
        cv2.COLOR_BGR2RGB,
    )
    grey = cv2.cvtColor(cv2.cvtColor(cv2.resize(crop, side), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return cv2.addWeighted(colours, _OPACITY, grey, 1 - _OPACITY, 0).astype(np.uint8, copy=False)


def _activation_map(model: Any, crop: Pixels, head: Head, answer: Label) -> NDArray[np.float64]:
    """Where the network's last feature maps speak for an answer.

    The maps are weighted by the mean gradient of the answer's log-odds, summed, and cut at zero.

    Args:
        model: A functional Keras model with an output named "gender".
        crop: uint8 RGB (size, size, 3).
        head: Labels of that output.
        answer: Female or male.

    Returns:
        float (size, size), not negative; all 0 where nothing speaks for the answer.

    Raises:
        ExplanationError: `no_feature_maps` if no layer gives feature maps.
    """
    import tensorflow as tf

    watched = _with_features(model)
    with tf.GradientTape() as tape:
        features, outputs = watched(tf.constant(crop[np.newaxis], tf.float32), training=False)
        logits = outputs[GENDER] if isinstance(outputs, dict) else tf.nest.flatten(outputs)[0]
        first, last = (logits[0, 0], logits[0, -1]) if logits.shape[-1] > 1 else (0.0, logits[0, 0])
        score = last - first if head.labels[-1] == answer else first - last
    gradients = tape.gradient(score, features)
    weighted = tf.reduce_sum(tf.reduce_mean(gradients, axis=(1, 2), keepdims=True) * features, axis=-1)
    found = np.maximum(np.asarray(weighted)[0], 0).astype(np.float64)
    return np.asarray(cv2.resize(found, crop.shape[1::-1], interpolation=cv2.INTER_LINEAR), dtype=np.float64)


def _covered(crop: Pixels, edges: NDArray[np.intp]) -> list[Pixels]:
    """The crop under each place of the cover, row by row."""
    blurred = cv2.GaussianBlur(crop, (0, 0), 2 * len(crop) / CELLS)
    starts, ends = np.insert(edges, 0, 0)[:-1], np.append(edges, edges[-1])[1:]
    copies = []
    for top, bottom in zip(starts, ends, strict=True):
        for left, right in zip(starts, ends, strict=True):
            copy = crop.copy()
            copy[top:bottom, left:right] = blurred[top:bottom, left:right]
            copies.append(copy)
    return copies


def _agreed(falls: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the four covers over each cell agree on: (cells + 1, cells + 1) → (cells, cells).

    A mean would smear the evidence over all that is covered with it.
    """
    over = np.stack([falls[:-1, :-1], falls[:-1, 1:], falls[1:, :-1], falls[1:, 1:]])
    agreed: NDArray[np.float64] = np.maximum(over.min(axis=0), 0) + np.minimum(over.max(axis=0), 0)
    return agreed


def _with_features(model: Any) -> Any:
    """The model with the output of its last layer that has places (n, rows, columns, channels) beside its own."""
    import keras

    for layer in reversed(model.layers[1:]):  # the first is the crop itself
        output = layer.output
        if hasattr(output, "shape") and len(output.shape) == 4 and min(output.shape[1:3]) > 1:
            return keras.Model(model.inputs, [output, model.output])
    raise ExplanationError(
        "no_feature_maps", f"The network '{model.name}' has no feature maps, so use the occlusion map instead."
    )
