"""Keys come singly from a terminal, which is restored, and lines from anything else."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.desk.keyboard import Typing, typed_at


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Where to read, and where to write."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


async def lines(typing: Typing) -> list[str]:
    return [line async for line in typing.lines()]


async def test_a_terminal_gives_single_keys_unseen() -> None:
    master, slave = os.openpty()
    async with typed_at(slave) as typing:
        local = termios.tcgetattr(slave)[3]
        assert not local & (termios.ECHO | termios.ICANON)
        assert local & termios.ISIG
        os.write(master, b"1")
        assert await typing.chunk() == "1"
        os.write(master, "é#".encode())
        assert await typing.chunk() == "é#"
    os.close(slave)
    os.close(master)


async def test_a_terminal_is_restored_whatever_happens() -> None:
    master, slave = os.openpty()
    before = termios.tcgetattr(slave)
    with pytest.raises(ZeroDivisionError):
        async with typed_at(slave):
            raise ZeroDivisionError
    assert termios.tcgetattr(slave) == before
    os.close(slave)
    os.close(master)


async def test_a_pipe_gives_lines_as_they_come(pipe: tuple[int, int]) -> None:
    read, write = pipe
    async with typed_at(read) as typing:
        given = typing.lines()
        os.write(write, b"hear h\xc3")
        os.write(write, b"\xb6ren\n1\n2")
        assert [await anext(given), await anext(given)] == ["hear hören", "1"]
        typing.finish()
        assert [line async for line in given] == ["2"]


async def test_the_end_of_a_pipe_is_the_end() -> None:
    read, write = os.pipe()
    os.write(write, b"1\n\n2\n")
    os.close(write)
    async with typed_at(read) as typing:
        assert await lines(typing) == ["1", "", "2"]
    os.close(read)


async def test_a_file_is_read_whole_and_nothing_is_nothing(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("hear a\n" * 1000)
    for path, expected in ((script, ["hear a"] * 1000), (Path(os.devnull), [])):
        descriptor = os.open(path, os.O_RDONLY)
        async with typed_at(descriptor) as typing:
            assert await lines(typing) == expected
        os.close(descriptor)
