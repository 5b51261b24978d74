"""Files that systems put beside a user's own: hidden ones, thumbnails, indexes, recycle bins."""

# Of macOS, Windows, Android, Linux, and of network storage by Synology and QNAP.
_FOLDERS = frozenset({
    "__macosx", "network trash folder", "temporary items", "$recycle.bin", "recycler", "system volume information",
    "lost.dir", "lost+found", "@eadir", "@tmp", "#recycle", "#snapshot", "@recycle", "@recently-snapshot",
})  # fmt: skip
_FILES = frozenset({"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r"})


def is_clutter(path: str) -> bool:
    """Whether a path is hidden, lies in a hidden folder, or is what a system or a storage device adds by itself.

    Args:
        path: Relative, with slashes or backslashes; a single name too.
    """
    parts = path.replace("\\", "/").lower().split("/")
    return parts[-1] in _FILES or any(
        part in _FOLDERS or (part.startswith(".") and part not in (".", "..")) for part in parts
    )
