"""A chart on the page, with its words and, one click away, its numbers."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from altair.utils.schemapi import debug_mode

PERCENT = "%.1f %%"
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
    spec: dict[str, Any], table: pd.DataFrame, name: str, config: Mapping[str, Any] | None = None, key: str = ""
) -> None:
    """Show a chart, whose description is its accessible name, and its data behind a button.

    A picture of the chart (PNG) is in the chart's own toolbar, a CSV in the table's.

    Args:
        spec: As `spec_of` makes it.
        table: Its data, for people.
        name: What the table is called for those who cannot see it.
        config: How to show the table's columns.
        key: Tells charts apart whose data change.
    """
    st.vega_lite_chart(spec, key=key or None)
    as_table(table, name, config)


def as_table(table: pd.DataFrame, name: str, config: Mapping[str, Any] | None = None) -> None:
    """The data of a chart behind a button."""
    with st.popover("As a table", type="tertiary", icon=":material/table:"):
        st.dataframe(table, hide_index=True, column_config=dict(config or {}), alt=name)


def columns(names: Mapping[str, str], percent: tuple[str, ...] = ()) -> dict[str, Any]:
    """How to show columns: names by column, and which of them hold per cent."""
    return {
        column: st.column_config.NumberColumn(name, format=PERCENT) if column in percent else name
        for column, name in names.items()
    }
