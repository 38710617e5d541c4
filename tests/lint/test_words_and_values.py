"""Questions without words, words that part from the flow, secrets without a mark, values that never come."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr import lint
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.lint.checks.prompt_digits import told_lengths
from ivr.speech.machine import Machine


def messages(check: str, tmp_path: Path, flow: str, **others: str) -> list[str]:
    """What one check finds in a flow."""
    texts = {"flow": flow, **others}
    loaded = load_sources({f"{name}.yaml": read(text, f"{name}.yaml") for name, text in texts.items()}, 2026)
    assert loaded.findings == ()
    told = lint.check(loaded, Machine.this(None, tmp_path, {}))
    return [each.message for each in told if (each.check, each.file) == (check, "flow.yaml")]


# prompt-digits


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("Please enter your six digit account number.", (6,)),
        ("Enter the 4-digit code.", (4,)),
        ("It has four to six digits.", (6, 4)),
        ("Geben Sie Ihre zehnstellige Nummer ein.", (10,)),
        ("Das sind vier Ziffern.", (4,)),
        ("Entrez vos six chiffres.", (6,)),
        ("Ingrese los cuatro dígitos.", (4,)),
        ("अपना छह अंकों का नंबर दबाएँ।", (6,)),
        ("Enter your number one digit at a time.", ()),
        ("Do not enter the last four digits.", ()),
        ("Enter the digits of your account.", ()),
        ("Call us on 0800 555 digits.", ()),
        ("Press 1 for sales.", ()),
    ],
)
def test_lengths_that_are_told(text: str, lengths: tuple[int, ...]) -> None:
    assert told_lengths(text) == lengths


COLLECT = """\
start: ask
variables: {value: ""}
on_failure: bye
nodes:
  ask: {type: collect, into: value, next: tell, %s}
  tell: {type: hangup, prompt: "{{ value }}"}
  bye: {type: hangup, prompt: Goodbye.}
"""


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("prompt: Enter your six digit number., digits: 5", True),
        ("prompt: Enter your six digit number., digits: {min: 7, max: 9}", True),
        ("prompt: Your number?, no_match: It has four digits., digits: 5", True),
        ("prompt: Enter your six digit number., digits: 6", False),
        ("prompt: Enter your six digit number., digits: {min: 4, max: 8}", False),
        ("prompt: Enter four digits for the branch and six digits for the account., digits: 10", False),
        (
            "prompt: 'Enter your birthday: two digits for the day, two for the month, four for the year.', digits: 8",
            False,
        ),
        ("prompt: Enter your telephone number with the three digit area code., digits: 10", False),
        ("prompt: Enter your number but leave out the first two digits., digits: 7", False),
        ("prompt: Enter the reading. Ignore the last two digits., digits: 5", False),
        ("prompt: 'Enter your sort code: three pairs of two digits.', digits: 6", False),
        ("prompt: Enter the last four digits of your card., digits: 6", True),
        ("prompt: Enter your six digit number. To start over press star., digits: 5", True),
        ("prompt: Say your six digit number., speech: any", False),
    ],
)
def test_digits_and_what_is_said_of_them(field: str, found: bool, tmp_path: Path) -> None:
    assert bool(messages("prompt-digits", tmp_path, COLLECT % field)) is found


# unmarked-sensitive

SECRET = """\
start: ask
variables: {%(into)s: ""}
on_failure: bye
nodes:
  ask: {type: collect, prompt: "%(prompt)s", into: %(into)s, digits: %(digits)s, next: tell%(more)s}
  tell: {type: http, method: POST, url: "https://x.test", json: {v: "{{ %(into)s }}"}, next: bye, on_error: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""


@pytest.mark.parametrize(
    ("into", "prompt", "digits", "more", "found"),
    [
        ("pin", "Your code?", "4", "", True),
        ("code", "Please enter your four digit PIN.", "4", "", True),
        ("card_pin", "And now?", "4", "", True),
        ("number", "Geben Sie bitte Ihre Geheimzahl ein.", "4", "", True),
        ("number", "Entrez votre code secret.", "4", "", True),
        ("number", "Ingrese su contraseña.", "4", "", True),
        ("number", "कृपया अपना पिन दर्ज करें।", "4", "", True),
        ("pin", "Please enter your PIN.", "4", ", sensitive: true", False),
        ("pin", "Please enter your PIN.", "4", ", sensitive: false", False),
        ("pin", "Please enter the PIN code of your area.", "6", "", False),
        ("pin_code", "Please enter your PIN code.", "6", "", False),
        ("account", "To reset your PIN, please enter your account number.", "6", "", False),
        ("code", "Please enter the one-time password that we sent you.", "6", "", False),
        ("member", "Please enter the number of your library card.", "6", "", False),
        ("spins", "How many spins? Enter a number.", "1", "", False),
    ],
)
def test_secrets_are_marked(into: str, prompt: str, digits: str, more: str, found: bool, tmp_path: Path) -> None:
    flow = SECRET % {"into": into, "prompt": prompt, "digits": digits, "more": more}
    assert bool(messages("unmarked-sensitive", tmp_path, flow)) is found


# never-given

TELLING = """\
start: tell
variables: {x: %s}
nodes:
  tell: {type: play, prompt: "%s", next: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""


@pytest.mark.parametrize(
    ("value", "prompt", "found"),
    [
        ('""', "Hello {{ x }}.", True),
        ("null", "Hello {{ x }}.", True),
        ("0", "You owe {{ x }} euros.", True),
        ("Asha", "Hello {{ x }}.", False),
        ("5", "You owe {{ x }} euros.", False),
        ('""', "{{ x }}", False),
        ('""', "Hello {{ x or 'guest' }}.", False),
        ('""', "Hello{{ ' ' ~ x if x else '' }}.", False),
    ],
)
def test_values_that_never_come(value: str, prompt: str, found: bool, tmp_path: Path) -> None:
    assert bool(messages("never-given", tmp_path, TELLING % (value, prompt))) is found


def test_what_a_flow_is_given_comes(tmp_path: Path) -> None:
    sub = (
        'start: a\nvariables: {x: ""}\nnodes:\n  a: {type: play, prompt: "Hi {{ x }}.", next: b}\n  b: {type: return}\n'
    )
    main = "start: a\nnodes:\n  a: {type: subflow, flow: flow%s, next: b, on_error: b}\n  b: {type: hangup}\n"
    assert messages("never-given", tmp_path, sub) == []
    assert messages("never-given", tmp_path, sub, main=main % ", with: {x: Asha}") == []
    assert len(messages("never-given", tmp_path, sub, main=main % "")) == 1


# silent-question

ASKING = """\
start: %s
variables: {a: "", b: ""}
on_failure: bye
nodes:
  first: {type: collect, prompt: First?, into: a, digits: 1, next: %s}
  speak: {type: play, prompt: And the second?, next: second}
  check: {type: branch, cases: [{when: a == "1", next: %s}], otherwise: bye}
  second: {type: collect, into: b, digits: 1, next: tell%s}
  tell: {type: hangup, prompt: "{{ a }} {{ b }}"}
  bye: {type: hangup, prompt: Goodbye.}
"""


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (("first", "check", "second", ""), True),
        (("first", "second", "bye", ""), True),
        (("second", "check", "bye", ""), True),
        (("first", "check", "speak", ""), False),
        (("first", "check", "second", ", prompt: Second?"), False),
        (("first", "check", "second", ", attempts: 1, timeout: 1s"), False),
    ],
)
def test_questions_have_words(values: tuple[str, ...], found: bool, tmp_path: Path) -> None:
    assert bool(messages("silent-question", tmp_path, ASKING % values)) is found


# idle-branch and opposite-hours

HOURS = """\
start: branch
hours: {%(hours)s: {timezone: Europe/London, open: {mon-fri: "09:00-17:00"}}}
nodes:
  branch: {type: branch, cases: [{when: "%(when)s", next: %(then)s}], otherwise: %(otherwise)s}
  closed_now: {type: hangup, prompt: We are closed.}
  agent: {type: hangup, prompt: Welcome.}
"""


@pytest.mark.parametrize(
    ("hours", "when", "then", "otherwise", "check"),
    [
        ("office", "is_open('office')", "agent", "closed_now", None),
        ("office", "is_open('office')", "closed_now", "agent", "opposite-hours"),
        ("office", "not is_open('office')", "agent", "closed_now", "opposite-hours"),
        ("office", "not (is_open('office'))", "agent", "closed_now", "opposite-hours"),
        ("opening_hours", "is_open('opening_hours')", "closed_now", "agent", "opposite-hours"),
        ("office", "not is_open('office')", "closed_now", "agent", None),
        ("holidays", "is_open('holidays')", "closed_now", "agent", None),
        ("office", "is_open('office')", "agent", "agent", "idle-branch"),
    ],
)
def test_branches(hours: str, when: str, then: str, otherwise: str, check: str | None, tmp_path: Path) -> None:
    flow = HOURS % {"hours": hours, "when": when, "then": then, "otherwise": otherwise}
    found = [each for each in ("opposite-hours", "idle-branch") if messages(each, tmp_path, flow)]
    assert found == ([] if check is None else [check])


# foreign-text


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ("en-US: नमस्ते और स्वागत है।, hi-IN: नमस्ते।", True),
        ("en-US: Hello., de-DE: Thank you for calling us.", True),
        ("en-US: Bitte drücken Sie eine Taste., de-DE: Bitte drücken Sie eine Taste.", True),
        ("en-US: Hello., fr-FR: Gracias por llamar a los mejores de la ciudad.", True),
        ("en-US: Welcome., hi-IN: Namaste aur swagat hai., ", False),
        ("en-US: Welcome to the Café de la Paix., fr-FR: Bienvenue au Café de la Paix.", False),
        ("en-US: Press 2. Für Deutsch drücken Sie bitte die 2., de-DE: Die 2 bitte.", False),
        ("en-US: OK., de-DE: Okay.", False),
        ("en-US: Welcome., nl-NL: Dank u voor het bellen., ", False),
    ],
)
def test_texts_are_in_their_language(texts: str, found: bool, tmp_path: Path) -> None:
    flow = f"start: a\nlanguage: en-US\nnodes:\n  a: {{type: hangup, prompt: {{{texts.rstrip(', ')}}}}}\n"
    assert bool(messages("foreign-text", tmp_path, flow)) is found


# prompt-choices: where choices lead

MENU = """\
start: menu
on_failure: goodbye
on_error: goodbye
nodes:
  menu:
    type: menu
    prompt: [{choices: "For {label} press {press}."}]
    choices:
      - {press: 1, say: sales, label: sales, next: %s}
      - {press: 2, say: opening hours, label: opening hours, next: %s}
      - {press: 3, say: goodbye, label: the end, next: goodbye}
  check: {type: branch, cases: [{when: now.hour == 3, next: goodbye}], otherwise: sales}
  sales: {type: transfer, to: "+442071838750"}
  tell: {type: play, prompt: We open at nine., next: menu}
  goodbye: {type: hangup, prompt: Goodbye.}
"""


@pytest.mark.parametrize(
    ("sales", "hours", "words"),
    [
        ("sales", "tell", []),
        ("check", "tell", []),
        ("menu", "check", ["though there is the node", "back to its own menu"]),
        ("menu", "menu", ["back to its own menu", "back to its own menu"]),
        ("goodbye", "check", ["though there is the node “sales”"]),
    ],
)
def test_choices_come_to_the_node_of_their_name(sales: str, hours: str, words: list[str], tmp_path: Path) -> None:
    found = [each for each in messages("prompt-choices", tmp_path, MENU % (sales, hours)) if "leads" in each]
    assert [any(word in each for each in found) for word in words] == [True] * len(words)
    assert bool(found) is bool(words)


def test_a_choice_may_ask_again_on_purpose(tmp_path: Path) -> None:
    again = MENU.replace("say: opening hours, label: opening hours", "say: repeat, label: these choices again")
    assert messages("prompt-choices", tmp_path, again % ("sales", "menu")) == []


PROMISE = """\
start: hello
universals: [{press: "*", do: repeat}]
on_failure: bye
nodes:
  hello: {type: play, prompt: "%s", next: menu}
  menu: {type: menu, prompt: For sales press 1., choices: [{press: 1, next: bye}]}
  bye: {type: hangup, prompt: Goodbye.}
"""


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("You can press 0 at any time for an operator.", True),
        ("Jederzeit können Sie die 9 drücken.", False),  # In English, German is not read.
        ("Press star at any time to hear it again.", False),
        ("Press 1 at any time for sales.", False),
        ("Welcome. We may ask you to press 0.", False),
    ],
)
def test_what_is_promised_for_any_time(prompt: str, found: bool, tmp_path: Path) -> None:
    told = [each for each in messages("prompt-choices", tmp_path, PROMISE % prompt) if "any time" in each]
    assert bool(told) is found


# unused-name: languages

SPOKEN = """\
start: a
language: en-US
nodes:
  a: {type: play, prompt: {en-US: Hello., %(tag)s: Hallo.}, next: b}
  b: {type: set, values: {language: %(set)s}, next: c}
  c: {type: hangup, prompt: {en-US: Goodbye., %(tag)s: Tschüss.}}
"""


@pytest.mark.parametrize(
    ("tag", "language", "found"),
    [
        ("de-DE", "en-US", True),
        ("de-DE", "de-DE", False),
        ("de-DE", "\"{{ 'de-DE' if now.hour > 8 else 'en-US' }}\"", False),
        ("en-GB", "en-US", False),
    ],
)
def test_languages_that_no_call_is_in(tag: str, language: str, found: bool, tmp_path: Path) -> None:
    told = messages("unused-name", tmp_path, SPOKEN % {"tag": tag, "set": language})
    assert bool(told) is found
