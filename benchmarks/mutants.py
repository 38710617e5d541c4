"""A mutation test of `ivr lint`: how many single edits of the example flows it tells of, and by which checks.

`python -m benchmarks.mutants [--list] [--targets N] [FILE…]`; with `--list` every edit that is not found is shown.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.edit import Document, Edit, at
from benchmarks.edits import edits
from ivr.document.finding import Finding
from ivr.document.load import flow_files, load_sources
from ivr.document.source import Source, read
from ivr.lint import check
from ivr.lint.checks import UNSTEADY
from ivr.speech.machine import Machine

TODAY = date(2026, 11, 23)
LARGE, TARGETS = 20, 6
"""Of flows with more nodes than this, each exit is led to so many others only, drawn once and for all."""

Told = Counter[tuple[str, str, str]]
"""Check, severity and message of all findings."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """An edit of one file, and what `ivr lint` says of it that it did not say before."""

    file: str
    line: int
    edit: Edit
    before: Any
    found: tuple[str, ...]
    """The checks that tell of it by an error or a warning."""
    hinted: tuple[str, ...]
    """Those that tell of it by an info."""


@dataclass(frozen=True, slots=True)
class Group:
    """Files that call each other as subflows."""

    sources: Mapping[str, Source]
    spelled_out: bool = False
    """Whether the choices of their menus are told in words, not by `{choices: …}`, which can't be wrong."""

    def concerned(self, edit: Edit, document: Document) -> bool:
        """Whether an edit is to be tried; where choices are told in words, only those of menus are."""
        top, *rest = edit.path
        return not self.spelled_out or (top == "nodes" and document["nodes"][rest[0]]["type"] == "menu")


class Linter:
    """The command as it runs on one machine that has no speech models, on one day."""

    def __init__(self, models: Path) -> None:
        self._machine = Machine.this(None, models, {})

    def told(self, sources: Mapping[str, Source]) -> Told:
        """What it says about files that may call each other."""
        loaded = load_sources(sources, TODAY.year)
        found: Iterable[Finding] = (*loaded.findings, *check(loaded, self._machine, TODAY))
        # An info that only changes its words is none that tells of the edit.
        return Counter(
            (each.check, each.severity, "" if each.severity == "info" else each.message)
            for each in found
            if each.check not in UNSTEADY
        )


def mutants(group: Group, linter: Linter, targets: int | None) -> Iterator[Mutant]:
    """Every mutant of files that belong together."""
    clean = linter.told(group.sources)
    for file, source in group.sources.items():
        document: Document = source.value or {}
        large = len(document["nodes"]) > LARGE
        for edit in edits(document, targets if targets is not None or not large else TARGETS):
            if not group.concerned(edit, document):
                continue
            new = linter.told({**group.sources, file: read(edit.applied(document), file)}) - clean
            found = {check for check, severity, _ in new if severity != "info"}
            hinted = {check for check, severity, _ in new if severity == "info"}
            line = source.at(edit.path).line
            told = f"{file} (choices in words)" if group.spelled_out else file
            yield Mutant(told, line, edit, at(document, edit.path), tuple(sorted(found)), tuple(sorted(hinted)))


def groups(files: Iterable[Path]) -> Iterator[Group]:
    """The files that call each other as subflows, together; then again with choices told in words."""
    sources = {path.stem: read(path.read_bytes(), str(path)) for path in files}
    joined = {stem: {stem} for stem in sources}
    for stem, source in sources.items():
        for node in (source.value or {})["nodes"].values():
            other = node.get("flow")
            if node["type"] == "subflow" and other in joined:
                both = joined[stem] | joined[other]
                joined.update(dict.fromkeys(both, both))
    for members in dict.fromkeys(frozenset(each) for each in joined.values()):
        group = {source.file: source for source in (sources[stem] for stem in sorted(members))}
        yield Group(group)
        plain = {file: read(json.dumps(spelled_out(source.value or {})), file) for file, source in group.items()}
        if any(plain[file].value != source.value for file, source in group.items()):
            yield Group(plain, spelled_out=True)


def spelled_out(document: Document) -> dict[str, Any]:
    """The same flow with the choices told in words, not by `{choices: …}`, which can't be wrong."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    language = made.get("language", "en-US")
    for node in made["nodes"].values():
        if node["type"] == "menu":
            whole = node.get("prompt", [])
            written = whole if isinstance(whole, list) else [whole]
            pieces = [_spoken_out(piece, node, made, language) for piece in written]
            if pieces != written:
                node["prompt"] = pieces if len(pieces) > 1 else pieces[0]
                for choice in node["choices"]:
                    choice.pop("label", None)
    prompts = made.get("prompts", {})
    made["prompts"] = {name: prompt for name, prompt in prompts.items() if not _announces(prompt)}
    return made


def _announces(prompt: Any) -> bool:
    return "{label}" in json.dumps(prompt)


def _spoken_out(piece: Any, menu: Mapping[str, Any], flow: Mapping[str, Any], language: str) -> Any:
    while isinstance(piece, dict) and "prompt" in piece and _announces(flow["prompts"][piece["prompt"]]):
        piece = flow["prompts"][piece["prompt"]]
    if not _announces(piece):
        return piece
    if "choices" in piece:
        return _sentences(piece["choices"], menu, language)
    return {tag: _sentences(each["choices"], menu, tag) for tag, each in piece.items()}


def _sentences(words: str, menu: Mapping[str, Any], language: str) -> str:
    said = []
    for choice in menu["choices"]:
        label, phrases = (_in(choice.get(key, ""), language) for key in ("label", "say"))
        first = phrases[0] if isinstance(phrases, list) else phrases
        said.append(words.format(label=label, press=choice.get("press", ""), say=first))
    return " ".join(said)


def _in(value: Any, language: str) -> Any:
    return value.get(language, next(iter(value.values()))) if isinstance(value, dict) else value


def table(found: Sequence[Mutant]) -> str:
    """The kinds of edits: how many, how many are found, by what."""
    rows = ["| edit | mutants | found | share | only an info | not found | by |", "|---|---:|---:|---:|---:|---:|---|"]
    by_kind: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in found:
        by_kind[mutant.edit.kind].append(mutant)
    for kind, each in [*sorted(by_kind.items()), ("all", list(found))]:
        seen = [mutant for mutant in each if mutant.found]
        hinted = sum(bool(mutant.hinted) and not mutant.found for mutant in each)
        checks = Counter(check for mutant in seen for check in mutant.found)
        by = ", ".join(f"{check} {times}" for check, times in checks.most_common())
        share = f"{len(seen) / len(each):.0%}"
        rows.append(
            f"| {kind} | {len(each)} | {len(seen)} | {share} | {hinted} | {len(each) - len(seen) - hinted} | {by} |"
        )
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and the edits that are not found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="show every edit that is not found")
    parser.add_argument("--targets", type=int, help="other nodes that each exit is led to (all, but 6 in large flows)")
    parser.add_argument("--json", type=Path, help="write all mutants to this file")
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args(arguments)
    files = options.files or flow_files(Path("flows"))
    found: list[Mutant] = []
    with tempfile.TemporaryDirectory() as models:
        linter = Linter(Path(models))
        for group in groups(files):
            found.extend(mutants(group, linter, options.targets))
    print(table(found))
    if options.json:
        rows = [(m.file, m.line, m.edit.kind, m.edit.path, m.edit.told, m.found, m.hinted) for m in found]
        options.json.write_text(json.dumps(rows, ensure_ascii=False))
    for mutant in found if options.list else ():
        if not mutant.found:
            place = ".".join(map(str, mutant.edit.path))
            print(f"{mutant.file}:{mutant.line}: {mutant.edit.kind}: {place}: {mutant.edit.told}", *mutant.hinted)


if __name__ == "__main__":
    main()
