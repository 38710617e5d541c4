"""The words of models, read from their files and from the cache."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.models import Broken, Model, find, places, read, sphinx
from ivr.speech.vocabulary import Vocabulary, VocabularyError, vocabulary

WORDS = ("<eps>", "YES", "no", "मदद", "메뉴", "menu", "menus", "main")


def text(value: str) -> bytes:
    return struct.pack("<i", len(value.encode())) + value.encode()


def symbols(words: tuple[str, ...]) -> bytes:
    head = struct.pack("<i", 2125658996) + text("words.txt") + struct.pack("<qq", len(words), len(words))
    return head + b"".join(text(word) + struct.pack("<q", number) for number, word in enumerate(words))


def graph(*tables: bytes, flags: int) -> bytes:
    """The head of a graph as OpenFst writes it, with tables of input and output symbols."""
    head = struct.pack("<i", 2125659606) + text("ngram") + text("standard")
    return head + struct.pack("<iiQqqq", 4, flags, 0, 1, 2, 3) + b"".join(tables) + b"states and arcs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "hi"
    for part in ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLr.fst", "graph/disambig_tid.int"):
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (folder / part).write_bytes(b"x")
    (folder / "graph/Gr.fst").write_bytes(graph(symbols(WORDS), flags=2))
    return folder


def model_in(folder: Path) -> Model:
    made = read(folder, folder.parent)
    assert not isinstance(made, Broken)
    return made


def words_of(folder: Path) -> set[str]:
    return set(vocabulary(model_in(folder), folder.parent / "cache").lines.decode().split("\n")) - {""}


@pytest.mark.parametrize(
    "content",
    [
        graph(symbols(WORDS), flags=2),
        graph(symbols(("a", "b")), symbols(WORDS), flags=3),
        graph(symbols(WORDS), flags=6),
    ],
)
def test_words_stand_in_the_graph(folder: Path, content: bytes) -> None:
    (folder / "graph/Gr.fst").write_bytes(content)
    assert words_of(folder) == set(WORDS)


def test_or_else_in_a_list_beside_it(folder: Path) -> None:
    (folder / "graph/Gr.fst").write_bytes(graph(symbols(("a",)), flags=1))
    with pytest.raises(VocabularyError, match=r"words\.txt: no such file or directory"):
        words_of(folder)
    (folder / "graph/words.txt").write_text("".join(f"{word} {number}\n" for number, word in enumerate(WORDS)))
    assert words_of(folder) == set(WORDS)


GOOD = graph(symbols(("a",)), symbols(WORDS), flags=3)


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"x" * 100,
        graph(b"", flags=2),
        graph(symbols(WORDS)[:-1] + b"", flags=2)[:-20],
        graph(symbols(WORDS).replace(struct.pack("<q", len(WORDS)), struct.pack("<q", -1)), flags=2),
        graph(symbols(WORDS).replace(struct.pack("<q", len(WORDS)), struct.pack("<q", 2**40)), flags=2),
        graph(symbols(WORDS).replace(text("YES"), struct.pack("<i", 2**31 - 1) + b"YES"), flags=2),
        *(GOOD[:length] for length in range(1, len(GOOD) - len("states and arcs"), 7)),
    ],
)
def test_a_graph_that_is_none_is_told(folder: Path, content: bytes) -> None:
    (folder / "graph/Gr.fst").write_bytes(content)
    with pytest.raises(VocabularyError, match=r"graph/Gr\.fst: this is no graph of OpenFst, or it is cut short"):
        words_of(folder)
    assert not (folder.parent / "cache").exists()


def test_words_are_kept_and_made_again_where_they_are_damaged(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "cache" / f"{model_in(folder).fingerprint}.words"
    assert words_of(folder) == set(WORDS)
    whole = kept.read_bytes()
    for damaged in (b"", whole[:-1], whole.replace(b"menu", b"MENU"), b"\xff" * 500):
        kept.write_bytes(damaged)
        assert words_of(folder) == set(WORDS)
        assert kept.read_bytes() == whole
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_a_cache_that_can_not_be_written_is_no_obstacle(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"")
    assert words_of(folder) == set(WORDS)


WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=4)


@given(st.sets(WORD, max_size=20), st.lists(WORD, max_size=5))
def test_what_is_in_it_is_found_and_nothing_else(words: set[str], others: list[str]) -> None:
    lines = b"\n".join((b"", *sorted(word.encode() for word in words), b""))
    made = Vocabulary(lines if words else b"\n")
    assert len(made) == len(words)
    for word in (*words, *others, "", "\n", *(word[:-1] for word in words)):
        assert (word in made) == (word in words)


def test_near_words_have_the_same_beginning() -> None:
    known = sorted(word.encode() for word in ("billing", "building", "BILLED", "killing", "메뉴", "메달"))
    made = Vocabulary(b"\n".join((b"", *known, b"")))
    assert made.near("biling") == ("billing",)
    assert set(made.near("BILLET")) == {"BILLED", "billing"}
    assert made.near("메뉴우") == ("메뉴",)
    assert made.near("zebra") == made.near("") == ()


def test_the_korean_model_from_the_package_registry(tmp_path: Path) -> None:
    model = find("ko", places(None, tmp_path, {}))
    assert model is not None
    words = vocabulary(model, tmp_path / "words")
    assert len(words) == 503_352
    assert [word in words for word in ("YES", "yes", "MENU", "BILLING", "메뉴", "메뉴우")] == [
        *(True, False, True, False, True, False)
    ]
    assert words == vocabulary(model, tmp_path / "words")


def test_pocketsphinx_knows_words_once_whatever_their_pronunciations(tmp_path: Path) -> None:
    model = sphinx()
    assert model is not None
    words = vocabulary(model, tmp_path)
    assert [word in words for word in ("sales", "billing", "a", "a(2)", "SALES", "qwertz")] == [
        *(True, True, True, False, False, False)
    ]
