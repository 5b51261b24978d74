"""Every limit and default in one place, as validated, frozen values."""

import os
from dataclasses import dataclass
from pathlib import Path

PROGRAM_VERSION = "1.0.0"
MODELS_DIR = Path(__file__).resolve().parent.parent / "models"
ASSETS_DIR = Path(__file__).resolve().parent.parent / "assets"
DETECTOR_FILE, WAY_UP_FILE = ASSETS_DIR / "yunet.tflite", ASSETS_DIR / "way_up.tflite"
DEFAULT_THRESHOLD = 0.80
DEFAULT_MASK_THRESHOLD = 0.90
DEFAULT_CHILD_THRESHOLD = 0.50
PREFERRED_MODELS = ("masked-v9", "baseline-cnn")  # the first of these that is present is the default model
REPLICATE, CONSTANT, REFLECT = PADDINGS = ("replicate", "constant", "reflect")
MODELS_VARIABLE = "ABOVE_THE_MASK_MODELS"
TRAINED_DIR = Path(__file__).resolve().parent.parent / "trained"
DATA_DIR = Path(__file__).resolve().parent.parent / "data"
DATA_VARIABLE = "ABOVE_THE_MASK_DATA"


def models_dir() -> Path:
    """The folder of models of the dashboard: the environment's `ABOVE_THE_MASK_MODELS`, else the project's own."""
    return Path(os.environ.get(MODELS_VARIABLE) or MODELS_DIR)


def trained_dir() -> Path:
    """The folder of models that the dashboard trains: the environment's folder of models, else one beside ours."""
    own = os.environ.get(MODELS_VARIABLE)
    return Path(own) if own else TRAINED_DIR


def trainings_dir() -> Path:
    """The folder of trainings: their crops, checkpoints and logs; hidden within that of the models."""
    return trained_dir() / ".trainings"


def model_dirs() -> tuple[Path, ...]:
    """All folders of models, the shipped ones first; none twice."""
    return tuple(dict.fromkeys((models_dir(), trained_dir())))


def model_folder(name: str) -> Path:
    """Where a model of this name is, the shipped one where there are two; where it would be if there is none."""
    folders = [root / name for root in model_dirs()]
    return next((folder for folder in folders if folder.is_dir()), folders[0])


def data_dir() -> Path:
    """The folder of data sets to look for pictures in, whole: the environment's `ABOVE_THE_MASK_DATA`, else `data`."""
    return Path(os.path.expanduser(os.environ.get(DATA_VARIABLE) or DATA_DIR)).absolute()


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What one file may hold; both limits are checked before any pixel is decoded."""

    max_bytes: int = 25 * 1024 * 1024
    max_pixels: int = 50_000_000

    def __post_init__(self) -> None:
        if self.max_bytes < 1 or self.max_pixels < 1:
            raise ValueError(f"limits must be positive, got {self}")


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What of a video file is read.

    Attributes:
        max_bytes: Size of the file.
        max_seconds: Length; a file that says a greater one is refused.
        max_rate: Frames a second that are answered; the others are skipped.
        longest_side: Pixels to which larger frames are shrunk.
        max_pixels: Of one frame; enough for 5.3K of 16:9.
        max_frames: Frames in all, also those that are skipped; five minutes of 120 a second.
        max_frames_a_second: Frames within one second.
        max_decoded: Pixels of all frames together; five minutes of 4K at 30 frames a second.
    """

    max_bytes: int = 100 * 1024 * 1024
    max_seconds: float = 300.0
    max_rate: float = 15.0
    longest_side: int = 1280
    max_pixels: int = 16_000_000
    max_frames: int = 36_000
    max_frames_a_second: int = 1000
    max_decoded: int = 80_000_000_000

    def __post_init__(self) -> None:
        smallest = min(
            self.max_bytes, self.max_seconds, self.max_rate, self.max_pixels, self.max_frames,
            self.max_frames_a_second, self.max_decoded,
        )  # fmt: skip
        if smallest <= 0 or self.longest_side < 64:
            raise ValueError(f"limits must be positive, and frames at least 64 pixels, got {self}")


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What one session of the dashboard may hold in memory.

    Attributes:
        max_pictures: Number of pictures.
        max_bytes: Size of their encoded files together.
    """

    max_pictures: int = 500
    max_bytes: int = 400 * 1024 * 1024

    def __post_init__(self) -> None:
        if self.max_pictures < 1 or self.max_bytes < 1:
            raise ValueError(f"limits must be positive, got {self}")


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive of pictures may hold.

    Attributes:
        max_members: Files that are taken; the others are said.
        max_bytes: Their sizes together, unpacked.
        max_member_bytes: Size of one, unpacked, as `ImageLimits.max_bytes`.
        max_ratio: Unpacked size by packed size; pictures that are packed already do not reach 2.
        max_entries: Entries of its directory, folders and what systems add included; with more it is not opened.
    """

    max_members: int = 500
    max_bytes: int = 400 * 1024 * 1024
    max_member_bytes: int = 25 * 1024 * 1024
    max_ratio: int = 100
    max_entries: int = 20_000

    def __post_init__(self) -> None:
        if min(self.max_members, self.max_bytes, self.max_member_bytes, self.max_ratio, self.max_entries) < 1:
            raise ValueError(f"limits must be positive, got {self}")


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """Settings of the YuNet face detector.

    Attributes:
        score_threshold: Smallest detection score, in (0, 1).
        nms_threshold: Overlap (IoU) above which the weaker of two boxes is dropped, in (0, 1).
        longest_side: The picture is shrunk to this many pixels, or a fifth of its own, before the first look.
        retry: Look again (rotated, padded, in tiles) where the first look can be expected to miss.
    """

    score_threshold: float = 0.7
    nms_threshold: float = 0.3
    longest_side: int = 416
    retry: bool = True

    def __post_init__(self) -> None:
        if not (0 < self.score_threshold < 1 and 0 < self.nms_threshold < 1):
            raise ValueError(f"thresholds must lie between 0 and 1, got {self}")
        if self.longest_side < 64:
            raise ValueError(f"longest_side must be at least 64 pixels, got {self.longest_side}")


@dataclass(frozen=True, slots=True)
class CropRecipe:
    """How a face is cut out; stored in a model's metadata so that serving repeats training.

    Attributes:
        size: Side of the square crop, pixels.
        margin: Side of the square that is cut out, in multiples of the face's size (see
            `core.types.face_size`: the longer side of an upright box of usual proportions).
        padding: What fills the part outside the picture: one of `PADDINGS`.
    """

    size: int = 96
    margin: float = 1.8
    padding: str = REPLICATE

    def __post_init__(self) -> None:
        if not (isinstance(self.size, int) and 16 <= self.size <= 1024):
            raise ValueError(f"crop size must be 16 to 1024 whole pixels, got {self.size}")
        if not 0.5 <= self.margin <= 5:
            raise ValueError(f"crop margin must be 0.5 to 5, got {self.margin}")
        if self.padding not in PADDINGS:
            raise ValueError(f"padding must be one of {PADDINGS}, got {self.padding!r}")

    @property
    def options(self) -> str:
        """What `python -m core prepare` is told so that it cuts faces out like this."""
        padding = f" --padding {self.padding}" if self.padding != CropRecipe().padding else ""
        return f"--size {self.size} --margin {self.margin}{padding}"


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Where a face is too poor to judge; `core.vision.quality` defines the measures.

    Measured on 1,999 faces of utkface val, scut val, fairface train and lfw train, bare and with
    drawn masks: each limit flags one face or at most 1 % of the ordinary ones of every ethnicity.
    Of faces blurred by a Gaussian of 3 % of their size it flags 37 %, of 6 % 77 %; of those darkened
    to a tenth all, to a fifth 30 %.

    Too much light and mosaics were measured on 800 faces of utkface, aaf and scut val and fairface, lfw and
    mebeauty train, a quarter of them masked, and on the 407 of wild. As they are, the limits flag 1 of the
    800 (East Asian: 1 of 117; no other ethnicity any) and 2 of wild for their light, and none as a mosaic. Of faces
    lit by one stop more they flag 30 %, by two 71 % and by three 87 % (of wild 56, 86 and 97 %); of faces in 6
    to 24 squares across, saved as JPEG or scaled afterwards, all, and of 28 squares none.

    Attributes:
        min_face_px: Smallest side of the face box, pixels.
        min_sharpness: Smallest sharpness; half of the faces shrunk to 12 pixels lie above 0.11.
        min_brightness: Smallest mean luminance of forehead and eyes, 0 to 255; low enough
            for dark skin in ordinary light.
        max_turn: Largest yaw, 0 (frontal) to 1 (profile).
        max_brightness: Largest mean luminance of forehead and eyes, 0 to 255.
        max_clipped: Largest share of them that is white.
        max_mosaic: How far a face may be made of 5 to 25 squares across, 0 to 1.
    """

    min_face_px: float = 20.0
    min_sharpness: float = 0.10
    min_brightness: float = 20.0
    max_turn: float = 0.90
    max_brightness: float = 225.0
    max_clipped: float = 0.10
    max_mosaic: float = 0.20
