"""The sample gallery is what its manifest says."""

from pathlib import Path

import pytest

from core.sample_pictures import MANIFEST, SAMPLES_DIR, SamplePicture, read_samples
from core.vision.pictures.decode import load_picture
from tests.unit.portraits import detector

SAMPLES = read_samples()
ENTRY = '[[sample]]\nfile = "a.jpg"\ntitle = "A"\npeople = ["female"]\n'


def test_the_manifest_lists_every_picture_and_no_other() -> None:
    assert sorted(sample.file for sample in SAMPLES) == sorted(SAMPLES_DIR.glob("*.jpg"))
    assert len({sample.title for sample in SAMPLES}) == len(SAMPLES)


def test_there_are_many_people_and_masks_in_little_space() -> None:
    alone = [sample for sample in SAMPLES if len(sample.people) == 1]
    portraits = {sample.made["portrait"]: sample.people[0] for sample in alone if "mask" in sample.made}
    assert len(portraits) >= 12
    assert min(list(portraits.values()).count(gender) for gender in ("female", "male")) >= 6
    families = {sample.made["mask"]["family"] for sample in alone if "mask" in sample.made}
    assert families == {"surgical", "cloth", "n95", "patterned", "black", "gaiter"}
    assert any("mask" not in sample.made for sample in alone)
    assert sum(path.stat().st_size for path in SAMPLES_DIR.rglob("*")) < 1_500_000


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file.stem)
def test_as_many_faces_are_found_as_there_are_people(sample: SamplePicture) -> None:
    assert len(detector().detect(load_picture(sample.file).pixels)) == len(sample.people)


def test_where_the_portraits_come_from_is_said_beside_them() -> None:
    text = (SAMPLES_DIR / "README.md").read_text(encoding="utf-8")
    for word in ("generated", "do not exist", "CC0 1.0", "faker-js/assets-person-portrait", "public domain (NASA)"):
        assert word in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[sample", "(?i)expected|invalid"),
        ('[[sample]]\nfile = "a.jpg"\n', "no sample: 'title'"),
        (ENTRY.replace('"female"', '"cat"'), "female or male"),
        (ENTRY + 'colour = "red"\n', "no sample"),
        (ENTRY + ENTRY, "twice"),
    ],
)
def test_a_manifest_that_is_none_is_refused(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(ValueError, match=words):
        read_samples(tmp_path)


def test_a_folder_without_a_manifest_has_no_samples(tmp_path: Path) -> None:
    assert read_samples(tmp_path) == []
