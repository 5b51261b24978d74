import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.heads import AGE, AGE_LABELS, GENDER, GENDER_LABELS, MASK, MASK_LABELS, Thresholds
from core.model import store as model_store
from core.model.metadata import Head, ModelMetadata
from core.settings import MODELS_VARIABLE, CropRecipe
from tests.pages.front_page import ROOT, SAMPLES, FixedEngine, MakeModel, encoded


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models of the test's own, empty as yet."""
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def main_module_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is run takes the place of `__main__`, which later tests' worker processes would then import."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def make_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeModel:
    """Makes models of the dashboard that answer every face alike: make_model("name", p_female).

    With `p_mask` and `ages`, a share for each band, they have these answers too.
    """
    root = tmp_path / "models"
    monkeypatch.setenv(MODELS_VARIABLE, str(root))
    monkeypatch.setattr(model_store, "LiteRTEngine", FixedEngine)

    def make(
        name: str,
        p_female: float = 0.93,
        threshold: float = 0.8,
        p_mask: float | None = None,
        ages: tuple[float, ...] | None = None,
    ) -> Path:
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        heads, shares = {GENDER: Head(GENDER_LABELS)}, {GENDER: [1 - p_female, p_female]}
        if p_mask is not None:
            heads[MASK], shares[MASK] = Head(MASK_LABELS), [1 - p_mask, p_mask]
        if ages is not None:
            heads[AGE], shares[AGE] = Head(AGE_LABELS), list(ages)
        content = json.dumps(shares).encode()
        (folder / "model.tflite").write_bytes(content)
        ModelMetadata(
            name=name,
            description="Answers every face alike.",
            network="none",
            crop=CropRecipe(),
            heads=heads,
            thresholds=Thresholds(threshold),
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
def without_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the camera's component be drawn where a page is tested without a server, of which it asks the session."""
    monkeypatch.setattr("streamlit_webrtc.component.get_this_session_info", lambda: None)


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
