"""Fixtures that several test modules share; what only one needs is in that module."""

import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

# Loaded before TensorFlow: after it, its library of encrypted video ends the process.
import streamlit_webrtc  # noqa: F401
from hypothesis import settings
from PIL import Image

from core.heads import GENDER, GENDER_LABELS
from core.model.engines import KerasEngine
from core.model.metadata import FILE_NAME, Head, ModelMetadata
from core.model.store import KERAS_FILE, LITERT_FILE, WEIGHTS_FILE, sha256_of
from core.settings import ASSETS_DIR, MODELS_DIR, CropRecipe

SHIPPED = "baseline-cnn"
settings.register_profile("any machine", deadline=None)  # a busy one takes as long as it takes
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def shipped_model() -> Path:
    """Folder of the model that comes with the product; read only."""
    return MODELS_DIR / SHIPPED


@pytest.fixture
def models_dir(tmp_path: Path, shipped_model: Path) -> Path:
    """A models folder of the test's own, with a copy of the shipped model's serving files."""
    folder = tmp_path / "models" / SHIPPED
    folder.mkdir(parents=True)
    for name in (FILE_NAME, LITERT_FILE, KERAS_FILE, WEIGHTS_FILE):
        shutil.copy(shipped_model / name, folder / name)
    return folder.parent


@pytest.fixture(scope="session")
def small_models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with "small", an untrained network of 32 pixels; made with TensorFlow, some 10 s."""
    from core.export.litert import proof_of, write_float
    from core.model.architectures import build_from_metadata
    from core.training.batches import Examples

    folder = tmp_path_factory.mktemp("models") / "small"
    folder.mkdir()
    head = Head(GENDER_LABELS)
    metadata = ModelMetadata("small", "Untrained, for tests", SHIPPED, CropRecipe(size=32), {GENDER: head})
    network = build_from_metadata(metadata)
    network.save(folder / KERAS_FILE)
    network.save_weights(folder / WEIGHTS_FILE)
    crops = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    val = Examples(crops, metadata.crop, {GENDER: np.zeros((len(crops), len(GENDER_LABELS)), np.float32)})
    proof = proof_of(KerasEngine(network).predict(crops), val, {GENDER: GENDER_LABELS}, head)
    write_float(network, folder / LITERT_FILE, proof)
    for file in sorted(folder.iterdir()):
        metadata.files[file.name] = sha256_of(file)
    metadata.save(folder)
    return folder.parent


@pytest.fixture(scope="session")
def sample_paths() -> list[Path]:
    """The committed sample pictures; each shows at least one face."""
    return sorted(path for path in (ASSETS_DIR / "samples").iterdir() if path.suffix in {".jpg", ".png", ".webp"})


@pytest.fixture(scope="session")
def drawn() -> Callable[..., bytes]:
    """Draws a picture without a face: a colour gradient as an encoded file."""

    def draw(width: int = 64, height: int = 48, form: str = "PNG", seed: int = 0) -> bytes:
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[..., 0] = np.linspace(0, 255, width, dtype=np.uint8)
        pixels[..., 1] = np.linspace(0, 255, height, dtype=np.uint8)[:, np.newaxis]
        pixels[..., 2] = seed % 256
        file = BytesIO()
        Image.fromarray(pixels).save(file, form)
        return file.getvalue()

    return draw
