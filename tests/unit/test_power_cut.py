"""At whatever moment the power goes, what was done is on the disk: the former content or the new one, whole."""

import ast
import json
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from core import files
from core.cli import main
from core.data.preparation import PreparationSettings, prepare
from core.data.readers.dataset import read_source
from core.data.variants import Variants
from core.export.target import model_folder
from core.settings import CropRecipe
from core.training.jobs.staging import unpack
from tests.unit.dataset_case import write_tree
from tests.unit.power_cut import View, power_cuts

Draw = Callable[..., bytes]


def test_the_layer_sees_a_writer_that_does_not_sync(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("former")
    seen = set()

    def careless() -> None:
        with power_cuts(tmp_path, lambda view: seen.add(view.get("a"))):
            (tmp_path / "part").write_text("new")
            os.replace(tmp_path / "part", tmp_path / "a")
            os.unlink(tmp_path / "a")

    careless()
    assert seen == {b"former", b"", None}


def test_a_file_is_the_former_or_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("former")
    seen = set()
    with power_cuts(tmp_path, lambda view: seen.add(view["a"])):
        files.write_text(tmp_path / "a", "new")
    assert seen == {b"former", b"new"}


@pytest.mark.parametrize("exchange", [True, False])
def test_a_model_is_the_former_or_the_new_one_and_never_a_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    if not exchange:
        monkeypatch.setattr(files, "_exchange", lambda one, other: False)

    def write(folder: Path, content: str) -> None:
        folder.mkdir()
        for name in ("model.keras", "metadata.json"):
            (folder / name).write_text(content)

    write(tmp_path / "model", "former")

    def whole(view: View) -> None:
        found: dict[str, dict[str, bytes]] = {}
        for path, content in view.items():
            folder, _, name = path.rpartition("/")
            found.setdefault(folder, {})[name] = content
        complete = [parts for parts in found.values() if len(parts) == 2 and len(set(parts.values())) == 1]
        assert any(parts["model.keras"] in (b"former", b"new") for parts in complete), view
        for parts in [found["model"]] if "model" in found else []:
            assert parts == dict.fromkeys(("model.keras", "metadata.json"), parts["model.keras"]), view
            assert parts["model.keras"] in (b"former", b"new")

    with power_cuts(tmp_path, whole), model_folder(tmp_path, "model") as new:
        write(new, "new")


def test_of_a_run_nothing_that_was_done_is_lost(tmp_path: Path, drawn: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pictures").mkdir()
    for number in range(6):
        (tmp_path / "pictures" / f"{number}.png").write_bytes(drawn(seed=number))
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr("core.batch.journal.SYNC_SECONDS", 0.0)
    monkeypatch.setattr("core.batch.outputs.SYNC_SECONDS", 0.0)
    most = 0

    def kept(view: View) -> None:
        nonlocal most
        rows = max(count(view, "r.jsonl"), count(view, ".r.jsonl.part"))
        assert rows >= most, f"{rows} of {most} rows that were on the disk: {list(view)}"

    def certain() -> None:
        nonlocal most
        most = 6

    command = ["classify", str(tmp_path / "pictures"), "--output", str(out / "r.jsonl"), "--annotated", str(out / "m")]
    with power_cuts(out, kept):
        assert main(command) == 0
        certain()


def count(view: View, name: str) -> int:
    """Rows in a file of results or a journal, up to what is torn."""
    number = 0
    for line in view.get(name, b"").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            break
        number += "settings" not in row
    return number


def test_a_prepared_set_is_whole_or_not_there(tmp_path: Path) -> None:
    from tests.unit.data.test_preparation import portrait

    tree = {f"{split}/{gender.title()}/a.png": portrait(gender, side)
            for split, side in (("Training", 160), ("Validation", 170)) for gender in ("female", "male")}  # fmt: skip
    source = read_source(write_tree(tmp_path / "people", tree))
    output = tmp_path / "out"
    output.mkdir()

    def whole(view: View) -> None:
        found = {Path(path).name: content for path, content in view.items() if path.startswith("people/")}
        assert not found or (set(found) == {"crops.npy", "index.csv", "report.json"} and all(found.values())), view

    with power_cuts(output, whole):
        prepare([source], output, PreparationSettings(Variants(CropRecipe(size=32)), workers=1))
    assert (output / "people" / "report.json").exists()


def test_an_archive_of_training_pictures_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    files_of = {f"{gender}/{number}.jpg": bytes([number + 1]) * 9 for gender in ("Female", "Male") for number in (0, 1)}
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, content in files_of.items():
            archive.writestr(name, content)

    def whole(view: View) -> None:
        found = {path.removeprefix("faces/"): content for path, content in view.items() if path.startswith("faces/")}
        assert found in ({}, files_of)

    with power_cuts(tmp_path, whole):
        unpack(packed.getvalue(), "faces.zip", tmp_path)
    assert (tmp_path / "faces" / "Male" / "1.jpg").read_bytes() == files_of["Male/1.jpg"]


def test_whatever_gets_its_name_gets_it_from_the_one_module_that_syncs_it() -> None:
    core = Path(files.__file__).parent
    found = set()
    for path in core.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            of = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            named = (
                node.func.attr in ("rename", "renames", "move") and not node.keywords
            )  # with them, columns of a table
            if named or (of == "os" and node.func.attr == "replace"):
                found.add(path.relative_to(core).as_posix())
    assert found == {"files.py"}
