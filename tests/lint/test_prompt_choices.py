"""What prompts offer is held against what menus and fields do, and nothing that people reasonably say is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.document.finding import Finding
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.lint.check import Explorations, Subject, findings
from ivr.lint.checks.prompt_choices import PROMPT_CHOICES
from ivr.speech.machine import Machine

MENU = """\
language: {language}
start: menu
universals:
  - {{press: "*", say: [{repeat}], do: repeat}}
  - {{press: 0, say: [{operator}], next: operator}}
nodes:
  menu:
    type: menu
    prompt: {prompt!r}
    choices: [{choices}]
    on_failure: operator
  sales: {{type: hangup}}
  support: {{type: hangup}}
  billing: {{type: hangup}}
  accounts: {{type: hangup}}
  operator: {{type: hangup}}
"""
CHOICES = {
    "en-US": [
        "{press: 1, say: [sales], next: sales}",
        "{press: 2, say: [support, technical help], next: support}",
    ],
    "de-DE": [
        "{press: 1, say: [Vertrieb], next: sales}",
        "{press: 2, say: [Kundendienst, Reparatur], next: support}",
    ],
    "fr-FR": ["{press: 1, say: [ventes], next: sales}", "{press: 2, say: [assistance], next: support}"],
    "es-MX": ["{press: 1, say: [ventas], next: sales}", "{press: 2, say: [soporte], next: support}"],
    "hi-IN": ["{press: 1, say: [बिक्री], next: sales}", "{press: 2, say: [सहायता], next: support}"],
}
REPEAT = {"en-US": "repeat", "de-DE": "wiederholen", "fr-FR": "répéter", "es-MX": "repetir", "hi-IN": "दोबारा"}
OPERATOR = {"en-US": "operator", "de-DE": "Zentrale", "fr-FR": "standard", "es-MX": "operadora", "hi-IN": "ऑपरेटर"}


def found(text: str) -> list[Finding]:
    loaded = load_sources({"main.yaml": read(text, "main.yaml")}, 2026)
    assert not loaded.findings, loaded.findings
    subject = Subject(loaded.flows["main"], loaded, Machine((), Path()), Explorations(loaded))
    return sorted(findings(PROMPT_CHOICES, subject))


def menu(prompt: str, language: str = "en-US", choices: list[str] | None = None) -> list[tuple[str, str]]:
    text = MENU.format(
        language=language,
        prompt=prompt,
        choices=", ".join(CHOICES[language] if choices is None else choices),
        repeat=REPEAT[language],
        operator=OPERATOR[language],
    )
    return [(each.severity, each.message) for each in found(text)]


@pytest.mark.parametrize(
    ("language", "prompt", "key"),
    [
        ("en-US", "For sales, press 1. For support, press 2. For billing, press 3.", "3"),
        ("en-US", "Press 1 for sales, 2 for support, or press 3 for billing.", "3"),
        ("en-US", "For sales press one, for support press two, for billing press three.", "3"),
        ("en-US", "For sales press 1. For support press 2. To hear this again, press pound.", "#"),
        ("en-US", "For sales, press 1 or say sales. To speak to an agent, dial 9.", "9"),
        ("en-US", "Sales: press 1. Support: push 2. Opening hours: hit 4.", "4"),
        ("en-US", "Please press 1, 2 or 3.", "3"),
        ("en-US", "Welcome! If you want billing, please press the number 3 now.", "3"),
        ("en-US", "To talk to sales select option 1, for support select option 5.", "5"),
        ("en-US", "Press 1 for sales and press the hash key to go back.", "#"),
        ("en-US", "Para español, oprima el tres. For sales press 1.", "3"),
        ("de-DE", "Für den Vertrieb drücken Sie die 1, für Rechnungen drücken Sie die 3.", "3"),
        ("de-DE", "Drücken Sie bitte die drei für Rechnungen.", "3"),
        (
            "de-DE",
            "Wählen Sie die 1 für den Vertrieb oder die Taste 2. Zurück geht es, wenn Sie die Raute drücken.",
            "",
        ),
        ("de-DE", "Um zum Anfang zurückzukehren, drücken Sie die Rautetaste.", "#"),
        ("fr-FR", "Pour les ventes, appuyez sur le 1. Pour la facturation, tapez 3.", "3"),
        ("fr-FR", "Appuyez sur la touche trois pour la facturation.", "3"),
        ("fr-FR", "Pour revenir en arrière, appuyez sur dièse.", "#"),
        ("es-MX", "Para ventas, marque el 1. Para facturación, marque el 3.", "3"),
        ("es-MX", "Presione tres para facturación.", "3"),
        ("es-MX", "Para volver, pulse la tecla numeral.", "#"),
        ("hi-IN", "बिक्री के लिए 1 दबाएँ। बिलिंग के लिए 3 दबाएँ।", "3"),
        ("hi-IN", "बिलिंग के लिए तीन दबाइए।", "3"),
        ("hi-IN", "Sales ke liye 1 dabayein, billing ke liye 3 dabayein.", "3"),
        ("hi-IN", "बिलिंग के लिए ३ नंबर दबाएं।", "3"),
    ],
)
def test_a_key_that_is_no_choice(language: str, prompt: str, key: str) -> None:
    told = menu(prompt, language)
    if key:
        assert [severity for severity, _ in told] == ["error"], told
        assert f"offers key “{key}”" in told[0][1]
    else:
        assert told == []


@pytest.mark.parametrize(
    "prompt",
    [
        "Press 1 for sales, 2 for support, 3 for billing.",
        "Press 1 for sales, 2 for support and 3 for billing.",
        "For sales press 1, for support 2, for billing 3.",
        "One for sales, two for support, three for billing.",
        "Press a key: 1 for sales, 2 for support, 3 for billing.",
        "Press 1 to 3.",
    ],
)
def test_a_key_without_a_verb_of_its_own_is_likely_meant(prompt: str) -> None:
    assert [severity for severity, _ in menu(prompt)] == ["warning"], menu(prompt)


@pytest.mark.parametrize(
    ("language", "prompt", "severities"),
    [
        ("en-US", "For support, press 1. For sales, press 2.", ["error"]),
        ("en-US", "Press 1 for support or 2 for sales.", ["error"]),
        ("en-US", "For sales press 2 or say sales. For support press 1 or say support.", ["error"]),
        ("en-US", "For sales, press 1. For an operator, press 2.", ["error"]),
        ("de-DE", "Für den Kundendienst drücken Sie die 1, für den Vertrieb die 2.", ["error"]),
        ("fr-FR", "Pour l'assistance, tapez 1. Pour les ventes, tapez 2.", ["error"]),
        ("es-MX", "Para soporte marque 1, para ventas marque 2.", ["error"]),
        ("hi-IN", "सहायता के लिए 1 दबाएँ। बिक्री के लिए 2 दबाएँ।", ["error"]),
    ],
)
def test_a_key_that_leads_elsewhere(language: str, prompt: str, severities: list[str]) -> None:
    assert {severity for severity, _ in menu(prompt, language)} == set(severities)


def test_swapped_keys_are_seen_by_the_names_of_nodes() -> None:
    choices = ["{press: 1, next: support}", "{press: 2, next: sales}"]
    told = menu("For sales, press 1. For support, press 2.", choices=choices)
    assert [severity for severity, _ in told] == ["warning", "warning"]
    assert "offers key “1” (“for sales”), which leads to “support”; what fits is on “2”" in told[0][1]


@pytest.mark.parametrize(
    ("language", "prompt"),
    [
        ("en-US", "For sales, press 1 or say support."),
        ("en-US", "Press 1 or say support for our team."),
        ("en-US", "Say support or press 1."),
        ("en-US", "For sales, press 1, or say “operator”."),
        ("en-US", "For sales, press 1 or say purchases."),
        ("de-DE", "Drücken Sie die 1 oder sagen Sie Kundendienst."),
        ("de-DE", "Für den Vertrieb drücken Sie die 1 oder sagen Sie „Verkauf“."),
        ("fr-FR", "Appuyez sur le 1 ou dites assistance."),
        ("es-MX", "Marque uno o diga soporte."),
        ("hi-IN", "बिक्री के लिए 1 दबाएँ या सहायता कहें।"),
        ("hi-IN", "बिक्री के लिए 1 दबाएँ या ख़रीदना कहें।"),
    ],
)
def test_a_key_and_a_phrase_that_part(language: str, prompt: str) -> None:
    assert [severity for severity, _ in menu(prompt, language)] == ["error"], menu(prompt, language)


def test_a_phrase_alone_that_is_none_is_likely_a_mistake() -> None:
    assert [severity for severity, _ in menu("Press 1 for sales, or 2 for support. For bills say billing.")] == [
        "warning"
    ]


@pytest.mark.parametrize(
    ("language", "prompt"),
    [
        ("en-US", "For sales, press 1 or say sales. For support, press 2 or say support."),
        ("en-US", "Press 1 for sales, 2 for support, 0 for an operator, or star to repeat."),
        ("en-US", "To talk to our sales team, press 1; for technical help, press 2."),
        ("en-US", "We are open 24 hours a day, 7 days a week. For sales press 1, for support press 2."),
        ("en-US", "Our hours are 9 to 5, Monday to Friday. Press 1 for sales or 2 for support."),
        ("en-US", "Our hours are from 9 AM to 5 PM and on Saturday from 10 to 2. For sales press 1."),
        ("en-US", "If this is an emergency, hang up and dial 911. For sales, press 1."),
        ("en-US", "Call us at 1 800 555 0199, or press 1 for sales."),
        ("en-US", "You can also dial 1-800-555-0199. For sales, press 1."),
        ("en-US", "We will answer within 3 days. For sales, press 1."),
        ("en-US", "Please have your 6 digit account number ready. For sales, press 1. For support, press 2."),
        ("en-US", "You have 3 new messages. For sales, press 1."),
        ("en-US", "Choose one of the following. For sales, press 1."),
        ("en-US", "Choose one of 2 options: press 1 for sales, press 2 for support."),
        ("en-US", "Press any key to continue, or press star to hear this again."),
        ("en-US", "Press 1 at any time for sales."),
        ("en-US", "Press 1 now."),
        ("en-US", "Press 1 or 2."),
        ("en-US", "Press one for our sales department, two for technical support."),
        ("en-US", "One for sales, two for support."),
        ("en-US", "For sales, say sales. For support, say technical help."),
        ("en-US", "Say sales or support."),
        ("en-US", "Please say sales, support, or operator."),
        ("en-US", "You can say repeat to hear this again."),
        ("en-US", "Please say your choice, or press 1 for sales."),
        ("en-US", "You can say things like sales or technical help."),
        ("en-US", "For an operator press nought."),
        ("en-US", "Please say clearly what you would like, or press 1 for sales."),
        ("en-US", "If you want to buy something, press 1. If something is broken, press 2."),
        ("en-US", "If you know your party's extension, dial it now. Otherwise, press 1 for sales."),
        ("en-US", "For type 2 questions, press 1."),
        ("en-US", "Press 1 for our 2 for 1 offers, or 2 for help."),
        ("en-US", "For English, stay on the line. For sales press 1."),
        ("en-US", "Use code 55 for 10% off. Press 1 for sales."),
        ("en-US", "Do not press 5. Press 1 for sales."),
        ("en-US", "For Dr. Miller, press 1. For Dr. Jones, press 2."),
        ("en-US", "Press the 1 key for sales, the 2 key for support."),
        ("en-US", "Press 1 twice if you are in a hurry."),
        ("en-US", "Version 3 is out. For news about version 3, press 1."),
        ("en-US", "For {{ 'sales' }} press 1, for support press 2."),
        ("en-US", "Item 4, in aisle 5, costs $3. For sales press 1."),
        ("en-US", "For orders over 3 pounds, press 1."),
        ("de-DE", "Für den Vertrieb drücken Sie die 1, für den Kundendienst die 2."),
        ("de-DE", "Für den Vertrieb drücken Sie bitte die Eins oder sagen Sie Vertrieb."),
        ("de-DE", "Wir sind von 9 bis 17 Uhr für Sie da. Drücken Sie 1 für den Vertrieb, 2 für den Kundendienst."),
        ("de-DE", "Halten Sie Ihre 6-stellige Kundennummer bereit. Für Reparaturen wählen Sie die 2."),
        ("de-DE", "Drücken Sie eine der folgenden Tasten: die 1 für den Vertrieb."),
        ("de-DE", "Möchten Sie zum Vertrieb? Dann drücken Sie die 1."),
        ("de-DE", "Bitte sprechen Sie nach dem Ansagetext, oder drücken Sie die 1 für den Vertrieb."),
        ("de-DE", "Sprechen Sie mit uns. Drücken Sie die 1 für den Vertrieb."),
        ("de-DE", "Worum geht es? Sagen Sie zum Beispiel Vertrieb oder Reparatur."),
        ("de-DE", "Sagen Sie etwa Reparatur."),
        ("de-DE", "Mit der Taste 0 erreichen Sie die Zentrale, drücken Sie die Sterntaste für eine Wiederholung."),
        ("fr-FR", "Tapez 1 pour les ventes, 2 pour l'assistance, étoile pour réécouter."),
        ("fr-FR", "Nous sommes ouverts de 9 à 17 heures. Appuyez sur un bouton, ou sur le 1 pour les ventes."),
        ("fr-FR", "Pour les ventes, appuyez sur le 1 ou dites « ventes »."),
        ("fr-FR", "Dites clairement votre choix, ou appuyez sur le 1 pour les ventes."),
        ("es-MX", "Para ventas marque 1, para soporte marque 2, o 0 para la operadora."),
        ("es-MX", "Atendemos las 24 horas, los 7 días. Para ventas, oprima uno o diga ventas."),
        ("hi-IN", "बिक्री के लिए 1 दबाएँ या बिक्री कहें। सहायता के लिए 2 दबाएँ या सहायता कहें।"),
        ("hi-IN", "हम सुबह 9 से शाम 6 बजे तक खुले हैं। बिक्री के लिए 1 दबाएँ।"),
        ("hi-IN", "कृपया कोई एक बटन दबाएँ। दोबारा सुनने के लिए स्टार दबाएँ।"),
        ("hi-IN", "sales ke liye ek dabayein, support ke liye do dabayein."),
        ("hi-IN", "3 दिन में जवाब मिलेगा। ऑपरेटर के लिए 0 दबाएँ।"),
        ("hi-IN", "बिक्री के लिए 1 और सहायता के लिए 2 दबाएँ।"),
    ],
)  # fmt: skip
def test_what_people_write_is_fine(language: str, prompt: str) -> None:
    assert menu(prompt, language) == []


def test_a_choice_with_another_name_in_the_prompt_is_fine() -> None:
    choices = [
        "{press: 1, say: [buy], label: purchases, next: sales}",
        "{press: 2, say: [billing address], next: accounts}",
        "{press: 3, next: billing}",
    ]
    assert menu("For your next phone, press 1. To move house, press 2. For invoices, press 3.", choices=choices) == []
    assert menu("For sales, press 1. For accounts, press 2. For billing, press 3.", choices=choices) == []


def test_keys_of_several_digits() -> None:
    choices = ["{press: 11, next: sales}", "{press: 12, next: support}"]
    assert menu("For sales press 11, for support press 1 2.", choices=choices) == []
    [(severity, message)] = menu("For sales press 11, for support press 13.", choices=choices)
    assert severity == "error"
    assert "; what fits is on “12”" in message


def test_one_node_for_two_choices_is_no_swap() -> None:
    choices = ["{press: 1, say: sales, next: sales}", "{press: 2, say: support, next: sales, set: {language: en-US}}"]
    assert menu("For sales press 1, for support press 2.", choices=choices) == []


def test_a_choice_that_leads_where_another_one_does() -> None:
    choices = ["{press: 1, say: sales, next: support}", "{press: 2, say: support, next: support}"]
    told = menu("For sales press 1, for support press 2.", choices=choices)
    message = "the choice for “sales” leads to “support”, as “2” does, though there is the node “sales”"
    assert told == [("warning", message)]


def test_what_only_choices_fill_in() -> None:
    [(severity, message)] = menu("For {label} press {press}.")
    assert (severity, "{label}" in message) == ("error", True)


@pytest.mark.parametrize(
    ("sentence", "choice", "count"),
    [
        ("For {label}, press {press}.", "{press: 1, label: sales, next: sales}", 0),
        ("For {label}, say {say}.", "{say: sales, label: sales, next: sales}", 0),
        ("For {label}, press {press} or say {say}.", "{press: 1, label: sales, next: sales}", 1),
        ("For {label}, press {press} or say {say}.", "{say: sales, label: sales, next: sales}", 1),
        ("For {label}, press {press} or say {say}.", "{press: 1, next: sales}", 0),
    ],
)
def test_gaps_in_an_announcement(sentence: str, choice: str, count: int) -> None:
    text = f"{{start: menu, nodes: {{menu: {{type: menu, prompt: {{choices: {sentence!r}}}, choices: [{choice}]}}, "
    assert len(found(text + "sales: {type: hangup}}}")) == count


FIELD = """\
start: ask
universals: [{{press: "*", say: repeat, do: repeat}}, {{press: 0, say: operator, next: bye}}]
nodes:
  ask:
    type: collect
    prompt: {prompt!r}
    into: number
    digits: {digits}
    {more}
    next: bye
  bye: {{type: hangup}}
"""


def field(prompt: str, digits: str = "6", more: str = "attempts: 3") -> list[str]:
    return [each.severity for each in found(FIELD.format(prompt=prompt, digits=digits, more=more))]


@pytest.mark.parametrize(
    ("prompt", "digits"),
    [
        ("Enter your number followed by the hash key.", "{min: 4, max: 8, finish: '*'}"),
        ("Enter your number, then press pound.", "{min: 4, max: 8, finish: none}"),
        ("Enter your number and end with star.", "{min: 4, max: 8}"),
        ("Enter your number. Press hash when you are done.", "{min: 4, max: 8, finish: '*'}"),
        ("Enter your number. To correct it, press hash.", "{min: 4, max: 8, finish: none}"),
        ("Enter your six digit number, or press 0 for an operator.", "6"),
        ("Enter your six digit number, or press 9 for a new account.", "6"),
        ("Geben Sie Ihre Nummer ein, gefolgt von der Rautetaste.", "{min: 4, max: 8, finish: '*'}"),
        ("Ingrese su número seguido de la tecla numeral.", "{min: 4, max: 8, finish: none}"),
    ],
)
def test_a_field_is_told_otherwise(prompt: str, digits: str) -> None:
    assert field(prompt, digits) == ["warning"]


@pytest.mark.parametrize(
    ("prompt", "digits"),
    [
        ("Enter your number followed by the hash key.", "{min: 4, max: 8}"),
        ("Enter your six digit number, then press pound.", "6"),
        ("Enter your number and press hash. To hear this again press star.", "{min: 4, max: 8}"),
        ("Enter the six digits, or press star to erase them.", "{min: 6, max: 6, erase: '*'}"),
        ("Enter your number. To start over, press star.", "6"),
        ("Enter your six digit number. Press star to hear this again.", "6"),
        ("Enter one digit: press 1 for red, 2 for blue, 0 for an operator.", "1"),
        ("Enter your number, or press 1 if you have none.", "{min: 1, max: 6}"),
        ("Please enter the 6 digits on the back of your card.", "6"),
        ("Enter the three or four digit security code.", "{min: 3, max: 4}"),
        ("Enter the three to four digit security code.", "{min: 3, max: 4}"),
        ("Geben Sie die drei- oder vierstellige Nummer ein.", "{min: 3, max: 4}"),
        ("Please enter your six digit number. If you do not have one, say operator.", "6"),
        ("Bitte geben Sie Ihre 6-stellige Nummer ein und drücken Sie die Rautetaste.", "6"),
    ],
)
def test_a_field_is_told_rightly(prompt: str, digits: str) -> None:
    assert field(prompt, digits) == []


@pytest.mark.parametrize(
    ("confirm", "count"),
    [
        ("You entered {{ number | digits }}. Press 1 if that is right, or 2 to try again.", 0),
        ("Is that right? Press 1 for yes, 2 for no.", 0),
        ("If yes, press 1, if no, 2.", 0),
        ("Stimmt das? Wenn ja, drücken Sie die 1, wenn nein, die 2.", 0),
        ("Stimmt das? Wenn ja, drücken Sie die 2, wenn nein, die 1.", 2),
        ("If it is right, press 1. If not, press 2.", 0),
        ("To confirm press 1, to change it press 2, for an operator press 0.", 0),
        ("Ist das richtig? Dann drücken Sie die 1, sonst die 2.", 0),
        ("Press 1 or 2.", 0),
        ("Press 2 if that is right, or 1 to try again.", 2),
        ("Press 1 to try again, or 2 to continue.", 2),
        ("If it is right, press 1. If not, press 3.", 1),
        ("Ist das richtig, drücken Sie die 1, sonst die 3.", 1),
        ("Ist das richtig, drücken Sie die Taste 1, sonst die Taste 2.", 0),
        ("To confirm, press hash.", 1),
        ("If that is right, press 1. To hear it again, press 3. To change it, press 2.", 0),
        ("Press 1 to confirm or 2 to re-enter your number.", 0),
        ("If it is not correct, press 1.", 1),
        ("Press 1 or say yes if that is right.", 1),
        ("Wenn das richtig ist, drücken Sie die 2. Wenn nicht, drücken Sie die 1.", 2),
        ("सही हो तो 1 दबाएँ। गलत हो तो 2 दबाएँ।", 0),
        ("सही हो तो 2 दबाएँ। गलत हो तो 1 दबाएँ।", 2),
        ("Si es correcto marque 1, para repetir marque 2.", 0),
        ("Si es correcto marque 2, para corregir marque 1.", 2),
        ("Si c'est correct, tapez 1. Sinon, tapez 2.", 0),
    ],
)
def test_a_confirmation(confirm: str, count: int) -> None:
    assert field("Your number?", more=f"confirm: {confirm!r}") == ["error"] * count


def test_a_spoken_confirmation_is_heard_where_the_node_has_speech() -> None:
    more = "speech: digits\n    confirm: Press 1 or say yes if that is right, or press 2 or say no."
    assert field("Your number?", more=more) == []


@pytest.mark.parametrize(("finish", "count"), [("'#'", 0), ("'*'", 1), ("none", 1)])
def test_a_recording(finish: str, count: int) -> None:
    prompt = "Leave a message after the tone. When you are done, press hash or hang up."
    node = f"{{type: record, prompt: {prompt!r}, into: message, finish: {finish}, next: bye}}"
    assert len(found(f"{{start: note, nodes: {{note: {node}, bye: {{type: hangup}}}}}}")) == count


def test_prompts_are_read_in_each_language() -> None:
    text = """\
language: en-US
start: menu
nodes:
  menu:
    type: menu
    prompt: {en-US: "For sales press 1, for support press 2.", hi-IN: "बिक्री के लिए 1 दबाएँ, सहायता के लिए 3 दबाएँ।"}
    choices:
      - {press: 1, next: sales, set: {language: hi-IN}}
      - {press: 2, next: menu}
  sales: {type: set, values: {language: hi-IN}, next: menu}
"""
    [only] = found(text)
    assert (only.severity, only.line) == ("error", 6)
    assert "key “3”" in only.message
    assert "in hi-IN" in only.message
