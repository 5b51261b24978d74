"""Colours of the charts: Okabe and Ito's, which people with any colour vision can tell apart.

Source: M. Okabe, K. Ito, "Color Universal Design", 2008. Of the eight, those are used that keep a
contrast of 3:1 against both the light and the dark page; meaning is always carried by text or shape too.
"""

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
GREY = "#808080"

# What the page's own text is coloured with: the browser fills it in, so it follows the theme at once.
PAGE_TEXT = "currentColor"

# Steps of one hue, light to dark, for shares up to the limit; dark text on the light ones, white on the dark.
SHARE_LIMITS = (0.05, 0.2, 0.5, 0.8)
SHARE_FILLS = ("#EAF3F9", "#C5DEEE", "#8FC1E0", "#0072B2", "#00507D")
WHITE_TEXT_FROM = SHARE_LIMITS[2]
DARK_TEXT = "#10222E"
WHITE_TEXT = "#FFFFFF"
