"""Caps with a brim and its shadow, knitted and surgical caps, hats and hoods."""

import numpy as np

from core.training.occluders.scene import BROW, HEAD, Points, Scene, curve, random_colour


def headwear(scene: Scene, rng: np.random.Generator) -> None:
    """Put something on the head."""
    kind = (_cap, _knitted, _surgical, _hood)[int(rng.choice(4, p=(0.35, 0.25, 0.15, 0.25)))]
    kind(scene, rng)


def _crown(low: float, sag: float, wide: float, top: float) -> Points:
    """All above a line over the brow, as a dome (n, 2): at the sides `low`, in the middle `sag` lower."""
    brow = curve([(-wide, low), (0, low + 2 * sag), (wide, low)], 16)
    dome = curve([(wide, low), (wide * 1.3, top), (-wide * 1.3, top), (-wide, low)], 20)
    return np.concatenate([brow, dome])


def _cap(scene: Scene, rng: np.random.Generator) -> None:
    """A cap or a hat: a crown, a brim before it, and the brim's shadow on brow and eyes."""
    colour = random_colour(rng)
    low, wide = BROW - float(rng.uniform(0.0, 0.14)), HEAD + float(rng.uniform(-0.03, 0.05))
    reach = float(rng.uniform(0.05, 0.2))
    shade = scene.cover([_crown(low + reach + rng.uniform(0.02, 0.14), 0.03, wide * 0.9, -0.6)], soft=0.03)
    scene.darken(shade, float(rng.uniform(0.15, 0.65)))
    scene.paint(scene.cover([_crown(low, 0.02, wide, -1.15)], 0.006), scene.cloth(colour, rng, (5, 4), 0.09))
    spread = wide * float(rng.choice((0.85, 1.45), p=(0.8, 0.2)))  # a hat's goes all round
    lean = float(rng.uniform(-0.05, 0.05))
    upper = curve([(-spread, low + 0.03 - lean), (0, low - 0.05), (spread, low + 0.03 + lean)], 16)
    lower = curve([(spread, low + 0.03 + lean), (0, low + 2 * reach), (-spread, low + 0.03 - lean)], 16)
    second = random_colour(rng) if rng.random() < 0.2 else colour
    brim = scene.cloth(second * rng.uniform(0.55, 1.0), rng, (4, 2), 0.06)
    scene.paint(scene.cover([np.concatenate([upper, lower])], 0.006), brim)


def _knitted(scene: Scene, rng: np.random.Generator) -> None:
    """A knitted cap with a turned-up edge, or a headband."""
    colour = random_colour(rng)
    low, wide = BROW - float(rng.uniform(-0.01, 0.15)), HEAD + float(rng.uniform(-0.01, 0.06))
    sag = float(rng.uniform(-0.02, 0.03))
    scene.darken(scene.cover([_crown(low + 0.03, sag, wide * 0.9, -0.6)], 0.02), 0.35)
    ribs = int(rng.integers(12, 40))
    scene.paint(scene.cover([_crown(low, sag, wide, -1.15)], 0.008), scene.cloth(colour, rng, (ribs, 4), 0.1))
    edge = low - float(rng.uniform(0.1, 0.2))
    seam = curve([(-wide, edge), (0, edge + 2 * sag), (wide, edge)], 14)
    scene.lines([seam], 0.012, colour * scene.light() * 0.55)


def _surgical(scene: Scene, rng: np.random.Generator) -> None:
    """A crinkled cap of a hospital or a kitchen, at times so thin that the hair shows through."""
    base = np.array([(120, 178, 214), (112, 182, 160), (232, 236, 238), (60, 96, 160)])[int(rng.integers(4))]
    low, wide = BROW - float(rng.uniform(0.03, 0.16)), HEAD + float(rng.uniform(0.0, 0.1))
    cover = scene.cover([_crown(low, float(rng.uniform(-0.02, 0.02)), wide, -1.1)], 0.005)
    folds = int(rng.integers(10, 26)), int(rng.integers(5, 12))
    crinkled = scene.cloth(base * rng.uniform(0.9, 1.05, 3), rng, folds, 0.1)
    scene.paint(cover, crinkled, float(rng.choice((1.0, 0.7), p=(0.7, 0.3))))
    edge = curve([(-wide, low), (0, low), (wide, low)], 14)
    scene.lines([edge], 0.015, base * scene.light() * 0.8)


def _hood(scene: Scene, rng: np.random.Generator) -> None:
    """A hood or a scarf round the head, open before the face."""
    colour = random_colour(rng)
    wide, top = float(rng.uniform(0.33, 0.44)), BROW - float(rng.uniform(0.0, 0.2))
    chin = float(rng.uniform(0.42, 0.55)) if rng.random() < 0.3 else 1.2  # a scarf closes there, a hood stays open
    opening = _arch(wide, top, chin)
    outer = _arch(wide + float(rng.uniform(0.12, 0.3)), top - 0.5, 1.6)
    outer[:, 0] *= 1 + 0.35 * np.clip(outer[:, 1] - 0.2, 0, 1)  # down onto the shoulders
    hole, cloth = (scene.cover([line], 0.008).astype(np.int16) for line in (opening, outer))
    inside = scene.cover([opening * (0.93, 1) + (0, 0.03)], 0.05)
    scene.darken(255 - inside, float(rng.uniform(0.2, 0.6)))
    scene.paint(np.clip(cloth - hole, 0, 255).astype(np.uint8), scene.cloth(colour, rng, (7, 4), 0.13))


def _arch(wide: float, top: float, low: float) -> Points:
    """An opening (n, 2) with a round top and bottom, `wide` to either side."""
    upper = curve([(-wide, 0.15), (-wide, top), (wide, top), (wide, 0.15)], 20)
    upper[:, 1] += 0.25 * (top - upper[:, 1].min())
    lower = curve([(wide, 0.15), (wide * 0.95, low * 1.15), (-wide * 0.95, low * 1.15), (-wide, 0.15)], 20)
    return np.concatenate([upper, lower])
