import pytest

from core.labels import AGE_BANDS, age_band, is_adult, years


@pytest.mark.parametrize(
    ("age", "band", "adult"),
    [
        ("0", "0-9", False),
        ("9", "0-9", False),
        ("10", "10-19", False),
        ("17", "10-19", False),
        ("18", "10-19", True),
        ("20", "20-39", True),
        ("39.5", "20-39", True),
        ("59", "40-59", True),
        ("116", "60+", True),
        ("0-2", "0-9", False),
        ("3-9", "0-9", False),
        ("10-19", "10-19", False),
        ("30-39", "20-39", True),
        ("more than 70", "60+", True),
        ("60+", "60+", True),
        ("", "", True),
        ("unknown", "", True),
        ("-1", "", True),
        ("nan", "", True),
    ],
)
def test_ages_and_bands_as_the_data_sets_write_them(age: str, band: str, adult: bool) -> None:
    assert age_band(age) == band
    assert is_adult(age) == adult


def test_a_band_lies_in_itself() -> None:
    assert [age_band(band) for band in AGE_BANDS] == list(AGE_BANDS)
    assert [years(band) for band in AGE_BANDS] == [0, 10, 20, 40, 60]
