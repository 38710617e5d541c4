"""New texts of flows are served, those with errors are not, and older ones stay in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.document.load import flow_files, load
from ivr.server.edition import Edition, NotTaken, first_edition, next_edition

GOOD = "{start: bye, nodes: {bye: {type: hangup, prompt: Good bye.}}}"
BETTER = GOOD.replace("Good bye", "Good night")
BROKEN = GOOD.replace("start: bye", "start: by")


def first(folder: Path, **flows: str) -> Edition:
    write(folder, **flows)
    return first_edition(load(flow_files(folder)))


def write(folder: Path, **flows: str) -> None:
    for id, text in flows.items():
        (folder / f"{id}.yaml").write_text(text)


def test_what_changed_what_is_new_and_what_is_gone(tmp_path: Path) -> None:
    before = first(tmp_path, main=GOOD, other=GOOD, third=GOOD)
    write(tmp_path, main=BETTER, fourth=GOOD)
    (tmp_path / "other.yaml").unlink()
    after = next_edition(before, tmp_path, strict=False)
    assert sorted(after.flows) == ["fourth", "main", "third"]
    assert after.flows["main"].fingerprint != before.flows["main"].fingerprint
    assert after.flows["third"].fingerprint == before.flows["third"].fingerprint
    assert (after.refused, len(after.parts)) == ((), 1)


def test_a_flow_with_errors_stays_as_it_was_until_it_has_none(tmp_path: Path) -> None:
    versions = [first(tmp_path, main=GOOD, other=GOOD)]
    for text in (BETTER, BROKEN, BROKEN, GOOD):
        write(tmp_path, main=text)
        versions.append(next_edition(versions[-1], tmp_path, strict=False))
    _, better, broken, still_broken, mended = versions
    assert broken.flows["main"] is still_broken.flows["main"] is better.flows["main"]
    assert [finding.file for finding in broken.refused] == [str(tmp_path / "main.yaml")]
    newest, older = still_broken.parts
    assert (list(newest.flows), list(older.flows)) == (["other"], ["main"])
    assert "Good night" in "".join(older.sources[str(tmp_path / "main.yaml")].lines)
    assert (mended.refused, len(mended.parts)) == ((), 1)
    assert mended.flows["main"] is not better.flows["main"]


def test_a_flow_stays_as_it_was_also_if_only_its_subflow_has_errors_or_is_gone(tmp_path: Path) -> None:
    subflow = "{start: back, nodes: {back: {type: return}}}"
    calling = "{start: call, nodes: {call: {type: subflow, flow: sub, next: bye}, bye: {type: hangup}}}"
    before = first(tmp_path, main=calling, sub=subflow)
    assert sorted(before.flows) == ["main", "sub"]
    write(tmp_path, sub=subflow.replace("start: back", "start: bac"))
    after = next_edition(before, tmp_path, strict=False)
    assert after.flows["main"] is before.flows["main"]
    (tmp_path / "sub.yaml").unlink()
    after = next_edition(before, tmp_path, strict=False)
    assert list(after.flows) == ["main"]
    assert after.flows["main"] is before.flows["main"]


def test_where_all_must_be_right_one_error_keeps_all_as_they_were(tmp_path: Path) -> None:
    before = first(tmp_path, main=GOOD, other=GOOD)
    write(tmp_path, main=BETTER, other=BROKEN)
    after = next_edition(before, tmp_path, strict=True)
    assert dict(after.flows) == dict(before.flows)
    assert len(after.refused) == 1
    write(tmp_path, other=GOOD)
    assert next_edition(after, tmp_path, strict=True).flows["main"] is not before.flows["main"]


def test_a_folder_without_flows_is_not_taken(tmp_path: Path) -> None:
    before = first(tmp_path, main=GOOD)
    (tmp_path / "main.yaml").unlink()
    with pytest.raises(NotTaken, match="there are no flows"):
        next_edition(before, tmp_path, strict=False)
    tmp_path.rmdir()
    with pytest.raises(NotTaken, match="can't be read: no such file"):
        next_edition(before, tmp_path, strict=False)
