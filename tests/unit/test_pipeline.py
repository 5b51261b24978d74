import logging
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest

from core.inference.engines import Logits
from core.inference.model_store import LoadedModel
from core.inference.pipeline import MAX_FACES_PER_BATCH, Classifier, Upload
from core.inference.preparing import WHOLE_PICTURE_NOTE
from core.metadata import GENDER, GENDER_LABELS, Head, ModelMetadata
from core.results import ImageResult, Label, Status
from core.settings import CropRecipe, ImageLimits
from core.types import Box, Face, Picture, Pixels
from core.vision.faces import FaceDetector

Draw = Callable[..., bytes]


class BlueEngine:
    """Takes blue faces for women: the mean of the blue channel decides; remembers its batches."""

    name = "Blue"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def predict(self, crops: Pixels) -> Logits:
        self.batches.append(len(crops))
        female = (crops[..., 2].mean(axis=(1, 2)) - 127) / 10
        return {GENDER: np.stack([np.zeros_like(female), female], axis=1).astype(np.float32)}


class BrokenEngine(BlueEngine):
    """Gives NaN for pictures that are very blue."""

    def predict(self, crops: Pixels) -> Logits:
        answer = super().predict(crops)
        answer[GENDER][answer[GENDER][:, 1] > 10] = np.nan
        return answer


@pytest.fixture
def engine() -> BlueEngine:
    return BlueEngine()


def classifier_of(engine: BlueEngine, **settings: object) -> Classifier:
    metadata = ModelMetadata("blue", "For tests", "none", CropRecipe(size=16), {GENDER: Head(GENDER_LABELS)})
    return Classifier(LoadedModel(metadata, engine), **settings)


@pytest.fixture
def classifier(engine: BlueEngine) -> Classifier:
    return classifier_of(engine)


@pytest.fixture
def faces_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every picture shows as many faces, side by side, as it has tens of columns."""

    def detect(self: FaceDetector, pixels: Pixels) -> list[Face]:
        boxes = [Box(left, 0, left + 10, pixels.shape[0]) for left in range(0, pixels.shape[1] // 10 * 10, 10)]
        return [Face(box, (box.center,) * 5, 0.9) for box in boxes]

    monkeypatch.setattr(FaceDetector, "detect", detect)


def uploads(draw: Draw, number: int, **how: int) -> list[Upload]:
    return [Upload(f"{index}.png", draw(seed=index, **how)) for index in range(number)]


def test_the_shipped_model_classifies_real_faces(sample_paths: list[Path]) -> None:
    classifier = Classifier.load()
    for path in sample_paths:
        result = classifier.classify(path)
        assert result.status is Status.OK
        assert result.name == str(path)
        assert result.picture is not None
        size = classifier.model.metadata.crop.size
        assert all(face.crop.shape == (size, size, 3) for face in result.faces)


def test_every_kind_of_source_gives_the_same_answer(sample_paths: list[Path]) -> None:
    classifier, path = Classifier.load(), sample_paths[0]
    by_path = classifier.classify(path)
    assert by_path.picture is not None
    others = (str(path), path.read_bytes(), Upload("x", path.read_bytes()), by_path.picture)
    for source in others:
        answers = [(face.face, face.p_female, face.label) for face in classifier.classify(source).faces]
        assert answers == [(face.face, face.p_female, face.label) for face in by_path.faces]
    (streamed,) = classifier.classify_many([path])
    assert streamed.to_rows() == by_path.to_rows()


def test_no_face_says_what_to_do_and_assume_crop_does_it(classifier: Classifier, drawn: Draw) -> None:
    upload = Upload("a.png", drawn())
    plain = classifier.classify(upload)
    assert (plain.status, plain.code) == (Status.NO_FACE, "no_face")
    assert "treat the whole picture as a face" in plain.message
    assert plain.picture is not None
    asked = classifier.classify(upload, assume_crop=True)
    (face,) = asked.faces
    assert not face.face.detected
    assert (face.face.box.width, face.face.box.height) == (64, 48)
    assert asked.notes == (WHOLE_PICTURE_NOTE,)


def test_assume_crop_changes_nothing_where_a_face_is_found(sample_paths: list[Path]) -> None:
    classifier = Classifier.load()
    result = classifier.classify(sample_paths[0], assume_crop=True)
    assert result.to_rows() == classifier.classify(sample_paths[0]).to_rows()
    assert WHOLE_PICTURE_NOTE not in result.notes


def test_what_the_decoder_noticed_is_handed_on(classifier: Classifier) -> None:
    picture = Picture(np.zeros((20, 20, 3), np.uint8), "a", "", notes=("First frame.",))
    assert classifier.classify(picture).notes == ("First frame.",)


def test_one_outcome_a_source_in_order_whatever_they_are(classifier: Classifier, drawn: Draw, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("not a picture")
    good = Upload("good.png", drawn())
    sources = [good, tmp_path / "missing.png", Upload("empty", b""), tmp_path / "text.jpg", tmp_path, good]
    results = list(classifier.classify_many(sources))
    assert [result.name for result in results] == [
        "good.png", str(tmp_path / "missing.png"), "empty", str(tmp_path / "text.jpg"), str(tmp_path), "good.png",
    ]  # fmt: skip
    assert [result.status for result in results] == [Status.NO_FACE, *[Status.REFUSED] * 4, Status.NO_FACE]
    assert [result.code for result in results[1:4]] == ["not_found", "empty", "not_a_picture"]
    assert all(result.message for result in results)


def test_order_is_kept_where_later_pictures_are_ready_first(
    classifier: Classifier, drawn: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    others_done, searched = threading.Event(), count(1)

    def slow_first(self: FaceDetector, pixels: Pixels) -> list[Face]:
        if pixels[0, 0, 2] == 0:
            assert others_done.wait(10)
        elif next(searched) == 5:
            others_done.set()
        return []

    monkeypatch.setattr(FaceDetector, "detect", slow_first)
    results = list(classifier.classify_many(uploads(drawn, 6)))
    assert [result.name for result in results] == [f"{index}.png" for index in range(6)]


@pytest.mark.usefixtures("faces_everywhere")
def test_each_face_gets_its_own_answer(classifier: Classifier) -> None:
    pixels = np.zeros((10, 30, 3), np.uint8)
    pixels[:, 10:20, 2] = 255
    (result,) = classifier.classify_many([Picture(pixels, "three", "")])
    assert [face.p_female > 0.5 for face in result.faces] == [False, True, False]
    assert [row["face"] for row in result.to_rows()] == [1, 2, 3]


@pytest.mark.usefixtures("faces_everywhere")
def test_faces_of_many_pictures_share_batches_of_bounded_size(
    classifier: Classifier, engine: BlueEngine, drawn: Draw
) -> None:
    results = list(classifier.classify_many(uploads(drawn, 30, width=100, height=10)))
    assert [len(result.faces) for result in results] == [10] * 30
    assert sum(engine.batches) == 300
    assert max(engine.batches) <= MAX_FACES_PER_BATCH
    engine.batches.clear()
    assert len(classifier.classify(Upload("crowd", drawn(width=2000, height=10))).faces) == 200
    assert engine.batches == [64, 64, 64, 8]


@pytest.mark.usefixtures("faces_everywhere")
def test_a_slow_engine_gets_several_pictures_at_once(drawn: Draw) -> None:
    class SlowEngine(BlueEngine):
        def predict(self, crops: Pixels) -> Logits:
            time.sleep(0.1)
            return super().predict(crops)

    engine = SlowEngine()
    assert len(list(classifier_of(engine).classify_many(uploads(drawn, 12, width=20, height=10)))) == 12
    assert len(engine.batches) < 12


def test_progress_counts_to_the_total(classifier: Classifier, drawn: Draw) -> None:
    told: list[tuple[int, int | None, str]] = []
    for _ in classifier.classify_many(uploads(drawn, 3), progress=lambda *facts: told.append(facts)):
        pass
    assert told == [(1, 3, "0.png"), (2, 3, "1.png"), (3, 3, "2.png")]
    told.clear()
    for _ in classifier.classify_many(iter(uploads(drawn, 1)), progress=lambda *facts: told.append(facts)):
        pass
    assert told == [(1, None, "0.png")]


def test_nothing_in_nothing_out(classifier: Classifier) -> None:
    assert list(classifier.classify_many([])) == []


@pytest.mark.parametrize("keep", [False, True])
def test_an_endless_stream_is_drawn_only_a_little_ahead(classifier: Classifier, drawn: Draw, keep: bool) -> None:
    drawn_from = 0

    def endless() -> Iterator[Upload]:
        nonlocal drawn_from
        for index in count():
            drawn_from += 1
            yield Upload(f"{index}", drawn())

    stream = classifier.classify_many(endless(), keep_pictures=keep)
    results = list(islice(stream, 20))
    stream.close()
    assert [result.name for result in results] == [f"{index}" for index in range(20)]
    assert all((result.picture is not None) is keep for result in results)
    assert drawn_from <= 20 + (4 if keep else 16)
    assert len(list(classifier.classify_many(uploads(drawn, 2)))) == 2


@pytest.mark.parametrize("error", [MemoryError(), ValueError("strange"), RuntimeError("cv2")])
def test_an_unforeseen_failure_is_one_refused_file_and_a_logged_trace(
    classifier: Classifier,
    drawn: Draw,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def detect(self: FaceDetector, pixels: Pixels) -> list[Face]:
        if pixels[0, 0, 2] == 1:
            raise error
        return []

    monkeypatch.setattr(FaceDetector, "detect", detect)
    with caplog.at_level(logging.ERROR):
        results = list(classifier.classify_many(uploads(drawn, 3)))
    assert [result.code for result in results] == ["no_face", "internal", "no_face"]
    assert type(error).__name__ in results[1].message
    assert "1.png" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.usefixtures("faces_everywhere")
def test_a_model_that_fails_on_one_picture_answers_the_others(caplog: pytest.LogCaptureFixture) -> None:
    pictures = [Picture(np.full((10, 10, 3), blue, np.uint8), str(blue), "") for blue in (0, 255, 140)]
    results = list(classifier_of(BrokenEngine()).classify_many(pictures))
    assert [result.status for result in results] == [Status.OK, Status.REFUSED, Status.OK]
    assert results[1].code == "internal"
    assert "not finite" in caplog.text


def test_threshold_and_limits_are_settings(engine: BlueEngine, drawn: Draw) -> None:
    def answer(blue: int, threshold: float) -> ImageResult:
        picture = Picture(np.full((64, 64, 3), blue, np.uint8), "a", "")
        return classifier_of(engine, threshold=threshold).classify(picture, assume_crop=True)

    assert answer(137, 0.7).faces[0].label is Label.FEMALE
    assert answer(137, 0.9).faces[0].label is Label.UNCERTAIN
    tight = classifier_of(engine, limits=ImageLimits(max_bytes=10))
    assert tight.classify(Upload("a", drawn())).code == "too_many_bytes"
    with pytest.raises(ValueError, match="threshold"):
        classifier_of(engine, threshold=0.3)


def test_what_is_no_source_is_a_refusal_that_is_logged(
    classifier: Classifier, caplog: pytest.LogCaptureFixture
) -> None:
    (result,) = classifier.classify_many([42])
    assert (result.name, result.code) == ("42", "internal")
    assert "TypeError" in caplog.text


def test_threads_share_a_classifier(classifier: Classifier, drawn: Draw) -> None:
    found: dict[int, list[str]] = {}

    def work(session: int) -> None:
        found[session] = [result.name for result in classifier.classify_many(uploads(drawn, 10))]

    threads = [threading.Thread(target=work, args=(session,)) for session in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {session: [f"{index}.png" for index in range(10)] for session in range(4)}


def test_crops_can_be_asked_directly(classifier: Classifier) -> None:
    crops = np.zeros((2, 16, 16, 3), np.uint8)
    crops[1, ..., 2] = 255
    low, high = classifier.p_female(crops)
    assert low < 0.001
    assert high > 0.999
    assert classifier.p_female(crops[:0]).shape == (0,)
