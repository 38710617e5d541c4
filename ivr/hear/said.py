"""What is said to a node to try it: its phrases, digits, and much that it does not offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import cycle, islice

from ivr.core.spoken import DIGIT_WORDS, by_language, normal, spoken_digits
from ivr.hear.asked import Question

USUAL_DIGITS = 4
"""How many digits are said where a field takes a varying number of them."""
MOST_DIGITS = 16
"""As on a card; a field that wants more is not tried."""
STRINGS = 3
"""How many numbers are said to a field; together they hold every digit."""
MOST_FOREIGN = 34
"""How much is said to a node that it does not offer: by three voices it is a hundred utterances."""
_DIGITS = "40719283659362081547165087329452793046188403716952"
"""Every ten of them hold each digit once, in another order."""

ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "en": (
        "hello", "excuse me", "I am not sure", "what did you say", "hold on a second", "just a moment please",
        "can you hear me", "my name is Peter", "the weather is nice today", "turn the television down",
        "I will call you later", "where are my glasses", "is anybody there", "um", "let me think",
        "that is a good question", "my daughter is at school", "coffee", "Tuesday", "window", "mother", "music",
        "the red car", "we went to the beach", "dinner is ready", "please be quiet", "thank you", "good morning",
        "I have been waiting for an hour", "it does not matter",
    ),
    "hi": (
        "नमस्ते", "ज़रा रुकिए", "मुझे पता नहीं", "आपने क्या कहा", "एक मिनट रुकिए", "क्या आप मुझे सुन सकते हैं",
        "मेरा नाम राजेश है", "आज मौसम अच्छा है", "टीवी की आवाज़ कम करो", "मैं बाद में फ़ोन करूँगा", "मेरा चश्मा कहाँ है",
        "क्या कोई है", "सोचने दीजिए", "मेरी बेटी स्कूल में है", "चाय", "मंगलवार", "खिड़की", "माँ", "संगीत", "लाल गाड़ी",
        "खाना तैयार है", "चुप रहो", "धन्यवाद", "सुप्रभात", "कोई बात नहीं",
    ),
    "de": (
        "hallo", "Entschuldigung", "ich weiß nicht", "was haben Sie gesagt", "einen Moment bitte", "hören Sie mich",
        "mein Name ist Peter", "das Wetter ist schön", "mach den Fernseher leiser", "ich rufe später an",
        "wo ist meine Brille", "ist da jemand", "lass mich überlegen", "meine Tochter ist in der Schule", "Kaffee",
        "Dienstag", "Fenster", "Mutter", "Musik", "das rote Auto", "das Essen ist fertig", "danke", "guten Morgen",
    ),
    "es": (
        "hola", "perdón", "no lo sé", "qué ha dicho", "espere un momento", "me oye", "me llamo Pedro",
        "hoy hace buen tiempo", "baja la televisión", "llamaré más tarde", "dónde están mis gafas", "hay alguien ahí",
        "déjeme pensar", "mi hija está en la escuela", "café", "martes", "ventana", "madre", "música", "el coche rojo",
        "la cena está lista", "gracias", "buenos días",
    ),
    "fr": (
        "bonjour", "excusez-moi", "je ne sais pas", "qu'avez-vous dit", "attendez un instant", "vous m'entendez",
        "je m'appelle Pierre", "il fait beau aujourd'hui", "baisse la télévision", "je rappellerai plus tard",
        "où sont mes lunettes", "il y a quelqu'un", "laissez-moi réfléchir", "ma fille est à l'école", "café", "mardi",
        "fenêtre", "mère", "musique", "la voiture rouge", "le dîner est prêt", "merci",
    ),
    "ko": (
        "여보세요", "실례합니다", "잘 모르겠어요", "뭐라고 하셨어요", "잠시만 기다려 주세요", "제 말 들리세요",
        "제 이름은 민수입니다", "오늘 날씨가 좋네요", "텔레비전 소리 좀 줄여", "나중에 전화할게요",
        "내 안경 어디 있지", "거기 누구 있어요", "생각 좀 해 볼게요", "딸이 학교에 있어요", "커피", "화요일",
        "창문", "어머니", "음악", "빨간 자동차", "저녁 다 됐어요", "감사합니다", "안녕하세요",
    ),
}  # fmt: skip
"""What people say into a telephone that is no phrase of a menu, by the language's primary tag."""


def offered(question: Question) -> Mapping[str, str]:
    """What the node should take: the label of each row, and the words to speak."""
    rows = {phrase: phrase for phrase in question.phrases}
    if question.digits is not None:
        rows.update((digits, _aloud(digits, question.language)) for digits in _strings(question))
    return rows


def foreign(question: Question, others: Iterable[Question]) -> tuple[str, ...]:
    """What the node should not take: the phrases of other nodes, and what people say besides; nothing if all counts.

    Of more than `MOST_FOREIGN` some are left out, evenly. Whatever holds a phrase of the node, is part of one, or has
    a digit where digits are wanted is left out too.
    """
    if question.free:
        return ()
    said = [phrase for other in others if other.language == question.language for phrase in other.phrases]
    said.extend(by_language(ELSEWHERE, question.language, ()))
    found = tuple(dict.fromkeys(normal(each) for each in said if not _like(each, question)))
    count = min(len(found), MOST_FOREIGN)
    return tuple(found[place * len(found) // count] for place in range(count))


def _like(text: str, question: Question) -> bool:
    padded = f" {normal(text)} "
    if any(f" {normal(phrase)} " in padded or padded in f" {normal(phrase)} " for phrase in question.phrases):
        return True
    return question.digits is not None and any(spoken_digits(word, question.language) for word in padded.split())


def _strings(question: Question) -> tuple[str, ...]:
    """Numbers of a length that the field takes, made of its keys."""
    digits = question.digits
    if digits is None or digits.min > MOST_DIGITS:
        return ()
    length = min(max(USUAL_DIGITS, digits.min), digits.max)
    supply = cycle([key for key in _DIGITS if key in digits.keys])
    found = ("".join(islice(supply, length)) for _ in range(STRINGS))
    return tuple(dict.fromkeys(each for each in found if each))


def _aloud(digits: str, language: str) -> str:
    names: dict[str, str] = {}
    for word, digit in by_language(DIGIT_WORDS, language, DIGIT_WORDS["en"]).items():
        names.setdefault(digit, word)
    return " ".join(names[digit] for digit in digits)
