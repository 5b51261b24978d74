from pathlib import Path

import numpy as np
import pytest

from core.classify.decision import apply_thresholds
from core.classify.pipeline import Classifier, Upload
from core.classify.preparing import WHOLE_PICTURE_NOTE
from core.heads import Thresholds
from core.results import ImageResult, Label, Prediction, Reason, Status, Worn
from core.settings import PROGRAM_VERSION, ImageLimits, QualityLimits
from core.types import Box, Face, Picture, Pixels
from core.vision.detection import retries
from core.vision.detection.faces import CROWD_NOTE, FaceDetector
from tests.unit.pipeline_case import BlueEngine, ColourEngine, Draw, classifier_of
from tests.unit.portraits import head


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
    assert asked.to_rows()[0]["message"] == WHOLE_PICTURE_NOTE


def test_assume_crop_changes_nothing_where_a_face_is_found(sample_paths: list[Path]) -> None:
    classifier = Classifier.load()
    result = classifier.classify(sample_paths[0], assume_crop=True)
    assert result.to_rows() == classifier.classify(sample_paths[0]).to_rows()
    assert WHOLE_PICTURE_NOTE not in result.notes


def test_what_the_decoder_noticed_is_handed_on(classifier: Classifier) -> None:
    picture = Picture(np.zeros((20, 20, 3), np.uint8), "a", "", notes=("First frame.",))
    result = classifier.classify(picture)
    assert result.notes == ("First frame.",)
    assert result.to_rows()[0]["message"] == f"{result.message} First frame."


@pytest.mark.usefixtures("faces_everywhere")
def test_each_face_gets_its_own_answer(classifier: Classifier) -> None:
    pixels = np.zeros((10, 30, 3), np.uint8)
    pixels[:, 10:20, 2] = 255
    (result,) = classifier.classify_many([Picture(pixels, "three", "")])
    assert [face.p_female > 0.5 for face in result.faces] == [False, True, False]
    assert [row["face"] for row in result.to_rows()] == [1, 2, 3]


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


def test_crops_can_be_asked_directly(classifier: Classifier) -> None:
    crops = np.zeros((2, 16, 16, 3), np.uint8)
    crops[1, ..., 2] = 255
    low, high = classifier.predict(crops)
    assert low.p_female < 0.001
    assert high.p_female > 0.999
    assert low == Prediction(low.p_female), "a model with one answer says nothing of masks and ages"
    assert classifier.predict(crops[:0]) == []


def test_three_answers_of_every_face_come_from_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    def detect(self: FaceDetector, pixels: Pixels) -> list[Face]:
        boxes = [Box(left + 30, 30, left + 60, 60) for left in range(0, pixels.shape[1], 90)]
        return [Face(box, (box.center,) * 5, 0.9) for box in boxes]

    monkeypatch.setattr(FaceDetector, "detect", detect)
    colours = [(125, 255, 255), (185, 0, 0), (0, 127, 0), (255, 255, 127)]
    pixels = np.repeat(np.array([colours], np.uint8), 90, axis=1).repeat(90, axis=0)
    engine = ColourEngine()
    anything_goes = QualityLimits(min_sharpness=0, min_brightness=0, max_turn=2, max_brightness=255, max_clipped=1)
    result = classifier_of(engine, quality=anything_goes).classify(Picture(pixels, "four", ""))
    assert engine.batches == [4]
    assert [(face.label, face.reasons, face.mask, face.age_band) for face in result.faces] == [
        (Label.FEMALE, (), Worn.WORN, "20-39"),
        (Label.MALE, (), Worn.NOT_WORN, "40-59"),
        (Label.UNCERTAIN, (Reason.CHILD,), Worn.UNSURE, "0-9"),
        (Label.UNCERTAIN, (Reason.LOW_CONFIDENCE,), Worn.WORN, "60+"),
    ]
    rows = result.to_rows()
    assert [(row["mask"], row["age_band"], row["reason"]) for row in rows] == [
        ("worn", "20-39", ""),
        ("not_worn", "40-59", ""),
        ("unsure", "0-9", "child"),
        ("worn", "60+", "low_confidence"),
    ]
    assert [row["p_mask"] for row in rows] == [1.0, 0.0, 0.5, 1.0]


@pytest.mark.usefixtures("faces_everywhere")
def test_a_model_without_the_further_answers_leaves_their_columns_empty(classifier: Classifier) -> None:
    (row,) = classifier.classify(Picture(np.zeros((10, 10, 3), np.uint8), "one", "")).to_rows()
    assert (row["p_mask"], row["mask"], row["age_band"]) == (None, None, None)


@pytest.mark.usefixtures("faces_everywhere")
def test_every_row_says_what_it_was_made_with(classifier: Classifier) -> None:
    picture = Picture(np.zeros((40, 40, 3), np.uint8), "a.png", "0" * 64)
    for result in (classifier.classify(picture), classifier.classify(b"no picture")):
        changed = apply_thresholds(result, Thresholds(0.6, child=None))
        for row, threshold in ((result.to_rows()[0], 0.8), (changed.to_rows()[0], 0.6)):
            assert row["threshold"] == threshold
            assert row["engine"] == "Blue"
            assert row["model_version"] == classifier.model.identity[:12]
            assert row["program"] == PROGRAM_VERSION
        assert changed.to_rows()[0]["child_threshold"] is None


def test_a_search_that_a_limit_ended_is_said_with_the_answers(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "MOST_FINDS", 3)
    crowd = Picture(np.tile(head("obama", 110), (2, 3, 1)), "crowd.png", "0" * 64)
    result = classifier.classify(crowd)
    note = CROWD_NOTE.format(most=3)
    assert len(result.faces) == 3
    assert result.notes == (note,)
    assert all(row["message"] == note for row in result.to_rows())
