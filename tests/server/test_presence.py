"""Servers at one address find each other, the dead are not found, and nobody finds one who withdrew."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from ivr.server.presence import FOLDER, Presence

HERE = "127.0.0.1:8080"


def test_servers_at_one_address_find_each_other_until_one_withdraws(tmp_path: Path) -> None:
    one, other, elsewhere = (Presence(tmp_path, address) for address in (HERE, HERE, "127.0.0.1:8081"))
    assert not one.others()
    one.announce()
    assert not one.others()
    elsewhere.announce()
    assert not one.others()
    assert other.others()
    other.announce()
    assert one.others()
    other.withdraw()
    assert not one.others()
    other.withdraw()
    one.withdraw()
    elsewhere.withdraw()
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_what_a_dead_server_left_is_cleared_away(tmp_path: Path) -> None:
    one = Presence(tmp_path, HERE)
    child = os.fork()
    if not child:
        Presence(tmp_path, HERE).announce()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(list((tmp_path / FOLDER).iterdir())) == 1
    assert not one.others()
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_worker_does_not_make_its_dead_parent_present(tmp_path: Path) -> None:
    one, parent = Presence(tmp_path, HERE), Presence(tmp_path, HERE)
    parent.announce()
    alive, told = os.pipe()
    child = os.fork()
    if not child:
        parent.leave_to_parent()
        os.write(told, b"1")
        os.close(told)
        signal.pause()
    os.read(alive, 1)
    assert one.others()
    parent.leave_to_parent()  # as the end of the parent does
    assert not one.others()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(alive)
    os.close(told)
