"""The way out of a connection: in order, without waiting, and bounded."""

from __future__ import annotations

from ivr.server.wire import POLICY, StreamWire

MOST_WAITING = 1000


class Peer:
    """The other end, which reads only while it is willing."""

    def __init__(self) -> None:
        self.took: list[object] = []
        self.wire = StreamWire(self, MOST_WAITING)

    def send(self, text: str) -> None:
        self.took.append(text)

    def close(self, code: int) -> None:
        self.took.append(code)

    def cut(self) -> None:
        self.took.append("cut")


def test_messages_leave_in_order_and_the_close_is_the_last() -> None:
    peer = Peer()
    for text in ("a", "b"):
        peer.wire.send(text)
        peer.wire.send_audio(text.upper())
    peer.wire.close(1000)
    assert peer.took == ["a", "A", "b", "B", 1000]


def test_only_the_first_close_counts_and_nothing_follows_it() -> None:
    peer = Peer()
    peer.wire.close(POLICY)
    peer.wire.close(1000)
    peer.wire.send("late")
    peer.wire.send_audio("late")
    peer.wire.pause_writing()
    peer.wire.resume_writing()
    assert peer.took == [POLICY]


async def test_audio_that_is_taken_back_never_leaves_but_all_else_does() -> None:
    peer = Peer()
    peer.wire.send_audio("on its way")
    peer.wire.pause_writing()
    for number in range(3):
        peer.wire.send_audio(f"audio {number}")
        peer.wire.send(f"text {number}")
    peer.wire.take_back()
    peer.wire.send("clear")
    peer.wire.send_audio("new")
    peer.wire.close(1000)
    assert peer.took == ["on its way"]
    peer.wire.resume_writing()
    assert peer.took == ["on its way", "text 0", "text 1", "text 2", "clear", "new", 1000]


def test_what_waits_leaves_only_as_long_as_the_peer_reads() -> None:
    class Slow(Peer):
        def send(self, text: str) -> None:
            super().send(text)
            self.wire.pause_writing()

    peer = Slow()
    for number in range(3):
        peer.wire.send(str(number))
    assert peer.took == ["0"]
    peer.wire.resume_writing()
    assert peer.took == ["0", "1"]
    peer.wire.resume_writing()
    peer.wire.resume_writing()
    peer.wire.send("3")
    assert peer.took == ["0", "1", "2", "3"]


def test_a_peer_that_leaves_too_much_unread_is_closed() -> None:
    peer = Peer()
    peer.wire.pause_writing()
    for number in range(MOST_WAITING + 10):
        peer.wire.send(str(number))
    assert peer.took == [POLICY]
