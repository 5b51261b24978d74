"""Files that systems put beside a user's own: hidden ones, thumbnails, indexes, recycle bins."""

_FOLDERS = frozenset({"__macosx", "@eadir", "#recycle", "@recycle", "$recycle.bin", "system volume information"})
_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini"})


def is_clutter(path: str) -> bool:
    """Whether a path is hidden, lies in a hidden folder, or is what a system or a storage device adds by itself.

    Args:
        path: Relative, with slashes or backslashes; a single name too.
    """
    parts = path.replace("\\", "/").lower().split("/")
    return parts[-1] in _FILES or any(
        part in _FOLDERS or (part.startswith(".") and part not in (".", "..")) for part in parts
    )
