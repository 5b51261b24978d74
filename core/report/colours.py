"""Okabe and Ito's colours, which people with any colour vision can tell apart; `charts.palette` says which and why."""

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
GREY = "#808080"
