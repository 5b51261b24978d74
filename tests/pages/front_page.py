"""What the front page's tests share: the dashboard's place, an engine with a known answer, pictures."""

import json
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "assets" / "samples"
MakeModel = Callable[..., Path]


class FixedEngine:
    """Answers every face with the probabilities that its file holds for each head, and counts the faces."""

    name = "LiteRT"
    faces = 0

    def __init__(self, path: Path, num_threads: int = 2, name: str = "LiteRT") -> None:
        self.name = name
        self.logits = {head: np.log(np.float32(shares)) for head, shares in json.loads(path.read_text()).items()}

    def predict(self, crops: Any) -> dict[str, Any]:
        FixedEngine.faces += len(crops)
        return {head: np.tile(logits, (len(crops), 1)) for head, logits in self.logits.items()}


def encoded(pixels: Any) -> bytes:
    """Pixels as PNG bytes."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def texts(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.error, *app.warning, *app.toast]
    return "\n".join(str(element.value) for element in elements)


def unescaped(app: AppTest) -> str:
    return re.sub(r"\\(.)", r"\1", texts(app))


def labels(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Answer"])


def button(app: AppTest, label: str) -> object:
    return next(button for button in app.button if button.label == label)


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    for name, data in files:
        app.file_uploader[0].upload(name, data)
    app.run()
    assert not app.exception
    return app
