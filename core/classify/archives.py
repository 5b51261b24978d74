"""The pictures in a ZIP, read in memory and one at a time: nothing of it is ever written to disk.

Limits are checked by what the archive declares before anything is unpacked, and again while it is:
a member ends where its declared size does.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from core.classify.sources import Upload
from core.classify.zips.directory import DamagedError, Member, TooManyError, read_directory, unpack
from core.errors import ArchiveError
from core.files import is_clutter
from core.settings import ArchiveLimits
from core.wording import counted

# Of a first member, of an archive without any, and of one that might have become several (APPNOTE 8.5.3 and 8.5.4).
_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04")
_NESTED = frozenset({".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst"})
_ENCRYPTED = 0x1  # of a member's flags (APPNOTE 4.4.4)
_MEGABYTE = 2**20
_DEFAULT_LIMITS = ArchiveLimits()


def is_archive(data: bytes) -> bool:
    """Whether a file is a ZIP, by how it begins; its name does not decide."""
    return data.startswith(_SIGNATURES)


def read_archive(data: bytes, name: str, limits: ArchiveLimits = _DEFAULT_LIMITS) -> Iterator[Upload | ArchiveError]:
    """Unpack what may be pictures, in the archive's order.

    Folders, hidden files and what systems add (`__MACOSX`, `Thumbs.db`) are left out without a word.

    Args:
        data: The archive's content.
        name: What to call it in messages.
        limits: What it may hold.

    Returns:
        For each other member its content, named by its path, or why it was left out: `encrypted`,
        `climbs_out`, `nested`, `too_large` or `damaged`. The last says how many were `too_many`.

    Raises:
        ArchiveError: On the first step: `damaged` if it is no readable ZIP, `bomb` if it declares
            more than a set of pictures can be, `too_many` if its directory alone is too long to be read.
    """
    try:
        directory = read_directory(data, limits.max_entries)
    except DamagedError as error:
        raise ArchiveError(
            "damaged", f"'{name}' is a damaged ZIP, and nothing in it can be read. Pack it again."
        ) from error
    except TooManyError as error:
        raise ArchiveError(
            "too_many",
            f"'{name}' was not opened: it lists more than {limits.max_entries:,} files. "
            "'python -m core classify' takes folders of any size.",
        ) from error
    members = [member for member in directory.members if not (member.is_folder or is_clutter(member.path))]
    _check_size(sum(member.size for member in members), len(data), name, limits)
    for member in members[: limits.max_members]:
        yield _read(data, member, limits)
    if (rest := len(members) - limits.max_members) > 0:
        left_out = counted(rest, "was", "were")
        yield ArchiveError(
            "too_many",
            f"'{name}' holds {len(members):,} files: the first {limits.max_members} were taken, {left_out} not. "
            "'python -m core classify' takes folders of any size.",
        )
    if directory.lost:
        lost = counted(directory.lost, "more file")
        yield ArchiveError(
            "damaged",
            f"The list of what '{name}' holds is damaged: {lost} of it cannot be found. Pack it again.",
        )


def _check_size(declared: int, packed: int, name: str, limits: ArchiveLimits) -> None:
    if declared > limits.max_bytes or (declared > limits.max_member_bytes and declared > limits.max_ratio * packed):
        raise ArchiveError(
            "bomb",
            f"'{name}' was not opened: its {packed / _MEGABYTE:,.1f} MB would unpack to "
            f"{declared / _MEGABYTE:,.0f} MB. Up to {limits.max_bytes // _MEGABYTE} MB, "
            f"and {limits.max_ratio} times its size, are taken.",
        )


def _read(data: bytes, member: Member, limits: ArchiveLimits) -> Upload | ArchiveError:
    path = member.path
    if member.flags & _ENCRYPTED:
        return ArchiveError("encrypted", f"'{path}' is encrypted. Pack it without a password.")
    if _climbs_out(path):
        return ArchiveError("climbs_out", f"'{path}' was left out: its path leads out of the archive.")
    if PurePosixPath(path).suffix.lower() in _NESTED:
        return ArchiveError("nested", f"'{path}' was left out: it is an archive itself. Unpack it first.")
    if member.size > limits.max_member_bytes:
        megabytes = limits.max_member_bytes // _MEGABYTE
        return ArchiveError("too_large", f"'{path}' was left out: it is larger than {megabytes} MB.")
    try:
        content = unpack(data, member)
    except DamagedError:
        return ArchiveError("damaged", f"'{path}' is damaged inside the ZIP, or packed in a way that cannot be read.")
    if is_archive(content):
        return ArchiveError("nested", f"'{path}' was left out: it is an archive itself. Unpack it first.")
    return Upload(path, content)


def _climbs_out(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return ".." in parts or not parts[0] or parts[0].endswith(":")
