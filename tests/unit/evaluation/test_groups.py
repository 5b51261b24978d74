import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.groups import GROUPINGS, SMALL, adults, by_group, cell_name, gap, groupings
from core.evaluation.intervals import share
from core.evaluation.metrics import measure_frame
from tests.unit.faces_case import faces, random_faces


def cells(**counts: tuple[int, int]) -> pd.DataFrame:
    """Women of several ethnicities, by name: how many, and how many of them are called female."""
    parts = [
        faces("female", np.where(np.arange(n) < right, 0.9, 0.1), ethnicity=name) for name, (n, right) in counts.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_the_worst_group_comes_first_with_wilsons_interval_and_small_ones_are_marked() -> None:
    table = by_group(cells(Asian=(60, 54), Black=(80, 60), Indian=(10, 2)), "ethnicity")
    assert table["group"].tolist() == ["Indian", "Black", "Asian"]
    assert table["gender"].tolist() == ["female"] * 3
    assert table[["n", "right"]].to_numpy().tolist() == [[10, 2], [80, 60], [60, 54]]
    assert table["recall"].tolist() == [0.2, 0.75, 0.9]
    assert table["small"].tolist() == [True, False, False]
    assert (table["low"][1], table["high"][1]) == (share(60, 80).low, share(60, 80).high)
    assert cell_name(table.iloc[1]) == "female, Black"


def test_the_gap_is_newcombes_and_passes_over_small_and_unknown_groups() -> None:
    # Newcombe 1998 (Statistics in Medicine 17:873), table II, method 10: 56/70 against 48/80.
    found = gap(by_group(cells(one=(70, 56), two=(80, 48), few=(SMALL - 1, 0)), "ethnicity"))
    assert (found.best, found.worst) == ("female, one", "female, two")
    assert found.difference.value == pytest.approx(0.2)
    assert (found.difference.low, found.difference.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found.ratio == pytest.approx(0.75)
    unknown = pd.concat([cells(one=(70, 56)), cells(**{"": (90, 0)})], ignore_index=True)
    alone = gap(by_group(unknown, "ethnicity"))
    assert (alone.best, alone.difference.value, alone.ratio) == ("", None, None)
    assert "fewer than two groups" in alone.difference.reason


def test_a_worst_group_that_is_never_right_has_ratio_0_and_a_best_one_like_it_none() -> None:
    assert gap(by_group(cells(one=(60, 60), two=(60, 0)), "ethnicity")).ratio == 0
    assert gap(by_group(cells(one=(60, 0), two=(60, 0)), "ethnicity")).ratio is None


def test_ages_of_every_writing_fall_into_their_bands() -> None:
    ages = ["4", "3-9", "15", "20-29", "38", "more than 70", ""]
    table = by_group(faces(["male"] * 7, 0.1, age=ages), "age")
    assert dict(zip(table["group"], table["n"], strict=True)) == {
        "0\u20119": 2, "10\u201119": 1, "20\u201139": 2, "60+": 1, "unknown": 1,
    }  # fmt: skip
    assert adults(faces(["male"] * 7, 0.1, age=ages))["age"].tolist() == ["20-29", "38", "more than 70", ""]


def test_bare_faces_sets_and_sizes_are_named() -> None:
    table = faces(
        ["male"] * 4,
        0.1,
        mask_family=["", "cloth", "real", "gaiter"],
        variant=["bare", "drawn", "real", "held_out"],
        face_px=[31.9, 32, 200, np.nan],
    )
    assert set(by_group(table, "mask family")["group"]) == {"no mask", "cloth", "real", "gaiter"}
    assert "faces · bare faces" in set(by_group(table, "set")["group"])
    assert set(by_group(table, "face size")["group"]) == {"under 32 px", "32 to 63 px", "128 px and more", "unknown"}


def test_only_what_divides_the_faces_is_offered() -> None:
    assert groupings(faces(["male"] * 3, 0.1)) == []
    assert groupings(faces(["male"] * 2, 0.1, ethnicity=["White", ""])) == []
    assert groupings(faces(["male"] * 2, 0.1, ethnicity=["White", "Black"], age=["5", "50"])) == ["ethnicity", "age"]


@given(st.integers(1, 120), st.integers(0, 10_000), st.sampled_from(sorted(set(GROUPINGS) - {"face size"})))
@settings(max_examples=30, deadline=None)
def test_groups_add_up_to_the_whole(n: int, seed: int, by: str) -> None:
    random = np.random.default_rng(seed)
    table = random_faces(
        n,
        seed,
        ethnicity=random.choice(["", "White", "Black"], n),
        age=random.choice(["", "3", "20-29", "61"], n),
        mask_family=random.choice(["", "n95"], n),
        set=random.choice(["one", "two"], n),
    )
    found, whole = by_group(table, by), measure_frame(table, 0.8)
    assert found["n"].sum() == n
    assert found["right"].sum() == pytest.approx(whole.accuracy.value * n)
    for gender, total in (("female", whole.n_female), ("male", whole.n_male)):
        assert found.loc[found["gender"] == gender, "n"].sum() == total
    assert found["recall"].is_monotonic_increasing
    assert found["recall"].between(found["low"], found["high"]).all()
