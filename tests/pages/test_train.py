"""The page Train: pictures looked at, a training begun, and every state that one can be in."""

import io
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.model.metadata import ModelMetadata
from core.settings import MODELS_DIR, MODELS_VARIABLE, PREFERRED_MODELS
from core.training.jobs import control, status
from core.training.jobs.plan import EVALUATE, PREPARE, STEPS, TRAIN, Plan
from core.training.jobs.status import DONE, FAILED, PAUSED, RUNNING, STOPPED, WAITING, Status
from core.ui.report import pictures
from tests.pages.front_page import ROOT
from tests.pages.run_folder import history, write_run
from tests.unit.labelled_folder import write_labelled


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "models"
    monkeypatch.setenv(MODELS_VARIABLE, str(root))
    monkeypatch.setattr(pictures, "on_this_machine", lambda: True)
    return root


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Instead of being worked on, trainings are listed here."""
    works = list[Path]()

    def launch(work: Path, handle: int, plan: Plan | None = None) -> None:
        works.append(work)
        if plan is not None:
            plan.save(work)

    monkeypatch.setattr(control, "launch", launch)
    return works


def opened() -> AppTest:
    page = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).switch_page("pages/train.py").run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    elements = [*page.markdown, *page.caption, *page.info, *page.warning, *page.error, *page.success]
    return "\n".join(element.value for element in elements).replace("\\", "").replace("\u2060", "")


def look_at(page: AppTest, folder: Path) -> AppTest:
    page.text_input(key="train_folder").set_value(str(folder)).run()
    page.button(key="train_check").click().run()
    assert not page.exception
    return page


def training(root: Path, state: str, step: str = PREPARE, message: str = "", *, epochs: int = 0) -> Path:
    work = root / ".trainings" / "mine"
    Plan("mine", "/pictures", "baseline-cnn", size=32).save(work)
    Status(state, step, STEPS[: STEPS.index(step)], message).save(work)
    if epochs:
        (work / "runs" / "mine").mkdir(parents=True)
        history(epochs).to_csv(work / "runs" / "mine" / "history.csv", index=False)
    return work


def buttons(page: AppTest) -> set[str]:
    return {button.label for button in page.button if button.key.endswith("_mine")}


def test_without_pictures_nothing_can_be_begun() -> None:
    page = opened()

    assert page.button(key="train_check").disabled
    assert "None yet" in words(page)
    assert "train_start" not in [button.key for button in page.button]
    assert page.selectbox(key="train_network").options == ["baseline-cnn, from scratch"]


def test_the_recommended_model_comes_first_and_keeps_its_size(models: Path) -> None:
    models.mkdir()
    for shipped in MODELS_DIR.iterdir():
        (models / shipped.name).symlink_to(shipped)
    page = opened()

    first = page.selectbox(key="train_network").value
    assert first == f"{PREFERRED_MODELS[0]} (recommended), fine-tuned"
    crop = ModelMetadata.load(MODELS_DIR / PREFERRED_MODELS[0]).crop
    assert page.selectbox(key=f"train_size_{first}").options == [str(crop.size)]


def test_what_was_chosen_stays_when_the_page_changes() -> None:
    page = opened()
    page.selectbox(key="train_size_baseline-cnn, from scratch").set_value(32).run()
    page.switch_page("pages/model_card.py").run()
    page.switch_page("pages/train.py").run()
    assert page.selectbox(key="train_size_baseline-cnn, from scratch").value == 32
    assert not page.exception


def test_a_zip_of_one_gender_goes_by_its_own_name(tmp_path: Path, models: Path) -> None:
    folder, packed = write_labelled(tmp_path / "faces", 2, ("Female",)), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.rglob("*.jpg"):
            archive.write(file, f"Female/{file.name}")
    page = opened()
    page.file_uploader(key="train_zip").upload("women.zip", packed.getvalue(), "application/zip").run()
    page.button(key="train_check").click().run()
    assert [error.value for error in page.error] == [
        "All labelled pictures of women\\.zip \\(2\\) are female\\. A set needs pictures of both genders\\."
    ]


def test_pictures_are_looked_at_and_a_training_is_begun(tmp_path: Path, models: Path, launched: list[Path]) -> None:
    folder = write_labelled(tmp_path / "faces", 16)
    page = look_at(opened(), folder)
    assert "pictures** in" in words(page)
    assert "set aside for testing" in words(page)
    assert len(page.get("image")) == 2
    page.text_input(key="train_name").set_value("my faces").run()
    page.button(key="train_start").click().run()
    assert "A model's name is letters" in words(page)
    assert launched == []

    page.text_input(key="train_name").set_value("my-faces").run()
    page.button(key="train_start").click().run()
    assert not page.exception
    assert "Training my\\-faces has been added: follow it above." in [message.value for message in page.success]
    (work,) = launched
    plan = Plan.load(work)
    assert (work, plan.name, plan.network, plan.size) == (
        models / ".trainings" / "my-faces", "my-faces", "baseline-cnn", 64,
    )  # fmt: skip
    assert len(list(Path(plan.source).rglob("*.jpg"))) == 32

    page.text_input(key="train_name").set_value("my-faces").run()
    page.button(key="train_start").click().run()
    assert "called my-faces already" in words(page)


def test_a_folder_that_is_not_there_or_of_one_gender_is_a_sentence(tmp_path: Path) -> None:
    page = look_at(opened(), tmp_path / "nowhere")
    assert "There is no file or folder" in words(page)

    look_at(page, write_labelled(tmp_path / "women", 2, ("Female",)))
    assert "A set needs pictures of both genders" in words(page)
    assert "train_start" not in [button.key for button in page.button]


def test_too_few_pictures_are_shown_and_not_trained_on(tmp_path: Path) -> None:
    page = look_at(opened(), write_labelled(tmp_path / "faces", 3))

    assert "10 of each are needed" in words(page)
    assert page.button(key="train_start").disabled


def test_pictures_that_disappear_after_the_look_are_said(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path / "faces" / "Training", 2).parent
    write_labelled(folder / "Testing", 1)
    page = look_at(opened(), folder)
    folder.rename(tmp_path / "elsewhere")
    page.run()

    assert not page.exception
    assert "is no longer there" in words(page)


@pytest.mark.parametrize(
    ("state", "step", "epochs", "can"),
    [
        (WAITING, PREPARE, 0, {"Stop"}),
        (RUNNING, PREPARE, 0, {"Pause", "Stop"}),
        (RUNNING, TRAIN, 2, {"Pause", "Finish now", "Stop"}),
        (PAUSED, TRAIN, 2, {"Finish now", "Stop", "Continue"}),
        (STOPPED, TRAIN, 2, {"Continue", "Remove"}),
        (FAILED, TRAIN, 0, {"Continue", "Remove"}),
    ],
)
def test_what_can_be_done_follows_the_state(
    models: Path, monkeypatch: pytest.MonkeyPatch, state: str, step: str, epochs: int, can: set[str]
) -> None:
    monkeypatch.setattr(status, "is_alive", lambda work: state in (WAITING, RUNNING, PAUSED))
    training(models, state, step, "It was full." if state == FAILED else "", epochs=epochs)
    page = opened()

    assert buttons(page) == can
    assert ("It was full." in words(page)) == (state == FAILED)
    assert len(page.get("vega_lite_chart")) == (2 if epochs else 0)


def test_a_wish_is_written_for_the_process_to_find(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "is_alive", lambda work: True)
    work = training(models, RUNNING, TRAIN, epochs=2)
    page = opened()
    page.button(key="Pause_mine").click().run()

    assert not page.exception
    assert (work / "wish").read_text() == "pause"


def test_a_finished_training_leads_to_its_report_and_can_be_removed(models: Path) -> None:
    work = training(models, DONE, EVALUATE, epochs=3)
    write_run(models, "mine")
    page = opened()
    link = page.get("page_link")[0].proto
    assert (link.page, link.query_string) == ("training_report", "model=mine")

    page.button(key="Remove_mine").click().run()
    assert not page.exception
    assert not work.exists()
    assert (models / "mine").is_dir()
    assert "None yet" in words(page)


def test_one_whose_process_is_gone_says_so_and_can_go_on(models: Path, launched: list[Path]) -> None:
    work = training(models, RUNNING, TRAIN, epochs=1)
    page = opened()
    assert "ended unexpectedly" in words(page)
    page.button(key="Continue_mine").click().run()

    assert launched == [work]


def test_from_another_machine_nothing_is_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "on_this_machine", lambda: False)
    page = opened()

    assert "only in a browser on the machine" in words(page)
    assert not page.text_input
