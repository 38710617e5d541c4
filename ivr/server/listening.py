"""Which recognisers a server needs for its flows, and what the operator is told of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from ivr.config import Settings
from ivr.core.flow import Flow
from ivr.logs import log
from ivr.server.edition import Edition
from ivr.speech.ears import Ears
from ivr.speech.machine import Machine
from ivr.speech.models import Model, engine_for, notice
from ivr.speech.pool import Pool
from ivr.speech.static import languages_heard

logger = logging.getLogger(__name__)


def pools(edition: Edition, settings: Settings, environ: Mapping[str, str]) -> Mapping[str, Pool]:
    """What listens, by each language in which calls of the flows may do so; what can't be understood is logged.

    Raises:
        NotADirectoryError: the operator's folder of models is none.
    """
    languages = languages_heard(edition.flows.values())
    if not languages:
        return {}
    machine = Machine.this(settings.models, settings.data_dir, environ)
    for each in machine.broken:
        log(logger, logging.WARNING, "a speech model can't be used", model=str(each.directory), why=each.why)
    listeners = {language: engine_for(language, machine.models) for language in languages}
    for language, model in listeners.items():
        level = logging.WARNING if model is None or model.engine == "sphinx" else logging.INFO
        log(logger, level, notice(language, model))
    # A tenth of a second, which only servers that listen should pay.
    from ivr.lint import check
    from ivr.lint.checks import HEARING

    for finding in check(edition.loaded, machine, checks=HEARING):
        if finding.severity != "info":
            log(logger, logging.WARNING, finding.message, file=finding.file, line=finding.line)
    return _pools(listeners, settings)


def recognisers(edition: Edition, settings: Settings, environ: Mapping[str, str]) -> Mapping[str, Pool]:
    """What `pools` gives, of which nothing is logged; NotADirectoryError as there."""
    languages = languages_heard(edition.flows.values())
    models = Machine.this(settings.models, settings.data_dir, environ).models if languages else ()
    return _pools({language: engine_for(language, models) for language in languages}, settings)


def unheard(before: Mapping[str, Flow], after: Mapping[str, Flow], ears: Ears | None) -> list[str]:
    """The languages in which only calls of the later flows may listen to speech, and for which nothing was started."""
    started = {_primary(tag) for tag in ({} if ears is None else ears.loads)}
    earlier = languages_heard(before.values())
    return [tag for tag in languages_heard(after.values()) if tag not in earlier and _primary(tag) not in started]


def _primary(tag: str) -> str:
    return tag.casefold().split("-")[0]


def _pools(listeners: Mapping[str, Model | None], settings: Settings) -> Mapping[str, Pool]:
    served = dict(_served(listeners, settings))
    # A flow may set a language that it names nowhere, such as en-GB: that of another region is better than none.
    return {**{language.split("-")[0]: pool for language, pool in reversed(served.items())}, **served}


def _served(listeners: Mapping[str, Model | None], settings: Settings) -> Iterator[tuple[str, Pool]]:
    for language, model in listeners.items():
        match model:
            case None:
                continue
            case Model(engine="sphinx"):
                pool = Pool("sphinx", None, settings.sphinx_recognisers, settings.sphinx_listeners)
            case Model(directory=directory):
                pool = Pool("vosk", directory, settings.recognisers, settings.listeners)
        if pool.processes:
            yield language, pool
