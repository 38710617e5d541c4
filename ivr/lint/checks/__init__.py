"""The one visible tuple of all checks, each of which has a file here."""

from __future__ import annotations

from ivr.lint.check import Check
from ivr.lint.checks.constant_condition import CONSTANT_CONDITION
from ivr.lint.checks.contained_phrase import CONTAINED_PHRASE
from ivr.lint.checks.cycle_without_caller import CYCLE_WITHOUT_CALLER
from ivr.lint.checks.daylight_saving import DAYLIGHT_SAVING
from ivr.lint.checks.dead_end import DEAD_END
from ivr.lint.checks.failed_result import FAILED_RESULT
from ivr.lint.checks.failing_expression import FAILING_EXPRESSION
from ivr.lint.checks.foreign_text import FOREIGN_TEXT
from ivr.lint.checks.heard import CONFUSED, UNHEARD
from ivr.lint.checks.hidden_universal import HIDDEN_UNIVERSAL
from ivr.lint.checks.hours_gap import HOURS_GAP
from ivr.lint.checks.idle_branch import IDLE_BRANCH
from ivr.lint.checks.impossible_comparison import IMPOSSIBLE_COMPARISON
from ivr.lint.checks.key_prefix import KEY_PREFIX
from ivr.lint.checks.literal_credential import LITERAL_CREDENTIAL
from ivr.lint.checks.long_prompt import LONG_PROMPT
from ivr.lint.checks.many_choices import MANY_CHOICES
from ivr.lint.checks.missing_engine import MISSING_ENGINE
from ivr.lint.checks.missing_language import MISSING_LANGUAGE
from ivr.lint.checks.never_given import NEVER_GIVEN
from ivr.lint.checks.never_open import NEVER_OPEN
from ivr.lint.checks.no_error_branch import NO_ERROR_BRANCH
from ivr.lint.checks.opposite_hours import OPPOSITE_HOURS
from ivr.lint.checks.other_language import OTHER_LANGUAGE
from ivr.lint.checks.over_budget import OVER_BUDGET
from ivr.lint.checks.past_date import PAST_DATE
from ivr.lint.checks.plain_http import PLAIN_HTTP
from ivr.lint.checks.prompt_choices import PROMPT_CHOICES
from ivr.lint.checks.prompt_digits import PROMPT_DIGITS
from ivr.lint.checks.same_key import SAME_KEY
from ivr.lint.checks.same_phrase import SAME_PHRASE
from ivr.lint.checks.sensitive_leak import SENSITIVE_LEAK
from ivr.lint.checks.silent_question import SILENT_QUESTION
from ivr.lint.checks.subflow_recursion import SUBFLOW_RECURSION
from ivr.lint.checks.trapped_caller import TRAPPED_CALLER
from ivr.lint.checks.unannounced_choice import UNANNOUNCED_CHOICE
from ivr.lint.checks.uncalled_subflow import UNCALLED_SUBFLOW
from ivr.lint.checks.uninterruptible_menu import UNINTERRUPTIBLE_MENU
from ivr.lint.checks.unknown_language import UNKNOWN_LANGUAGE
from ivr.lint.checks.unknown_voice import UNKNOWN_VOICE
from ivr.lint.checks.unknown_word import SPEECH_MODEL, UNKNOWN_WORD
from ivr.lint.checks.unmarked_sensitive import UNMARKED_SENSITIVE
from ivr.lint.checks.unproved import UNPROVED
from ivr.lint.checks.unreachable_node import UNREACHABLE_NODE
from ivr.lint.checks.unread_variable import UNREAD_VARIABLE
from ivr.lint.checks.unsafe_retry import UNSAFE_RETRY
from ivr.lint.checks.unset_variable import UNSET_VARIABLE
from ivr.lint.checks.unused_name import UNUSED_NAME

CHECKS: tuple[Check, ...] = (
    TRAPPED_CALLER,
    CYCLE_WITHOUT_CALLER,
    OVER_BUDGET,
    CONSTANT_CONDITION,
    IDLE_BRANCH,
    UNSET_VARIABLE,
    FAILING_EXPRESSION,
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

HEARING = (MISSING_ENGINE, UNKNOWN_WORD, SPEECH_MODEL)
"""Whether callers can be understood on a machine."""
KNOWN = frozenset({*(each.id for each in CHECKS), CONFUSED, UNHEARD})
"""The ids of all checks."""
UNSTEADY = (
    *(*(each.id for each in HEARING), CONFUSED, UNHEARD),
    *(UNKNOWN_VOICE.id, UNKNOWN_LANGUAGE.id, PAST_DATE.id, NEVER_OPEN.id, DAYLIGHT_SAVING.id),
)
"""Checks whose findings depend on the machine, on what was measured or on the day, and not on the files alone."""
