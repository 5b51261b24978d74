"""What users give: names of folders that they type, and of files that their browsers send."""

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from core.errors import DatasetError

# What a browser writes for these in the names of the files that it sends (HTML standard, multipart/form-data encoding).
_SENT_AS = {"%22": '"', "%0D": "\r", "%0A": "\n"}
_QUOTES = ('""', "''", "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}")
_SHOWN = 120


def own_name(sent: str) -> str:
    """The name that a file has for its user, from the one that the browser sent."""
    for code, letter in _SENT_AS.items():
        sent = sent.replace(code, letter)
    return sent


def named_folder(typed: str) -> Path:
    """The folder or file that a user names, whole.

    It may be as file managers and terminals copy it: in quotes, with escaped spaces, as an address (`file:`), or
    with `~` for the user's own folder.

    Raises:
        DatasetError: `not_found`, with a sentence, where nothing is there or it cannot be told.
    """
    words = _bare(typed)
    shown = words if len(words) <= _SHOWN else f"{words[:_SHOWN]}\N{HORIZONTAL ELLIPSIS}"
    try:
        path = Path(words).expanduser()
        if not path.is_absolute():
            example = Path.home() / "pictures"
            raise DatasetError(
                "not_found", f"'{shown}' is not a full path on this machine. Enter one such as {example}."
            )
        unescaped = Path(re.sub(r"\\(.)", r"\1", str(path)))
        if os.sep == "/" and not path.exists() and unescaped.exists():
            path = unescaped
        if path.exists():
            return path.resolve()
    except RuntimeError as error:  # of "~name"
        raise DatasetError("not_found", f"This machine has no user with the home folder '{shown}'.") from error
    except OSError as error:
        reason = error.strerror or error
        raise DatasetError("not_found", f"'{shown}' cannot be opened: {reason}. Choose another folder.") from error
    raise DatasetError("not_found", f"There is no file or folder {shown}. Check its name.")


def _bare(typed: str) -> str:
    words = typed.strip()
    for pair in _QUOTES:
        if len(words) > 1 and words[0] + words[-1] == pair:
            words = words[1:-1].strip()
    if words.lower().startswith("file:"):
        words = unquote(urlsplit(words).path)
    return words
