"""Pictures as a phone takes them: many megapixels, which are searched at half their sides."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from core.classify.pipeline import Classifier, Upload
from core.results import FaceResult
from core.settings import ASSETS_DIR
from core.types import Pixels
from core.vision.pictures.decode import load_picture
from tests.unit.portraits import detector, head

WIDTH, HEIGHT = 2400, 1801


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load("baseline-cnn")


def scene(*faces: tuple[str, int, int, int]) -> Pixels:
    """Heads (name, size, left, top) on a soft ground."""
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:] = np.linspace(90, 160, WIDTH, dtype=np.uint8)[:, np.newaxis]
    for name, size, left, top in faces:
        cut = head(name, size)
        pixels[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    return pixels


def phone(pixels: Pixels, orientation: int = 1) -> bytes:
    """A JPEG whose pixels lie as this EXIF orientation, 1 or 6, says."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(np.rot90(pixels, 1 if orientation == 6 else 0))).save(
        file, "JPEG", quality=92, exif=exif
    )
    return file.getvalue()


LARGE, SMALL = ("obama", 700, 200, 300), ("biden", 110, 1700, 1300)


@pytest.mark.parametrize("orientation", [1, 6])
def test_large_faces_are_the_same_where_the_picture_is_kept(classifier: Classifier, orientation: int) -> None:
    data = phone(scene(LARGE), orientation)
    whole, streamed = both(classifier, data)
    assert len(whole) == len(streamed) == 1
    near(whole[0], streamed[0], within=0.01)


def test_a_face_that_is_small_is_cut_from_the_whole_picture(classifier: Classifier) -> None:
    whole, streamed = both(classifier, phone(scene(LARGE, SMALL)))
    assert len(whole) == len(streamed) == 2
    for one, other in zip(whole, streamed, strict=True):
        near(one, other, within=0.06)  # the small one has 17 pixels in the first look: its box is that exact
    detail = [float(np.abs(np.diff(face.crop.astype(int), axis=1)).mean()) for face in (whole[1], streamed[1])]
    assert detail[1] == pytest.approx(detail[0], rel=0.1), "at half its sides it would be blurred"


def both(classifier: Classifier, data: bytes) -> tuple[tuple[FaceResult, ...], tuple[FaceResult, ...]]:
    """Faces of a picture that is kept, which is turned upright whole, and of one that is not."""
    upload = Upload("phone.jpg", data)
    (streamed,) = classifier.classify_many([upload])
    return classifier.classify(upload).faces, streamed.faces


def near(one: FaceResult, other: FaceResult, within: float) -> None:
    boxes = np.array([[face.face.box.left, face.face.box.top, face.face.box.right, face.face.box.bottom]
                      for face in (one, other)])  # fmt: skip
    assert np.abs(boxes[1] - boxes[0]).max() <= within * one.face.box.height
    assert np.abs(np.subtract(other.face.landmarks, one.face.landmarks)).max() <= 2 * within * one.face.box.height
    assert other.quality.face_px == pytest.approx(one.quality.face_px, rel=2 * within)
    assert other.quality.reasons == one.quality.reasons
    assert np.abs(other.crop.astype(int) - one.crop).mean() < (5 if within < 0.02 else 20)
    assert other.p_female == pytest.approx(one.p_female, abs=0.15)


def test_a_face_is_the_same_in_another_format(classifier: Classifier) -> None:
    pixels, file = scene(LARGE, SMALL), BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    data = phone(pixels)
    for answers in zip(both(classifier, file.getvalue())[1], both(classifier, data)[1], strict=True):
        near(*answers, within=0.06)


def test_a_large_picture_without_a_face_has_its_row(classifier: Classifier) -> None:
    (plain,) = classifier.classify_many([Upload("a.jpg", phone(scene()))])
    assert plain.code == "no_face"
    (asked,) = classifier.classify_many([Upload("a.jpg", phone(scene()))], assume_crop=True)
    box = asked.faces[0].face.box
    assert (box.right, box.bottom) == (WIDTH, HEIGHT - 1), "to the pixel that an odd side has beyond its half"


def test_one_plain_face_among_dim_ones_does_not_end_the_search_of_a_large_picture() -> None:
    """Eight masked faces 140 pixels high in 12 megapixels: the first look has them at 28, and finds six of them."""
    names = [
        "man-dark",
        "woman-blurred",
        "man-headdress",
        "woman-veil",
        "woman-gaiter",
        "woman-hand",
        "biden-gaiter",
        "man-valve",
    ]
    scene = np.full((3000, 4000, 3), 128, np.uint8)
    for number, name in enumerate(names):
        sample = load_picture(ASSETS_DIR / "samples" / f"{name}.jpg").pixels
        height = max(face.box.height for face in detector().detect(sample))
        small = cv2.resize(sample, None, fx=140 / height, fy=140 / height, interpolation=cv2.INTER_AREA)
        if number:
            small = (0.4 * small + 0.6 * 128).astype(np.uint8)
        top, left = 300 + number // 4 * 1350, 200 + number % 4 * 950
        scene[top : top + small.shape[0], left : left + small.shape[1]] = small
    assert len(detector().detect(scene)) == 8
