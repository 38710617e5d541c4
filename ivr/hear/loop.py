"""The closed loop: a flow's phrases are spoken, sent through a line, and heard by the recognisers of calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ivr.core.flow import Flow
from ivr.core.segments import Speech
from ivr.hear.asked import Question, questions
from ivr.hear.ears import Ears
from ivr.hear.figures import Figures, Take, Trial, figures
from ivr.hear.hearing import Ear, Hearing
from ivr.hear.line import lead, line
from ivr.hear.said import offered
from ivr.hear.trials import Manner, Round, rounds
from ivr.hear.voices import speaks, speed, usual
from ivr.media.tempo import played
from ivr.speech.grammar import spelling
from ivr.speech.machine import Machine
from ivr.speech.models import Model, engine_for
from ivr.speech.reports import Began, Deaf, Ended, Heard, Report
from ivr.speech.store import PromptStore
from ivr.speech.vocabulary import VocabularyError
from ivr.speech.voices import UnknownVoiceError
from ivr.speech.workers import RenderError

SPEAK_SECONDS = 30.0
"""For one phrase; it takes some milliseconds, or with Piper a quarter of a second, the first one two."""
SPEAKERS = 2
"""Processes that speak."""
EARS = 2
"""Processes that listen at a time. A recogniser adapts to what it heard before, so the figures depend on the number:
it is the same on every machine."""


Progress = Callable[[str, int], Callable[[], object]]
"""Begins a stretch of so many steps, with its name, and gives what is to be called after each step."""


def hear(flow: Flow, manner: Manner, limit: float, machine: Machine, progress: Progress) -> Hearing:
    """Try every node of a flow that listens, in each language that has a model.

    Args:
        flow: the flow.
        manner: how its phrases are said.
        limit: the share, 0 to 1, of other utterances that may pass.
        machine: where it is tried.
        progress: is told how far it is.

    Raises:
        RenderError: a phrase could not be spoken, or a voice does not speak its language.
        DeafError: a recogniser could not be used.
    """
    asked = questions(flow)
    models = {each.language: engine_for(each.language, machine.models) for each in asked}
    tried = [each for each in asked if models[each.language] is not None]
    voices = {language: _voices(language, manner) for language, model in models.items() if model is not None}
    planned = list(rounds(tried, voices, manner))
    wanted = {each.speech for one in planned for each in one.utterances}
    sounds = asyncio.run(_speak(wanted, machine.spoken, progress))
    heard = _listen(planned, models, sounds, progress)
    return Hearing(
        flow=flow.id,
        fingerprint=flow.fingerprint,
        rates=manner.rates,
        noise=manner.noise,
        limit=limit,
        ears=tuple(
            _ear(language, model, voices.get(language, ()), asked, machine) for language, model in models.items()
        ),
        figures=tuple(_figures(question, heard, limit) for question in tried),
    )


def _voices(language: str, manner: Manner) -> tuple[str, ...]:
    """The voices that speak a language."""
    try:
        if isinstance(manner.voices, int):
            return usual(language, manner.voices)
        dumb = [name for name in manner.voices if not speaks(name, language)]
    except UnknownVoiceError as error:
        raise RenderError(str(error)) from None
    if dumb:
        raise RenderError(f"Piper is missing, or has no voice for {language}: {', '.join(dumb)}")
    return manner.voices


async def _speak(wanted: Iterable[Speech], cache: Path, progress: Progress) -> Mapping[Speech, bytes]:
    """Everything that is said, as A-law, each once."""
    speeches = sorted(wanted, key=lambda each: (each.language, each.text, each.voice.name or "", each.voice.rate))
    step = progress("speaking", len(speeches))
    sounds: dict[Speech, bytes] = {}
    waiting = iter(speeches)
    try:
        async with PromptStore(cache, jobs=SPEAKERS, seconds=SPEAK_SECONDS) as store, asyncio.TaskGroup() as speakers:

            async def speak() -> None:
                for speech in waiting:
                    sounds[speech] = await store.render(speech)
                    step()

            for _ in range(SPEAKERS):
                speakers.create_task(speak())
    except* RenderError as failed:  # the group ends with the first that fails
        raise RenderError(str(failed.exceptions[0])) from None
    return sounds


def _listen(
    planned: Sequence[Round], models: Mapping[str, Model | None], sounds: Mapping[Speech, bytes], progress: Progress
) -> Sequence[tuple[Round, tuple[Trial, ...]]]:
    """Every round, heard."""
    step = progress("listening", sum(len(one.utterances) for one in planned))

    def listened(model: Model, share: Sequence[Round]) -> list[tuple[Round, tuple[Trial, ...]]]:
        with Ears(model) as ears:
            return [(one, tuple(_tried(one, ears, sounds, step))) for one in share]

    with ThreadPoolExecutor(EARS) as threads:
        shares = [
            threads.submit(listened, model, [one for one in planned if one.question.language == language][first::EARS])
            for language, model in models.items()
            for first in range(EARS)
            if model is not None
        ]
        return [heard for share in shares for heard in share.result()]


def _tried(one: Round, ears: Ears, sounds: Mapping[Speech, bytes], step: Callable[[], object]) -> Iterator[Trial]:
    ears.begin(lead(one.noise))
    for each in one.utterances:
        speech = played(sounds[each.speech], speed(each.voice))
        reports = ears.hear(one.question.wanted, line(speech, one.noise, each.place))
        yield Trial(each.label, each.voice, tuple(take for report in reports for take in _takes(report)))
        step()


def _takes(report: Report) -> Iterator[Take]:
    match report:
        case Heard(text=text, confidence=confidence) | Ended(text=text, confidence=confidence):
            yield Take(text, confidence)
        case Began() | Deaf():
            pass


def _figures(question: Question, heard: Sequence[tuple[Round, tuple[Trial, ...]]], limit: float) -> Figures:
    own: list[Trial] = []
    foreign: list[Trial] = []
    for one, trials in heard:
        if one.question is question:
            own.extend(trials[: len(one.offered)])
            foreign.extend(trials[len(one.offered) :])
    return figures(question, tuple(offered(question)), own, foreign, limit)


def _ear(
    language: str, model: Model | None, voices: tuple[str, ...], asked: Sequence[Question], machine: Machine
) -> Ear:
    if model is None:
        return Ear(language, None, None)
    try:
        known = machine.vocabulary(model)
    except VocabularyError:  # `ivr lint` tells of it
        return Ear(language, model.engine, model.name, voices)
    phrases = dict.fromkeys(phrase for each in asked if each.language == language for phrase in each.phrases)
    unknown = tuple(phrase for phrase in phrases if not spelling(phrase, known.__contains__))
    return Ear(language, model.engine, model.name, voices, unknown)
