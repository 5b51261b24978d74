"""Every file that once went wrong is read by a test, which knows what is right for it."""

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_every_case_is_named_by_a_test() -> None:
    """A case whose test is gone would be a file that nobody opens."""
    quoted = {word for path in (TESTS / "unit").rglob("test_*.py") for word in path.read_text("utf-8").split('"')}
    cases = [path for path in (TESTS / "cases").iterdir() if not path.name.startswith(".")]
    assert cases
    assert sorted(case.name for case in cases if not {case.name, case.stem} & quoted) == []
