"""The page Train: pictures looked at, and a training begun."""

import io
import shutil
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.model.metadata import ModelMetadata
from core.settings import MODELS_DIR, PREFERRED_MODELS
from core.training.jobs.plan import Plan
from core.ui.report import pictures
from core.ui.train import looking
from core.ui.train.settings import beginnings
from tests.pages.train_page import look_at, looked, opened, words
from tests.unit.labelled_folder import write_labelled


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


def test_fine_tuning_a_model_in_factors_trains_the_whole_network(models: Path) -> None:
    models.mkdir()
    shutil.copytree(MODELS_DIR / PREFERRED_MODELS[0], models / "small")
    shipped = ModelMetadata.load(models / "small")
    replace(shipped, name="small", network="hse-faceres-factored").save(models / "small")
    assert {one.parent: one.network for one in beginnings()}["small"] == "hse-faceres"


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
    looked(page.button(key="train_check").click().run())
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


def test_what_was_refused_is_said_until_something_else_is_tried(tmp_path: Path) -> None:
    """A page with a training draws itself anew whenever that changes: the sentence must not go with it."""
    page = look_at(opened(), tmp_path / "nowhere").run()
    assert "There is no file or folder" in words(page)
    page.switch_page("pages/model_card.py").run()
    page.switch_page("pages/train.py").run()
    assert "There is no file or folder" in words(page)
    assert page.text_input(key="train_folder").value == str(tmp_path / "nowhere")

    look_at(page, write_labelled(tmp_path / "faces", 16))
    assert "There is no file or folder" not in words(page)
    page.text_input(key="train_name").set_value("a b").run()
    page.button(key="train_start").click().run()
    assert "A model's name is letters" in words(page.run())
    page.text_input(key="train_name").set_value("a-b").run()
    assert "A model's name is letters" not in words(page)


def test_a_look_goes_on_when_the_page_changes_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, look = threading.Event(), looking.read_source

    def waits(*given: Any, **options: Any) -> Any:
        goes_on.wait(60)
        return look(*given, **options)

    monkeypatch.setattr(looking, "read_source", waits)
    page = opened()
    page.text_input(key="train_folder").set_value(str(write_labelled(tmp_path / "faces", 16))).run()
    page.button(key="train_check").click().run()
    page.switch_page("pages/model_card.py").run()
    page.switch_page("pages/train.py").run()
    assert page.button(key="train_check_stop").label == "Stop"
    goes_on.set()
    assert "pictures** in" in words(looked(page))

    goes_on.clear()
    page.button(key="train_check").click().run()
    page.button(key="train_check_stop").click().run()
    goes_on.set()
    assert "train_looking" not in page.session_state
    assert "train_start" not in [button.key for button in page.button]
    assert not page.exception


def test_a_reload_asks_first_until_the_training_has_begun(tmp_path: Path, launched: list[Path]) -> None:
    page = opened()
    assert "held_check" not in page.session_state
    look_at(page, write_labelled(tmp_path / "faces", 16))
    assert "held_check" in page.session_state
    page.button(key="train_start").click().run()
    assert len(launched) == 1
    assert "held_check" not in page.session_state


def test_of_a_zip_and_a_folder_the_page_says_which_is_checked(tmp_path: Path) -> None:
    page = opened()
    page.text_input(key="train_folder").set_value(str(tmp_path)).run()
    page.file_uploader(key="train_zip").upload("my.zip", b"no zip", "application/zip").run()
    assert "The ZIP will be checked, not the folder" in words(page)
    looked(page.button(key="train_check").click().run())
    assert "'my.zip' is a damaged ZIP" in words(page)


def test_too_few_pictures_are_shown_and_not_trained_on(tmp_path: Path) -> None:
    page = look_at(opened(), write_labelled(tmp_path / "faces", 3))

    assert "10 of each are needed" in words(page)
    assert page.button(key="train_start").disabled


def test_pictures_behind_links_that_disappear_after_the_look_are_said(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path / "faces", 16)
    page = look_at(opened(), folder)
    folder.rename(tmp_path / "elsewhere")
    page.run()
    assert f"no longer in {folder}. Put them back, or choose others." in words(page)
    assert "train_start" not in [button.key for button in page.button]

    (tmp_path / "elsewhere").rename(folder)
    page.run()
    assert "train_start" in [button.key for button in page.button]


def test_pictures_that_disappear_after_the_look_are_said(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path / "faces" / "Training", 2).parent
    write_labelled(folder / "Testing", 1)
    page = look_at(opened(), folder)
    folder.rename(tmp_path / "elsewhere")
    page.run()

    assert not page.exception
    assert "is no longer there" in words(page)


def test_from_another_machine_nothing_is_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "on_this_machine", lambda: False)
    page = opened()

    assert "only in a browser on the machine" in words(page)
    assert not page.text_input
