"""The sample gallery's manifest: what there is to try, and what is to be said of it."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.settings import ASSETS_DIR

SAMPLES_DIR = ASSETS_DIR / "samples"
MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True)
class SamplePicture:
    """One picture to try.

    Attributes:
        file: Where it is.
        title: What the gallery calls it.
        people: Perceived gender of those in it, left to right, top to bottom.
        note: What is to be said of it; "" for nothing.
        made: How `python -m tools samples` makes it, as the manifest has it.
    """

    file: Path
    title: str
    people: tuple[str, ...]
    note: str = ""
    made: dict[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if not self.title or not self.people or not set(self.people) <= {"female", "male"}:
            raise ValueError(f"a sample needs a title and people who are female or male, got {self}")


def read_samples(folder: Path = SAMPLES_DIR) -> list[SamplePicture]:
    """What a manifest lists, in its order, whether the files are there or not.

    Args:
        folder: With a manifest; one without has no samples.

    Raises:
        ValueError: If the manifest is no TOML, or an entry of it is no sample.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return []
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("sample", [])
    try:
        samples = [
            SamplePicture(folder / entry.pop("file"), entry.pop("title"), tuple(entry.pop("people")), **entry)
            for entry in entries
        ]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} has an entry that is no sample: {error}") from error
    if len({sample.file for sample in samples}) < len(samples):
        raise ValueError(f"{path} lists a file twice")
    return samples
