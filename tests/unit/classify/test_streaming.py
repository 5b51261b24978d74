import logging
import threading
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest

from core.classify.pipeline import MAX_FACES_PER_BATCH, Classifier, Upload
from core.classify.preparing import PreparedPicture, Preparer
from core.model.engines import Logits
from core.results import Status
from core.types import Face, Picture, Pixels
from core.vision.detection.faces import FaceDetector
from tests.unit.pipeline_case import BlueEngine, BrokenEngine, Draw, classifier_of, uploads


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


def test_a_session_whose_files_take_long_does_not_hold_up_another(
    classifier: Classifier, drawn: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of one session that never end, as many as there are threads: the other's are answered all the same."""
    monkeypatch.setattr("core.classify.fair_pool.SLOW_SECONDS", 0.05)
    go, prepare = threading.Event(), Preparer.prepare

    def slow(self: Preparer, source: Upload, **how: bool) -> PreparedPicture:
        if source.name == "slow":
            go.wait(60)
        return prepare(self, source, **how)

    monkeypatch.setattr(Preparer, "prepare", slow)
    one = classifier.classify_many([Upload("slow", drawn())] * 4)
    first = threading.Thread(target=lambda: next(one))
    first.start()
    results = list(classifier.classify_many([Upload(f"quick {number}", drawn()) for number in range(6)]))
    assert [result.name for result in results] == [f"quick {number}" for number in range(6)]
    assert first.is_alive(), "it still waits for its own file"
    go.set()
    first.join(60)
    assert len(list(one)) == 3


class Crowd:
    """The detector looks at faces for ever, and says when it began and when it was ended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began, self.ended = threading.Event(), threading.Event()
        monkeypatch.setattr("core.classify.pipeline.PULSE_SECONDS", 0.01)

        def detect(detector: FaceDetector, pixels: Pixels) -> list[Face]:
            self.began.set()
            try:
                while True:
                    detector._beat()
                    time.sleep(0.001)
            finally:
                self.ended.set()

        monkeypatch.setattr(FaceDetector, "detect", detect)


def test_within_a_picture_progress_is_told_and_may_stop(
    classifier: Classifier, drawn: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd, told = Crowd(monkeypatch), list[tuple[str, int]]()

    def meanwhile(name: str, beats: int) -> None:
        told.append((name, beats))
        if len(told) > 3 and beats > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(classifier.classify_many([Upload("crowd", drawn())], meanwhile=meanwhile))
    assert crowd.ended.wait(10), "the search goes on though nobody waits for it"
    assert {name for name, _ in told} == {"crowd"}
    assert [beats for _, beats in told] == sorted(beats for _, beats in told)


def test_closing_the_stream_ends_the_search_of_the_next_picture(
    classifier: Classifier, drawn: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(monkeypatch)
    stream = classifier.classify_many([Upload("empty", b""), Upload("crowd", drawn())])
    assert next(stream).code == "empty"
    assert crowd.began.wait(10)
    stream.close()
    assert crowd.ended.wait(10)


@pytest.mark.usefixtures("faces_everywhere")
def test_between_the_batches_of_a_crowd_a_stop_is_heard(
    classifier: Classifier, engine: BlueEngine, drawn: Draw
) -> None:
    def meanwhile(name: str, beats: int) -> None:
        if beats > 200:
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        list(classifier.classify_many([Upload("crowd", drawn(width=2000, height=10))], meanwhile=meanwhile))
    assert engine.batches == [MAX_FACES_PER_BATCH]
