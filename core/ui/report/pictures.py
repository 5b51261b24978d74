"""Pictures of the user's own data sets, for the gallery of mistakes; shown on the machine that holds them only."""

import tarfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path, PurePosixPath

import streamlit as st
from PIL import Image

from core.data.samples import FolderStore, Store, TarStore
from core.errors import DatasetError, PictureError
from core.settings import data_dir
from core.ui.given import named_folder
from core.ui.wording import plain
from core.vision.pictures.decode import decode_picture

_SIDE = 256
_KEPT_PICTURES = 96
_SHOWN = 200


def ask_pictures(name: str, files: Sequence[str]) -> Store | None:
    """The pictures of a set in the folder that the user names; None where they are not, or must not be shown.

    Pictures of people leave this machine for nobody: who looks at the page from elsewhere sees names.

    Args:
        name: Name of the data set.
        files: Some names of pictures, as in predictions.csv.
    """
    if not on_this_machine():
        st.caption("Pictures are shown only in a browser on the machine that runs the dashboard.")
        return None
    with st.expander("Where the pictures are", icon=":material/folder:"):
        st.caption(
            "The data sets are not part of the project. If you have this one, enter the folder that contains "
            f"`{name}.tar` or the pictures themselves. They stay on this machine."
        )
        typed = st.text_input(
            "Folder of the data sets", str(data_dir()), key="report_data_folder", persist_state="session"
        )
    words = typed or str(data_dir())
    try:
        store = pictures_of(named_folder(words), name, files)
    except DatasetError:  # there is no such folder
        store = None
    if store is None:
        st.caption(
            f"The pictures of {plain(name)} are not in {plain(words[:_SHOWN])}, so only file names are shown. If you "
            "have the data set, enter its folder above."
        )
    return store


def on_this_machine() -> bool:
    """Whether the browser runs on the machine that runs the dashboard."""
    return st.context.ip_address is None


def pictures_of(folder: Path, name: str, files: Sequence[str]) -> Store | None:
    """The first of a set's tar, the folder and a folder with the set's name in it that holds any of the files."""
    tar = folder / f"{name}.tar"
    stores: list[Store | None] = [FolderStore(folder), FolderStore(folder / name)]
    if tar.is_file():
        stores.insert(0, _open(str(tar), tar.stat().st_mtime_ns))
    return next((store for store in stores if store is not None and any(_has(store, file) for file in files)), None)


def _has(store: Store, file: str) -> bool:
    if isinstance(store, TarStore):
        return file in store.places
    return isinstance(store, FolderStore) and _is_inside(file) and (store.root / file).is_file()


def show_picture(store: Store, file: str, words: str) -> None:
    """One picture with its caption; a sentence in its place where it cannot be read."""
    thumbnail = _thumbnail(repr(store), file, store)
    if thumbnail is None:
        st.caption(f"{plain(file)} is missing or not a picture.")
    else:
        st.image(thumbnail, width="stretch", alt=f"{PurePosixPath(file).name}: {words}")
    st.caption(plain(words))


@st.cache_resource(max_entries=4, show_spinner="Reading the tar …")
def _open(tar: str, changed: int) -> TarStore | None:
    """The places of a tar's members, read once until the tar changes; None if it is no tar."""
    try:
        return TarStore.open(Path(tar))
    except (tarfile.TarError, OSError):
        return None


# For the session only: a picture must not outlive it.
@st.cache_data(max_entries=_KEPT_PICTURES, show_spinner=False, scope="session")
def _thumbnail(place: str, file: str, _store: Store) -> bytes | None:
    """The picture's middle square as JPEG; None where it cannot be read."""
    try:
        picture = Image.fromarray(decode_picture(_read(_store, file), file).pixels)
    except (OSError, KeyError, PictureError):
        return None
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    small = picture.crop((left, top, left + side, top + side))
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    encoded = BytesIO()
    small.save(encoded, "JPEG", quality=88)
    return encoded.getvalue()


def _read(store: Store, file: str) -> bytes:
    if not _is_inside(file):
        raise KeyError(file)
    return store.read(file)


def _is_inside(file: str) -> bool:
    """Whether a name from predictions.csv, which anybody may have written, stays within its folder."""
    name = PurePosixPath(file)
    return not name.is_absolute() and ".." not in name.parts
