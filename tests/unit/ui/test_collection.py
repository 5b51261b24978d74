import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.heads import Thresholds
from core.results import ImageResult, Status
from core.settings import SessionLimits
from core.ui.classify.collection import NAMELESS, Collection, Entry, tidy_name


def refused(name: str) -> ImageResult:
    return ImageResult(name, Status.REFUSED, "model", "empty", "It is empty.")


def entry_of(outcome: Entry | str) -> Entry:
    assert isinstance(outcome, Entry), outcome
    return outcome


@pytest.fixture
def collection() -> Collection:
    return Collection(SessionLimits())


@given(st.lists(st.tuples(st.text(max_size=6), st.binary(max_size=3)), max_size=12))
def test_names_are_unique_and_every_different_file_is_kept(files: list[tuple[str, bytes]]) -> None:
    collection = Collection(SessionLimits())
    for name, data in files:
        collection.add(name, data)

    names = [entry.name for entry in collection]
    assert len(set(names)) == len(names)
    assert len(collection) == len({(tidy_name(name), data) for name, data in files})


@given(st.text())
def test_tidy_names_are_printable_and_never_empty(name: str) -> None:
    tidy = tidy_name(name)

    assert tidy
    assert tidy.isprintable()
    assert tidy_name(tidy) == tidy


def test_second_file_of_a_name_keeps_its_suffix(collection: Collection) -> None:
    for data in (b"1", b"2", b"3"):
        collection.add("a.photo.jpg", data)

    assert [entry.name for entry in collection] == ["a.photo.jpg", "a.photo (2).jpg", "a.photo (3).jpg"]


def test_nameless_file_gets_a_name(collection: Collection) -> None:
    assert entry_of(collection.add("\n\t", b"1")).name == NAMELESS


def test_the_same_file_stays_outside_until_it_is_removed(collection: Collection) -> None:
    first = entry_of(collection.add("one.jpg", b"1"))
    assert collection.add("one.jpg", b"1") == "'one.jpg' is already here."

    collection.remove(first.key)
    collection.remove(first.key)
    assert entry_of(collection.add("one.jpg", b"1")).key != first.key, "keys are never used twice"


@pytest.mark.parametrize("limits", [SessionLimits(max_pictures=1), SessionLimits(max_bytes=2)])
def test_full_session_says_so(limits: SessionLimits) -> None:
    collection = Collection(limits)
    collection.add("one.jpg", b"12")

    assert "was not added" in str(collection.add("two.jpg", b"3"))
    collection.clear()
    assert isinstance(collection.add("two.jpg", b"3"), Entry)


def test_pending_follows_model_and_wish(collection: Collection) -> None:
    entry = entry_of(collection.add("one.jpg", b"1"))
    assert collection.pending("a") == [entry]
    assert collection.decided(Thresholds()) == []

    entry.answer(refused("one.jpg"), "a")
    assert collection.pending("a") == []
    assert collection.pending("b") == [entry], "another model has not answered yet"
    assert [result.name for _, result in collection.decided(Thresholds())] == ["one.jpg"]

    entry.ask_again(whole=True)
    assert collection.pending("a") == [entry]
    assert entry.whole


def test_what_was_removed_comes_back_to_its_place_until_the_next_picture(collection: Collection) -> None:
    first, second, third = (entry_of(collection.add(name, name.encode())) for name in ("a", "b", "c"))
    second.correct(1, "male")
    collection.remove(second.key)
    collection.bring_back()
    assert list(collection) == [first, second, third]
    assert second.corrections == {1: "male"}

    collection.clear()
    assert len(collection) == 0
    collection.bring_back()
    assert list(collection) == [first, second, third]
    collection.bring_back()
    assert list(collection) == [first, second, third], "there is nothing more to undo"

    collection.clear()
    new = entry_of(collection.add("d", b"d"))
    collection.bring_back()
    assert list(collection) == [new]
