"""What is made of pictures for a look at them, and how long it is kept."""

import gc
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core.errors import DatasetError, InputError
from core.settings import MODELS_VARIABLE, trainings_dir
from core.training.jobs.control import UNPACKED
from core.training.jobs.plan import Plan
from core.ui.task import StoppedError, Telling
from core.ui.train import looking
from core.ui.train.looking import Checked, Given, look_at
from tests.unit.labelled_folder import write_labelled

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


def looked(name: str, archive: bytes | None = None) -> Checked:
    return look_at(Given(name, archive, 32, masked=False))(Telling("looking"))


def packed(folder: Path) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for file in sorted(folder.rglob("*.jpg")):
            archive.write(file, file.relative_to(folder))
    return data.getvalue()


def rooms() -> int:
    gc.collect()
    made = trainings_dir() / UNPACKED
    return len(list(made.iterdir())) if made.is_dir() else 0


def test_what_was_unpacked_goes_with_the_last_page_that_looked_at_it(tmp_path: Path) -> None:
    data = packed(write_labelled(tmp_path / "faces", 4))
    mine, other = looked("faces.zip", data), looked("faces.zip", data)
    assert rooms() == 1
    assert mine.given == "faces.zip"
    del mine
    assert rooms() == 1
    del other
    assert rooms() == 0


def test_what_was_unpacked_goes_with_the_program_although_its_page_is_still_open() -> None:
    program = (
        "from core.ui.train.looking import Room\n"
        "room = Room.of('pictures')\n"
        "(room.path / 'pictures').mkdir(parents=True)\n"
        "print(room.path.is_dir())\n"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    assert said == "True\n"
    assert (trainings_dir() / UNPACKED).is_dir()
    assert rooms() == 0


def test_what_a_training_is_to_use_stays(tmp_path: Path) -> None:
    checked = looked("faces.zip", packed(write_labelled(tmp_path / "faces", 4)))
    Plan("mine", str(checked.folder), "baseline-cnn").save(trainings_dir() / "mine")
    del checked
    assert rooms() == 1


def test_a_zip_that_is_refused_leaves_nothing_and_is_called_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as raised:
        looked("women.zip", packed(write_labelled(tmp_path / "faces", 2, ("Female",))))
    assert raised.value.message.startswith("All labelled pictures of women.zip (2) are female.")
    del raised
    assert rooms() == 0


@pytest.mark.parametrize("zipped", [True, False])
def test_a_look_ends_wherever_it_is_when_it_is_stopped(tmp_path: Path, zipped: bool) -> None:
    folder = write_labelled(tmp_path / "faces", 3)
    given = Given(str(folder), packed(folder) if zipped else None, 32, masked=False)
    said = list[str]()

    class Counting(Telling):
        def say(self, words: str, share: float) -> None:
            super().say(words, share)
            said.append(words)

    look_at(given)(Counting("looking"))
    assert len({words.split(":")[0] for words in said}) == (4 if zipped else 3)

    for last in range(len(said)):
        del said[:]

        class Stopping(Counting):
            def say(self, words: str, share: float, last: int = last) -> None:
                if len(said) == last:
                    self.stopped.set()
                super().say(words, share)

        with pytest.raises(StoppedError):
            look_at(given)(Stopping("looking"))


def test_a_disk_that_fails_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(looking, "read_source", fails)
    with pytest.raises(InputError, match=r"cannot be read: Input/output error\. Choose others"):
        looked(str(tmp_path))
