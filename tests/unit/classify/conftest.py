import pytest

from core.classify.pipeline import Classifier
from core.vision.detection.faces import FaceDetector
from tests.unit.pipeline_case import BlueEngine, a_face_every_ten_columns, classifier_of


@pytest.fixture
def engine() -> BlueEngine:
    return BlueEngine()


@pytest.fixture
def classifier(engine: BlueEngine) -> Classifier:
    return classifier_of(engine)


@pytest.fixture
def faces_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FaceDetector, "detect", a_face_every_ten_columns)
