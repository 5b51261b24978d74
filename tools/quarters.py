"""The network that tells which way up a face is, trained on faces that were turned by quarters of a circle.

The turns are the labels, so that nobody has to say which picture stands upright (Gidaris et al. 2018, arXiv
1803.07728). What it learns from are prepared crops, bare and masked, whose pictures nearly all stand upright.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.prepared import BARE, DRAWN, REAL, Selection, open_prepared
from core.data.samples import TRAIN, VAL
from core.model.backend import load_keras, load_tensorflow
from core.settings import CropRecipe
from core.training.augmentation import NONE, Augmentation, augment
from core.vision.detection.uprightness import CROP, QUARTERS, turns

# A box that lies beside the face, as those of faces on their heads do, is what `zoom` and `shift` are for.
_CHANGES = Augmentation(
    flip=True, rotation=0.07, zoom=0.25, shift=0.16, squash=0.15, light=0.5, colour=0.4, cut=0.35, blur=0.1,
    shrink=0.15, jpeg=0.2, noise=0.08, grey=0.1, occlude=0.2, shade=0.12, tint=0.08, expose=0.1,
)  # fmt: skip
_BATCH, _RATE = 128, 0.002
_WIDTHS = ((48, 2), (64, 1), (96, 2), (128, 1), (128, 2))


def network(size: int = CROP.size) -> Any:
    """Logits (n, 4) of the quarters of a circle, clockwise, by which faces (n, size, size, 3), 0 to 255, are rolled."""
    keras = load_keras()
    layers = keras.layers
    inputs = layers.Input((size, size, 3), name="crops")
    x = layers.Rescaling(1 / 127.5, -1.0)(inputs)
    x = layers.Conv2D(24, 3, 2, "same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for channels, stride in _WIDTHS:
        x = layers.DepthwiseConv2D(3, stride, "same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Conv2D(channels, 1, use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Dropout(0.2)(layers.Flatten()(x))
    return keras.Model(inputs, layers.Dense(QUARTERS)(x))


def trained(prepared: Path, epochs: int, faces: int, seed: int) -> tuple[Any, dict[str, tuple[int, int]]]:
    """A trained network, and by kind of face how many validation crops it takes the right way up, of how many.

    Args:
        prepared: Folder of prepared crops, wider than `CROP`.
        epochs: How many.
        faces: Crops of an epoch, drawn anew each time.
        seed: Of all chance.
    """
    keras = load_keras()
    keras.utils.set_random_seed(seed)
    data = open_prepared(prepared)
    chosen = data.select(splits=[TRAIN], variants=(BARE, DRAWN))
    steps = faces // _BATCH
    model = network()
    rate = keras.optimizers.schedules.CosineDecay(_RATE, epochs * steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(rate), loss, metrics=["accuracy"], jit_compile=False)

    class Feed(keras.utils.PyDataset):  # type: ignore[misc, name-defined]
        epoch = 0

        def __len__(self) -> int:
            return steps

        def __getitem__(self, step: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
            rng = np.random.default_rng((seed, self.epoch, step))
            return _turned(chosen, rng.integers(0, len(chosen), _BATCH), data.crop, _CHANGES, rng)

        def on_epoch_end(self) -> None:
            self.epoch += 1

    model.fit(Feed(workers=2, max_queue_size=8), epochs=epochs, shuffle=False, verbose=2)
    val = data.select(splits=[VAL], variants=(BARE, DRAWN, REAL))
    right = {}
    for variant, rows in val.index.groupby("variant").indices.items():
        right[str(variant)] = _right(model, val.take(np.sort(rows)), data.crop), len(rows)
    return model, right


def as_litert(model: Any) -> bytes:
    """The network as LiteRT runs it, with weights of half precision: float32 (n, size, size, 3) in, logits out."""
    tf = load_tensorflow()
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    content: bytes = converter.convert()
    return content


def _turned(
    crops: Selection, rows: NDArray[np.intp], own: CropRecipe, changes: Augmentation, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    stored = crops.stored
    quarters = rng.integers(0, QUARTERS, len(rows))
    faces = [augment(stored[int(row)], own, changes, rng, CROP) for row in rows]
    views = [np.rot90(face, -turn) for face, turn in zip(faces, quarters, strict=True)]
    return np.stack(views).astype(np.float32), quarters


def _right(model: Any, crops: Selection, own: CropRecipe) -> int:
    """How many faces are taken the right way up; in all positions alike, since each is told from all four."""
    rng, count = np.random.default_rng(0), 0
    for pixels in crops.batches():
        views = [np.rot90(augment(crop, own, NONE, rng, CROP), turn) for crop in pixels for turn in range(QUARTERS)]
        logits = np.asarray(model.predict_on_batch(np.stack(views).astype(np.float32)))
        count += sum(int(np.argmax(turns(four)) == 0) for four in np.split(logits, len(pixels)))
    return count
