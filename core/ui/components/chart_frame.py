"""A chart on the page, with its words and, one click away, its numbers and a picture of it to keep."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from altair.utils.schemapi import debug_mode

from core.report import chart_files
from core.ui.wording import plain

PERCENT = "%.1f %%"
_SVG = "image/svg+xml"
Build = Callable[..., alt.LayerChart]


def _plain(data: Any) -> dict[str, Any]:
    """The rows of a DataFrame of numbers and texts, all that charts have here: far quicker than Altair's way."""
    return {"values": json.loads(data.to_json(orient="records", double_precision=15))}


alt.data_transformers.register("plain_tables", _plain)
# Once, as it holds for the whole process: sessions draw at the same time.
alt.data_transformers.enable("plain_tables")


def spec_of(build: Build, *arguments: Any) -> dict[str, Any]:
    """A chart as Vega-Lite, made once for the same arguments.

    Args:
        build: A function of `core.report.charts`.
        arguments: What to call it with.
    """
    return _spec(build.__name__, arguments, build)


@st.cache_data(max_entries=256, show_spinner=False)
def _spec(name: str, arguments: tuple[Any, ...], _build: Build) -> dict[str, Any]:
    # The tests check every chart against the schema; to do it again here takes longer than all the rest.
    with debug_mode(False):
        spec: dict[str, Any] = _build(*arguments).to_dict(validate=False)
    return spec


def draw(build: Build, *arguments: Any) -> None:
    """Show a chart alone; its description is its accessible name. See `spec_of`."""
    st.vega_lite_chart(spec_of(build, *arguments))


def show(
    spec: dict[str, Any],
    table: pd.DataFrame,
    title: str,
    config: Mapping[str, Any] | None = None,
    key: str = "",
    about: tuple[str, ...] = (),
) -> None:
    """Show a chart, whose description is its accessible name, and below it how to take it away.

    Args:
        spec: As `spec_of` makes it.
        table: Its data, for people.
        title: Which chart it is: title of its table and, with `about`, of its pictures.
        config: How to show the table's columns.
        key: Tells charts apart whose data change.
        about: What it shows: model, set.
    """
    st.vega_lite_chart(chart_files.named(spec, title, about), key=key or None)
    tools(title, about, spec, table, config)


@st.fragment
def tools(
    title: str,
    about: tuple[str, ...],
    spec: dict[str, Any] | None = None,
    table: pd.DataFrame | None = None,
    config: Mapping[str, Any] | None = None,
) -> None:
    """Buttons for a chart's data, as wide as the page, and for its picture with title and axes.

    A fragment of its own: to open a table runs nothing else of the page.
    """
    # Named by all that it is about: a picture is never one of what stood in this place before.
    name = chart_files.file_name(title, about)
    with st.container(horizontal=True, gap="small", key=f"tools_{name}"):
        if table is not None and st.button("As a table", type="tertiary", icon=":material/table:", key=f"table_{name}"):
            st.dialog(" · ".join(map(plain, (title, *about))), width="large")(_table)(table, title, config)
        if spec is not None:
            for suffix, make, mime in ((".png", chart_files.png, "image/png"), (".svg", chart_files.svg, _SVG)):
                st.download_button(
                    suffix.strip(".").upper(),
                    partial(make, spec, title, about),
                    f"{name}{suffix}",
                    mime,
                    key=f"{suffix}_{name}",
                    help="A picture of the chart with its title and axes",
                    type="tertiary",
                    icon=":material/download:",
                    on_click="ignore",
                )


def _table(table: pd.DataFrame, title: str, config: Mapping[str, Any] | None) -> None:
    st.dataframe(table, hide_index=True, column_config=dict(config or {}), alt=title)


def columns(names: Mapping[str, str], percent: tuple[str, ...] = ()) -> dict[str, Any]:
    """How to show columns: names by column, and which of them hold per cent."""
    return {
        column: st.column_config.NumberColumn(name, format=PERCENT) if column in percent else name
        for column, name in names.items()
    }
