"""Mistakes in flows that load: one check a file, and the one visible tuple of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime

from ivr.document.finding import Finding
from ivr.document.load import Loaded
from ivr.lint.allow import sieved
from ivr.lint.check import Check, Explorations, Subject, placed
from ivr.lint.constant_condition import CONSTANT_CONDITION
from ivr.lint.contained_phrase import CONTAINED_PHRASE
from ivr.lint.cycle_without_caller import CYCLE_WITHOUT_CALLER
from ivr.lint.daylight_saving import DAYLIGHT_SAVING
from ivr.lint.dead_end import DEAD_END
from ivr.lint.failed_result import FAILED_RESULT
from ivr.lint.foreign_text import FOREIGN_TEXT
from ivr.lint.heard import CONFUSED, UNHEARD, Heard
from ivr.lint.heard import check as check_heard
from ivr.lint.hidden_universal import HIDDEN_UNIVERSAL
from ivr.lint.hours_gap import HOURS_GAP
from ivr.lint.idle_branch import IDLE_BRANCH
from ivr.lint.impossible_comparison import IMPOSSIBLE_COMPARISON
from ivr.lint.key_prefix import KEY_PREFIX
from ivr.lint.literal_credential import LITERAL_CREDENTIAL
from ivr.lint.long_prompt import LONG_PROMPT
from ivr.lint.many_choices import MANY_CHOICES
from ivr.lint.missing_engine import MISSING_ENGINE
from ivr.lint.missing_language import MISSING_LANGUAGE
from ivr.lint.never_given import NEVER_GIVEN
from ivr.lint.never_open import NEVER_OPEN
from ivr.lint.no_error_branch import NO_ERROR_BRANCH
from ivr.lint.once import once
from ivr.lint.opposite_hours import OPPOSITE_HOURS
from ivr.lint.other_language import OTHER_LANGUAGE
from ivr.lint.over_budget import OVER_BUDGET
from ivr.lint.past_date import PAST_DATE
from ivr.lint.plain_http import PLAIN_HTTP
from ivr.lint.prompt_choices import PROMPT_CHOICES
from ivr.lint.prompt_digits import PROMPT_DIGITS
from ivr.lint.same_key import SAME_KEY
from ivr.lint.same_phrase import SAME_PHRASE
from ivr.lint.sensitive_leak import SENSITIVE_LEAK
from ivr.lint.silent_question import SILENT_QUESTION
from ivr.lint.subflow_recursion import SUBFLOW_RECURSION
from ivr.lint.trapped_caller import TRAPPED_CALLER
from ivr.lint.unannounced_choice import UNANNOUNCED_CHOICE
from ivr.lint.uncalled_subflow import UNCALLED_SUBFLOW
from ivr.lint.uninterruptible_menu import UNINTERRUPTIBLE_MENU
from ivr.lint.unknown_language import UNKNOWN_LANGUAGE
from ivr.lint.unknown_voice import UNKNOWN_VOICE
from ivr.lint.unknown_word import SPEECH_MODEL, UNKNOWN_WORD
from ivr.lint.unmarked_sensitive import UNMARKED_SENSITIVE
from ivr.lint.unproved import UNPROVED
from ivr.lint.unreachable_node import UNREACHABLE_NODE
from ivr.lint.unread_variable import UNREAD_VARIABLE
from ivr.lint.unsafe_retry import UNSAFE_RETRY
from ivr.lint.unset_variable import UNSET_VARIABLE
from ivr.lint.unused_name import UNUSED_NAME
from ivr.speech.machine import Machine

CHECKS: tuple[Check, ...] = (
    TRAPPED_CALLER,
    CYCLE_WITHOUT_CALLER,
    OVER_BUDGET,
    CONSTANT_CONDITION,
    IDLE_BRANCH,
    UNSET_VARIABLE,
    UNPROVED,
    MISSING_ENGINE,
    UNKNOWN_WORD,
    SPEECH_MODEL,
    UNREACHABLE_NODE,
    DEAD_END,
    SUBFLOW_RECURSION,
    UNCALLED_SUBFLOW,
    UNUSED_NAME,
    UNKNOWN_VOICE,
    UNKNOWN_LANGUAGE,
    OPPOSITE_HOURS,
    HOURS_GAP,
    PAST_DATE,
    NEVER_OPEN,
    DAYLIGHT_SAVING,
    UNREAD_VARIABLE,
    NEVER_GIVEN,
    IMPOSSIBLE_COMPARISON,
    FAILED_RESULT,
    SENSITIVE_LEAK,
    UNMARKED_SENSITIVE,
    NO_ERROR_BRANCH,
    PLAIN_HTTP,
    LITERAL_CREDENTIAL,
    UNSAFE_RETRY,
    SAME_KEY,
    KEY_PREFIX,
    HIDDEN_UNIVERSAL,
    MANY_CHOICES,
    UNANNOUNCED_CHOICE,
    SILENT_QUESTION,
    PROMPT_CHOICES,
    PROMPT_DIGITS,
    SAME_PHRASE,
    CONTAINED_PHRASE,
    LONG_PROMPT,
    UNINTERRUPTIBLE_MENU,
    MISSING_LANGUAGE,
    OTHER_LANGUAGE,
    FOREIGN_TEXT,
)

KNOWN = frozenset({*(each.id for each in CHECKS), CONFUSED, UNHEARD})
"""The ids of all checks."""
UNSTEADY = (
    *(MISSING_ENGINE.id, UNKNOWN_WORD.id, SPEECH_MODEL.id, CONFUSED, UNHEARD),
    *(UNKNOWN_VOICE.id, UNKNOWN_LANGUAGE.id, PAST_DATE.id, NEVER_OPEN.id, DAYLIGHT_SAVING.id),
)
"""Checks whose findings depend on the machine, on what was measured or on the day, and not on the files alone."""


def check(
    loaded: Loaded, machine: Machine, today: date | None = None, measured: Iterable[Heard] = ()
) -> tuple[Finding, ...]:
    """What the checks find in loaded flows and no comment allows, beside the findings of loading; sorted.

    Args:
        loaded: the flows.
        machine: whose speech engines and models serve the callers.
        today: another day than that of the clock, for dates that are over.
        measured: how phrases fared in `ivr hear`.
    """
    return tuple(stream(loaded, machine, today, measured))


def stream(
    loaded: Loaded,
    machine: Machine,
    today: date | None = None,
    measured: Iterable[Heard] = (),
    files: Collection[str] | None = None,
) -> Iterator[Finding]:
    """What `check` finds, file after file, each as soon as it is known; in some files only, where these are given."""
    today = today or datetime.now(UTC).date()
    heard = tuple(check_heard(loaded, measured))
    explorations = Explorations(loaded)
    for flow in sorted(loaded.flows.values(), key=lambda flow: flow.file):
        if files is None or flow.file in files:
            subject = Subject(flow, loaded, machine, explorations, today)
            mistakes = once((each, mistake) for each in CHECKS for mistake in each.find(subject))
            found = [placed(each, mistake, subject) for each, mistake in mistakes]
            found.extend(each for each in heard if each.file == flow.file)
            yield from sorted({*sieved(found, subject.source, KNOWN, UNSTEADY)})
