"""Model folders of others: files that end or hold up a process, and metadata that says impossible things."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelError
from core.heads import GENDER, GENDER_LABELS
from core.model import trial
from core.model.engines import LiteRTEngine
from core.model.metadata import FILE_NAME, Head, ModelMetadata
from core.model.store import LITERT_FILE, ModelStore, sha256_of
from core.settings import MODELS_DIR, CropRecipe

HUGE = "9" * 400
GENDER_HEAD = '{"labels": ["male", "female"], "temperature": 1}'
GOOD = MODELS_DIR / "baseline-cnn" / LITERT_FILE


def foreign(root: Path, content: bytes, name: str = "foreign") -> Path:
    folder = root / name
    folder.mkdir()
    (folder / LITERT_FILE).write_bytes(content)
    heads, crop = {GENDER: Head(GENDER_LABELS)}, CropRecipe()
    files = {LITERT_FILE: sha256_of(folder / LITERT_FILE)}
    ModelMetadata(name, "Somebody's.", "cnn", crop, heads, files=files).save(folder)
    return folder


def with_child(monkeypatch: pytest.MonkeyPatch, folder: Path, program: str) -> Path:
    """Let another program do the child's work; it counts its starts in a file."""
    child, starts = folder / "child.py", folder / "starts"
    child.write_text(f"import os, signal, sys, time\nopen({str(starts)!r}, 'a').write('x')\n{program}\n")
    monkeypatch.setattr(trial, "_CHILD", child)
    monkeypatch.setattr(trial, "_verdicts", {})
    return starts


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("os.abort()", "SIGABRT"),
        ("time.sleep(60)", "does not answer within"),
    ],
)
def test_a_file_that_ends_a_process_is_said_once_and_never_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, words: str
) -> None:
    monkeypatch.setattr(trial, "SECONDS", 1.5 if "sleep" in program else 30.0)
    starts = with_child(monkeypatch, tmp_path, program)
    models = tmp_path / "models"
    models.mkdir()
    foreign(models, GOOD.read_bytes() + b"\0")
    for _ in range(2):
        with pytest.raises(ModelError, match=words) as caught:
            ModelStore(models).load("foreign")
        assert caught.value.code == "not_loadable"
    assert starts.read_text() == "x", "the verdict is remembered"


def test_a_whole_file_of_somebody_else_is_tried_and_answers(tmp_path: Path) -> None:
    foreign(tmp_path, GOOD.read_bytes() + b"\0")
    loaded = ModelStore(tmp_path).load("foreign")
    assert loaded.engine.name == "LiteRT"
    assert loaded.notes == ()


def test_the_projects_own_models_need_no_trial(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    starts = with_child(monkeypatch, tmp_path, "sys.exit(0)")
    for name in ModelStore(MODELS_DIR).names():
        LiteRTEngine(MODELS_DIR / name / LITERT_FILE)
    assert not starts.exists()
    assert sys.executable


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threshold", "1e999"),
        ("threshold", "NaN"),
        ("threshold", "true"),
        ("threshold", '"0.8"'),
        ("mask_threshold", HUGE),
        ("child_threshold", "true"),
        ("crop", '{"size": true, "margin": 1.8}'),
        ("crop", '{"size": 96, "margin": true}'),
        ("crop", '{"size": 96, "margin": 1e999}'),
        ("crop", '{"size": 96.0, "margin": 1.8}'),
        ("crop", "[96, 1.8]"),
        ("crop", '{"size": 96, "margin": 1.8, "padding": ["replicate"]}'),
        ("crop", '{"size": 96, "colour": 3}'),
        ("heads", '{"gender": {"labels": ["male", "female"], "temperature": true}}'),
        ("heads", '{"gender": {"labels": ["male", "female"], "temperature": 1e999}}'),
        ("heads", '{"gender": {"labels": "mf", "temperature": 1}}'),
        ("heads", '{"gender": {"labels": [["male"], "female"], "temperature": 1}}'),
        ("heads", f'{{"gender": {GENDER_HEAD}, "a:b": {GENDER_HEAD}}}'),
        ("heads", f'{{"gender": {GENDER_HEAD}, "": {GENDER_HEAD}}}'),
        ("heads", '["gender"]'),
        ("files", '{"../model.tflite": "ab"}'),
        ("files", '{"a:b": "ab"}'),
        ("files", '{"model.tflite": 5}'),
        ("files", '["model.tflite"]'),
        ("versions", '{"keras": {"a": 1}}'),
        ("training", "[]"),
        ("training", "[" * 50_000),
        ("training", '{"seconds": Infinity}'),
        ("training", f'{{"seconds": {HUGE}}}'),
        ("created", "5"),
        ("name", r'"\ud800"'),
        ("name", "null"),
        ("schema", "true"),
        ("schema", '"1"'),
        ("colour", "1"),
    ],
)  # fmt: skip
def test_impossible_metadata_is_a_sentence(tmp_path: Path, key: str, value: str) -> None:
    folder = foreign(tmp_path, b"x")
    values: dict[str, Any] = json.loads((folder / FILE_NAME).read_text())
    rest = ", ".join(f'"{name}": {json.dumps(one)}' for name, one in values.items() if name != key)
    (folder / FILE_NAME).write_text(f'{{{rest}, "{key}": {value}}}')
    with pytest.raises(ModelError) as caught:
        ModelStore(tmp_path).metadata("foreign")
    assert caught.value.code == "bad_metadata"
    assert len(caught.value.message) < 600
    caught.value.message.encode()


def test_a_folder_whose_name_no_page_can_show_is_not_listed(tmp_path: Path) -> None:
    foreign(tmp_path, b"x", "a:b / c".replace("/", "\u2215"))
    foreign(tmp_path, b"x", "good")
    (tmp_path / "good").rename(tmp_path / "bad\udcff")
    assert ModelStore(tmp_path).names() == ["a:b \u2215 c"]
