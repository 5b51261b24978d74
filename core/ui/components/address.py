"""What stands in a page's address, so that what one sees can be shared, reloaded and gone back to.

A page that shows what any new visitor sees at first keeps its plain address; any other choice writes
them all. Choosers are to be drawn without `persist_state`: what they were when the page was left is kept here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import streamlit as st

from core.ui.wording import plain


@dataclass(slots=True)
class _Known:
    """What a page has in its address.

    Attributes:
        values: What is shown, by name in the address; "" stands for nothing.
        usual: What a new visitor sees.
        written: What the address was made to say, which it no longer does after back, forward or a link.
    """

    values: dict[str, str] = field(default_factory=dict)
    usual: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)


def begin(page: str, name: str, key: str, options: Iterable[str], usual: str, carried: str | None = None) -> str:
    """What a chooser is to show; to be asked before it is drawn.

    Args:
        page: Whose address it is.
        name: What stands in the address.
        key: The chooser's, under which its present value is.
        options: What can be chosen.
        usual: What a new visitor sees.
        carried: What this session sees at first, for example as it was chosen on another page.

    Returns:
        One of the options: the address's where that was changed, else the present one, else that of the last visit.
    """
    known, offered = _known(page), set(options)
    asked, present = st.query_params.get(name), st.session_state.get(key)
    if asked is not None and asked not in offered:
        st.info(f"The link asks for {name} **{plain(asked)}**, which is not available here.", icon=":material/info:")
    if present is None:
        wanted = [asked, known.values.get(name), carried]
    elif asked != known.written.get(name):
        wanted = [asked]
    else:
        wanted = [str(present)]
    return next((value for value in wanted if value in offered), usual)


def keep(page: str, name: str, value: str, usual: str) -> None:
    """Note what is shown; `write` puts it in the address."""
    known = _known(page)
    known.values[name], known.usual[name] = value, usual


def changed(page: str, name: str) -> str | None:
    """What the address says, where that is not what it was made to say."""
    asked = st.query_params.get(name)
    return None if asked == _known(page).written.get(name) else asked


def write(page: str) -> None:
    """Make the address say what is shown."""
    known = _known(page)
    said = {name: value for name, value in known.values.items() if value}
    stands = st.query_params.to_dict()
    if known.values == {name: stands.get(name, usual) for name, usual in known.usual.items()}:
        # It says all that is not usual. To write the rest too would be a step of its own, which "back" never gets past.
        known.written = {name: value for name, value in stands.items() if name in known.values}
        return
    known.written = said if known.values != known.usual else {}
    others = {name: value for name, value in stands.items() if name not in known.values}
    if stands != {**others, **known.written}:
        st.query_params.from_dict({**others, **known.written})


def _known(page: str) -> _Known:
    known: _Known = st.session_state.setdefault(f"address_{page}", _Known())
    return known
