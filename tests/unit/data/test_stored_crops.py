"""Crops that are left on disk are the ones that a selection would load."""

from dataclasses import replace

import numpy as np
import pytest

from core.data.prepared import Selection
from tests.unit.training_case import write_prepared


@pytest.fixture(scope="module")
def selection(tmp_path_factory: pytest.TempPathFactory) -> Selection:
    prepared = write_prepared(tmp_path_factory.mktemp("data") / "prepared", sets=("first", "second"))
    return prepared.select(splits=["train"], variants=["drawn"])


@pytest.mark.parametrize("wanted", [0, 59, 60, 119, slice(58, 62), np.array([119, 0, 60, 60])])
def test_stored_crops_are_those_of_the_selection(selection: Selection, wanted: "int | slice | np.ndarray") -> None:
    np.testing.assert_array_equal(selection.stored[wanted], selection.load()[wanted])
    in_memory = replace(selection, parts=tuple((np.array(crops), rows) for crops, rows in selection.parts))
    np.testing.assert_array_equal(in_memory.stored[wanted], selection.load()[wanted])


def test_a_crop_that_is_not_there_is_an_error(selection: Selection) -> None:
    assert len(selection.stored) == 120
    with pytest.raises(IndexError, match="120 crops"):
        selection.stored[120]
