from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training.views import Views, views_of

Crops = list[tuple[str, str, str]]


def index_of(crops: Crops, **columns: list[str]) -> pd.DataFrame:
    """Rows of an index from (set, file, variant)."""
    index = pd.DataFrame(crops, columns=["set", "file", "variant"])
    for name, value in {"gender": "male", "ethnicity": "", "age": ""}.items():
        index[name] = columns.get(name, value)
    return index


PAIRS: Crops = [("a", f"{number}.png", variant) for number in range(20) for variant in ("bare", "drawn", "drawn")]


def drawn(views: Views, index: pd.DataFrame, bare_share: float, seed: int = 0) -> pd.DataFrame:
    return index.iloc[views.draw(bare_share, np.random.default_rng(seed))]


@pytest.mark.parametrize(("share", "variant"), [(0, "drawn"), (1, "bare")])
def test_a_share_of_nothing_and_of_all_show_one_kind_alone(share: float, variant: str) -> None:
    index = index_of(PAIRS)
    epoch = drawn(views_of(index), index, share)
    assert set(epoch["variant"]) == {variant}
    assert sorted(epoch["file"]) == sorted(index["file"].unique())


def test_a_share_between_shows_both_by_chance_and_all_masked_crops_in_turn() -> None:
    index = index_of([("a", f"{number}.png", kind) for number in range(900) for kind in ("bare", "drawn", "drawn")])
    rows = views_of(index).draw(0.25, np.random.default_rng(0))
    counts = Counter(rows % 3)
    assert counts[0] == pytest.approx(225, abs=50)
    assert counts[1] == pytest.approx(counts[2], abs=90)


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_pictures_of_one_kind_are_shown_as_they_are(share: float) -> None:
    index = index_of([("a", "masked.png", "real"), ("a", "bare.png", "bare"), ("b", "bare.png", "bare")])
    for seed in range(20):
        epoch = drawn(views_of(index), index, share, seed)
        assert sorted(zip(epoch["set"], epoch["file"], epoch["variant"], strict=True)) == [
            ("a", "bare.png", "bare"),
            ("a", "masked.png", "real"),
            ("b", "bare.png", "bare"),
        ]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 1), st.integers(0, 3)), min_size=1
    ),
    st.floats(0, 1),
    st.integers(0, 2**32),
)
def test_every_picture_is_seen_once_an_epoch_whatever_crops_it_has(
    pictures: list[tuple[str, str, int, int]], share: float, seed: int
) -> None:
    crops = {(name, file): ["bare"] * bare + ["drawn"] * masked for name, file, bare, masked in pictures}
    rows = [(*picture, variant) for picture, variants in crops.items() for variant in variants]
    if not rows:
        return
    index = index_of([rows[number] for number in np.random.default_rng(seed).permutation(len(rows))])
    views = views_of(index)
    epoch = drawn(views, index, share, seed)
    assert len(epoch) == len(views)
    assert sorted(zip(epoch["set"], epoch["file"], strict=True)) == sorted(p for p, kinds in crops.items() if kinds)


def test_epochs_depend_on_the_generator_alone() -> None:
    views = views_of(index_of(PAIRS))
    first, again, other = (views.draw(0.5, np.random.default_rng(seed)).tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_balance_draws_rare_cells_more_often() -> None:
    genders = ["female"] * 100 + ["male"] * 900
    index = index_of([("a", f"{number}.png", "drawn") for number in range(1000)], gender=genders)
    shares = {}
    for balance in (0, 0.5, 1):
        epochs = [drawn(views_of(index, balance), index, 0, seed) for seed in range(5)]
        shares[balance] = float(np.mean([(epoch["gender"] == "female").mean() for epoch in epochs]))
    assert shares[0] == 0.1
    assert shares[0.5] == pytest.approx(10 / (10 + 30), abs=0.03)
    assert shares[1] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("column", ["gender", "ethnicity", "age", "set"])
def test_cells_are_of_gender_ethnicity_age_band_and_set(column: str) -> None:
    index = index_of([("a", f"{number}.png", kind) for number in range(10) for kind in ("bare", "drawn")])
    index.loc[:1, column] = {"gender": "female", "age": "70"}.get(column, "rare")
    weights = views_of(index, 1).weights
    assert weights is not None
    np.testing.assert_allclose(weights / weights.sum(), [0.5, *[0.5 / 9] * 9])


@pytest.mark.parametrize("balance", [0, 1])
def test_an_emphasis_draws_a_picture_of_a_set_that_many_times_as_often_as_others(balance: float) -> None:
    index = index_of([(name, f"{number}.png", "drawn") for name in "abc" for number in range(10)])
    weights = views_of(index, balance, {"b": 3}).weights
    assert weights is not None
    np.testing.assert_allclose(weights / weights.sum(), [*[0.02] * 10, *[0.06] * 10, *[0.02] * 10])


def test_emphases_on_an_age_band_and_on_a_set_multiply() -> None:
    index = index_of(
        [(name, f"{number}.png", "drawn") for name in "ab" for number in range(2)], age=["8", "9", "4", ""]
    )
    weights = views_of(index, 0, {"b": 3, "0-9": 2, "60+": 9}).weights
    assert weights is not None
    np.testing.assert_allclose(weights / weights[0], [1, 1, 3, 1.5])


def test_ages_of_one_band_are_one_cell() -> None:
    weights = views_of(index_of(PAIRS[:6], age=["21"] * 3 + ["30-39"] * 3), 1).weights
    assert weights is not None
    assert weights[0] == weights[1]
