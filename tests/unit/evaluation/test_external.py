from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from core.errors import PeerError
from core.evaluation.comparison import Contender, compare
from core.evaluation.external import peer, read_peer, saved_peers
from core.heads import Thresholds
from tests.unit.faces_case import faces

OURS = faces(["female", "male", "male"], [0.9, 0.2, 0.6], quality=["", "too_dark", ""], p_child=0.9)


def write(folder: Path, text: str) -> Path:
    path = folder / "peer.csv"
    path.write_text(text)
    return path


def test_a_peer_is_one_more_contender_on_our_faces(tmp_path: Path) -> None:
    path = write(tmp_path, "file,p_female,model\nf/2.webp,0.25,x\nf/0.webp,0.75,x\n")
    found = peer("them", path, OURS)
    assert (found.name, found.labels_only) == ("them", False)
    rows = found.predictions.set_index("file")
    assert rows["p_female"].to_dict() == {"f/0.webp": 0.75, "f/2.webp": 0.25}
    assert rows["gender"].to_dict() == {"f/0.webp": "female", "f/2.webp": "male"}
    # Our detector, and what our model says of ages, are not theirs.
    assert found.answers.clear.all()
    compared = compare(Contender("ours", OURS, Thresholds()), found)
    assert (compared.n, compared.left_out) == (2, (1, 0))
    assert (compared.agreement.only_first, compared.agreement.only_other) == (0, 1)


def test_labels_alone_are_noticed(tmp_path: Path) -> None:
    found = peer("them", write(tmp_path, "file,p_female\nf/0.webp,1\nf/1.webp,0\n"), OURS)
    assert found.labels_only
    assert found.predictions["p_female"].tolist() == [1.0, 0.0]


def test_an_open_file_is_read_as_one_on_disk() -> None:
    file = BytesIO(b"file,p_female\nf/2.webp,0.25\n")
    file.name = "theirs.csv"
    assert peer("them", file, OURS).predictions["p_female"].tolist() == [0.25]
    file = BytesIO(b"name\n1\n")
    file.name = "theirs.csv"
    with pytest.raises(PeerError, match=r"theirs.csv .* no column file"):
        peer("them", file, OURS)


def test_saved_peers_are_found_by_set_and_variant(tmp_path: Path) -> None:
    folder = tmp_path / "peers" / "worldwide-real"
    folder.mkdir(parents=True)
    for name in ("b.csv", "a.csv", "README.md"):
        (folder / name).write_text("")
    assert saved_peers(tmp_path, "worldwide", "real") == {name: folder / f"{name}.csv" for name in ("a", "b")}
    assert saved_peers(tmp_path, "worldwide", "drawn") == {}


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "bad_table", "columns file, p_female"),
        ("name,p_female\nf/0.webp,1\n", "bad_table", "no column file"),
        ("file,p\nf/0.webp,1\n", "bad_table", "no column p_female"),
        ("file,p_female\n", "bad_table", "no rows"),
        ("file,p_female\nf/0.webp,1\nf/0.webp,0\n", "bad_table", "f/0.webp is in it more than once"),
        ("file,p_female\nf/0.webp,1.2\nf/1.webp,0\n", "out_of_range", "1 of 2 .* '1.2' of f/0.webp"),
        ("file,p_female\nf/0.webp,nan\n", "out_of_range", "'nan'"),
        ("file,p_female\nf/0.webp,woman\n", "out_of_range", "probability of female"),
        ("file,p_female\nf/0.webp,\n", "out_of_range", "''"),
        ("file,p_female\nf/0.webp,1\nf/9.webp,1\n", "unknown_files", "1 of 2 files .* f/9.webp"),
        ("file,p_female\n0.webp,1\n", "no_overlap", "look like 0.webp, ours like f/0.webp"),
        ('file,p_female\n"f/0.webp,1\n', "bad_table", "cannot be read"),
        ("file,p_female\nf/0.webp,1\nf/1.webp,1,1\n", "bad_table", "line 3 has 3 cells, and the first one 2"),
        ("file,p_female\nf/0.webp\n", "bad_table", "line 2 has 1 cell"),
        ("file,p_female" + "," * 10**6 + "\nf/0.webp,1\n", "bad_table", "line 2 has 2 cells"),
        ("file,p_female\nf/0.webp,1" + "," * 10**6, "bad_table", "line 2 has 1,000,002 cells"),
        ("file,p_female\n" + "f" * 200_000, "bad_table", "field larger"),
    ],
)
def test_what_is_wrong_with_a_peers_file_is_said(tmp_path: Path, text: str, code: str, words: str) -> None:
    with pytest.raises(PeerError, match=words) as told:
        peer("them", write(tmp_path, text), OURS)
    assert told.value.code == code


def test_a_file_that_is_not_there_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(PeerError, match="Check the path") as told:
        peer("them", tmp_path / "none.csv", OURS)
    assert told.value.code == "not_found"
    (tmp_path / "picture.csv").write_bytes(b"\xff\xd8\xff\x00\xfe" * 9)
    with pytest.raises(PeerError, match="cannot be read") as told:
        peer("them", tmp_path / "picture.csv", OURS)
    assert told.value.code == "bad_table"


def test_a_file_that_is_too_large_is_refused_and_a_byte_order_mark_is_none_of_its_names() -> None:
    class Uploaded(BytesIO):
        name = "theirs.csv"

    with pytest.raises(PeerError, match="larger than 32 MB"):
        read_peer(Uploaded(bytes(2**25 + 1)))
    assert read_peer(Uploaded(b"\xef\xbb\xbf\r\nfile,p_female,more\r\na,0.5,x\r\n")).to_dict("list") == {
        "file": ["a"],
        "p_female": [0.5],
    }


def test_a_set_without_faces_overlaps_with_nobody(tmp_path: Path) -> None:
    with pytest.raises(PeerError, match="there are none"):
        peer("them", write(tmp_path, "file,p_female\nf/0.webp,1\n"), pd.DataFrame(OURS).iloc[:0])
