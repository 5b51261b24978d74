"""How a training went, epoch by epoch, and what it takes to repeat it."""

from typing import Any

import pandas as pd

from core.errors import RunError
from core.evaluation.runs import RunRecord
from core.evaluation.test_sets import meanings
from core.model.metadata import ModelMetadata
from core.report import charts, tables
from core.report import facts as facts_of
from core.report.blocks import Beside, Block, Chart, Facts, Section, Table, Words, caption, glossary, info, notice
from core.report.facts import best_epoch, training_facts
from core.strict_json import is_integer
from core.wording import counted

# What everybody wants to know.
_FIRST = ("Model", "Training")
_WENT_ON = (
    "The first {} are of the model that this training went on from. Its faces may have been others, or in other masks: "
    "between both the curves may jump."
)


def learning_curves(run: RunRecord) -> Section:
    """Accuracy and loss by epoch, learning rate and further figures."""
    title = "Learning curves"
    if isinstance(run.history, RunError):
        return Section(title, (notice(run.history),))
    history, further = tables.further_figures(run.history)
    best, why = kept_epoch(history, run.metadata)
    drawn = [
        Chart("Accuracy", charts.learning_curve, (history, "accuracy", best), headed=True),
        Chart("Loss", charts.learning_curve, (history, "loss", best), headed=True),
        Chart("Learning rate", charts.learning_rate, (history, best), headed=True),
    ]
    if further:
        curves = Chart("Further validation figures", charts.further_curves, (history, further, best), headed=True)
        drawn.insert(2, curves)
    rows = [drawn[:2], drawn[2:]] if further else [drawn]
    before = _epochs_before(run.metadata)
    blocks: list[Block] = [
        caption(
            "How the training went. While both curves improve, the network is learning; once only *training* does, it "
            f"is memorising. {why} {_stopped(history, run.metadata)}Hover over a curve to see its values."
        ),
        *([caption(_WENT_ON.format(counted(before, "epoch")))] if before else []),
        *(Beside(tuple((chart,) for chart in row)) for row in rows),
    ]
    if len(history) == 1:
        blocks.append(caption("Only one epoch so far: a single point each, not yet a curve."))
    table, names = tables.every_epoch(history, further)
    return Section(title, (*blocks, *glossary(names), table))


def kept_epoch(history: pd.DataFrame, metadata: ModelMetadata | RunError) -> tuple[int | None, str]:
    """The epoch whose weights are the model, and how it is known, as a sentence.

    The training's own record counts; without one it is the epoch with the smallest validation loss.
    """
    recorded = best_epoch(metadata) if isinstance(metadata, ModelMetadata) else None
    if recorded is None:
        best = int(history["epoch"].to_numpy()[history["val_loss"].to_numpy().argmin()])
        return best, f"The validation loss is smallest after epoch {best}; which epoch was kept is not recorded."
    if recorded in set(history["epoch"]):
        return recorded, f"The model is the network after epoch {recorded}."
    return None, f"The model is the network after epoch {recorded}, which the saved history does not include."


def _stopped(history: pd.DataFrame, metadata: ModelMetadata | RunError) -> str:
    """A sentence on a training that ended before its last epoch; "" where it did not, or nobody knows."""
    settings = training_facts(metadata).get("settings") if isinstance(metadata, ModelMetadata) else None
    planned: Any = settings.get("epochs") if isinstance(settings, dict) else None
    last = int(history["epoch"].max()) - _epochs_before(metadata)
    if not is_integer(planned) or last >= planned:
        return ""
    return f"The saved history ends after epoch {last} of the {planned} that were planned. "


def _epochs_before(metadata: ModelMetadata | RunError) -> int:
    """How many of the epochs are of the model that the training went on from; 0 where nobody knows."""
    before: Any = training_facts(metadata).get("epochs_before") if isinstance(metadata, ModelMetadata) else None
    return max(int(before), 0) if is_integer(before) else 0


def training_record(run: RunRecord) -> Section:
    """Settings, data, versions and duration of the training."""
    title, metadata = "How it was trained", run.metadata
    if isinstance(metadata, RunError):
        return Section(title, (notice(metadata),))
    opening: list[Block] = [
        caption(
            "What is needed to repeat the training: settings, number of face crops of each data set, and versions of "
            "the libraries."
        )
    ]
    if not training_facts(metadata):
        opening.append(info("The model's settings and data were not recorded when it was made."))
    facts = tuple(Facts(name, values, name not in _FIRST) for name, values in facts_of.model_facts(metadata).items())
    counts, dropped = facts_of.data_counts(metadata), facts_of.dropped_files(metadata)
    data: list[Block] = []
    if not counts.empty:
        learned = "Face crops used for training (train) and for choosing the epoch (val)."
        what = glossary(meanings(counts["set"]))
        data += [Words("**Data**"), caption(learned), *what, Table("Crops by set, split and mask", counts)]
    if not dropped.empty:
        left_out = "Excluded before training, such as duplicates and damaged pictures."
        table = Table("Files left out by set and reason", dropped)
        data += [Words("**Files left out**"), caption(left_out), table]
    return Section(title, (*opening, Beside((facts, tuple(data)))))
