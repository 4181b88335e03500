from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.errors import BadInput
from generator.measure.credits import read_credits, unescaped
from generator.measure.photo_folder import photo_folder
from generator.records import Credit, Photograph

if TYPE_CHECKING:
    from pathlib import Path

FULL = "file,label,group,author,author_page,page,licence,show\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.jpg", "a.PNG", "dogs/spaniel.webp", "dogs/b.avif", "notes.txt", ".hidden.jpg", ".git/c.jpg"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path / "photos"


def names(folder: Path) -> list[str]:
    return [file.path.relative_to(folder).as_posix() for file in photo_folder(folder).files]


def test_photographs_are_found_by_their_endings_in_the_order_of_their_paths(folder: Path) -> None:
    assert names(folder) == ["a.PNG", "b.jpg", "dogs/b.avif", "dogs/spaniel.webp"]


def test_a_sub_folder_labels_what_lies_in_it_and_a_persons_own_photographs_are_shown(folder: Path) -> None:
    credits_of = [file.credit for file in photo_folder(folder).files]
    assert [credit.label for credit in credits_of] == ["", "", "dogs", "dogs"]
    assert all(credit.show for credit in credits_of)


def test_credits_say_what_is_known_and_what_may_be_shown(folder: Path) -> None:
    line = "dogs/spaniel.webp,water spaniel,dog,A. Person,https://a.example/p,http://a.example/1,CC-BY-2.0,no\n"
    (folder / "credits.csv").write_text(f"\ufeff{FULL}{line}b.jpg,corn,,,,,,Yes\n", "utf-8")
    known = {file.path.name: file.credit for file in photo_folder(folder).files}
    assert known["spaniel.webp"] == Credit(
        "water spaniel", "dog", "A. Person", "https://a.example/p", "http://a.example/1", "CC-BY-2.0", show=False
    )
    assert known["b.jpg"] == Credit("corn", show=True)
    assert known["b.avif"] == Credit("dogs", show=False)
    assert known["a.PNG"] == Credit()


def test_a_file_with_its_digest_is_a_photograph(folder: Path) -> None:
    file = photo_folder(folder).files[2]
    assert file.photograph("00ff") == Photograph(label="dogs", show=True, stem="b", sha256="00ff")


def test_credits_may_lie_elsewhere(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("file,label\nb.jpg,corn\n")
    assert photo_folder(folder, table).files[1].credit == Credit("corn")


def test_a_link_out_of_the_folder_is_named_and_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"")
    (folder / "way.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "again.jpg").symlink_to(folder / "b.jpg")
    (folder / "up").symlink_to(tmp_path)
    found = photo_folder(folder)
    assert found.left_out == (f"{folder / 'way.jpg'} is left out: it leads out of the folder.",)
    assert "again.jpg" in names(folder)
    assert len(found.files) == 5


def test_what_is_no_folder_of_photographs_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        photo_folder(tmp_path / "missing")
    (tmp_path / "file.jpg").write_bytes(b"")
    with pytest.raises(BadInput, match="it is a file"):
        photo_folder(tmp_path / "file.jpg")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match=r"holds no photographs: no file there ends in \.jpg"):
        photo_folder(tmp_path / "empty")
    with pytest.raises(BadInput, match="cannot be read"):
        photo_folder(tmp_path, tmp_path / "missing.csv")


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (b"", "no column 'file'"),
        (b"label,page\nx,y\n", "no column 'file'"),
        (b"file,lable\n", "a column 'lable'.*Did you mean 'label'"),
        (b"file,label,label\n", "a column twice"),
        (b"file,label\na.jpg,x,y\n", "line 2: it has more values"),
        (b"file,label\n,x\n", "line 2: the file '' is missing"),
        (b"file\na.jpg\n./a.jpg\n", "line 3: the file 'a.jpg' is named twice"),
        (b"file,page\na.jpg,javascript:alert(1)\n", "line 2: page is 'javascript.*begins with http"),
        (b"file,author_page\na.jpg,https://\n", "author_page is 'https://'"),
        (b"file,page\na.jpg,http://[x\n", "page is"),
        (b"file,page\na.jpg,https://a.example/a b\n", "page is"),
        (b"file,show\na.jpg,maybe\n", "line 2: show is 'maybe'; it is 'yes' or 'no'"),
        (b"file,label\na.jpg,\x1b[31m\n", "control characters"),
        (b"file,label\na.jpg," + b"x" * 1001, "longer than 1,000 characters"),
        (b'file,label\na.jpg,"x\n', "it is not a table of comma-separated values"),
        (b"file,label\na.jpg," + b"x" * 200_000, "it is not a table of comma-separated values"),
        (b"file,label\na.jpg,\xff\n", r"not UTF-8 text \(byte 17\)"),
    ],
)
def test_credits_that_cannot_be_used_are_told_in_one_sentence(tmp_path: Path, table: bytes, reason: str) -> None:
    path = tmp_path / "credits.csv"
    path.write_bytes(table)
    with pytest.raises(BadInput, match=reason) as raised:
        read_credits(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_names_in_any_script_are_kept_and_white_space_is_tidied(tmp_path: Path) -> None:
    path = tmp_path / "credits.csv"
    path.write_text('file,label,author\na.jpg,"big\n cat",नमस्ते \u200d 👩\u200d🎨\n', "utf-8")
    assert read_credits(path)["a.jpg"] == Credit("big cat", author="नमस्ते \u200d 👩\u200d🎨")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Jean-Pierre Dalb\\303\\251ra", "Jean-Pierre Dalbéra"),
        ("LG\\354\\240\\204\\354\\236\\220", "LG전자"),
        ("Reago &amp; McClarren, O&#x27;Neil", "Reago & McClarren, O'Neil"),
        ("&amp;lt; &#233;", "&lt; é"),
        ("AT&T, R&D; \\101 \\303 and \\n &nosuch;", "AT&T, R&D; \\101 \\303 and \\n &nosuch;"),
    ],
)
def test_what_is_left_of_escapes_is_undone_where_it_can_only_be_meant(written: str, meant: str) -> None:
    assert unescaped(written) == meant


def test_words_in_credits_are_unescaped_and_links_and_files_are_as_written(tmp_path: Path) -> None:
    path = tmp_path / "credits.csv"
    path.write_text("file,label,author,page\na&amp;b.jpg,b&amp;b,\\303\\251,https://a.example/?a=1&amp;b\n", "utf-8")
    expected = Credit("b&b", author="é", page="https://a.example/?a=1&amp;b")
    assert read_credits(path) == {"a&amp;b.jpg": expected}
    path.write_text("file,author\na.jpg,a&#1;b\nb.jpg,\\302\\200\n", "utf-8")
    with pytest.raises(BadInput, match="control characters"):
        read_credits(path)
