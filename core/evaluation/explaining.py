"""Explains the answers for test faces, one by one, and averages what they rest on."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from core.classify.pipeline import Classifier
from core.data.prepared import Prepared, Selection
from core.errors import DatasetError
from core.evaluation.evaluator import check_recipe
from core.evaluation.explanations import ExplanationReport, SetShares
from core.evaluation.intervals import RESAMPLES, SEED, Estimate, percentile_interval, too_few
from core.evaluation.test_sets import TEST
from core.explain.evidence import occlusion
from core.explain.regions import REGIONS, Region, area_shares

Progress = Callable[[int, int], None]


def measure_explanations(
    classifier: Classifier,
    prepared: Prepared,
    *,
    sets: Collection[str] | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> ExplanationReport:
    """Explain test faces by occlusion and average the regions' shares.

    Faces that the detector missed are left out: in their crops it is not known where the regions lie.

    Args:
        classifier: The model at work.
        prepared: Crops cut by the model's own recipe.
        sets: Names of the data sets; None for all.
        limit: Largest number of faces of each set and variant, the same ones every time; None for all.
        progress: Called with the number of faces done and their total.

    Raises:
        DatasetError: `not_prepared` or `no_pictures`.
        ExplanationError: `no_answer` if the model fails.
    """
    metadata = classifier.model.metadata
    check_recipe(prepared, metadata.crop, metadata.name)
    groups = _groups(prepared, sets, limit)
    total, done = sum(len(group) for group in groups), 0
    entries = []
    for group in groups:
        rows = []
        for crops in group.batches(1):
            rows.append(occlusion(classifier, crops[0]).shares)
            done += 1
            if progress is not None:
                progress(done, total)
        spoken = [list(row.values()) for row in rows if row is not None]
        if spoken:
            first = group.index.iloc[0]
            means = _means(np.array(spoken))
            entries.append(SetShares(first["set"], first["variant"], len(spoken), len(rows) - len(spoken), means))
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return ExplanationReport(metadata.name, created, metadata.files, area_shares(metadata.crop), tuple(entries))


def _groups(prepared: Prepared, sets: Collection[str] | None, limit: int | None) -> list[Selection]:
    """The found test faces of each set and variant."""
    tests = prepared.select(sets=sets, splits=(TEST,))
    places = tests.index[["set", "variant"]].drop_duplicates()
    groups = []
    for name, variant in places.itertuples(index=False):
        chosen = (tests.index["set"] == name) & (tests.index["variant"] == variant) & (tests.index["found"] == 1)
        if chosen.any():
            groups.append(tests.take(np.flatnonzero(chosen)).sample(limit))
    if not groups:
        raise DatasetError("no_pictures", f"{prepared.folder} holds no test faces that the detector found.")
    return groups


def _means(rows: NDArray[np.float64]) -> dict[Region, Estimate]:
    """Mean shares (faces, regions) with percentile bootstrap intervals over faces."""
    means = [round(float(mean), 6) for mean in rows.mean(axis=0)]
    if reason := too_few(len(rows)):
        return {region: Estimate(mean, reason=reason) for region, mean in zip(REGIONS, means, strict=True)}
    generator = np.random.default_rng(SEED)
    resampled = np.stack([rows[generator.integers(0, len(rows), len(rows))].mean(axis=0) for _ in range(RESAMPLES)])
    return {
        region: percentile_interval(means[number], resampled[:, number].round(6), Estimate)
        for number, region in enumerate(REGIONS)
    }
