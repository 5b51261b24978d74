"""Labelled pictures and where their bytes are; frozen, cheap to send to worker processes."""

import hashlib
import posixpath
import tarfile
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Protocol

from core.labels import Gender, Split

TRAIN, VAL, TEST = SPLITS = tuple(split.value for split in Split)
GENDERS = tuple(gender.value for gender in Gender)
REASONS = {
    "bad_row": "Rows of a list that cannot be used",
    "no_label": "Not in a folder named after a gender",
    "missing_file": "Listed, but not there",
    "unreadable": "Files that cannot be read",
    "empty_file": "Empty files",
    "not_a_picture": "Damaged files, or not pictures",
    "duplicate": "Exact copies of other files",
    "contradiction": "Labelled both female and male",
    "near_duplicate": "Near-duplicates of a validation or test picture",
    "no_face": "No face was found",
}
"""Why pictures are left out, by code."""
_MAX_LINKS = 40  # one after the other, as Linux follows them


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled picture.

    Attributes:
        file: Its name within the source, with forward slashes.
        set: Name of the data set.
        split: "train", "val" or "test".
        gender: Perceived gender, "female" or "male".
        age: Years or a band such as "20-29"; "" for unknown.
        ethnicity: In the set's own terms; "" for unknown.
        identity: Who it is, where the set says so; "" for unknown.
        masked: Whether a real mask is worn.

    What is "" for unknown is a column of tables and of prepared folders alike; see `FACTS`.
    """

    file: str
    set: str
    split: str
    gender: str
    age: str = ""
    ethnicity: str = ""
    identity: str = ""
    masked: bool = False

    def __post_init__(self) -> None:
        if self.split not in SPLITS or self.gender not in GENDERS:
            raise ValueError(f"expected a split of {SPLITS} and a gender of {GENDERS}, got {self}")


FACTS = tuple(part.name for part in fields(Sample) if part.default == "")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A picture that is left out, and why.

    Attributes:
        file: Its name within the source.
        code: One of `REASONS`.
        detail: The reason in words.
    """

    file: str
    code: str
    detail: str


class Store(Protocol):
    """Where the encoded pictures are."""

    def read(self, file: str) -> bytes:
        """The bytes of one file; safe in any thread or process."""

    def is_there(self, file: str) -> bool:
        """Whether the place that held a file is there still; the file itself may be gone."""


@dataclass(frozen=True, slots=True)
class FolderStore:
    """Files under a folder."""

    root: Path

    def read(self, file: str) -> bytes:
        """The bytes of `root / file`."""
        return (self.root / file).read_bytes()

    def is_there(self, file: str) -> bool:
        """Whether the folder of `root / file` is there."""
        return (self.root / file).parent.is_dir()


def plain_name(name: str) -> str:
    r"""A name within a tar without what means nothing: "./a.jpg", "a//b.jpg" and "a\b.jpg" as tables have them."""
    return PurePosixPath(name.strip().replace("\\", "/")).as_posix()


def _end_of(name: str, links: dict[str, str], places: dict[str, tuple[int, int]]) -> tuple[int, int] | None:
    """The place of the file that a link leads to by way of further ones; None for one that leads out or in a circle."""
    for _ in range(_MAX_LINKS):
        if name in places or name not in links:
            break
        name = links[name]
    return places.get(name)


@dataclass(frozen=True, slots=True)
class TarStore:
    """Members of an uncompressed tar, read by their place in it.

    Attributes:
        path: The tar.
        places: Offset and size in bytes of each member's data.
    """

    path: Path
    places: dict[str, tuple[int, int]] = field(repr=False)

    @classmethod
    def open(cls, path: Path) -> "TarStore":
        """The members of a tar.

        Raises:
            tarfile.TarError, OSError: If it is no uncompressed tar.
        """
        places: dict[str, tuple[int, int]] = {}
        links: dict[str, str] = {}
        with tarfile.open(path, mode="r:") as archive:
            for member in archive:
                name = plain_name(member.name)
                if member.isreg() and not member.issparse():
                    places[name] = member.offset_data, member.size
                elif member.islnk() and (place := places.get(plain_name(member.linkname))):
                    places[name] = place  # tar stores the second name of a file as a link to it
                elif member.issym():
                    links[name] = plain_name(
                        posixpath.normpath(posixpath.join(posixpath.dirname(name), member.linkname))
                    )
        for name, target in links.items():
            if (place := _end_of(target, links, places)) is not None:
                places.setdefault(name, place)
        return cls(path, places)

    def find(self, name: str) -> str:
        """A member's own name for one that a table gives: other signs and letters may stand for the same.

        Tables have "./a.jpg" or backslashes, and letters with accents in one piece where macOS packs them in two.
        """
        if name in self.places:
            return name
        plain = plain_name(name)
        forms = (unicodedata.normalize(form, plain) for form in ("NFC", "NFD"))
        return next((form for form in forms if form in self.places), plain)

    def read(self, file: str) -> bytes:
        """The bytes of the member `file`."""
        offset, size = self.places[file]
        with self.path.open("rb") as tar:
            tar.seek(offset)
            return tar.read(size)

    def is_there(self, file: str) -> bool:
        """Whether the tar is there."""
        return self.path.is_file()


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data set that has been read: its good samples, and what was left out.

    Attributes:
        name: Name of the set.
        samples: In the order of the source.
        dropped: Every picture that is not in `samples`, and why.
        store: Where the bytes are.
        repeated: Sentences about pictures that are in the test split more than once.
        compared: Names of the sets, this one among them, in which near-duplicates were looked for.
    """

    name: str
    samples: tuple[Sample, ...] = field(repr=False)
    dropped: tuple[Dropped, ...] = field(repr=False)
    store: Store = field(repr=False)
    repeated: tuple[str, ...] = field(default=(), repr=False)
    compared: tuple[str, ...] = field(default=(), repr=False)

    def read(self, sample: Sample) -> bytes:
        """The encoded picture; safe in any thread or process."""
        return self.store.read(sample.file)


def stable_number(*words: object) -> int:
    """A number in [0, 2**64) that depends on `words` alone: not on the run, the machine or the order of files."""
    text = "\0".join(str(word) for word in words)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def some_of(samples: tuple[Sample, ...], limit: int | None) -> tuple[Sample, ...]:
    """At most `limit` samples, chosen by their names' hash and kept in order; all for None."""
    if limit is None or limit >= len(samples):
        return samples
    chosen = set(sorted(range(len(samples)), key=lambda number: stable_number("limit", samples[number].file))[:limit])
    return tuple(sample for number, sample in enumerate(samples) if number in chosen)


def unreadable(file: str, error: OSError) -> Dropped:
    """The note on a picture whose bytes the system does not hand out."""
    return Dropped(file, "unreadable", f"it cannot be read: {error.strerror or error}")


def digests_of(samples: Iterable[Sample], read: Callable[[str], bytes]) -> tuple[dict[str, str], list[Dropped]]:
    """sha256 of each sample's bytes by file name, "" for an empty file; and those that cannot be read."""
    digests, dropped = {}, []
    for sample in samples:
        try:
            data = read(sample.file)
        except OSError as error:
            dropped.append(unreadable(sample.file, error))
        else:
            digests[sample.file] = hashlib.sha256(data).hexdigest() if data else ""
    return digests, dropped


def without_duplicates(
    samples: list[Sample], digests: Mapping[str, str]
) -> tuple[list[Sample], list[Dropped], list[str]]:
    """Leave out empty files, contradictory labels and copies (same bytes).

    Of several copies one stays: in test if there is one, else in val, else the first. Copies that
    are all in test stay, so that figures remain comparable to others' on a published test list. A
    picture that is labelled with both genders is left out altogether.

    Returns:
        What stays, in order; what is left out; sentences about the copies within test.
    """
    copies: dict[str, list[Sample]] = {}
    for sample in samples:
        copies.setdefault(digests[sample.file], []).append(sample)
    empty = copies.pop("", [])
    dropped = [Dropped(sample.file, "empty_file", "the file is empty") for sample in empty]
    repeated = []
    for same in copies.values():
        if len({sample.gender for sample in same}) > 1:
            names = ", ".join(f"{sample.file} ({sample.gender})" for sample in same)
            dropped += [Dropped(sample.file, "contradiction", f"one picture, two labels: {names}") for sample in same]
            continue
        best = max(same, key=lambda sample: SPLITS.index(sample.split))
        for sample in same:
            if sample is not best and sample.split == TEST:
                repeated.append(f"{sample.file} is the same picture as {best.file}, both in test")
            elif sample is not best:
                dropped.append(Dropped(sample.file, "duplicate", f"the same picture as {best.file} in {best.split}"))
    gone = {item.file for item in dropped}
    return [sample for sample in samples if sample.file not in gone], dropped, repeated
