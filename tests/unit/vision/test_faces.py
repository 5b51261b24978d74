"""Pictures go in, faces come out: turned, tight, small, many, at the edge, or none."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import Base

from core.settings import ASSETS_DIR, DetectorSettings
from core.types import Box, Face, Pixels, face_size, roll_of
from core.vision.detection import retries
from core.vision.detection.faces import CROWD_NOTE, REDUCED_NOTE, FaceDetector, reading_order, whole_picture_face
from core.vision.detection.retries import merged, shared
from core.vision.pictures.decode import decode_picture, load_picture
from tests.unit.picture_files import encoded
from tests.unit.portraits import NAMES, detector, head, portrait, portrait_face, resized, turned
from tools.in_front import put_before

CASES = Path(__file__).parents[2] / "cases"


def face_at(x: float, y: float, size: float, score: float = 0.9) -> Face:
    box = Box(x - 0.38 * size, y - size / 2, x + 0.38 * size, y + size / 2)
    points = tuple((x + across * size, y + down * size) for across, down in
                   ((-0.18, -0.12), (0.18, -0.12), (0.0, 0.08), (-0.15, 0.23), (0.15, 0.23)))  # fmt: skip
    return Face(box, points, score)


def one_face(sample: str) -> tuple[Pixels, Face]:
    pixels = load_picture(ASSETS_DIR / "samples" / f"{sample}.jpg").pixels
    (face,) = detector().detect(pixels)
    return pixels, face


@pytest.mark.parametrize("name", NAMES)
def test_a_portrait_has_one_face_with_its_landmarks_in_place(name: str) -> None:
    face = portrait_face(name)
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert face.score > 0.9
    assert left_eye[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    assert all(face.box.left < x < face.box.right and face.box.top < y < face.box.bottom for x, y in face.landmarks)


@pytest.mark.parametrize("degrees", range(0, 360, 45))
@pytest.mark.parametrize("name", NAMES)
def test_a_turned_portrait_is_found_and_its_roll_is_told(name: str, degrees: int) -> None:
    (face,) = detector().detect(turned(portrait(name), degrees))
    expected = roll_of(portrait_face(name)) - math.radians(degrees)
    assert abs(math.remainder(roll_of(face) - expected, 2 * math.pi)) < math.radians(9)
    assert face_size(face) == pytest.approx(face_size(portrait_face(name)), rel=0.15)


@pytest.mark.parametrize("name", NAMES)
def test_a_crop_without_margin_is_found_also_when_squashed(name: str) -> None:
    box = portrait_face(name).box
    crop = portrait(name)[int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
    for picture in (crop, cv2.resize(crop, (160, 160)).astype(np.uint8)):
        (face,) = detector().detect(picture)
        whole = Box(0, 0, picture.shape[1], picture.shape[0])
        assert face.box.overlap(whole) > 0.6


@pytest.mark.parametrize("size", [24, 32, 64, 128])
def test_a_small_face_is_found_in_a_small_picture(size: int) -> None:
    (face,) = detector().detect(head("obama", size))
    assert face_size(face) == pytest.approx(size, rel=0.2)


@pytest.mark.parametrize("size", [48, 110])
def test_thirty_small_faces_in_a_large_picture_come_in_reading_order(size: int) -> None:
    canvas = np.full((3000, 4000, 3), 170, np.uint8)
    places = []
    for number in range(30):
        tile = head(NAMES[number % 3], size)
        row, column = divmod(number, 10)
        top, left = 500 + 800 * row + (column % 3) * size // 6, 200 + 370 * column
        canvas[top : top + len(tile), left : left + len(tile)] = tile
        places.append((left + len(tile) / 2, top + len(tile) / 2))
    faces = detector().detect(canvas)
    assert len(faces) == 30
    assert all(math.dist(face.box.center, place) < size / 3 for face, place in zip(faces, places, strict=True))


def test_a_face_at_the_edge_is_found_with_a_box_that_may_reach_beyond() -> None:
    box = portrait_face("astronaut").box
    cut = round(box.left + 0.3 * box.width)
    (face,) = detector().detect(np.ascontiguousarray(portrait("astronaut")[:, cut:]))
    assert face.box.left < 0.1 * box.width
    assert face.box.center[1] == pytest.approx(box.center[1], abs=0.2 * box.height)


@pytest.mark.parametrize("shape", [(1, 1), (1, 60_000), (60_000, 1), (3, 900), (48, 64), (480, 640), (2000, 1500)])
def test_no_face_gives_an_empty_list(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert detector().detect(noise) == []
    assert detector().detect(np.full((*shape, 3), 200, np.uint8)) == []


def test_clothes_and_backgrounds_are_no_faces() -> None:
    for name in NAMES:
        box = portrait_face(name).box
        below = portrait(name)[round(box.bottom + 0.3 * box.height) :]
        assert detector().detect(np.ascontiguousarray(below)) == []


def test_retries_can_be_switched_off() -> None:
    tiny = head("obama", 10)
    assert FaceDetector(DetectorSettings(retry=False)).detect(tiny) == []
    assert len(detector().detect(tiny)) == 1


def test_the_picture_is_not_changed_and_may_be_read_only_or_a_view() -> None:
    pixels = portrait("obama").copy()
    before = pixels.copy()
    pixels.flags.writeable = False
    faces = detector().detect(pixels)
    assert np.array_equal(pixels, before)
    mirrored = detector().detect(pixels[:, ::-1])
    assert mirrored[0].box.center[0] == pytest.approx(pixels.shape[1] - faces[0].box.center[0], abs=8)


def test_eight_threads_give_the_answers_of_one() -> None:
    shared = FaceDetector()
    pictures = [resized(portrait(name), scale) for name in NAMES for scale in (0.4, 0.7, 1.0)] * 3
    alone = [shared.detect(picture) for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shared.detect, pictures)) == alone


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        detector().detect(np.zeros((10, 10), np.uint8))


def test_the_whole_picture_is_a_frontal_upright_face() -> None:
    face = whole_picture_face(np.zeros((120, 80, 3), np.uint8))
    assert (face.box, face.score, face.detected) == (Box(0, 0, 80, 120), 0.0, False)
    assert roll_of(face) == 0
    assert all(0 < x < 80 and 0 < y < 120 for x, y in face.landmarks)


@given(st.permutations(range(12)), st.lists(st.floats(-0.2, 0.2), min_size=12, max_size=12))
def test_reading_order_does_not_depend_on_the_order_of_finding(order: list[int], shifts: list[float]) -> None:
    faces = [face_at(100 + 120 * (n % 4), 100 + 100 * (n // 4) + 50 * shifts[n], 50) for n in range(12)]
    assert reading_order([faces[n] for n in order]) == faces


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 500), st.floats(20, 200)), max_size=12))
def test_no_face_is_lost_or_made_in_reading_order(places: list[tuple[float, float, float]]) -> None:
    faces = [face_at(*place) for place in places]
    assert sorted(map(repr, reading_order(faces))) == sorted(map(repr, faces))


def test_of_two_boxes_of_one_face_the_known_one_then_the_stronger_one_stays() -> None:
    known, same, weak = face_at(100, 100, 80, 0.7), face_at(100, 95, 70), face_at(300, 100, 80, 0.8)
    strong = face_at(305, 102, 82, 0.95)
    assert merged([known], [same, weak, strong]) == [known, strong]


@pytest.mark.parametrize("size", [20, 40])
def test_a_much_smaller_box_within_another_is_a_face_of_its_own(size: int) -> None:
    large, small = face_at(100, 100, 80), face_at(100, 100, size, 0.8)
    assert merged([large], [small]) == [large, small]


@pytest.mark.parametrize(("file", "shares"), [("s25-x40-y75", 0.25), ("s50-x50-y50", 0.5)])
def test_a_face_in_front_of_another_one_is_found_beside_it(file: str, shares: float) -> None:
    faces = detector().detect(load_picture(CASES / f"{file}.jpg").pixels)
    assert len(faces) == 2
    small, large = sorted(faces, key=face_size)
    assert shared(small, large) > 0.5
    assert face_size(small) < 1.2 * shares * face_size(large)


@pytest.mark.parametrize(
    ("large", "small", "size", "across"),
    [("man-elderly", "man-glasses", 0.25, 0.75), ("woman-veil", "woman-gaiter", 0.3, 0.25)],
)
def test_a_masked_face_before_a_masked_face_is_one_too(large: str, small: str, size: float, across: float) -> None:
    (host, face), (other, its_face) = (one_face(name) for name in (large, small))
    pixels, box = put_before(host, face, other, its_face, size, across)
    faces = detector().detect(pixels)
    assert len(faces) == 2
    assert min(faces, key=face_size).box.overlap(box) > 0.5


@pytest.mark.parametrize(("x", "y", "size", "count"), [(186, 190, 120, 1), (200, 240, 120, 2), (180, 187, 90, 2)])
def test_what_begins_at_a_faces_eye_and_is_more_than_half_as_large_is_a_part_of_it(
    monkeypatch: pytest.MonkeyPatch, x: float, y: float, size: float, count: int
) -> None:
    finds = [face_at(200, 200, 200, 0.95), face_at(x, y, size, 0.4)]
    monkeypatch.setattr(FaceDetector, "_look", lambda *_: finds)
    monkeypatch.setattr("core.vision.detection.faces.look_closely", lambda _, pixels, face: replace(face, score=0.88))
    assert len(FaceDetector(DetectorSettings(retry=False)).detect(np.zeros((400, 400, 3), np.uint8))) == count


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_group_on_its_side_or_head_keeps_all_its_faces(quarters: int) -> None:
    pixels = load_picture(ASSETS_DIR / "samples" / "group.jpg").pixels
    upright = detector().detect(pixels)
    found = detector().detect(np.ascontiguousarray(np.rot90(pixels, quarters)))
    assert len(found) == len(upright) == 6
    for face in found:
        assert abs(math.remainder(roll_of(face) + quarters * math.pi / 2, 2 * math.pi)) < math.radians(20)


@pytest.mark.parametrize("quarters", range(4))
def test_masked_faces_are_found_the_right_way_up_or_said_to_be_unsure(quarters: int) -> None:
    pictures = [load_picture(path).pixels for path in sorted((ASSETS_DIR / "samples").glob("*.jpg"))]
    wrong = 0
    for pixels in pictures:
        for face in detector().detect(np.ascontiguousarray(np.rot90(pixels, quarters))):
            right = abs(math.remainder(roll_of(face) + quarters * math.pi / 2, 2 * math.pi)) < math.radians(25)
            wrong += not right and face.way_up_known
    assert wrong <= (0 if quarters == 0 else 0.2 * len(pictures))


@pytest.mark.parametrize(("orientation", "degrees"), [(3, 180), (6, -90), (8, 90)])
@pytest.mark.parametrize("name", ["obama-cloth", "woman-headscarf", "group"])
def test_a_tag_that_is_out_of_date_turns_no_face(name: str, orientation: int, degrees: int) -> None:
    """The pixels stand upright already: readers that believe the tag turn them."""
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    with Image.open(ASSETS_DIR / "samples" / f"{name}.jpg") as upright:
        picture = decode_picture(encoded(upright, "JPEG", exif=exif), "stale.jpg").pixels
        expected = detector().detect(np.asarray(upright.convert("RGB")))
    found = detector().detect(picture)
    assert len(found) == len(expected)
    for face in found:
        right = abs(math.remainder(roll_of(face) + math.radians(degrees), 2 * math.pi)) < math.radians(25)
        assert right or not face.way_up_known


@pytest.mark.parametrize("shape", [(2000, 9000), (3000, 16_000), (6000, 8000)])
def test_faces_of_a_panorama_are_found_by_their_pixels(shape: tuple[int, int]) -> None:
    canvas, told = np.full((*shape, 3), 150, np.uint8), list[str]()
    for number, size in enumerate((48, 64, 90, 120)):
        tile = head(NAMES[number % 3], size)
        left, top = 400 + shape[1] // 4 * number, 300 + shape[0] // 6 * number
        canvas[top : top + len(tile), left : left + len(tile)] = tile
    assert len(detector().at(1, tell=told.append).detect(canvas)) == 4
    assert told == []


def test_a_picture_beyond_the_largest_look_is_said_to_be_searched_at_reduced_size() -> None:
    told: list[str] = []
    detector().at(1, tell=told.append).detect(np.full((6500, 8000, 3), 150, np.uint8))
    assert told == [REDUCED_NOTE]


def test_of_too_many_places_so_many_are_looked_at_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "MOST_FINDS", 5)
    tile = head("obama", 110)
    canvas, told = np.tile(tile, (3, 4, 1)), list[str]()
    assert len(detector().at(1, tell=told.append).detect(canvas)) == 5
    assert told == [CROWD_NOTE.format(most=5)]


@pytest.mark.parametrize("size", [60, 90, 120])
def test_beside_a_sure_face_a_doubtful_one_needs_more_than_alone(size: int) -> None:
    blurred = cv2.GaussianBlur(head("astronaut", size), (0, 0), 0.08 * size)
    canvas = np.full((300, 416, 3), 150, np.uint8)
    canvas[40 : 40 + len(blurred), 10 : 10 + len(blurred)] = blurred
    assert len(detector().detect(canvas)) == 1
    sharp = head("obama", size)
    canvas[40 : 40 + len(sharp), 210 : 210 + len(sharp)] = sharp
    (face,) = detector().detect(canvas)
    assert face.box.left > 200
    canvas[40 : 40 + len(sharp), 10 : 10 + len(sharp)] = head("biden", size)
    assert len(detector().detect(canvas)) == 2
