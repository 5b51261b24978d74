"""Predictions that others published or saved, read in as one more contender on our faces."""

import csv
from io import StringIO
from pathlib import Path
from typing import BinaryIO, NoReturn

import pandas as pd

from core.errors import PeerError
from core.evaluation.comparison import Contender
from core.heads import FURTHER_ANSWERS, Thresholds
from core.strict_json import read_plain
from core.wording import counted

PEER_COLUMNS = ("file", "p_female")
PEERS_FOLDER = "peers"
_MAX_BYTES = 32 * 2**20  # a row of 100 bytes for each of 300,000 faces
# What our predictions say of our own model's way to a face; a peer went its own.
_OURS = ("p_female", *FURTHER_ANSWERS)


def saved_peers(models_dir: Path, name: str, variant: str) -> dict[str, Path]:
    """Peers' predictions that lie beside the models, `peers/<set>-<variant>/<label>.csv`, by label."""
    return {path.stem: path for path in sorted((models_dir / PEERS_FOLDER / f"{name}-{variant}").glob("*.csv"))}


def read_peer(source: Path | BinaryIO) -> pd.DataFrame:
    """A peer's predictions.

    Args:
        source: A CSV, or an open one with a name, with columns `file` (as in our data) and `p_female`
            in [0, 1], 0 or 1 where only labels are known; further columns are passed over.

    Returns:
        Columns `file` (str, each once) and `p_female` (float).

    Raises:
        PeerError: `not_found`, `bad_table`, `out_of_range`.
    """
    path = source if isinstance(source, Path) else Path(source.name)
    try:
        table = _table(source)
    except FileNotFoundError as error:
        raise PeerError("not_found", f"There is no file {path}. Check the path of the peer's predictions.") from error
    except (OSError, ValueError, csv.Error) as error:  # ValueError: also what is no UTF-8
        _bad_table(path, " ".join(str(error).split()))
    if table.empty:
        _bad_table(path, "it has no rows")
    twice = table.loc[table["file"].duplicated(), "file"]
    if len(twice):
        _bad_table(path, f"{twice.iloc[0]} is in it more than once")
    p = pd.to_numeric(table["p_female"], errors="coerce")
    # NaN lies between nothing.
    wrong = table[~p.between(0, 1)]
    if len(wrong):
        raise PeerError(
            "out_of_range",
            f"{path.name}: {len(wrong)} of {len(table)} probabilities are not numbers from 0 to 1, the first is "
            f"'{wrong['p_female'].iloc[0]}' of {wrong['file'].iloc[0]}. Give the probability of female.",
        )
    return pd.DataFrame({"file": table["file"], "p_female": p.astype(float)})


def _table(source: Path | BinaryIO) -> pd.DataFrame:
    """The columns of interest as they stand there, row by row: pandas would take minutes for a million columns.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no such table.
        csv.Error: If it is no CSV.
    """
    data = read_plain(source, _MAX_BYTES + 1) if isinstance(source, Path) else source.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise ValueError(f"it is larger than {_MAX_BYTES // 2**20} MB")
    rows = csv.reader(StringIO(data.decode("utf-8-sig"), newline=""))
    header = next((row for row in rows if row), [])
    missing = [column for column in PEER_COLUMNS if column not in header]
    if missing:
        raise ValueError(f"it has no column {', '.join(missing)}")
    places, values = [header.index(column) for column in PEER_COLUMNS], []
    for row in filter(None, rows):
        if len(row) != len(header):
            raise ValueError(f"line {rows.line_num} has {counted(len(row), 'cell')}, and the first one {len(header)}")
        values.append([row[place] for place in places])
    return pd.DataFrame(values, columns=list(PEER_COLUMNS), dtype=str)


def peer(label: str, source: Path | BinaryIO, faces: pd.DataFrame) -> Contender:
    """A peer as a contender on the faces of one of our sets.

    It counts as having found and judged every face that it has a probability for.

    Args:
        label: What to call the peer.
        source: Its predictions; see `read_peer`.
        faces: Rows of a predictions.csv of ours, of one set and one variant.

    Raises:
        PeerError: Those of `read_peer`; `no_overlap` if no file is one of our faces, `unknown_files`
            if some are not.
    """
    table, name = read_peer(source), Path(source.name).name
    unknown = table.loc[~table["file"].isin(faces["file"]), "file"]
    if len(unknown) == len(table):
        raise PeerError(
            "no_overlap",
            f"No file of {name} is among the faces it is compared on. Its files look like "
            f"{table['file'].iloc[0]}, ours like {faces['file'].iloc[0] if len(faces) else 'nothing: there are none'}. "
            "Check the set and the variant.",
        )
    if len(unknown):
        raise PeerError(
            "unknown_files",
            f"Not among the faces it is compared on: {len(unknown)} of {counted(len(table), 'file')} in {name}, such "
            f"as {', '.join(unknown.iloc[:3])}. Remove them, or check the set and the variant.",
        )
    ours = faces.drop(columns=[column for column in _OURS if column in faces]).assign(found=1, quality="")
    joined = ours.merge(table, on="file")
    return Contender(label, joined, Thresholds(), labels_only=bool(table["p_female"].isin([0, 1]).all()))


def _bad_table(path: Path, what: str) -> NoReturn:
    raise PeerError(
        "bad_table", f"{path.name} cannot be read as predictions: {what}. It needs columns {', '.join(PEER_COLUMNS)}."
    )
