"""Choosing what is compared: models, a set of faces, and peers' saved or uploaded predictions."""

import hashlib
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

from core.errors import PeerError, RunError
from core.evaluation.comparison import KEYS, Contender, SideBySide, side_by_side
from core.evaluation.evaluator import tested
from core.evaluation.external import peer, read_peer, saved_peers
from core.evaluation.test_sets import TEST, TestSet, hardest, sets_in
from core.settings import PREFERRED_MODELS, model_folder, models_dir
from core.ui.compare.brought import brought
from core.ui.saved_runs import fingerprint, forget_unless_in, run_names, saved_run, say
from core.ui.sidebar import MODEL_HELP
from core.ui.wording import counted, listed, plain

_AT_FIRST = 4
_SAVED_HELP = (
    "What other systems say about the same faces. *faceres* is a network for bare faces, with its authors' weights "
    "(npm `@vladmandic/human`); *resnet50* is that of Seneviratne et al. 2021, trained on drawn masks. Each found "
    "and cut the faces in its own way: whole systems are compared, not just networks. More in "
    "`models/peers/README.md`."
)
_SET = "compare_set"


class _Candidate(NamedTuple):
    """A contender and what changes whenever its answers do."""

    contender: Contender
    key: Hashable


def choose_contenders() -> SideBySide | None:
    """Let the user choose; None, and a sentence why, where fewer than two can be compared."""
    model_chooser, set_chooser = st.columns(2)
    with model_chooser:
        models = _choose_models()
    if not models:
        return None
    with set_chooser:
        test_set = _choose_test_set(_predictions(models))
    if test_set.words:
        st.caption(plain(test_set.words))
    candidates = []
    for name, candidate in models.items():
        faces = test_set.rows(candidate.contender.predictions)
        if faces.empty:
            st.info(f"**{plain(name)}** was not tested on {plain(test_set.title)}: left out.", icon=":material/info:")
        else:
            own = Contender(name, faces, candidate.contender.thresholds)
            candidates.append(_Candidate(own, (candidate.key, test_set)))
    candidates += _peers(candidates, test_set, _predictions(models))
    if len(candidates) < 2:
        st.info(
            "There is nothing to compare with yet: choose another model, or add another model's predictions. "
            "`python -m core train` makes a model, `python -m core evaluate NAME` its predictions.",
            icon=":material/info:",
        )
        if elsewhere := [other for other in _with_saved_peers(_predictions(models)) if other != test_set]:
            _offer(elsewhere, f"Predictions of other models exist for faces other than {test_set.title}:")
        return None
    return _side_by_side(tuple(key for _, key in candidates), tuple(contender for contender, _ in candidates))


def _choose_models() -> dict[str, _Candidate]:
    """The chosen models that have predictions; the others are said."""
    names = run_names()
    kept = [name for name in st.session_state.get("compare_models", ()) if name in names]
    if len(kept) < len(st.session_state.get("compare_models", ())):
        st.session_state["compare_models"] = kept
    names.sort(key=lambda name: PREFERRED_MODELS.index(name) if name in PREFERRED_MODELS else len(PREFERRED_MODELS))
    chosen = st.multiselect(
        "Models (the first is the reference)",
        names,
        names[:_AT_FIRST],
        key="compare_models",
        format_func=listed,
        help=MODEL_HELP,
        wrap=True,
        persist_state="session",
    )
    if not chosen:
        st.info("Choose a model.", icon=":material/info:")
    found = {}
    for name in chosen:
        run = saved_run(model_folder(name))
        try:
            metadata, predictions = tested(run)
        except RunError as error:
            say(error)
            continue
        for note in run.notes:
            st.warning(plain(f"{name}: {note}"), icon=":material/warning:")
        contender = Contender(name, predictions, metadata.thresholds)
        found[name] = _Candidate(contender, (name, fingerprint(model_folder(name))))
    return found


def _predictions(models: Mapping[str, _Candidate]) -> list[pd.DataFrame]:
    """All that the models answered, on every test set."""
    return [candidate.contender.predictions for candidate in models.values()]


def _peers(models: list[_Candidate], test_set: TestSet, everywhere: list[pd.DataFrame]) -> list[_Candidate]:
    """Saved peers of the set, each of which can be put aside, and uploaded ones.

    One whose answers are on another test set of `everywhere` is said, with a way there.
    """
    taken = set(run_names())
    beside = _saved_beside(test_set) if models else {}
    saved = {_free_name(label, taken): path for label, path in beside.items()}
    files: dict[str, tuple[bytes, str]] = {}
    if saved:
        labels = st.multiselect(
            "Peers' saved predictions",
            list(saved),
            list(saved),
            key=f"compare_peers_{test_set.title}",
            help=_SAVED_HELP,
            persist_state="session",
        )
        files |= {label: (saved[label].read_bytes(), saved[label].name) for label in labels}
    with st.expander("Add another model's predictions"):
        uploads = brought()
    taken |= set(saved)
    for upload in uploads:
        label = _free_name(Path(upload.name).stem, taken)
        taken.add(label)
        files[label] = (upload.data, upload.name)
    if not files or not models:
        return []
    faces = pd.concat([contender.predictions for contender, _ in models]).drop_duplicates(list(KEYS))
    found = []
    for label, (data, name) in files.items():
        key = (label, hashlib.sha256(data).hexdigest(), tuple(key for _, key in models))
        try:
            found.append(_Candidate(_peer(key, label, data, name, faces), key))
        except PeerError as error:
            there = _that_hold(_files(data, name), everywhere) if error.code in ("no_overlap", "unknown_files") else []
            if there:
                _offer(there, f"{label} has answers for faces other than {test_set.title}:")
            else:
                st.warning(plain(f"{label}: {error.message}"), icon=":material/warning:")
    return found


def _files(data: bytes, name: str) -> list[str]:
    """The faces that a peer has answers on; the table was found readable."""
    return list(read_peer(_as_file(data, name))["file"])


def _as_file(data: bytes, name: str) -> BytesIO:
    file = BytesIO(data)
    file.name = name
    return file


def _free_name(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where it is taken."""
    numbered = (f"{name} ({number})" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(other for other in numbered if other not in taken)


@st.cache_resource(max_entries=16, show_spinner=False)
def _peer(key: Hashable, label: str, _data: bytes, _name: str, _faces: pd.DataFrame) -> Contender:
    return peer(label, _as_file(_data, _name), _faces)


@st.cache_resource(max_entries=16, show_spinner="Comparing face by face …")
def _side_by_side(keys: tuple[Hashable, ...], _contenders: tuple[Contender, ...]) -> SideBySide:
    """Measured once for all sessions; shared, so never written to."""
    return side_by_side(_contenders)


def say_what_is_compared(side: SideBySide) -> None:
    """How many faces all of them answered, and what was left out for that."""
    names = ", ".join(f"**{plain(contender.name)}**" for contender in side.contenders)
    figures = side.figures[0]
    women, men = counted(figures.n_female, "woman", "women"), counted(figures.n_male, "man", "men")
    st.markdown(f"{names} on the same {counted(side.n, 'face', 'faces')} ({women}, {men}).")
    further = [
        f"{plain(contender.name)} {left_out:,}"
        for contender, left_out in zip(side.contenders, side.left_out, strict=True)
        if left_out
    ]
    if further:
        st.caption(f"Only faces that all of them answered are compared. Left out: {', '.join(further)}.")


def _test_sets_in(predictions: Iterable[pd.DataFrame]) -> list[TestSet]:
    """All sets of some tables of predictions, in order."""
    return sets_in(pd.concat(list(predictions)))


def _choose_test_set(predictions: Sequence[pd.DataFrame]) -> TestSet:
    """Let the user choose among the test sets of some models' predictions; at first the hardest of the first model."""
    test_sets = _test_sets_in(predictions)
    names = [test_set.title for test_set in test_sets]
    forget_unless_in(_SET, names)
    hard = hardest(predictions[0])
    index = 0 if hard is None else test_sets.index(hard)
    name = st.selectbox("Faces", names, index=index, key=_SET, persist_state="session")
    return test_sets[names.index(name)]


def _saved_beside(test_set: TestSet) -> dict[str, Path]:
    """Files of peers' predictions on a test set that are saved beside the models, by label."""
    return saved_peers(models_dir(), test_set.set, test_set.variant) if test_set.split == TEST else {}


def _with_saved_peers(predictions: Sequence[pd.DataFrame]) -> list[TestSet]:
    """The test sets of some models' predictions that saved peers have answers on."""
    return [test_set for test_set in _test_sets_in(predictions) if _saved_beside(test_set)]


def _that_hold(files: Collection[str], predictions: Sequence[pd.DataFrame]) -> list[TestSet]:
    """The test sets of some models' predictions that hold all of some faces, by the names of their files."""
    wanted = set(files)
    return [
        test_set
        for test_set in _test_sets_in(predictions)
        if any(wanted <= set(test_set.rows(table)["file"]) for table in predictions)
    ]


def _offer(test_sets: Sequence[TestSet], why: str) -> None:
    """Say why other test sets would do, with a button that goes to each."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"offer_{why}"):
        st.markdown(plain(why), width="content")
        for test_set in test_sets:
            st.button(
                f"Show {test_set.title}",
                key=f"offer_{why}_{test_set.title}",
                type="tertiary",
                on_click=_go_to,
                args=(test_set,),
            )


def _go_to(test_set: TestSet) -> None:
    st.session_state[_SET] = test_set.title
