"""How scenarios went, told to people: a line a file, failures as dialogues, coverage, and how many there were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import assert_never

from ivr.document.finding import excerpt, printable
from ivr.document.scenarios import At, Check, HangUp, Hear, Press, Say, Wait
from ivr.simulate.coverage import Coverage, Item, Part
from ivr.simulate.results import Result
from ivr.simulate.transcript import told

WIDTH = 80
PERCENT_WIDTH = len(" [100%]")
AROUND = 2
"""Lines of a file that are shown before and after the one at which a call goes otherwise."""
NAMED = 3
"""Missing items that the table names of a flow; the others are counted."""

RESET, BOLD, DIM, RED, GREEN, YELLOW = "\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"
PASSED, FAILED, MISTAKE = ".", "F", "E"


class Paper:
    """What is written on: with colours or without."""

    def __init__(self, *, colour: bool) -> None:
        """Take colours or not."""
        self._colour = colour

    def painted(self, text: str, code: str) -> str:
        """The text in a colour, where there are any."""
        return f"{code}{text}{RESET}" if self._colour and text else text


def progress(results: Iterable[Result], scenarios: int, paper: Paper, width: int = WIDTH) -> Iterator[str]:
    """A line a file, in pieces, each as soon as its result is there: dots, `F` for failures, `E` for mistakes.

    `scenarios` is how many there are in all, of which each line tells a share.
    """
    done = 0
    for file, group in groupby(results, key=lambda each: each.file):
        used = len(file) + 1
        yield f"{printable(file)} "
        for result in group:
            if used >= width - PERCENT_WIDTH:
                yield "\n"
                used = 0
            done += not result.is_mistake
            used += 1
            yield _mark(result, paper)
        share = f"[{done * 100 // scenarios if scenarios else 100:3}%]"
        yield " " * max(1, width - used - len(share)) + paper.painted(share, DIM) + "\n"


def _mark(result: Result, paper: Paper) -> str:
    if result.passed:
        return paper.painted(PASSED, GREEN)
    return paper.painted(MISTAKE if result.is_mistake else FAILED, RED)


# Failures


def failures(results: Iterable[Result], paper: Paper, width: int = WIDTH) -> Iterator[str]:
    """Each failure: its place, the call so far, and the step at which it went otherwise; nothing if all passed."""
    failed = [each for each in results if not each.passed]
    if failed:
        yield paper.painted(f" {'FAILURES'} ".center(width, "="), BOLD) + "\n"
    for _, group in groupby(failed, key=_same):
        first, *more = group
        name = first.file if first.is_mistake else f"{first.flow}: {first.name}"
        alike = f" and {len(more)} more" if more else ""
        yield paper.painted(f" {printable(name)}{alike} ".center(width, "_"), RED) + "\n"
        yield failure(first, paper) + "\n"


def _same(result: Result) -> object:
    """What makes failures one: of scenarios without a call those that fail alike, such as all of a broken flow."""
    return id(result) if result.outcome is not None else (result.place, result.message)


def failure(result: Result, paper: Paper) -> str:
    """The place of one failure, the call so far, the step, what was expected and what happened."""
    parts = [paper.painted(printable(result.place), BOLD) + "\n"]
    if result.outcome is not None:
        parts.append("\n" + dialogue(result) + "\n")
    parts.append(_step(result, paper))
    expected = _expected(result)
    if expected:
        parts.append(paper.painted(f"  expected: {printable(expected)}", RED) + "\n")
    label = "happened" if expected else "wrong"
    parts.append(paper.painted(f"  {label}: {printable(result.message or '')}", RED) + "\n")
    return "".join(parts)


def dialogue(result: Result) -> str:
    """The call so far, a line each, as it can be shown anywhere; nothing if there was none."""
    return "" if result.outcome is None else printable(told(result.outcome.lines), kept="\n")


def _step(result: Result, paper: Paper) -> str:
    """The lines of the file around the place, with a mark and a caret."""
    at, column = result.position
    first, last = max(1, at - AROUND), min(len(result.lines), at + AROUND)
    while last > at and not result.lines[last - 1].strip():
        last -= 1
    margin = len(str(last))
    shown = []
    for number in range(first, last + 1):
        line, indent = excerpt(result.lines[number - 1], column - 1 if number == at else 0)
        told = f"{'>' if number == at else ' '} {number:{margin}} | {line}".rstrip()
        shown.append(paper.painted(told, BOLD) if number == at else told)
        if number == at:
            shown.append(f"  {' ' * margin} | {indent}{paper.painted('^', RED)}")
    return "".join(f"{line}\n" for line in shown)


def _expected(result: Result) -> str:
    """What the scenario says there; nothing where the step itself expects nothing."""
    outcome = result.outcome
    if outcome is None:
        return ""
    if outcome.path == (*outcome.scenario.path, "ends") and outcome.scenario.ends is not None:
        return f"the call is ended by “{outcome.scenario.ends}”"
    step = next((step for path, step in outcome.scenario.steps if path == outcome.path), None)
    match step:
        case Hear(text):
            return f"to hear “{text}”"
        case At(node):
            return f"the call is at “{node}”"
        case Check(expression):
            return expression.source
        case Press() | Say() | Wait() | HangUp() | None:
            return ""
        case _:
            assert_never(step)


# Coverage


def table(coverage: Mapping[str, Coverage], paper: Paper) -> str:
    """The shares of each flow, with a few words on what is missing; nothing without flows."""
    if not coverage:
        return ""
    width = max(len("flow"), *map(len, coverage))
    lines = [paper.painted(f"{'flow':{width}}  {'nodes':>6}  {'exits':>6}  {'events':>6}  missing", BOLD)]
    for name, each in coverage.items():
        shares = "  ".join(_share(part, paper) for part in (each.nodes, each.exits, each.events))
        lines.append(f"{printable(name):{width}}  {shares}  {_missing(each)}".rstrip())
    return "".join(f"{line}\n" for line in lines)


def _share(part: Part, paper: Paper) -> str:
    return paper.painted(f"{part.percent:>4} %", YELLOW if part.missing else GREEN)


def _missing(coverage: Coverage) -> str:
    """The first missing items, those of a node that was never reached aside."""
    unreached = {each.node for each in coverage.nodes.missing}
    left = NAMED
    told = []
    for sort, part in (("nodes", coverage.nodes), ("exits", coverage.exits), ("events", coverage.events)):
        items = [each for each in part.missing if sort == "nodes" or each.node not in unreached]
        named, left = items[:left], left - len(items[:left])
        if named:
            told.append(f"{sort} {', '.join(map(named_item, named))}")
            more = len(items) - len(named)
            told[-1] += f" and {more} more" if more else ""
        elif items:
            told.append(f"{len(items)} {sort if len(items) > 1 else sort.removesuffix('s')}")
    return "; ".join(told)


def named_item(item: Item) -> str:
    """A node, or an exit or event of one, in a word."""
    return f"{item.node}.{item.name}" if item.name else item.node


def too_little(coverage: Mapping[str, Coverage], percent: float) -> tuple[str, ...]:
    """The flows of which less than so many percent of the nodes or exits were taken, with all that is missing."""
    return tuple(
        f"{name}: {part.percent} % of its {sort}, and {percent:g} % are asked for; "
        f"no scenario takes {', '.join(map(named_item, part.missing))}"
        for name, each in coverage.items()
        for sort, part in (("nodes", each.nodes), ("exits", each.exits))
        if not part.reaches(percent)
    )


def summary(results: Sequence[Result], seconds: float, paper: Paper) -> str:
    """How many there were of each kind: `2 failed, 77 passed in 0.41 s`."""
    mistakes = sum(each.is_mistake for each in results)
    passed = sum(each.passed for each in results)
    failed = len(results) - passed - mistakes
    counted = ((failed, "failed"), (passed, "passed"), (mistakes, "mistakes" if mistakes > 1 else "mistake"))
    told = ", ".join(f"{count} {word}" for count, word in counted if count) or "no scenarios"
    return paper.painted(f"{told} in {seconds:.2f} s", RED if failed or mistakes else GREEN) + "\n"
