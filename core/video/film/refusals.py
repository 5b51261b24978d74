"""Why a film is not read, in words for a person."""

from typing import Any

from core.errors import VideoError
from core.settings import VideoLimits
from core.video.film.formats import NAMES, Kind

_SAVE_ANEW = "Save it anew as MP4 (H.264)."
_OTHER_KINDS = {
    Kind.PICTURE: ("not_a_video", "is a picture, not a film. Classify it where pictures are uploaded."),
    Kind.SOUND: ("no_video", "holds no moving picture, only sound. Choose another file."),
    Kind.OTHER: ("not_a_video", f"is not a video that can be read: its content is of another kind. Use {NAMES}."),
}


def other_kind(name: str, kind: Kind) -> VideoError:
    """The refusal of content that is no film."""
    code, words = _OTHER_KINDS[kind]
    return VideoError(code, f"'{name}' {words}")


def refusal(name: str, message: dict[str, Any], limits: VideoLimits) -> VideoError:
    """The refusal that a message of the reading process means: its code under "refused", and figures."""
    code = message["refused"]
    return VideoError(code, f"'{name}' {_words(code, message, limits)}")


def _words(code: str, figures: dict[str, Any], limits: VideoLimits) -> str:
    if code == "no_video":
        return "holds no moving picture, only sound, text or a cover picture. Choose another file."
    if code == "too_long":
        return f"is {figures['seconds']:.0f} seconds long; up to {limits.max_seconds:.0f} are read. Shorten it."
    if code == "too_many_pixels":
        size = f"{figures['width']} x {figures['height']}"
        return f"has frames of {size}; at most {limits.max_pixels / 1e6:.4g} megapixels are read. Make it smaller."
    if code == "too_many_frames":
        second = figures.get("second")
        where = "" if second is None else f" within its second {second}"
        most = limits.max_frames if second is None else limits.max_frames_a_second
        return f"has more than {most:,} frames{where}. Shorten it, or save it anew at 30 frames a second."
    if code == "too_complex":
        return f"asks for more time or memory than a film may. {_SAVE_ANEW}"
    if figures.get("still"):
        return "is a still picture, not a film. Classify it where pictures are uploaded."
    if "codec" in figures:
        return f"holds video of a kind that is not read ({figures['codec']}). {_SAVE_ANEW}"
    return "is not a video that can be read, or its beginning or index is missing. Choose another file."
