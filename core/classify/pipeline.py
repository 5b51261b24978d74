"""The one way of a picture: source → picture → faces → crops → one batched classify → result.

Used by the pages, the command line and the evaluator alike.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Future, wait
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.classify.decision import decide
from core.classify.fair_pool import FairPool
from core.classify.preparing import Meanwhile, PreparedPicture, Preparer, Pulse, unexpected
from core.classify.sources import Source, Upload, source_name
from core.errors import ModelError
from core.model.calibration import predictions_of
from core.model.loaded import LoadedModel
from core.model.store import ModelStore
from core.processes import PerProcess
from core.results import FaceResult, ImageResult, Prediction, Provenance, Status
from core.settings import PROGRAM_VERSION, DetectorSettings, ImageLimits, QualityLimits
from core.types import Pixels
from core.vision.detection.faces import FaceDetector

__all__ = ["Classifier", "Progress", "Source", "Upload"]

Progress = Callable[[int, int | None, str], None]

NO_FACE = "no_face"
NO_FACE_MESSAGE = "No face was found. If the picture is a face crop, treat the whole picture as a face."
MAX_FACES_PER_BATCH = 64
PULSE_SECONDS = 0.25
LOOK_AHEAD_PER_WORKER = 8
LOOK_AHEAD_PER_WORKER_KEEPING = 2  # a kept picture may hold 150 MB


class _Waiting(NamedTuple):
    """A picture that another thread prepares."""

    name: str
    future: Future[PreparedPicture]
    pulse: Pulse


class Classifier:
    """Pictures in, results out; safe to share between threads, sessions and, on LiteRT, forked processes.

    Decoding and detection run in a small pool of threads, because Pillow, OpenCV and LiteRT release
    the GIL; the pool is shared by all calls, so many sessions cannot overload the machine. Calls take
    turns, and a file that takes long holds up its own call alone.
    """

    def __init__(
        self,
        model: LoadedModel,
        *,
        threshold: float | None = None,
        detector: DetectorSettings | None = None,
        limits: ImageLimits | None = None,
        quality: QualityLimits | None = None,
        workers: int = 2,
    ) -> None:
        """Put a loaded model to work.

        Args:
            model: From `ModelStore.load`.
            threshold: Smallest confidence in a gender that is answered, in [0.5, 1); None for the model's own.
            detector: Settings of the face detector.
            limits: What a file may hold.
            quality: Where a face is too poor to judge.
            workers: Threads that decode and detect.

        Raises:
            ValueError: If the threshold is out of its range or there is no worker.
        """
        self.model = model
        own = model.metadata.thresholds
        self.thresholds = own if threshold is None else replace(own, gender=threshold)
        self._preparer = Preparer(
            FaceDetector(detector or DetectorSettings()),
            model.metadata.crop,
            limits or ImageLimits(),
            quality or QualityLimits(),
        )
        self._workers = workers
        self._version = model.identity[:12]  # a digest of many facts, which each picture's rows name
        self._pool = PerProcess(lambda: FairPool(workers))

    @classmethod
    def load(  # noqa: PLR0913 - the options of the public entry, by keyword
        cls,
        name: str | None = None,
        models_dir: Path | str | None = None,
        threshold: float | None = None,
        *,
        detector: DetectorSettings | None = None,
        limits: ImageLimits | None = None,
        quality: QualityLimits | None = None,
        workers: int = 2,
        threads: int = 2,
        engine: str | None = None,
    ) -> "Classifier":
        """Load a model and put it to work: `Classifier.load().classify("photo.jpg")`.

        Args:
            name: The model's name; None for the default model.
            models_dir: Folder of models; None as in `ModelStore`.
            threshold: As in the constructor, like all that follow.
            detector: See the constructor.
            limits: See the constructor.
            quality: See the constructor.
            workers: See the constructor.
            threads: Threads of LiteRT within one answer.
            engine: What runs the model; None as in `ModelStore.load`.

        Raises:
            ModelError: If no such model can be loaded.
            ValueError: If a setting is out of its range.
        """
        model = ModelStore(models_dir).load(name, threads=threads, engine=engine)
        return cls(model, threshold=threshold, detector=detector, limits=limits, quality=quality, workers=workers)

    @property
    def quality(self) -> QualityLimits:
        """Where a face is too poor to judge."""
        return self._preparer.quality

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about how the model was loaded; empty when all is well."""
        return self.model.notes

    def classify(self, source: Source | bytes, *, assume_crop: bool = False) -> ImageResult:
        """Classify one picture; the result keeps it.

        Args:
            source: Path, `Upload`, `Picture`, or bare bytes of a picture file.
            assume_crop: Treat the whole picture as a face where none is found.

        Returns:
            The outcome; a file that is no picture is a `refused` result, not an exception.
        """
        if isinstance(source, bytes):
            source = Upload("picture", source)
        return self._answer([self._preparer.prepare(source, assume_crop=assume_crop, keep_picture=True)])[0]

    def classify_many(
        self,
        sources: Iterable[Source],
        *,
        assume_crop: bool = False,
        keep_pictures: bool = False,
        progress: Progress | None = None,
        meanwhile: Meanwhile | None = None,
    ) -> Iterator[ImageResult]:
        """Classify pictures as a stream: exactly one result a source, in order.

        Sources are drawn, decoded and searched a bounded number ahead of the results that are
        taken, so memory does not grow with their number; closing the iterator stops the work, within a
        picture too. The faces of all pictures that are ready go through the model together.

        Args:
            sources: Paths, pictures or uploads; may be an endless iterator.
            assume_crop: Treat the whole picture as a face where none is found.
            keep_pictures: Put the decoded picture into each result.
            progress: Called in the caller's thread before a result is handed out, with the number
                done, the number in all (None where it cannot be known) and the source's name.
            meanwhile: Called in the caller's thread while a picture takes long; see `Meanwhile`. It may raise.
        """
        total = len(sources) if isinstance(sources, Sized) else None
        per_worker = LOOK_AHEAD_PER_WORKER_KEEPING if keep_pictures else LOOK_AHEAD_PER_WORKER
        waiting: deque[_Waiting] = deque()
        prepare = partial(self._preparer.prepare, assume_crop=assume_crop, keep_picture=keep_pictures)
        tell = meanwhile or (lambda name, beats: None)
        remaining, done, line = iter(sources), 0, self._pool.get().line()
        try:
            while True:
                for source in islice(remaining, per_worker * self._workers - len(waiting)):
                    pulse = Pulse()
                    future = line.submit(partial(prepare, source, pulse=pulse))
                    waiting.append(_Waiting(source_name(source), future, pulse))
                if not waiting:
                    return
                first = waiting[0]
                while not wait([first.future], PULSE_SECONDS).done:
                    tell(first.name, first.pulse.beats)
                for result in self._answer(_take_ready(waiting), tell):
                    done += 1
                    if progress is not None:
                        progress(done, total, result.name)
                    yield result
        finally:
            line.close()
            for left in waiting:
                left.pulse.wanted = False

    def predict(self, crops: Pixels, *, twice: bool | None = None) -> list[Prediction]:
        """What the model says of face crops.

        Args:
            crops: uint8 (n, size, size, 3).
            twice: As in `LoadedModel.answer`.

        Returns:
            n predictions.
        """
        predictions = []
        for start in range(0, len(crops), MAX_FACES_PER_BATCH):
            logits = self.model.answer(crops[start : start + MAX_FACES_PER_BATCH], twice=twice)
            predictions += predictions_of(logits, self.model.metadata.heads)
        return predictions

    def _answer(
        self, batch: Sequence[PreparedPicture], tell: Meanwhile = lambda name, beats: None
    ) -> list[ImageResult]:
        """Results of prepared pictures, all faces in one go; one by one only if that fails."""
        crops = [crop for prepared in batch for _, _, crop in prepared.faces]
        predictions: list[Prediction] = []
        while len(predictions) < len(crops):
            if predictions:  # of a crowd: what is told may end it
                tell(batch[0].name, len(crops) + len(predictions))
            some = crops[len(predictions) : len(predictions) + MAX_FACES_PER_BATCH]
            try:
                predictions += self.predict(np.stack(some))
            except ModelError:  # no picture's fault
                raise
            except Exception as error:
                if len(batch) > 1:
                    return [result for prepared in batch for result in self._answer([prepared], tell)]
                return [self._result(unexpected(batch[0].name, error), [])]
        answers = iter(predictions)
        return [self._result(prepared, [next(answers) for _ in prepared.faces]) for prepared in batch]

    @property
    def provenance(self) -> Provenance:
        """What the answers are made with."""
        return Provenance(self.thresholds, self.model.engine.name, self._version, PROGRAM_VERSION)

    def _result(self, prepared: PreparedPicture, predictions: Sequence[Prediction]) -> ImageResult:
        name, model, made = prepared.name, self.model.metadata.name, self.provenance
        if prepared.code:
            return ImageResult(name, Status.REFUSED, model, prepared.code, prepared.message, provenance=made)
        if not prepared.faces:
            return ImageResult(
                name, Status.NO_FACE, model, NO_FACE, NO_FACE_MESSAGE, (), prepared.notes, prepared.picture, made
            )
        faces = tuple(
            FaceResult(face, quality, prediction, decide(prediction, quality, self.thresholds), crop)
            for (face, quality, crop), prediction in zip(prepared.faces, predictions, strict=True)
        )
        return ImageResult(name, Status.OK, model, "", "", faces, prepared.notes, prepared.picture, made)


def _take_ready(waiting: deque[_Waiting]) -> list[PreparedPicture]:
    """Take what is ready at the head of the queue, at least one and up to a batch of faces.

    Waiting for a full batch would delay the first results and gain nothing with a fast engine; a
    slow engine lets the queue fill while it works and so gets large batches by itself.
    """
    batch = [waiting.popleft().future.result()]
    faces = len(batch[0].faces)
    while waiting and waiting[0].future.done():
        if faces + len(waiting[0].future.result().faces) > MAX_FACES_PER_BATCH:
            break
        batch.append(waiting.popleft().future.result())
        faces += len(batch[-1].faces)
    return batch
