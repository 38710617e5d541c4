"""The words that a speech model knows, without the model in memory: read once from its files, then from a cache."""

from __future__ import annotations

import difflib
import hashlib
import logging
import mmap
import secrets
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ivr.speech.models import SPHINX_WORDS, Model

FST_MAGIC = 2125659606
SYMBOLS_MAGIC = 2125658996
"""OpenFst 1.7: `kFstMagicNumber` in fst.h and `kSymbolTableMagicNumber` in symbol-table.cc."""
HAS_INPUT_SYMBOLS, HAS_OUTPUT_SYMBOLS = 1, 2
"""Flags of `FstHeader`."""
NUMBERS = struct.Struct("<iiQqqq")
"""What follows the two types in `FstHeader`: version, flags, properties, start, states and arcs."""
LENGTH = 4
KEY = 8
"""Bytes of the length of a text, and of the number of a symbol."""
MOST_SYMBOLS = 20_000_000
LONGEST_NAME = 65_536

DIGEST_LENGTH = hashlib.sha256().digest_size * 2
SEVERAL = 3
"""Words that are shown as near."""
MOST_COMPARED = 2_000
"""Words that are compared to find near ones: difflib takes some 10 µs for each."""

_log = logging.getLogger(__name__)


class VocabularyError(Exception):
    """The words of a model can't be read; the text says from which file and why."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a model, in the spelling of the model."""

    lines: bytes = field(repr=False)
    """UTF-8, sorted by bytes; a line break before the first word, and after each one."""

    def __contains__(self, word: str) -> bool:
        """Whether the model has the word, spelt exactly so."""
        wanted = word.encode("utf-8", "surrogatepass")
        place = self._place(wanted)
        return b"\n" not in wanted and self.lines.startswith(wanted + b"\n", place)

    def __len__(self) -> int:
        """Count the words, those included that stand for silence or noise."""
        return self.lines.count(b"\n") - 1

    def near(self, word: str) -> tuple[str, ...]:
        """A few words that are spelt much like one in any case, the nearest first; only with the same beginning."""
        if not word:
            return ()
        spelt: dict[str, None] = {}
        for form in dict.fromkeys((word, word.lower(), word.upper(), word.title())):
            begun = self._beginning(form[: max(1, len(form) // 2)])
            like = [other for other in begun if other != form and abs(len(other) - len(form)) <= max(1, len(form) // 3)]
            spelt.update(dict.fromkeys(difflib.get_close_matches(form, like[:MOST_COMPARED], SEVERAL)))
        return tuple(spelt)[:SEVERAL]

    def _place(self, wanted: bytes) -> int:
        """Where the first word begins that does not come before the wanted one, or the end."""
        low, high = 1, len(self.lines)
        while low < high:
            start = self.lines.rfind(b"\n", 0, (low + high) // 2 + 1) + 1
            if start >= high:
                start = low  # The break found is the last one before `high`.
            end = self.lines.index(b"\n", start)
            if self.lines[start:end] < wanted:
                low = end + 1
            else:
                high = start
        return low

    def _beginning(self, beginning: str) -> Iterator[str]:
        """The words that begin so."""
        wanted = beginning.encode("utf-8", "surrogatepass")
        place = self._place(wanted)
        while self.lines.startswith(wanted, place):
            end = self.lines.index(b"\n", place)
            yield self.lines[place:end].decode("utf-8", "replace")
            place = end + 1


def vocabulary(model: Model, cache: Path) -> Vocabulary:
    """The words of a model, kept in the folder `cache` in a file named by the model's fingerprint.

    A file that is missing or damaged is made again. That none can be made is logged, and the words are returned.

    Raises:
        VocabularyError: the model's files do not tell them.
    """
    file = cache / f"{model.fingerprint}.words"
    kept = _kept(file)
    if kept is not None:
        return Vocabulary(kept)
    lines = b"".join((b"\n", *(word + b"\n" for word in sorted(set(words(model))) if word and b"\n" not in word)))
    _keep(file, lines)
    return Vocabulary(lines)


def words(model: Model) -> Iterable[bytes]:
    """The words of a model, from its own files.

    Raises:
        VocabularyError: they do not tell them.
    """
    if model.engine == "sphinx":
        return _dictionary(model.directory / SPHINX_WORDS)
    graph = model.directory / "graph"
    graph = graph if graph.is_dir() else model.directory
    # Vosk prefers the symbols inside the graph to the list beside it.
    symbols = _symbols(graph / "Gr.fst")
    return _listed(graph / "words.txt") if symbols is None else symbols


def _dictionary(file: Path) -> list[bytes]:
    """The words of a pronouncing dictionary; further pronunciations are written `word(2)`."""
    return [line.split(None, 1)[0].split(b"(")[0] for line in _read(file).splitlines() if line.strip()]


def _listed(file: Path) -> list[bytes]:
    """The words of a symbol table in text: a word and its number on each line."""
    return [line.split()[0] for line in _read(file).splitlines() if line.strip()]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise VocabularyError(f"{file}: {(error.strerror or str(error)).lower()}") from None


def _symbols(file: Path) -> list[bytes] | None:
    """The output symbols of a graph of OpenFst; None if it carries none.

    The layout is that of `FstHeader::Read` and `SymbolTableImpl::Read`: numbers in little endian, text behind its
    length. The input symbols stand before them.
    """
    try:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _output_symbols(content)
    except OSError as error:
        raise VocabularyError(f"{file}: {(error.strerror or str(error)).lower()}") from None
    except (ValueError, struct.error, IndexError) as error:
        raise VocabularyError(f"{file}: this is no graph of OpenFst, or it is cut short: {error}") from None


def _output_symbols(content: mmap.mmap) -> list[bytes] | None:
    _expect(content, 0, FST_MAGIC, "graph")
    place = LENGTH
    for _ in ("type of graph", "type of arc"):
        place = _text(content, place)[1]
    flags = NUMBERS.unpack_from(content, place)[1]
    place += NUMBERS.size
    if not flags & HAS_OUTPUT_SYMBOLS:
        return None
    if flags & HAS_INPUT_SYMBOLS:
        place = _table(content, place)[1]
    return _table(content, place)[0]


def _table(content: mmap.mmap, place: int) -> tuple[list[bytes], int]:
    """The symbols of a table that begins at a place, and where it ends."""
    _expect(content, place, SYMBOLS_MAGIC, "table of symbols")
    _, place = _text(content, place + LENGTH)
    _, size = struct.unpack_from("<qq", content, place)
    place += 2 * KEY
    if not 0 <= size <= MOST_SYMBOLS:
        raise ValueError(f"a table of {size} symbols")
    found: list[bytes] = []
    for _ in range(size):
        start = place + LENGTH
        end = start + int.from_bytes(content[place:start], "little")
        found.append(content[start:end])
        place = end + KEY
        if place > len(content):
            raise ValueError("it ends within its symbols")
    return found, place


def _text(content: mmap.mmap, place: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from("<i", content, place)
    start = place + LENGTH
    if not 0 <= length <= min(LONGEST_NAME, len(content) - start):
        raise ValueError(f"a name of {length} bytes")
    return content[start : start + length], start + length


def _expect(content: mmap.mmap, place: int, magic: int, what: str) -> None:
    (found,) = struct.unpack_from("<i", content, place)
    if found != magic:
        raise ValueError(f"no {what} at byte {place}")


def _kept(file: Path) -> bytes | None:
    """The lines in a file of the cache; None if there is none, or it is damaged."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _log.warning("a list of words can't be read and is made again: %s", error)
        return None
    digest, lines = content[:DIGEST_LENGTH], content[DIGEST_LENGTH:]
    if digest != _digest(lines):
        _log.warning("a list of words is damaged and is made again: %s", file)
        return None
    return lines


def _keep(file: Path, lines: bytes) -> None:
    unfinished = file.with_name(f"{file.name}.{secrets.token_hex(8)}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.write_bytes(_digest(lines) + lines)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("a list of words can't be kept: %s", error)


def _digest(lines: bytes) -> bytes:
    return hashlib.sha256(lines).hexdigest().encode()
