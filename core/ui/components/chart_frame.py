"""A chart on the page, with its words and, one click away, its numbers and a picture of it to keep."""

from collections.abc import Callable
from functools import partial
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from core.report import chart_files
from core.report.blocks import Chart, Table
from core.ui.wording import plain

_SVG = "image/svg+xml"
Build = Callable[..., alt.LayerChart]


def spec_of(build: Build, *arguments: Any) -> dict[str, Any]:
    """A chart as Vega-Lite, made once for the same arguments.

    Args:
        build: A function of `core.report.charts`.
        arguments: What to call it with.
    """
    return _spec(build.__name__, arguments, build)


@st.cache_data(max_entries=256, show_spinner=False)
def _spec(name: str, arguments: tuple[Any, ...], _build: Build) -> dict[str, Any]:
    return chart_files.spec_of(_build, *arguments)


def draw(build: Build, *arguments: Any) -> None:
    """Show a chart alone; its description is its accessible name. See `spec_of`."""
    st.vega_lite_chart(spec_of(build, *arguments))


def show(chart: Chart, about: tuple[str, ...] = ()) -> None:
    """Show a chart, whose description is its accessible name, and below it how to take it away.

    Args:
        chart: The chart, with its numbers.
        about: What it shows: model, set.
    """
    spec = spec_of(chart.build, *chart.arguments)
    # The key tells charts apart whose data change.
    key = f"chart_{chart_files.file_name(chart.title, ())}"
    st.vega_lite_chart(chart_files.named(spec, chart.title, about), key=key)
    tools(chart.title, about, spec, chart.table)


@st.fragment
def tools(title: str, about: tuple[str, ...], spec: dict[str, Any] | None = None, table: Table | None = None) -> None:
    """Buttons for a chart's data, as wide as the page, and for its picture with title and axes.

    A fragment of its own: to open a table runs nothing else of the page.
    """
    # Named by all that it is about: a picture is never one of what stood in this place before.
    name = chart_files.file_name(title, about)
    with st.container(horizontal=True, gap="small", key=f"tools_{name}"):
        if table is not None and st.button("As a table", type="tertiary", icon=":material/table:", key=f"table_{name}"):
            st.dialog(" · ".join(map(plain, (title, *about))), width="large")(show_table)(table)
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


def show_table(table: Table, **looks: Any) -> None:
    """Rows for people, the first column pinned where it holds texts; `looks` are those of `st.dataframe`."""
    rows, forms = table.shown, table.formats
    config: dict[str, Any] = {}
    for place, (column, name) in enumerate(zip(rows.columns, table.headings, strict=True)):
        kind = rows[column].dtype
        if column in forms or pd.api.types.is_integer_dtype(kind):
            config[column] = st.column_config.NumberColumn(name, format=forms.get(column, "localized"))
        elif place == 0 and pd.api.types.is_string_dtype(kind):
            config[column] = st.column_config.TextColumn(name, pinned=True)
        else:
            config[column] = name
    st.dataframe(rows, hide_index=True, column_config=config, alt=table.title, **looks)
