"""Charts as picture files that explain themselves: title, axes, what was tested; knows nothing of Streamlit."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import vl_convert
from altair import SCHEMA_VERSION, LayerChart
from altair.utils.schemapi import debug_mode

_WIDTH = 640
_SCALE = 2.0
_INK, _SOFT = "#0E1821", "#4A5A68"
_TITLE = {"color": _INK, "subtitleColor": _SOFT, "fontSize": 16, "subtitleFontSize": 13, "anchor": "start"}
_OUTSIDE_NAMES = re.compile(r"[^\w.]+")


def spec_of(build: Callable[..., LayerChart], *arguments: Any) -> dict[str, Any]:
    """A chart as Vega-Lite.

    Args:
        build: A function of `core.report.charts`.
        arguments: What to call it with.
    """
    # The tests check every chart against the schema; to do it again here takes longer than all the rest.
    with debug_mode(False):
        spec: dict[str, Any] = build(*arguments).to_dict(validate=False)
    return spec


def file_name(title: str, about: Sequence[str], suffix: str = "") -> str:
    """What a chart's file is called, such as "masked-v9-rmfrd-real-masks-roc-curve.png".

    Args:
        title: Which chart.
        about: What it shows: model, set.
        suffix: With its dot; "" for none.
    """
    words = (_OUTSIDE_NAMES.sub("-", part).strip("-.").lower() for part in (*about, title))
    return "-".join(filter(None, words)) + suffix


def looks(ink: str, ground: str, **axis: Any) -> dict[str, Any]:
    """The looks of a chart outside the dashboard: colour of its words, its ground, and what its axes have besides."""
    words = {"labelColor": ink, "titleColor": ink}
    axes = {**words, "titleFontWeight": "normal", **axis}
    return {"background": ground, "view": {"stroke": "transparent"}, "axis": axes, "legend": words}


def named(spec: dict[str, Any], title: str, about: Sequence[str]) -> dict[str, Any]:
    """The chart with the name that a browser gives to a picture of it."""
    return {**spec, "usermeta": {"embedOptions": {"downloadFileName": file_name(title, about)}}}


def titled(spec: dict[str, Any], title: str, about: Sequence[str]) -> dict[str, Any]:
    """The chart on white, with its title above and what it shows below that: it is to stand outside the page."""
    own = looks(_INK, "#FFFFFF", gridColor="#D8E0E6") | {"font": "sans-serif", "title": _TITLE}
    config = {**spec.get("config", {}), **own}
    return {**spec, "width": _WIDTH, "title": {"text": title, "subtitle": " · ".join(about)}, "config": config}


def png(spec: dict[str, Any], title: str, about: Sequence[str]) -> bytes:
    """The titled chart as PNG, two pixels to each of its own."""
    made: bytes = vl_convert.vegalite_to_png(titled(spec, title, about), vl_version=_version(), scale=_SCALE)
    return made


def svg(spec: dict[str, Any], title: str, about: Sequence[str]) -> str:
    """The titled chart as SVG."""
    made: str = vl_convert.vegalite_to_svg(titled(spec, title, about), vl_version=_version())
    return made


def _version() -> str:
    return ".".join(SCHEMA_VERSION.split(".")[:2])
