"""A machine knows its models, those that are broken, and reads the words of each once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.speech.machine import Machine
from ivr.speech.models import Broken, sphinx
from ivr.speech.vocabulary import VocabularyError


def test_a_machine_has_what_works_and_what_does_not(tmp_path: Path) -> None:
    broken = tmp_path / "given" / "hi"
    (broken / "graph").mkdir(parents=True)
    (broken / "graph/Gr.fst").write_bytes(b"x")
    machine = Machine.this(broken.parent, tmp_path, {"HOME": str(tmp_path)})
    assert machine.models[-1] == sphinx()
    assert [type(each) for each in machine.broken] == [Broken]
    assert machine.broken[0].directory == broken
    assert machine.words.parent == machine.spoken.parent == tmp_path


def test_words_are_read_once(tmp_path: Path) -> None:
    model = sphinx()
    assert model is not None
    machine = Machine((model,), tmp_path / "words")
    known = machine.vocabulary(model)
    [kept] = machine.words.iterdir()
    kept.unlink()
    assert machine.vocabulary(model) is known
    assert not any(machine.words.iterdir())


def test_words_that_can_not_be_read_are_told_each_time(tmp_path: Path) -> None:
    own = sphinx()
    assert own is not None
    lost = replace(own, directory=tmp_path / "nowhere")
    machine = Machine((lost,), tmp_path / "words")
    for _ in range(2):
        with pytest.raises(VocabularyError, match="nowhere"):
            machine.vocabulary(lost)
