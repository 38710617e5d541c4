"""docs/trying.md: its conversation goes as shown, its scenario is the one that is kept, its lines are all there."""

from __future__ import annotations

import io
import re
from pathlib import Path

from ivr.desk.text import run as text
from ivr.desk.text.setting import Wishes
from ivr.desk.text.talk import COMMANDS, LINES, Keeping
from ivr.document.load import flow_files, load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "trying.md").read_text("utf-8")


def block(tag: str) -> str:
    found = re.search(rf"```{tag}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


class Typed(io.StringIO):
    """A terminal at which somebody types lines, which it shows."""

    def __init__(self, lines: list[str], out: io.StringIO) -> None:
        super().__init__("".join(f"{line}\n" for line in lines))
        self.out = out

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # StringIO's own differs from IOBase's
        line = super().readline(size)
        self.out.write(line)
        return line


def test_the_conversation_goes_as_it_is_shown_and_is_kept_as_it_is_shown(tmp_path: Path) -> None:
    command, _, conversation = block("console").partition("\n")
    assert command == "$ ivr call balance --text --ask --save flows/mine.test.yaml"
    lines = [line.removeprefix(">").strip() for line in conversation.splitlines() if line.startswith(">")]
    out, err = io.StringIO(), io.StringIO()
    flow = load(flow_files(ROOT / "flows")).flows["balance"]
    keeping = Keeping(tmp_path / "mine.test.yaml")
    assert text.run(flow, Wishes(ask=True), keeping, stdin=Typed(lines, out), out=out, err=err) == 0
    assert err.getvalue() == ""
    assert out.getvalue().replace(str(tmp_path), "flows").replace("> \n", ">\n") == conversation
    assert (tmp_path / "mine.test.yaml").read_text("utf-8") == block("yaml")


def test_all_lines_that_there_are_stand_in_the_page() -> None:
    told = re.findall(r"^  (\S.*?)  +", LINES, re.MULTILINE)
    assert [line for line in told if f"| `{line}` |" not in PAGE and line != "an empty line"] == []
    assert all(f"`{command}" in PAGE for command in COMMANDS)
