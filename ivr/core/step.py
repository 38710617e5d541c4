"""The one door: a session and an event in, the next session and the effects out."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ivr.core.effects import Effect
from ivr.core.ending import apologise, end, end_apology, say_apology
from ivr.core.events import (
    KEYS,
    Answered,
    DeadlinePassed,
    Deafened,
    Event,
    HungUp,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    PhraseHeard,
    PlaybackEnded,
    PlaybackFailed,
    Reconnected,
    RecordingEnded,
    SpeechBegan,
    SpeechEnded,
    Transferred,
)
from ivr.core.flow import Flow
from ivr.core.mishap import AttemptsUsedUp, Mishap
from ivr.core.session import Session, Trouble
from ivr.core.turn import Turn
from ivr.core.values import clean, mask_references

MAX_CHAIN = 100
"""Nodes in a row that neither wait for the caller nor play anything."""


def step(flow: Flow, session: Session, event: Event) -> tuple[Session, tuple[Effect, ...]]:
    """What becomes of a call when something happens.

    Theory of operation. A step tells the event to the current node, which asks for effects on a `Turn` and may
    name the node to go on at; entering nodes goes on until one waits. A deadline that passed before the event
    is told first, at its own time, so the outcome does not depend on how late a timer fires; an event at the
    very moment of the deadline comes before it. Mistakes on the way (`Mishap`) and used-up attempts take the
    node's or the flow's way out, once: what goes wrong again before an input is accepted ends the call with an
    apology. Only our own bugs raise.

    Args:
        flow: the flow that the call began with, the same object for the whole call.
        session: what the last step gave, or `begin`.
        event: what happened; its `at` never goes back.
    """
    effects: list[Effect] = []
    while (deadline := missed(session, event)) is not None:
        session, more = _once(flow, session, DeadlinePassed(deadline))
        effects.extend(more)
    session, more = _once(flow, session, event)
    return session, (*effects, *more)


def missed(session: Session, event: Event) -> int | None:
    """The deadline that passed before an event and is told before it, at its own time; None if there is none."""
    if session.deadline is None or event.at <= session.deadline or isinstance(event, Reconnected):
        return None
    return session.deadline


def give_up(flow: Flow, session: Session, at: int) -> tuple[Session, tuple[Effect, ...]]:
    """What becomes of a call in which `step` raised, by a bug of ours: last words, and its orderly end."""
    turn = Turn(flow, session, at)
    turn.explain("a bug of ours ends the call")
    if turn.phase in ("waiting", "talking"):
        apologise(turn, "error")
    else:
        turn.finish()
    return turn.settled()


def _once(flow: Flow, session: Session, event: Event) -> tuple[Session, tuple[Effect, ...]]:
    if session.phase == "done":
        return session, ()
    turn = Turn(flow, session, event.at, pressed=int(isinstance(event, KeyPressed)))
    try:
        _tell(turn, event)
    except (Mishap, AttemptsUsedUp) as trouble:
        _recover(turn, trouble)
    _settle(turn)
    return turn.settled()


def _tell(turn: Turn, event: Event) -> None:
    """Tell the event to whoever it concerns; what concerns nobody any more is dropped."""
    match event:
        case Answered():
            if turn.phase == "waiting":
                turn.phase = "talking"
                turn.target = turn.here.node
        case HungUp():
            _hang_up(turn, event)
        case KeyPressed(key=key):
            if turn.phase == "talking" and key in KEYS and not turn.keypad.swallows(key):
                turn.node.handle(turn, event)
        case Deafened():
            if turn.phase == "talking" and turn.listening is not None:
                turn.deafened()
                turn.node.handle(turn, event)
        case SpeechBegan() | PhraseHeard() | SpeechEnded():
            if turn.phase == "talking" and (turn.listening is not None or turn.recording is not None):
                turn.node.handle(turn, event)
        case PlaybackEnded(playback=playback):
            if playback in turn.playing:
                turn.playing = turn.playing[turn.playing.index(playback) + 1 :]
                _when_heard(turn, event)
        case PlaybackFailed(playback=playback, message=message):
            if playback in turn.playing:
                _unheard(turn, message)
        case DeadlinePassed():
            if turn.deadline is not None and event.at >= turn.deadline:
                _deadline(turn, event)
        case LookupAnswered(lookup=lookup) | LookupFailed(lookup=lookup):
            if lookup == turn.fetching:
                turn.fetching = None
                turn.node.handle(turn, event)
        case RecordingEnded(recording=recording):
            if recording == turn.recording:
                turn.node.handle(turn, event)
        case Transferred():
            if turn.phase == "talking":
                turn.node.handle(turn, event)
        case Reconnected():
            _reconnect(turn, event)
        case _:
            assert_never(event)


def _hang_up(turn: Turn, event: HungUp) -> None:
    match turn.phase:
        case "talking":
            try:
                turn.node.handle(turn, event)
            except Mishap as mishap:
                turn.explain(f"error {mishap.kind}: {mishap.message}")
            turn.target = None
            turn.explain("the caller hung up" if event.by == "caller" else "an operator hung up", "hangup")
            end(turn, "caller", by=event.by)
        case "apologising":
            end_apology(turn)
        case "waiting":
            end(turn, "caller", by=event.by)
        case "over" | "done":
            pass
        case _:
            assert_never(turn.phase)


def _when_heard(turn: Turn, event: PlaybackEnded) -> None:
    if turn.playing:
        return
    if turn.phase == "apologising":
        end_apology(turn)
    else:
        turn.node.handle(turn, event)


def _unheard(turn: Turn, message: str) -> None:
    if turn.phase == "apologising":
        turn.explain(f"the last words can't be heard: {message}")
        end_apology(turn)
    elif turn.node.needs_prompts:
        raise Mishap("synthesis", message)
    else:
        turn.explain(f"a prompt can't be heard: {message}")
        turn.hush()


def _deadline(turn: Turn, event: DeadlinePassed) -> None:
    turn.deadline = None
    limit = turn.before.over_limit
    if limit is not None and event.at >= limit:
        turn.explain("the work after the call took too long")
        turn.finish()
    else:
        turn.node.handle(turn, event)


def _reconnect(turn: Turn, event: Reconnected) -> None:
    """What was playing, and who listened, is lost with the old stream: go on at the same node and attempt."""
    if turn.keys_hint in turn.playing:
        turn.keys_hint = None
    turn.playing = ()
    turn.reported = None
    match turn.phase:
        case "talking":
            turn.node.handle(turn, event)
        case "apologising":
            say_apology(turn)
        case "waiting" | "over" | "done":
            pass
        case _:
            assert_never(turn.phase)


def _settle(turn: Turn) -> None:
    """Enter nodes until one of them waits."""
    while turn.target is not None:
        try:
            _enter(turn, turn.target)
        except (Mishap, AttemptsUsedUp) as trouble:
            _recover(turn, trouble)


def _enter(turn: Turn, target: str) -> None:
    turn.target = None
    if turn.chain >= MAX_CHAIN:
        turn.chain = 0
        raise Mishap("loop", f"{MAX_CHAIN} nodes in a row neither asked nor said anything")
    node = turn.flow.nodes[target]
    if turn.over and not node.after_call:
        turn.explain(f"nobody is there for the {node.kind} “{target}” after the call")
        turn.finish()
        return
    history = turn.here.history
    if node.is_input:
        history = (*history[: history.index(target)], target) if target in history else (*history, target)
    turn.stack = (*turn.stack[:-1], replace(turn.here, node=target, history=history))
    turn.memory = {}
    turn.deadline = None
    turn.fetching = None
    turn.listening = None
    turn.reach(target)
    turn.chain += 1
    node.enter(turn)


def _recover(turn: Turn, trouble: Mishap | AttemptsUsedUp) -> None:
    """Take the way out of the node or its flow, else end with an apology."""
    turn.target = None
    match trouble:
        case AttemptsUsedUp(target=own):
            turn.explain("the attempts are used up")
            if turn.recovering:
                apologise(turn, "failure")
            elif (target := own or turn.flow.on_failure) is not None:
                turn.recovering = True
                turn.leave(target, "on_failure")
            else:
                _out_of_flow(turn, Mishap("failure", "the attempts were used up"), "failure")
        case Mishap(kind=kind, message=message):
            turn.explain(f"error {kind}: {message}")
            _clear_up(turn)
            turn.error = Trouble(kind, clean(mask_references(message)), turn.here.node)
            if turn.over:
                _recover_afterwards(turn)
            elif turn.recovering:
                apologise(turn, "error")
            elif (target := turn.node.on_error or turn.flow.on_error) is not None:
                turn.recovering = True
                turn.leave(target, "on_error")
            else:
                _out_of_flow(turn, trouble, "error")
        case _:
            assert_never(trouble)


def _clear_up(turn: Turn) -> None:
    """Nothing that the failed node began goes on."""
    turn.hush()
    turn.wait(None)
    turn.fetching = None
    turn.stop_recording(keep=True)


def _out_of_flow(turn: Turn, trouble: Mishap, reason: str) -> None:
    """What a subflow does not handle is an error of the node that called it."""
    if len(turn.stack) == 1:
        apologise(turn, reason)
        return
    turn.stack = turn.stack[:-1]
    _recover(turn, trouble)


def _recover_afterwards(turn: Turn) -> None:
    target = turn.node.on_error
    if target is None or turn.recovering:
        turn.finish()
    else:
        turn.recovering = True
        turn.leave(target, "on_error")
