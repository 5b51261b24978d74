"""Grad-CAM (Selvaraju et al. 2017) for Keras networks; TensorFlow is imported when it is used."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ExplanationError
from core.heads import GENDER
from core.model.metadata import Head
from core.results import Label
from core.types import Pixels


def activation_map(model: Any, crop: Pixels, head: Head, answer: Label) -> NDArray[np.float64]:
    """Where the network's last feature maps speak for an answer.

    The maps are weighted by the mean gradient of the answer's log-odds, summed, and cut at zero.

    Args:
        model: A functional Keras model with an output named "gender".
        crop: uint8 RGB (size, size, 3).
        head: Labels of that output.
        answer: Female or male.

    Returns:
        float (size, size), not negative, 1 at the most; all 0 where nothing speaks for the answer.

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
    spread = cv2.resize(found, crop.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(spread / max(float(spread.max()), 1e-12), dtype=np.float64)


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
