"""Entries that are secrets by their name or their question, and are not marked as sensitive."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.menu_words import ENTERING
from ivr.lint.wording.prompt_text import prompt_paths, raw_at, script
from ivr.nodes.collect import Collect

NAMES = re.compile(
    r"(?:.*_)?(?:pin|pins|password|passcode|passphrase|passwort|kennwort|geheimzahl|cvv2?|cvc2?|ssn|"
    r"mot_de_passe|code_secret|contrasena|credit_card|card_pin|security_code|(?:credit|debit)_card_number)"
    r"(?:_(?:entry|number|again|new|repeat|confirmation|\d))?"
)
"""Names of variables that hold secrets."""
WORDS = re.compile(
    r"(?<!\w)(?:pin(?!\w|[ -]?(?:code|kode))|password|passcode|passwort|kennwort|geheimzahl|cvv|cvc|"
    r"(?:credit|debit|bank) card number|card security code|social security number|kreditkartennummer|"
    r"code secret|code confidentiel|mot de passe|cryptogramme|numéro de (?:votre )?carte (?:bancaire|bleue|de crédit)|"
    r"contraseña|clave secreta|número de (?:su |tu )?tarjeta de (?:crédito|débito)|पिन(?!\s*कोड)|पासवर्ड|सीवीवी)(?!\w)"
)
"""What secrets are called in questions; a PIN code is a postcode in India."""
OTHERWISE = re.compile(
    r"(?<!\w)(?:one[- ]time|once|otp|sent|texted|postal|postcode|zip|einmal\w*|tan|postleitzahl|usage unique|envoyé|"
    r"un solo uso|enviado|reset|change|forg\w+|lost|zurücksetzen|ändern|vergessen|réinitialiser|oublié|modifier|"
    r"restablecer|olvid\w+|cambiar|library|भूल|बदल\w*)(?!\w)"
)
"""Words of secrets that are worth nothing afterwards, and of questions for something else because of one."""
BETWEEN_WORDS = re.compile(r"[\s,:()]+")
SENTENCE = re.compile(r"[.!?।;]+(?=\s|$)")


def _find(subject: Subject) -> Iterator[Mistake]:
    for id, node in subject.flow.nodes.items():
        if not isinstance(node, Collect) or node.sensitive:
            continue
        if raw_at(subject.source, ("nodes", id, "sensitive")) is not None:
            continue  # Somebody has decided that it is none.
        asked = _asked(subject, id)
        named = NAMES.fullmatch(_snake(node.into)) is not None
        word = next((found.group() for text in asked if (found := _secret(text))), None)
        if word is None and (not named or any(_speaks_otherwise(text) for text in asked)):
            continue
        what = quoted(word or node.into)
        message = f"what callers enter here is a secret ({what}), but logs, records and screens show it"
        yield Mistake(("nodes", id, "into"), f"{message}: add “sensitive: true”")


def _asked(subject: Subject, id: str) -> tuple[str, ...]:
    """The sentences of its question."""
    texts = [
        passage.text
        for _, path in prompt_paths(subject.flow, subject.source, id, "prompt")
        for passage in script(subject.flow, subject.source, path, subject.flow.language).passages
    ]
    return tuple(each for text in texts for each in SENTENCE.split(text.casefold()))


def _secret(sentence: str) -> re.Match[str] | None:
    """What a sentence asks for, if that is a secret."""
    if OTHERWISE.search(sentence) or ENTERING.isdisjoint(BETWEEN_WORDS.split(sentence)):
        return None
    return WORDS.search(sentence)


def _speaks_otherwise(sentence: str) -> bool:
    return OTHERWISE.search(sentence) is not None or re.search(r"(?<!\w)pin[ -]?code", sentence) is not None


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


UNMARKED_SENSITIVE = Check("unmarked-sensitive", "warning", _find)
