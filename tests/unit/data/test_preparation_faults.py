"""What goes wrong while data sets are prepared: places that are taken, sources and disks that fail, a lost parent."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.data.preparation import PreparationSettings, prepare
from core.data.prepared import open_prepared
from core.data.readers.dataset import read_source
from core.errors import DatasetError, OutputError
from tests.unit.data.test_preparation import PORTRAITS, VARIANTS, portrait
from tests.unit.dataset_case import write_tree
from tests.unit.disk_case import room_for
from tests.unit.evaluation_case import FACES, write_prepared


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two genders in three splits."""
    files = {
        f"{split}/{gender.title()}/{gender}.png": portrait(gender, side)
        for split, side in (("Training", 160), ("Validation", 170), ("Test", 180))
        for gender in PORTRAITS
    }
    return write_tree(tmp_path_factory.mktemp("data") / "people", files)


def test_a_set_never_takes_the_place_of_its_own_source_or_of_another_folder(tree: Path, tmp_path: Path) -> None:
    source = read_source(tree)
    before = sorted(path.name for path in tree.rglob("*"))
    with pytest.raises(OutputError, match="did not write") as caught:
        prepare([source], tree.parent, PreparationSettings(VARIANTS, workers=1))
    assert caught.value.code == "not_writable"
    assert sorted(path.name for path in tree.rglob("*")) == before
    (tree.parent / "recipe.json").unlink()


def test_a_second_preparation_into_the_same_folder_is_refused(tree: Path, tmp_path: Path) -> None:
    codes = []

    def again(*_: object) -> None:
        with pytest.raises(OutputError) as caught:
            prepare([read_source(tree)], tmp_path, PreparationSettings(VARIANTS, workers=1))
        codes.append(caught.value.code)

    prepare([read_source(tree)], tmp_path, PreparationSettings(VARIANTS, limit=1, workers=1), again)
    assert codes == ["in_use"]


@pytest.mark.parametrize("gone", ["folder", "picture"])
def test_a_data_set_that_goes_away_is_an_error_and_a_picture_alone_is_left_out(
    tree: Path, tmp_path: Path, gone: str
) -> None:
    copy = tmp_path / "people"
    shutil.copytree(tree, copy)
    source = read_source(copy)
    if gone == "folder":
        copy.rename(tmp_path / "elsewhere")
        with pytest.raises(DatasetError, match="disappeared") as caught:
            prepare([source], tmp_path / "out", PreparationSettings(VARIANTS, workers=1))
        assert caught.value.code == "not_found"
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["recipe.json"]
    else:
        (copy / "Test" / "Male" / "male.png").unlink()
        prepare([source], tmp_path / "out", PreparationSettings(VARIANTS, workers=1))
        dropped = open_prepared(tmp_path / "out").sets["people"].report["dropped"]
        assert ("Test/Male/male.png", "unreadable") in [(item["file"], item["code"]) for item in dropped]


@pytest.mark.parametrize("after", ["the first picture", "the last picture"])
def test_an_output_that_goes_away_is_said_and_no_set_without_crops_is_left(
    tree: Path, tmp_path: Path, after: str
) -> None:
    output = tmp_path / "share" / "out"

    def unplug(name: str, done: int, count: int) -> None:
        if output.exists() and done == (1 if after == "the first picture" else count):
            shutil.rmtree(output.parent)

    with pytest.raises(OutputError) as caught:
        prepare([read_source(tree)], output, PreparationSettings(VARIANTS, workers=1), unplug)
    assert caught.value.code == "vanished"
    assert not output.exists()


def test_a_disk_that_fills_up_is_said_and_nothing_half_written_stays(tree: Path, tmp_path: Path) -> None:
    with room_for(5000), pytest.raises(OutputError, match="disk is full"):
        prepare([read_source(tree)], tmp_path, PreparationSettings(VARIANTS, workers=1))
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.json"]


def test_workers_end_with_a_parent_that_is_killed(tree: Path, tmp_path: Path) -> None:
    program = (
        "import sys, time; from core.data.preparation import *; from core.data.preparation import _start_worker\n"
        "from core.data.readers.dataset import read_source\n"
        "if __name__ == '__main__':\n"
        "    pool = ProcessPoolExecutor(2, get_context('spawn'), initializer=_start_worker,\n"
        "        initargs=(read_source(sys.argv[1]), Variants(CropRecipe(size=32))))\n"
        "    print(*{pool.submit(os.getpid).result(), pool.submit(os.getpid).result()}, flush=True); time.sleep(100)"
    )
    (tmp_path / "program.py").write_text(program)
    root = Path(__file__).resolve().parents[3]
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py"), str(tree)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert parent.stdout is not None
    workers = [int(number) for number in parent.stdout.readline().split()]
    assert workers
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for worker in workers:
        for _ in range(600):
            if not alive(worker):
                break
            time.sleep(0.1)
        assert not alive(worker)


def alive(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked for does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
@pytest.mark.parametrize("name", ["index.csv", "crops.npy", "report.json", "recipe.json"])
def test_a_pipe_in_the_place_of_a_prepared_file_is_said_and_not_waited_for(name: str, tmp_path: Path) -> None:
    folder = write_prepared(tmp_path / "prepared", FACES).folder
    place = folder / name if name == "recipe.json" else folder / "faces" / name
    place.unlink()
    os.mkfifo(place)
    with pytest.raises(DatasetError) as caught:
        open_prepared(folder)
    assert caught.value.code == "not_prepared"
