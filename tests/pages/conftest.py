import hashlib
import json
import math
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.inference import model_store
from core.metadata import GENDER, GENDER_LABELS, Head, ModelMetadata
from core.settings import MODELS_VARIABLE, CropRecipe

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "assets" / "samples"


class FixedEngine:
    """Answers every face with the probability of *female* that its file holds, and counts the faces."""

    name = "LiteRT"
    faces = 0

    def __init__(self, path: Path) -> None:
        p = json.loads(path.read_text())
        self.logits = [0.0, math.log(p / (1 - p))]

    def predict(self, crops: Any) -> dict[str, Any]:
        FixedEngine.faces += len(crops)
        return {GENDER: np.tile(np.float32(self.logits), (len(crops), 1))}


MakeModel = Callable[..., Path]


@pytest.fixture
def make_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeModel:
    """Makes models of the dashboard that answer every face alike: make_model("name", p_female)."""
    root = tmp_path / "models"
    monkeypatch.setenv(MODELS_VARIABLE, str(root))
    monkeypatch.setattr(model_store, "LiteRTEngine", FixedEngine)

    def make(name: str, p_female: float = 0.93, threshold: float = 0.8) -> Path:
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(p_female).encode()
        (folder / "model.tflite").write_bytes(content)
        ModelMetadata(
            name=name,
            description="Answers every face alike.",
            network="none",
            crop=CropRecipe(),
            heads={GENDER: Head(GENDER_LABELS)},
            threshold=threshold,
            files={"model.tflite": hashlib.sha256(content).hexdigest()},
        ).save(folder)
        return folder

    return make


@pytest.fixture(autouse=True)
def _cold_caches() -> Iterator[None]:
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def app(make_model: MakeModel) -> AppTest:
    """The dashboard with one model, not run yet."""
    make_model("steady")
    return AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30)


@pytest.fixture
def portrait() -> bytes:
    """A picture with one face."""
    return (SAMPLES / "obama-cloth.jpg").read_bytes()


@pytest.fixture
def empty_scene() -> bytes:
    """A picture without a face."""
    return encoded(np.tile(np.linspace(60, 200, 240, dtype=np.uint8)[:, None, None], (1, 320, 3)))


def encoded(pixels: Any) -> bytes:
    """Pixels as PNG bytes."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
