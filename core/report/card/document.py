"""The model card: what a model is for, how good it is and where it ends, as Markdown.

Follows Mitchell et al., "Model Cards for Model Reporting" (2019). Every figure comes from the
saved metadata.json, metrics.json and predictions.csv; a part that is missing is said to be missing.
"""

from pathlib import Path

from core.errors import RunError
from core.evaluation.runs import RunRecord, load_run
from core.export.target import adding
from core.files import write_text
from core.heads import AGE, MASK
from core.model.metadata import ModelMetadata
from core.report.blocks import Words
from core.report.card.data import training_section
from core.report.card.groups import groups_section, mistakes_section
from core.report.card.results import calibration_section, results_section, thresholds_section
from core.report.markdown import render

CARD_FILE = "CARD.md"


def model_card(run: RunRecord) -> str:
    """The card of a saved model, in Markdown; it is whole even where artefacts are missing."""
    results = (
        results_section(run.metrics),
        groups_section(run.predictions),
        calibration_section(run.metadata, run.metrics, run.predictions),
        thresholds_section(run.metadata, run.metrics),
        mistakes_section(run.metadata, run.predictions),
    )
    return render(
        Path(__file__).parent / "templates" / "card.md",
        run=run,
        introduction=_introduction(run.metadata),
        training=training_section(run.metadata),
        results=results,
    )


def write_card(folder: Path) -> Path:
    """Write the card into a model's folder, whole or not at all; returns its path.

    Raises:
        OutputError: `disk_full`, `not_writable`, or as `adding`.
    """
    path = folder / CARD_FILE
    with adding(folder.parent, folder.name, "card") as writing:
        text = model_card(load_run(folder))
        with writing():
            write_text(path, text)
    return path


def is_stale(folder: Path) -> bool:
    """Whether the card in a model's folder is missing or not what its artefacts give today."""
    try:
        return (folder / CARD_FILE).read_text(encoding="utf-8") != model_card(load_run(folder))
    except (OSError, UnicodeDecodeError):
        return True


def _introduction(metadata: ModelMetadata | RunError) -> Words:
    if isinstance(metadata, RunError):
        return Words("*{}*", (metadata.message,))
    made, names = "", [metadata.description.rstrip(".")]
    if metadata.created:
        made, names = " Trained {}.", [*names, str(metadata.created)[:10]]
    network = ""
    if metadata.versions:
        versions = ", ".join("{} {}" for _ in metadata.versions)
        network = f"\n\nNetwork: {{}}. Made with {versions}."
        names += [metadata.network, *(str(word) for version in metadata.versions.items() for word in version)]
    return Words(
        f"{{}}.{made}\n\n"
        f"It looks at a face cut out of a picture ({metadata.crop.size} by {metadata.crop.size} pixels), with or "
        "without a mask, and gives the probability that the person would be *perceived* as female. Below "
        f"{100 * metadata.thresholds.gender:.0f} % confidence (adjustable), or where the face cannot be seen well, the "
        f"answer is *uncertain*.{_further_answers(metadata)}{network}",
        tuple(names),
    )


def _further_answers(metadata: ModelMetadata) -> str:
    mask = f" It also says whether a mask is worn, at {100 * metadata.thresholds.mask:.0f} % confidence or more."
    age = (
        " It names the age band that a face looks like; one that seems to be a child's, under ten, is *uncertain* "
        "unless the user asks otherwise."
    )
    return mask * (MASK in metadata.heads) + age * (AGE in metadata.heads)
