"""Colours of the charts: Okabe and Ito's, which people with any colour vision can tell apart.

Source: M. Okabe, K. Ito, "Color Universal Design", 2008. Of the eight, those are used that keep a
contrast of 3:1 against both the light and the dark page; meaning is always carried by text or shape too.
"""

import altair as alt

from core.report.colours import BLUE, GREEN, GREY, PURPLE, VERMILION

__all__ = [
    "BLUE", "DARK_TEXT", "GREEN", "GREY", "PAGE_TEXT", "PURPLE", "SHARE_FILLS", "SHARE_LIMITS", "VERMILION",
    "WHITE_TEXT", "WHITE_TEXT_FROM",
]  # fmt: skip

# The page's own text, dark or light by what the chart is drawn on, so that it can be read in a saved picture as well;
# where a chart has no ground of its own it is that of the text around it.
_ON_LIGHT, _ON_DARK = "#0E1821", "#E6EDF3"
PAGE_TEXT = alt.ExprRef(
    "isValid(background) && background != 'transparent' "
    f"? (luminance(background) > 0.2 ? '{_ON_LIGHT}' : '{_ON_DARK}') : 'currentColor'"
)

# Steps of one hue, light to dark, for shares up to the limit; dark text on the light ones, white on the dark.
SHARE_LIMITS = (0.05, 0.2, 0.5, 0.8)
SHARE_FILLS = ("#EAF3F9", "#C5DEEE", "#8FC1E0", "#0072B2", "#00507D")
WHITE_TEXT_FROM = SHARE_LIMITS[2]
DARK_TEXT = "#10222E"
WHITE_TEXT = "#FFFFFF"
