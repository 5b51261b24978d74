"""Measures of a face that do not depend on how it is turned in the picture plane."""

import math

from core.types import Face

# Width to height of YuNet's boxes: median on the train splits of lfw, fairface and scut.
ASPECT = 0.76
_ASTRAY = 0.1  # Eyes nearer to each other than this share of the face say nothing of its roll.


def face_size(face: Face) -> float:
    """Height in pixels of a face of usual proportions whose box has the same diagonal.

    The diagonal of the box round an ellipse stays the same while the ellipse turns; and a mask
    changes it by 0 % in the mean (standard deviation 5 %), the longer side by -1 % (6 %): measured
    on the train splits of lfw, fairface and scut with drawn masks.
    """
    return math.hypot(face.box.width, face.box.height) / math.hypot(1.0, ASPECT)


def roll_of(face: Face) -> float:
    """Direction from the viewer's left eye to the right one, radians in [-pi, pi], positive clockwise.

    It is 0 for a whole picture taken as a face, and where the eyes fall together.
    """
    (left_x, left_y), (right_x, right_y) = face.landmarks[:2]
    x, y = right_x - left_x, right_y - left_y
    if not face.detected or math.hypot(x, y) < _ASTRAY * face_size(face):
        return 0.0
    return math.atan2(y, x)
