"""Sample pictures, one click away, with where they come from beside them."""

from io import BytesIO
from pathlib import Path

import streamlit as st
from PIL import Image

from core.settings import ASSETS_DIR
from core.ui import state
from core.ui.classify import results, uploads
from core.ui.classify.collection import Collection
from core.ui.wording import plain
from core.vision.pictures.decode import PICTURE_SUFFIXES, load_picture

FOLDER = ASSETS_DIR / "samples"
PROVENANCE = FOLDER / "README.md"
_THUMBNAIL = (240, 240)
_COLUMNS, _MIN_COLUMN = 8, 88


def sample_files() -> list[Path]:
    """The sample pictures by name."""
    return sorted(path for path in FOLDER.glob("*") if path.suffix.lower() in PICTURE_SUFFIXES)


def gallery(collection: Collection) -> None:
    """Thumbnails with a button each; open until the session has a picture."""
    files = sample_files()
    if not files:
        return
    with st.expander("Try a sample", icon=":material/photo_library:", expanded=not len(collection)):
        with st.grid(_COLUMNS, min_column_width=_MIN_COLUMN, gap="small") as grid:
            for file in files:
                with grid.cell():
                    name = title_of(file)
                    st.image(_thumbnail(str(file), file.stat().st_mtime_ns), width="stretch", alt=f"Sample: {name}")
                    st.button(plain(name), key=f"sample_{file.name}", width="stretch", on_click=_try, args=(file,))
        with st.popover("Where these pictures come from", type="tertiary", icon=":material/info:"):
            st.markdown(_provenance())


def title_of(file: Path) -> str:
    """What sets a sample apart, the last part of its name: "obama-cloth.jpg" is "Cloth"."""
    return file.stem.rpartition("-")[2].replace("_", " ").capitalize()


def _try(file: Path) -> None:
    """Take a sample in, and show it; one that is here already is only shown."""
    data = file.read_bytes()
    entry = state.uploaded().find(file.name, data) or uploads.take_in(file.name, data)
    if entry is not None:
        results.choose(entry.key)


def _provenance() -> str:
    """The folder's README without its title."""
    text = PROVENANCE.read_text(encoding="utf-8") if PROVENANCE.is_file() else ""
    return "\n".join(line for line in text.splitlines() if not line.startswith("# "))


@st.cache_data(max_entries=32, show_spinner=False)
def _thumbnail(file: str, changed: int) -> bytes:
    """The picture's middle square in thumbnail size, as JPEG; `changed` makes a new file a new entry."""
    picture = Image.fromarray(load_picture(file).pixels)
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    small = picture.crop((left, top, left + side, top + side)).resize(_THUMBNAIL, Image.Resampling.LANCZOS)
    encoded = BytesIO()
    small.save(encoded, "JPEG", quality=88)
    return encoded.getvalue()
