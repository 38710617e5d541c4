"""The estimated length of speech, beside what the synthesiser makes of the same text."""

from __future__ import annotations

import pytest

from ivr.core.durations import duration
from ivr.core.segments import Speech, Voice
from ivr.media import convert, frame
from ivr.speech.text import plain
from ivr.speech.voice import Espeak

WITHIN = 0.15
SHORT_MS = 150
"""Of one or two words it is the first sound that decides; there, this much counts as near enough."""

TEXTS = {
    "en-US": [
        "Yes.",
        "Press 1.",
        "One moment please.",
        "Thank you for calling. Goodbye.",
        "For your balance press 1 or say balance. For opening hours press 2 or say hours.",
        "For sales, press 1. For support, press 2. For billing, press 3. To hear this again, press star.",
        "You entered 1 2 3 4 5 6. Press 1 if that is right, or 2 to try again.",
        "Your balance is $1,250.00.",
        "The price is $3.99, including tax.",
        "Your reference number is 40318.",
        "We are open Monday to Friday, from 9 a.m. to 6 p.m., and on Saturday from 10 a.m. to 2 p.m.",
        "All of our agents are busy right now. Your call is important to us. Please stay on the line, and the "
        "next available agent will be with you shortly.",
        "To hear this again press *, to go back press #.",
        "Is that right? Press 1 for yes or 2 for no.",
        "Your parcel left our depot this morning; it will reach you on Thursday.",
        "We could not find an order with that number. Please check it and try again.",
    ],
    "en-GB": ["Welcome to the Bristol office. If you know the extension you want, you can enter it now."],
    "en-IN": ["Welcome to Acme Bank. For your account balance press 1. For a new cheque book press 2."],
    "de-DE": [
        "Für Ihren Kontostand drücken Sie die 1. Für Öffnungszeiten drücken Sie die 2.",
        "Ihr Kontostand beträgt 1.250,00 Euro.",
        "Bitte hinterlassen Sie nach dem Signalton Ihren Namen und Ihre Telefonnummer.",
    ],
    "es-ES": [
        "Para consultar su saldo, pulse 1. Para conocer el horario, pulse 2.",
        "Su saldo es de 1.250,00 euros.",
        "Deje su nombre y su número de teléfono después de la señal.",
    ],
    "fr-FR": [
        "Pour connaître votre solde, appuyez sur 1. Pour les horaires d'ouverture, appuyez sur 2.",
        "Votre solde est de 1 250,00 euros.",
        "Laissez votre nom et votre numéro de téléphone après le signal sonore.",
    ],
    "hi-IN": [
        "अपना बैलेंस जानने के लिए 1 दबाएँ। खुलने का समय जानने के लिए 2 दबाएँ।",
        "आपका बैलेंस 1,250 रुपये है।",
        "कृपया टोन के बाद अपना नाम और फ़ोन नंबर बताएँ।",
    ],
}


@pytest.mark.parametrize("rate", [120, 165, 250])
@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in TEXTS.items() for text in texts]
)
def test_speech_lasts_about_as_long_as_estimated(espeak: Espeak, language: str, text: str, rate: int) -> None:
    voice = Voice(rate=rate)
    real = frame.milliseconds(convert.speech(espeak.speak(plain(text), language, voice), voice.volume))
    estimate = duration(Speech(text, text, language, voice, static=True))
    assert abs(estimate - real) <= max(WITHIN * real, SHORT_MS), f"{estimate} ms estimated, {real} ms spoken"
