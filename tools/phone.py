"""`python -m tools phone`: pictures of 12 megapixels from the file to the rows, by an older checkout and by today's."""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from core.cli.arguments import place, positive
from core.cli.tables import page

if TYPE_CHECKING:
    import numpy as np

    from core.types import Face, Pixels

TODAY = Path(__file__).resolve().parents[1]
WIDTH, HEIGHT = 4032, 3024
KINDS = {
    "six faces of 110 to 130 pixels": (6, 110, 130),
    "six faces of 130 to 160 pixels": (6, 130, 160),
    "six faces of 160 to 240 pixels": (6, 160, 240),
    "six faces of 250 to 320 pixels": (6, 250, 320),
    "six faces of 480 to 700 pixels": (6, 480, 700),
    "one face of 1,400 pixels": (1, 1400, 1400),
}
"""How many faces, and how high the lowest and the highest are."""
GROUP = "the group of the samples, enlarged"
_ACROSS, _MARGIN = 3, 2.1  # Faces in a row; side of a cut in sizes of its face.
_LARGEST_GROWTH, _QUALITY, _GRAIN = 2.0, 88, 6
HEADINGS = ("picture", "rows before", "after", "ms before, shortest", "after", "ratio", "ratio of the medians")
FOOT = (
    "Pictures of {width} x {height} pixels drawn from the samples on grainy ground, and a photograph that was enlarged "
    "to as many, JPEG. Processor time of one core from the file to the rows, in turns, {rounds} rounds after one that "
    "does not count. Ratio: of the shortest times, after to before. {machine}."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("before", type=place, help="folder of the older checkout, such as 'git worktree add' makes")
    parser.add_argument("--after", type=place, default=TODAY, help="folder of the later checkout (default: this one)")
    parser.add_argument("--model", help="a model that both have (default: the default model of each)")
    parser.add_argument("--rounds", type=positive, default=7, metavar="N", help="how often (default: 7)")
    parser.add_argument("--seed", type=int, default=0, help="random seed of the pictures (default: 0)")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")


def run(options: argparse.Namespace) -> int:
    """Make a picture of each kind, put it before both, and print a row for each."""
    from core.evaluation.speed import machine_name
    from tools.checkouts import Checkout

    arguments = ("rows", *([options.model] if options.model else []))
    rows: list[tuple[str, ...]] = [HEADINGS]
    with (
        tempfile.TemporaryDirectory() as folder,
        Checkout(options.before, *arguments) as before,
        Checkout(options.after, *arguments) as after,
    ):
        for kind, file in write_pictures(Path(folder), options.seed):
            found = [(before.rows(file), after.rows(file)) for _ in range(options.rounds + 1)]
            counts = [count for count, _ in found[0]]
            times = list(zip(*((one[1], other[1]) for one, other in found[1:]), strict=True))
            rows.append(_row(kind, counts, times))
    foot = FOOT.format(width=WIDTH, height=HEIGHT, rounds=options.rounds, machine=machine_name())
    print(page("From the file to the rows", rows, range(1, len(HEADINGS)), foot, markdown=options.markdown))
    return 0


def _row(kind: str, counts: list[int], times: list[tuple[float, ...]]) -> tuple[str, ...]:
    (least, less), (middle, mid) = ([summed(taken) for taken in times] for summed in (min, median))
    ratios = f"{less / least:.2f}", f"{mid / middle:.2f}"
    return kind, *(str(count) for count in counts), f"{least:.0f}", f"{less:.0f}", *ratios


def write_pictures(folder: Path, seed: int) -> Iterator[tuple[str, Path]]:
    """Write a picture of each of `KINDS` and the `GROUP`; yields its kind and its file."""
    import cv2

    for number, (kind, pixels) in enumerate(_pictures(seed)):
        file = folder / f"{number}.jpg"
        _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        file.write_bytes(data.tobytes())
        yield kind, file


def _pictures(seed: int) -> "Iterator[tuple[str, Pixels]]":
    import numpy as np

    from core.benchmark.steps import scaled
    from core.settings import ASSETS_DIR
    from core.vision.detection.faces import FaceDetector
    from core.vision.pictures.decode import load_picture

    detector, random = FaceDetector(), np.random.default_rng(seed)
    samples = {path.stem: load_picture(path).pixels for path in sorted((ASSETS_DIR / "samples").glob("*.jpg"))}
    people = [(pixels, faces[0]) for pixels in samples.values() if len(faces := detector.detect(pixels)) == 1]
    for kind, (count, lowest, highest) in KINDS.items():
        yield kind, _drawn(people, np.linspace(lowest, highest, count).tolist(), random)
    yield GROUP, scaled(samples["group"], WIDTH * HEIGHT)


def _drawn(people: "list[tuple[Pixels, Face]]", sizes: list[float], random: "np.random.Generator") -> "Pixels":
    """A picture with faces of the given sizes, each of another person, anywhere within its part of it."""
    import numpy as np

    from core.types import face_size
    from core.vision.warping import similarity, warp

    canvas = _ground(random)
    order = random.permutation(len(people))
    columns = min(_ACROSS, len(sizes))
    rows = -(-len(sizes) // columns)
    part = WIDTH // columns, HEIGHT // rows
    for number, size in enumerate(sizes):
        fine = [at for at in order if face_size(people[at][1]) * _LARGEST_GROWTH >= size]
        pixels, face = people[fine[number % len(fine)] if fine else _finest(people)]
        side = min(round(_MARGIN * size), *part)
        matrix = similarity(face.box.center, 0.0, size / face_size(face), (side, side))
        left = number % columns * part[0] + int(random.integers(0, part[0] - side + 1))
        top = number // columns * part[1] + int(random.integers(0, part[1] - side + 1))
        canvas[top : top + side, left : left + side] = warp(pixels, matrix, (side, side))
    noise = random.normal(0, _GRAIN, (HEIGHT, WIDTH, 1)).astype(np.float32)
    return np.asarray(np.clip(canvas + noise, 0, 255), np.uint8)


def _finest(people: "list[tuple[Pixels, Face]]") -> int:
    from core.types import face_size

    return max(range(len(people)), key=lambda at: face_size(people[at][1]))


def _ground(random: "np.random.Generator") -> "Pixels":
    """Soft light and shade, as of a wall."""
    import cv2
    import numpy as np

    coarse = random.uniform(90, 190, (7, 9, 3)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).clip(0, 255), np.uint8)
