"""Pictures and answers go in; pictures with boxes and readable tags come out."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.heads import GENDER, HEADS
from core.results import Decision, FaceResult, Label, Prediction, Quality, Reason
from core.types import Box, Face, Pixels
from core.vision.annotate.draw import STYLES, annotate, tag_text
from core.vision.annotate.layout import MIN_FONT_PX, Canvas, Places, canvas_for, place_tag

GREY = 120


def answer(box: Box, label: Label = Label.FEMALE, p_female: float | None = None) -> FaceResult:
    at = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)]
    points = tuple((box.left + x * box.width, box.top + y * box.height) for x, y in at)
    probability = {Label.FEMALE: 0.93, Label.MALE: 0.03, Label.UNCERTAIN: 0.61}[label] if p_female is None else p_female
    reasons = (Reason.LOW_CONFIDENCE,) if label is Label.UNCERTAIN else ()
    crop = np.zeros((8, 8, 3), np.uint8)
    face, quality = Face(box, points, 0.9), Quality(box.width, 1, 100, 0)
    return FaceResult(face, quality, Prediction(probability), Decision(label, reasons), crop)


def wall(width: int = 640, height: int = 480) -> Pixels:
    return np.full((height, width, 3), GREY, np.uint8)


def share_of(pixels: Pixels, colour: tuple[int, int, int]) -> float:
    return float((pixels == np.array(colour, np.uint8)).all(axis=-1).mean())


def changed(before: Pixels, after: Pixels) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of all that differs."""
    rows, columns = np.nonzero((before != after).any(axis=-1))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize(
    ("label", "p_female", "text"),
    [
        (Label.FEMALE, 0.93, ("1 Female", "93 %")),
        (Label.MALE, 0.07, ("1 Male", "93 %")),
        (Label.UNCERTAIN, 0.39, ("1 Uncertain", "leans male 61 %")),
        (Label.UNCERTAIN, 0.7999, ("1 Uncertain", "leans female 79 %")),
        (Label.FEMALE, 0.999, ("1 Female", "99 %")),
        (Label.FEMALE, 1.0, ("1 Female", "100 %")),
        (Label.UNCERTAIN, 0.5, ("1 Uncertain", "leans female 50 %")),
    ],
)
def test_a_tag_tells_number_label_and_the_probability_of_the_likelier_gender(
    label: Label, p_female: float, text: tuple[str, str]
) -> None:
    assert tag_text(1, answer(Box(0, 0, 9, 9), label, p_female)) == text


def test_the_input_is_left_as_it_is_and_the_output_is_a_new_picture() -> None:
    before = wall()
    before.flags.writeable = False
    after = annotate(before, [answer(Box(200, 200, 300, 320))])
    assert (before == GREY).all()
    assert after.shape == before.shape
    assert after.dtype == np.uint8
    assert after.flags.writeable
    assert not np.shares_memory(before, after)


def test_without_faces_the_picture_is_the_same_of_any_size() -> None:
    for pixels in (wall(20, 10), wall()):
        assert np.array_equal(annotate(pixels, []), pixels)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        annotate(np.zeros((4, 4), np.uint8), [])


@pytest.mark.parametrize("label", Label)
def test_each_label_has_its_colour_on_line_and_tag(label: Label) -> None:
    after = annotate(wall(), [answer(Box(200, 200, 320, 340), label)])
    for part in (after[180:200, 200:320], after[200:340, 200:206]):
        assert share_of(part, STYLES[label].fill) > 0.03
    assert share_of(after, STYLES[label].ink) > 0.0001
    assert (after[240:300, 240:280] == GREY).all(), "the face itself stays free"


def test_an_uncertain_face_has_a_broken_line_and_others_have_not() -> None:
    def line(label: Label) -> NDArray[np.bool_]:
        after = annotate(wall(), [answer(Box(200, 200, 320, 340), label)])
        strip = after[210:330, 200:206]
        return (strip == np.array(STYLES[label].fill, np.uint8)).all(axis=-1).any(axis=1)

    assert line(Label.FEMALE).all()
    assert line(Label.MALE).all()
    uncertain = line(Label.UNCERTAIN)
    assert sum(one != other for one, other in pairwise(uncertain)) > 6


def _luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_letters_have_contrast_and_labels_differ_in_lightness() -> None:
    assert set(STYLES) == set(Label)
    assert min(_contrast(style.fill, style.ink) for style in STYLES.values()) >= 4.5
    assert min(_contrast(a.fill, b.fill) for a, b in combinations(STYLES.values(), 2)) >= 2
    assert len({HEADS[GENDER].words[label] for label in STYLES}) == 3


def test_the_tag_is_above_the_box_or_below_it_at_the_upper_edge() -> None:
    before = wall()
    left, top, right, bottom = changed(before, annotate(before, [answer(Box(200, 200, 300, 320))]))
    assert top < 190
    assert bottom == 320
    left, top, right, bottom = changed(before, annotate(before, [answer(Box(200, 0, 300, 120))]))
    assert top == 0
    assert bottom > 130
    assert (left, right >= 300) == (200, True)


@pytest.mark.parametrize("side", [24, 60, 120, 300, 479])
def test_small_pictures_grow_by_a_whole_number_until_letters_can_be_read(side: int) -> None:
    after = annotate(wall(side, side), [answer(Box(side * 0.2, side * 0.2, side * 0.8, side * 0.8))])
    assert after.shape[0] % side == 0
    assert 480 <= after.shape[0] < 2 * 480


def test_a_crowd_of_tiny_faces_grows_too_but_large_pictures_never_do() -> None:
    tiny = [Box(x, 50, x + 20, 74) for x in range(0, 600, 60)]
    assert canvas_for(640, 480, tiny).factor == 2
    assert canvas_for(1601, 900, tiny).factor == 1
    assert canvas_for(640, 480, [Box(0, 0, 100, 100)]).factor == 1


@pytest.mark.parametrize("longest", [480, 1000, 4000, 8000])
def test_lines_and_letters_keep_their_size_on_the_screen(longest: int) -> None:
    canvas = Canvas(longest, longest // 2, 1)
    for face in (longest // 40, longest // 8, longest // 2):
        size, width = canvas.font_size((0, 0, face, face)), canvas.line_width((0, 0, face, face))
        assert size >= MIN_FONT_PX
        assert size * 1000 / longest >= 12, "on a screen 1000 pixels wide"
        assert 2 <= width <= max(2, face / 10)


Rectangle = tuple[int, int, int, int]


def tagged(size: tuple[int, int], boxes: list[Rectangle], canvas: Canvas) -> list[Rectangle]:
    """The tags of all boxes, placed one after another."""
    tags: list[Rectangle] = []
    for box in boxes:
        tags.append(place_tag(size, box, Places(canvas, boxes), Places(canvas, tags), canvas))
    return tags


@given(st.lists(st.tuples(*[st.integers(0, 399)] * 2, *[st.integers(1, 300)] * 2), min_size=1, max_size=12))
def test_what_rectangles_hide_of_another_is_counted_by_neighbourhood(corners: list[Rectangle]) -> None:
    rectangles = [(x, y, min(x + w, 400), min(y + h, 400)) for x, y, w, h in corners]
    place, others = rectangles[0], rectangles[1:]
    shown = np.zeros((400, 400), int)
    for left, top, right, bottom in others:
        shown[top:bottom, left:right] += 1
    hidden = int(shown[place[1] : place[3], place[0] : place[2]].sum())
    assert Places(Canvas(400, 400, 1), others).hidden(place) == hidden


def test_tags_of_thirty_faces_do_not_cover_each_other() -> None:
    canvas = Canvas(1280, 960, 2)
    boxes = [
        (40 + 120 * (i % 10), 120 + 290 * (i // 10), 116 + 120 * (i % 10), 210 + 290 * (i // 10)) for i in range(30)
    ]
    tags = tagged((96, 36), boxes, canvas)
    for one, other in combinations(tags, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_tags_of_two_faces_that_overlap_are_kept_apart() -> None:
    tags = tagged((110, 20), [(250, 150, 350, 270), (260, 155, 360, 280)], Canvas(600, 400, 1))
    assert tags[0][3] <= 150
    assert tags[1][1] >= 270


NUMBERS = st.floats(-300, 900)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 700),
    st.integers(1, 700),
    st.lists(st.tuples(NUMBERS, NUMBERS, st.floats(0.5, 600), st.floats(0.5, 600), st.sampled_from(Label)), max_size=5),
)
def test_any_boxes_on_any_picture_are_drawn(
    width: int, height: int, faces: list[tuple[float, float, float, float, Label]]
) -> None:
    answers = [answer(Box(x, y, x + w, y + h), label) for x, y, w, h, label in faces]
    after = annotate(wall(width, height), answers)
    assert after.shape[0] * width == after.shape[1] * height
    assert bool((after != GREY).any()) == bool(faces)


@given(
    st.tuples(st.integers(1, 300), st.integers(1, 100)),
    st.lists(st.tuples(NUMBERS, NUMBERS, st.floats(0.5, 600), st.floats(0.5, 600)), min_size=1, max_size=6),
)
def test_tags_stay_inside_the_picture(size: tuple[int, int], boxes: list[tuple[float, float, float, float]]) -> None:
    canvas = Canvas(500, 300, 1)
    rectangles = [canvas.rectangle(Box(x, y, x + w, y + h)) for x, y, w, h in boxes]
    for rectangle, (left, top, right, bottom) in zip(rectangles, tagged(size, rectangles, canvas), strict=True):
        assert 0 <= rectangle[0] < rectangle[2] <= 500
        assert 0 <= rectangle[1] < rectangle[3] <= 300
        assert (right - left, bottom - top) == size
        assert left >= 0
        assert top >= 0
        assert right <= 500
        assert bottom <= 300
