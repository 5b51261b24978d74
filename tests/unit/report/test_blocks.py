"""What the report is made of, and how it becomes text."""

import pandas as pd

from core.report.blocks import Section, Table, Words, caption
from core.report.html.render import markdown
from core.report.markdown import plain, section


def test_names_are_shown_as_they_are_and_may_hold_anything() -> None:
    words = Words("**{}** of {}, {x}.", ("a{}b*", "<i>|"))

    assert words.filled(str) == "**a{}b*** of <i>|, {x}."
    assert words.filled(plain) == r"**a{}b\*** of \<i\>\|, {x}."
    assert "<i>" not in markdown(words.filled(plain))


def test_a_table_rounds_shares_before_anybody_shows_them() -> None:
    rows = pd.DataFrame(
        {"set": ["a", "b"], "share": [0.8625, None], "n": [1200, 3], "p": [0.12345, 0.5], "few": [True, False]}
    )
    table = Table("Shares", rows, {"n": "faces"}, shares=("share",), forms={"p": "%.2f"})

    assert table.headings == ["set", "share", "faces", "p", "few"]
    assert table.cells() == [["a", "86.2 %", "1,200", "0.12", "yes"], ["b", "\u2013", "3", "0.50", "no"]]
    assert table.shown["share"].tolist()[0] == 86.2


def test_a_section_as_markdown_leaves_out_what_is_empty() -> None:
    rows = pd.DataFrame({"Who": ["a|b"], "Faces": [12]})
    found = Section(
        "Groups", (caption(""), Table("t", rows, right=("Faces",)), Table("none", rows.head(0)), Words("End."))
    )

    assert section(found) == "## Groups\n\n| Who | Faces |\n| --- | ---: |\n| a\\|b | 12 |\n\nEnd."
