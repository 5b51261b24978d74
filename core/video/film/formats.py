"""Which container a film's content is, which codecs may be decoded, and in words why a film is not read.

FFmpeg by itself tries some 300 readers, among them texts that name other files or servers to open. Here
the first bytes choose one reader of a list, and nothing else is tried; a file's name is never looked at.
"""

from enum import StrEnum
from typing import Any

from core.errors import VideoError
from core.settings import VideoLimits
from core.vision.pictures.formats import boxes_end, format_of

NAMES = "MP4, MOV, WebM, MKV, AVI, MPEG, WMV, FLV, Ogg or GIF"
# Decoders of moving pictures in use, by FFmpeg's names; those of sound are never opened.
CODECS = frozenset({
    "h264", "hevc", "av1", "libdav1d", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg1video", "mpeg2video", "mpeg4",
    "msmpeg4v2", "msmpeg4", "h263", "flv", "mjpeg", "theora", "wmv1", "wmv2", "wmv3", "vc1", "prores", "dnxhd", "gif",
})  # fmt: skip
_SIGNATURES = (
    (b"\x1aE\xdf\xa3", "matroska"),
    (b"OggS", "ogg"),
    (b"FLV\x01", "flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"\0\0\x01\xba", "mpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)
# What a QuickTime file without `ftyp` begins with (QuickTime File Format Specification, 2001).
_OLD_QUICKTIME = {b"moov", b"mdat", b"wide", b"pnot", b"free", b"skip"}
_SOUND = (
    b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3", b"\xff\xe2", b"\xff\xf1", b"\xff\xf9",
    b"fLaC", b"#!AMR", b"MThd", b"caff", b"wvpk", b"MAC ", b"RF64", b"TTA1", b".snd", b"\x0b\x77",
)  # fmt: skip
_AIFF = (b"AIFF", b"AIFC")
_TS_PACKETS = ((188, 0), (192, 4), (204, 0))  # a packet's size and where its sync byte stands
_TS_SYNC = 0x47


class Kind(StrEnum):
    """What content that is no film is."""

    PICTURE = "picture"
    SOUND = "sound"
    OTHER = "other"


_SAVE_ANEW = "Save it again as MP4 (H.264)."
_OTHER_KINDS = {
    Kind.PICTURE: ("not_a_video", "is a picture, not a video. Upload it as a picture."),
    Kind.SOUND: ("no_video", "holds no moving picture, only sound. Choose another file."),
    Kind.OTHER: ("not_a_video", f"is not a video that can be read: its content is something else. Use {NAMES}."),
}


def container_of(data: bytes) -> str | Kind:
    """FFmpeg's name of the one reader for a film's content, or what the content is instead."""
    for signature, reader in _SIGNATURES:
        if data.startswith(signature):
            return reader
    if data.startswith(b"RIFF"):
        return {b"AVI ": "avi", b"WAVE": Kind.SOUND, b"WEBP": Kind.PICTURE}.get(data[8:12], Kind.OTHER)
    if format_of(data) is not None:
        return Kind.PICTURE
    if data[4:8] == b"ftyp" or (data[4:8] in _OLD_QUICKTIME and data[:1] == b"\0"):
        return "mov"
    if any(_is_transport_stream(data, size, at) for size, at in _TS_PACKETS):
        return "mpegts"
    is_sound = data.startswith(_SOUND) or (data.startswith(b"FORM") and data[8:12] in _AIFF)
    return Kind.SOUND if is_sound else Kind.OTHER


def _is_transport_stream(data: bytes, size: int, at: int) -> bool:
    """Whether the first five packets, or as many as there are, begin with the sync byte."""
    marks = data[at : at + 5 * size : size]
    return len(data) >= 2 * size and set(marks) == {_TS_SYNC}


def is_complete(data: bytes, container: str) -> bool | None:
    """Whether a film's file reaches as far as its own sizes say; None for containers that do not say it."""
    if container == "mov":
        return boxes_end(data) <= len(data)
    if container == "avi":
        return int.from_bytes(data[4:8], "little") + 8 <= len(data)
    return _segment_is_complete(data) if container == "matroska" else None


def other_kind(name: str, kind: Kind) -> VideoError:
    """The refusal of content that is no film."""
    code, words = _OTHER_KINDS[kind]
    return VideoError(code, f"'{name}' {words}")


def refusal(name: str, message: dict[str, Any], limits: VideoLimits) -> VideoError:
    """The refusal that a message of the reading process means: its code under "refused", and figures."""
    code = message["refused"]
    return VideoError(code, f"'{name}' {_words(code, message, limits)}")


def _segment_is_complete(data: bytes) -> bool | None:
    """The same of a Matroska file's one segment (RFC 8794: a size of ones alone is unknown)."""
    position = 4
    for expected in (b"", b"\x18\x53\x80\x67"):
        if not data.startswith(expected, position):
            return None
        position += len(expected)
        length = 9 - data[position].bit_length() if position < len(data) and data[position] else 0
        value = int.from_bytes(data[position : position + length], "big") & ((1 << 7 * length) - 1)
        if not length or value == (1 << 7 * length) - 1:
            return None
        position += length + value
    return position <= len(data)


def _words(code: str, figures: dict[str, Any], limits: VideoLimits) -> str:
    if code == "no_video":
        return "holds no moving picture, only sound, text or a cover picture. Choose another file."
    if code == "too_long":
        return f"is {figures['seconds']:.0f} seconds long; at most {limits.max_seconds:.0f} are read. Shorten it."
    if code == "too_many_pixels":
        size = f"{figures['width']} x {figures['height']}"
        return f"has frames of {size}; at most {limits.max_pixels / 1e6:.4g} megapixels are read. Make it smaller."
    if code == "too_many_frames":
        second = figures.get("second")
        where = "" if second is None else f" within its second {second}"
        most = limits.max_frames if second is None else limits.max_frames_a_second
        return f"has more than {most:,} frames{where}. Shorten it, or save it again at 30 frames per second."
    if code == "too_complex":
        return f"needs more time or memory than a video may use. {_SAVE_ANEW}"
    if figures.get("still"):
        return "is a still picture, not a video. Upload it as a picture."
    if "codec" in figures:
        return f"holds video in a format that is not supported ({figures['codec']}). {_SAVE_ANEW}"
    return "is not a video that can be read, or its beginning or index is missing. Choose another file."
