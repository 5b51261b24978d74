"""The one crop that training and serving share: a square round the face, upright by the eyes."""

from core.settings import CropRecipe
from core.types import Face, Pixels, check_pixels
from core.vision.geometry import face_size, roll_of
from core.vision.warping import similarity, warp


def crop_face(pixels: Pixels, face: Face, recipe: CropRecipe) -> Pixels:
    """Cut a face out, rolled upright by its eyes and scaled by its box.

    Args:
        pixels: The picture, uint8 RGB (height, width, 3).
        face: The face; one that is the whole picture is not rolled.
        recipe: Size, margin (times `face_size`, which for an upright face of usual proportions is
            the longer side of its box) and padding.

    Returns:
        uint8 RGB (size, size, 3), anti-aliased where the face is shrunk.
    """
    check_pixels(pixels)
    size = (recipe.size, recipe.size)
    scale = recipe.size / (recipe.margin * face_size(face))
    return warp(pixels, similarity(face.box.center, roll_of(face), scale, size), size, recipe.padding)
