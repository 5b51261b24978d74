"""Prepares data sets: finds, masks and crops every face once, with several processes.

The crops of a set do not depend on the number of processes: order is the source's, and each mask's
seed comes from the picture's name.
"""

import hashlib
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from core.data.prepared import RECIPE, REPORT, read_report
from core.data.samples import SPLITS, DataSource, Dropped, Sample, some_of, unreadable
from core.data.set_writer import SetWriter
from core.data.variants import FaceCrop, FaceCropper, Variants
from core.errors import DatasetError, OutputError, TrainingError, WorkerError, full_disk_told
from core.files import claimed, put_folder, write_text
from core.processes import become_worker
from core.settings import CropRecipe

CHUNK = 32
PREPARATION_VERSION = 4
"""Raised whenever the same picture gives other crops or rows; `tests` hold crops that tell when it must be."""

Report = Callable[[str, int, int], None]
Outcome = list[FaceCrop] | Dropped


@dataclass(frozen=True, slots=True)
class PreparationSettings:
    """How data sets are prepared.

    Attributes:
        variants: What is made of each picture.
        limit: Most pictures of each set, chosen by their names' hash; None for all.
        workers: Processes; 1 works in this one.
        splits: Which pictures; the others are read (their copies are still noticed) but not cropped.
        also: One further folder for each of the variants' further crops.
    """

    variants: Variants
    limit: int | None = None
    workers: int = 2
    splits: tuple[str, ...] = SPLITS
    also: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if self.workers < 1 or (self.limit is not None and self.limit < 1):
            raise ValueError(f"workers and limit must be at least 1, got {self.workers} and {self.limit}")

    def recipe(self, crop: CropRecipe) -> dict[str, Any]:
        """All that the crops of one folder depend on, as plain JSON values; stored beside them."""
        variants = asdict(replace(self.variants, crop=crop))
        del variants["also"]
        splits = [split for split in SPLITS if split in self.splits]
        return {**variants, "limit": self.limit, "splits": splits, "version": PREPARATION_VERSION}


def prepare(
    sources: list[DataSource], output: Path, settings: PreparationSettings, report: Report = lambda *_: None
) -> list[str]:
    """Prepare data sets into one folder; sets that are finished already are left as they are.

    Args:
        sources: The data sets; names must differ.
        output: The prepared folder.
        settings: How.
        report: Called now and then with set, pictures done and pictures in all.

    Returns:
        Names of the sets that were prepared now.

    Raises:
        TrainingError: `other_settings` if the folder, or a finished set of one of these names, was
            prepared otherwise.
        OutputError: `in_use`, `vanished`, `disk_full` or `not_writable`.
        DatasetError: `not_found` if a data set goes away meanwhile.
        WorkerError: `worker_lost`.
    """
    places = {output: settings.variants.crop, **dict(zip(settings.also, settings.variants.also, strict=True))}
    recipes = {place: settings.recipe(crop) for place, crop in places.items()}
    with ExitStack() as stack:
        for place, recipe in recipes.items():
            stack.enter_context(claimed(place / ".lock", f"the prepared folder {place}"))
            _claim(place, recipe, [source.name for source in sources])
        fresh = [source for source in sources if not all(_is_finished(place / source.name, source) for place in places)]
        for source in fresh:
            with full_disk_told(output):
                _prepare_set(source, recipes, settings, report)
    return [source.name for source in fresh]


def _claim(output: Path, recipe: dict[str, Any], names: list[str]) -> None:
    """Make the folder this recipe's, or refuse."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise TrainingError("other_settings", f"Two data sets are called {twice[0]!r}. Rename one of them.")
    path = output / RECIPE
    text = json.dumps(recipe, indent=2, sort_keys=True) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise TrainingError(
            "other_settings",
            f"{output} was prepared with other settings or by another version of the program (see {path}). "
            "Choose another --output, or remove the folder to prepare it again.",
        )
    write_text(path, text)


def _is_finished(folder: Path, source: DataSource) -> bool:
    """Whether a set is prepared already; refuses crops of other pictures, or of pictures with other labels."""
    path = folder / REPORT
    if not path.exists():
        if os.path.lexists(folder):
            raise OutputError(
                "not_writable",
                f"{folder} holds something 'prepare' did not write, which would be lost. Choose another --output.",
            )
        return False
    if read_report(folder).get("samples_sha256", "") not in ("", _samples_digest(source)):
        raise TrainingError(
            "other_settings",
            f"{folder} was prepared from other pictures or labels than {source.name!r} has now (what is nearly "
            "the same as a picture of a set beside it is left out). "
            "Remove it to prepare the set again, or choose another --output.",
        )
    return True


def _samples_digest(source: DataSource) -> str:
    return hashlib.sha256(json.dumps([asdict(sample) for sample in source.samples]).encode()).hexdigest()


def _prepare_set(
    source: DataSource, recipes: dict[Path, dict[str, Any]], settings: PreparationSettings, report: Report
) -> None:
    """Fill hidden folders and put them in their places when they are complete."""
    parts = {place: place / f".{source.name}.part" for place in recipes}
    for part in parts.values():
        shutil.rmtree(part, ignore_errors=True)
    try:
        _fill(parts, source, recipes, settings, report)
        for place, part in parts.items():
            put_folder(part, place / source.name)
    finally:
        for part in parts.values():
            shutil.rmtree(part, ignore_errors=True)


def _fill(
    parts: dict[Path, Path],
    source: DataSource,
    recipes: dict[Path, dict[str, Any]],
    settings: PreparationSettings,
    report: Report,
) -> None:
    """Write a set's crops, each way into its hidden folder."""
    started = time.monotonic()
    samples = some_of(tuple(sample for sample in source.samples if sample.split in settings.splits), settings.limit)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(SetWriter(parts[place], recipe["crop"]["size"])) for place, recipe in recipes.items()
        ]
        for done, outcome in enumerate(_outcomes(source, samples, settings), start=1):
            for number, writer in enumerate(writers):
                if isinstance(outcome, Dropped):
                    writer.drop(outcome)
                else:
                    for face in outcome:
                        writer.add(face.crops[number], face.row)
            report(source.name, done, len(samples))
        seconds = round(time.monotonic() - started, 1)
        facts = {
            "set": source.name,
            "samples_sha256": _samples_digest(source),
            "pictures": len(samples),
            "seconds": seconds,
            "pictures_per_second": round(len(samples) / max(seconds, 0.1), 1),
        }
        for writer, recipe in zip(writers, recipes.values(), strict=True):
            writer.finish({"recipe": recipe, **facts}, source)


def _outcomes(source: DataSource, samples: tuple[Sample, ...], settings: PreparationSettings) -> Iterator[Outcome]:
    """What became of each sample, in order."""
    chunks = [samples[start : start + CHUNK] for start in range(0, len(samples), CHUNK)]
    if settings.workers == 1:
        cropper = FaceCropper(settings.variants)
        for sample in samples:
            yield _outcome(source, cropper, sample)
        return
    pool = ProcessPoolExecutor(
        settings.workers, get_context("spawn"), initializer=_start_worker, initargs=(source, settings.variants)
    )
    try:
        for outcomes in pool.map(_crop_chunk, chunks):
            yield from outcomes
    except BrokenProcessPool as error:
        raise WorkerError(
            "worker_lost",
            "A worker process ended unexpectedly, perhaps because memory ran out. Use fewer --workers.",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


_worker: tuple[DataSource, FaceCropper] | None = None


def _start_worker(source: DataSource, variants: Variants) -> None:
    """Set a worker process up: its own detector, and one thread, as there is a process a core."""
    import cv2

    global _worker
    become_worker()
    cv2.setNumThreads(1)
    _worker = source, FaceCropper(variants)


def _crop_chunk(samples: tuple[Sample, ...]) -> list[Outcome]:
    if _worker is None:
        raise RuntimeError("the worker process was not set up")
    source, cropper = _worker
    return [_outcome(source, cropper, sample) for sample in samples]


def _outcome(source: DataSource, cropper: FaceCropper, sample: Sample) -> Outcome:
    try:
        data = source.read(sample)
    except OSError as error:  # it was there when the source was read
        if not source.store.is_there(sample.file):
            raise DatasetError(
                "not_found",
                f"The data set '{source.name}' disappeared while it was being read: {sample.file} and the files beside "
                "it are gone. Restore it and run the same command again; finished sets are kept.",
            ) from error
        return unreadable(sample.file, error)
    return cropper.crop(sample, data)
