"""The report's section on how a training went."""

from typing import Any

import pandas as pd
import streamlit as st

from core.errors import RunError
from core.model.metadata import ModelMetadata
from core.report import chart_files, charts, tables
from core.report.training_record import best_epoch, training_facts
from core.strict_json import is_whole
from core.ui.components.chart_frame import spec_of, tools
from core.ui.saved_runs import say


def learning_curves(history: pd.DataFrame | RunError, metadata: ModelMetadata | RunError, name: str) -> None:
    """Accuracy and loss by epoch, then learning rate and further figures; side by side where there is room."""
    if isinstance(history, RunError):
        say(history)
        return
    history, further = tables.further_figures(history)
    best, why = kept_epoch(history, metadata)
    st.caption(
        "How the training went. While both curves improve, the network is learning; once only *training* does, it is "
        f"memorising. {why} {_stopped(history, metadata)}Point at a curve for its values."
    )
    drawn = [
        ("Accuracy", spec_of(charts.learning_curve, history, "accuracy", best)),
        ("Loss", spec_of(charts.learning_curve, history, "loss", best)),
        ("Learning rate", spec_of(charts.learning_rate, history, best)),
    ]
    if further:
        drawn.insert(2, ("Further validation figures", spec_of(charts.further_curves, history, further, best)))
    with st.grid(2 if further else 3, min_column_width=260, gap="medium") as grid:
        for title, spec in drawn:
            with grid.cell():
                st.markdown(f"**{title}**")
                st.vega_lite_chart(chart_files.named(spec, title, (name,)))
                tools(title, (name,), spec)
    if len(history) == 1:
        st.caption("Only one epoch so far: a single point each, not yet a curve.")
    _curves_table(history, tuple(further.values()), name)


def _curves_table(history: pd.DataFrame, further: tuple[str, ...], name: str) -> None:
    shares = ("accuracy", "val_accuracy", *further)
    forms = {**dict.fromkeys(shares, "%.1f %%"), "loss": "%.4f", "val_loss": "%.4f", "learning_rate": "%.2e"}
    config = {
        name: st.column_config.NumberColumn(name.replace("val_", "validation ").replace("_", " "), format=form)
        for name, form in forms.items()
    }
    shown = tables.in_percent(history, shares)
    tools("Every epoch", (name,), table=shown, config=config)


def kept_epoch(history: pd.DataFrame, metadata: ModelMetadata | RunError) -> tuple[int | None, str]:
    """The epoch whose weights are the model, and how it is known, as a sentence.

    The training's own record counts; without one it is the epoch with the smallest validation loss.
    """
    recorded = best_epoch(metadata) if isinstance(metadata, ModelMetadata) else None
    if recorded is None:
        best = int(history["epoch"].to_numpy()[history["val_loss"].to_numpy().argmin()])
        return best, f"The validation loss is smallest after epoch {best}; which epoch was kept is not recorded."
    if recorded in set(history["epoch"]):
        return recorded, f"The model is the network after epoch {recorded}."
    return None, f"The model is the network after epoch {recorded}, which the saved history does not include."


def _stopped(history: pd.DataFrame, metadata: ModelMetadata | RunError) -> str:
    """A sentence on a training that ended before its last epoch; "" where it did not, or nobody knows."""
    settings = training_facts(metadata).get("settings") if isinstance(metadata, ModelMetadata) else None
    planned: Any = settings.get("epochs") if isinstance(settings, dict) else None
    last = int(history["epoch"].max())
    if not is_whole(planned) or last >= planned:
        return ""
    return f"The saved history ends after epoch {last} of the {planned} that were planned. "
