"""A chart on the page, with its words and, one click away, its numbers."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

PERCENT = "%.1f %%"


def show(
    chart: alt.LayerChart, table: pd.DataFrame, name: str, config: Mapping[str, Any] | None = None, key: str = ""
) -> None:
    """Show a chart, whose description is its accessible name, and its data behind a button.

    A picture of the chart (PNG) is in the chart's own toolbar, a CSV in the table's.

    Args:
        chart: With a `description`.
        table: Its data, for people.
        name: What the table is called for those who cannot see it.
        config: How to show the table's columns.
        key: Tells charts apart whose data change.
    """
    st.altair_chart(chart, key=key or None)
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
