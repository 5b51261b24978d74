"""The page Train in tests: opened, read, and led as far as a test wants it."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.training.jobs.plan import PREPARE, STEPS, Plan
from core.training.jobs.status import Status
from tests.pages.front_page import ROOT
from tests.pages.run_folder import history


def opened() -> AppTest:
    page = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).switch_page("pages/train.py").run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    elements = [*page.markdown, *page.caption, *page.info, *page.warning, *page.error, *page.success]
    return "\n".join(element.value for element in elements).replace("\\", "").replace("\u2060", "")


def look_at(page: AppTest, folder: Path) -> AppTest:
    page.text_input(key="train_folder").set_value(str(folder)).run()
    return looked(page.button(key="train_check").click().run())


def looked(page: AppTest) -> AppTest:
    """The page when its look at pictures, which goes on by itself, has ended."""
    for _ in range(200):
        assert not page.exception
        if "train_looking" not in page.session_state:
            return page
        page.run()
    raise AssertionError("the look at the pictures does not end")


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
