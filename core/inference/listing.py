"""The files that a user means by a list of files and folders."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path


def list_files(inputs: Iterable[Path | str], skip: Iterable[Path | str] = ()) -> list[Path]:
    """Every file that is named or lies below a named folder, each once, in order.

    In folders: sorted by name; hidden files and folders are left out; links are followed, but no
    folder is entered twice, so a loop of links ends. Everything but special files (devices, pipes)
    is listed, pictures or not, so that each gets an outcome. So are a named input that does not
    exist, a dangling link and a folder that cannot be read.

    Args:
        inputs: Files and folders.
        skip: Files and folders that are not listed, such as the program's own results.
    """
    left_out = {os.path.realpath(path) for path in skip}
    entered: set[str] = set()
    listed: dict[str, Path] = {}
    for given in map(Path, inputs):
        for path in _below(given, entered, left_out) if os.path.isdir(given) else [given]:
            listed.setdefault(os.path.abspath(path), path)
    return list(listed.values())


def _below(folder: Path, entered: set[str], left_out: set[str]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in entered or real in left_out:
        return
    entered.add(real)
    try:
        children = sorted(folder.iterdir())
    except OSError:
        yield folder
        return
    for child in children:
        # os.path's questions are answered with False, not with an exception, where access is denied.
        if child.name.startswith(".") or os.path.join(real, child.name) in left_out:
            continue
        if os.path.isdir(child):
            yield from _below(child, entered, left_out)
        elif os.path.isfile(child) or not os.path.exists(child):
            yield child
