"""The words by which prompts offer keys and phrases, in the languages that checks can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.core.spoken import DIGIT_WORDS


@dataclass(frozen=True, slots=True)
class Lexicon:
    """How one language offers keys: all words as `normal` leaves them."""

    press: frozenset[str]
    """Verbs before a key, or behind it where `verb_last`."""
    say: frozenset[str]
    """Verbs before a phrase, or behind it where `verb_last`."""
    fillers: frozenset[str]
    """What may stand between a verb and its key, or beside the key."""
    keys: Mapping[str, str]
    """Words that name a key."""
    topic: frozenset[str]
    """Words that lead from a key to what it is for, or from the beginning to what a key is for."""
    joins: frozenset[str]
    """Words that join several offers."""
    through: frozenset[str]
    """Words that stand in the middle of a range of keys."""
    verb_last: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _digits(language: str, without: str = "") -> dict[str, str]:
    return {word: key for word, key in DIGIT_WORDS[language].items() if word not in without.split()}


ENGLISH = Lexicon(
    press=_words("press push pressing hit dial dialing dialling enter touch choose choosing select tap"),
    say=_words("say saying"),
    fillers=_words("the number key button option digit please just simply on your keypad phone"),
    keys={
        **_digits("en", "oh o"),
        "star": "*", "asterisk": "*", "hash": "#", "pound": "#", "hashtag": "#", "hashkey": "#",
    },
    topic=_words("for to if when"),
    joins=_words("or and"),
    through=_words("to through thru until"),
)  # fmt: skip
GERMAN = Lexicon(
    press=_words("drücken drücke drück wählen wähle betätigen tippen tippe geben gib taste"),
    say=_words("sagen sage sag sprechen"),
    fillers=_words("sie bitte die den das taste nummer ziffer einfach jetzt auf ihrem telefon"),
    keys={
        **_digits("de"), "eine": "", "stern": "*", "sterntaste": "*", "sternchen": "*", "raute": "#",
        "rautetaste": "#", "doppelkreuz": "#",
    },
    topic=_words("für um wenn falls zum zur"),
    joins=_words("oder und"),
    through=_words("bis"),
)  # fmt: skip
FRENCH = Lexicon(
    press=_words("appuyez appuyer appuie tapez taper tape pressez composez faites choisissez sélectionnez touche"),
    say=_words("dites dire dis prononcez"),
    fillers=_words("sur la le les touche chiffre numéro simplement s il vous plaît maintenant"),
    keys={**_digits("fr"), "étoile": "*", "dièse": "#", "diese": "#", "carré": "#"},
    topic=_words("pour si"),
    joins=_words("ou et"),
    through=_words("à"),
)
SPANISH = Lexicon(
    press=_words(
        "marque marca marcar pulse pulsa pulsar presione presiona presionar oprima oprime oprimir digite digita "
        "teclee teclea elija seleccione apriete toque tecla"
    ),
    say=_words("diga di decir"),
    fillers=_words("el la los tecla número opción dígito por favor simplemente ahora"),
    keys={
        **_digits("es"), "asterisco": "*", "estrella": "*", "almohadilla": "#", "numeral": "#", "gato": "#",
        "michi": "#",
    },
    topic=_words("para si"),
    joins=_words("o y u"),
    through=_words("al a hasta"),
)  # fmt: skip
HINDI = Lexicon(
    press=_words(
        "दबाएँ दबाएं दबाए दबाइए दबाइये दबायें दबाये दबाओ दबा दबाकर dabaye dabayen dabayein dabaen dabaein dabae "
        "dabaiye dabaiyen dabao dabayiye dabaaye dabaayein dabaen"
    ),
    say=_words("कहें कहिए कहिये कहो बोलें बोलिए बोलिये बोलो kahein kahen kahe kahiye bole bolen bolein boliye"),
    fillers=_words("नंबर नम्बर का की को पर बटन कृपया number no ka ki ko par button batan kripya key press प्रेस अंक"),
    keys={
        **_digits("hi"), "स्टार": "*", "तारा": "*", "हैश": "#", "पाउंड": "#",
        "shunya": "0", "zero": "0", "ek": "1", "do": "2", "teen": "3", "char": "4", "chaar": "4", "paanch": "5",
        "panch": "5", "chhe": "6", "chhah": "6", "cheh": "6", "saat": "7", "sat": "7", "aath": "8", "nau": "9",
        "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
        "nine": "9", "star": "*", "hash": "#", "pound": "#",
    },
    topic=_words("लिए लिये हेतु liye lie के ke"),
    joins=_words("या और ya aur"),
    through=_words("से se"),
    verb_last=True,
)  # fmt: skip

LEXICONS: Mapping[str, Lexicon] = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH, "hi": HINDI}
"""By primary language."""

DIALLING = _words("dial dialing dialling wählen wähle composez marque marca enter")
"""Verbs whose long numbers are telephone numbers or examples, and no keys of a menu."""

COUNTED = _words(
    "times time digit digits character characters numbers seconds second minutes minute hours hour days day weeks "
    "week months month years year percent am pm oclock keys of letters ziffern ziffer stellen stellige stellig mal "
    "sekunden minuten stunden tage tagen tasten der ihrer chiffres chiffre fois secondes minutes heures jours touches "
    "bouton des dígitos digitos cifras veces segundos minutos horas días teclas de अंक अंकों बार सेकंड मिनट घंटे "
    "घंटों दिन दिनों महीने बजे ank ankon baar second minute ghante din baje uhr once twice"
)
"""Words behind a number that counts them, and so is no key."""

CHOOSING = DIALLING | _words(
    "choose choosing select hit tap touch tippen tippe geben gib faites choisissez sélectionnez elija seleccione toque"
)
"""Verbs that have other objects than keys, too."""

NEGATIONS = _words("not don never nicht kein keine ne pas no nunca jamás मत न नहीं mat nahin")

FUNCTION_WORDS = _words(
    "a an the your our my their his her its this that these those it them you we i us me of in on at by with about "
    "or and for to if when want wish would like need please now more again all any other is are be been have has do "
    "can could will just simply press push hit dial enter say option options key number choose select get speak talk "
    "ask hear listen go make go back help call calls reach connect connected someone one something our there here "
    "from up out info information questions question regarding concerning enquiries inquiries department team "
    "service services desk line menu then otherwise at anytime keypad phone telephone time "
    "der die das den dem des ein eine einen einem einer ihr ihre ihren ihrem unser unsere unseren sie wir ich mit in "
    "im am an auf zu zum zur für um wenn falls und oder bitte drücken wählen möchten wollen haben sind ist fragen "
    "frage informationen sprechen erreichen abteilung taste dann sonst jetzt "
    "le la les l un une des du de d nos notre votre vos vous nous je en au aux sur pour si ou et est sont avec "
    "appuyez tapez souhaitez voulez désirez questions information informations service parler être "
    "el los las una unos unas del al su sus nuestro nuestra nuestros usted con por para si o y es son desea quiere "
    "necesita marque presione pulse oprima información hablar preguntas consultas servicio departamento "
    "के का की को से में पर लिए लिये और या है हैं हो तो यदि अगर आप अपना अपनी अपने हमारे हमारी जानकारी बात करने करना करें "
    "कृपया ke ka ki ko se mein par liye aur ya hai hain ho to yadi agar aap apna apni apne jankari baat karne karna "
    "kare karein kripya"
)
"""Words that do not tell one choice from another."""

CONDITIONS = _words("if when wenn falls si")
"""Words that lead to what a key is for, but hardly without a verb behind: “if you are 65, press 1”."""

ANSWERS = _words("yes no not so ja nein nicht oui non sí no हाँ हां नहीं")
"""Words that are a whole condition: “if not, press 2”."""

OTHERWISE = _words("otherwise else sonst ansonsten sinon")
"""Words that lead straight to a key: “press 1, otherwise 2”."""

EMERGENCY = _words("hang auflegen legen raccrochez cuelgue")
"""Words of sentences about other calls than this one."""

ACCEPTING = _words(
    "yes right correct accept confirm continue ok okay keep proceed save agree approve ja richtig stimmt korrekt "
    "bestätigen weiter oui correct exact confirmer continuer valider juste sí correcto correcta confirmar continuar "
    "aceptar हाँ हां सही ठीक पुष्टि haan sahi theek"
)
REFUSING = _words(
    "no wrong incorrect again change reenter re retry redo restart over not isn cancel correction edit different "
    "nein falsch nochmal erneut nicht ändern korrigieren wiederholen neu non incorrect faux recommencer corriger "
    "modifier ressaisir nouveau pas incorrecto incorrecta corregir cambiar repetir nuevo otra नहीं गलत ग़लत दोबारा फिर "
    "बदलने nahin nahi galat dobara phir"
)
HEARING = _words(
    "repeat hear listen wiederholen hören anhören répéter réécouter entendre repetir escuchar oír सुनने sunne"
)
"""Words that ask for the same once more, as any other key does in a confirmation."""
NEITHER = _words("repeat operator agent help menu representative hear listen back skip")
"""Words of other things that one may do with a value than to accept or refuse it."""
AGAIN = _words(
    "again repeat hear listen back menu main options start over retry try return previous other none else wait hold "
    "stay keep continue more wiederholen nochmal noch nochmals erneut hören anhören zurück menü hauptmenü warten "
    "bleiben sonst andere répéter réécouter écouter encore retour attendre autre repetir escuchar otra volver "
    "menú esperar otro दोबारा फिर वापस सुनने सुनें मेनू मेन्यू विकल्प रुकें और dobara phir wapas"
)
"""Words of choices that lead back to their own menu on purpose."""
FINISHING = _words(
    "followed finish finished finishing end ending done complete completed gefolgt beenden beendet abschließen "
    "abschließend fertig suivi terminer terminé terminez finissez seguido seguida terminar termine finalizar finalice "
    "अंत समाप्त ant samapt"
)
"""Words that tell how to end an entry."""
THEREUPON = _words("then and und dann danach anschließend puis et ensuite luego después y फिर और बाद phir aur baad")
"""Words behind an entry that tell what to press next."""
ENTERING = _words(
    "enter type key dial input geben tippen eingeben entrez saisissez composez tapez ingrese introduzca digite marque "
    "दर्ज डालें दबाएँ भरें daalein dalen darj"
)
"""Words that ask for an entry."""
ERASING = _words(
    "erase clear delete correct start restart undo löschen korrigieren effacer corriger borrar corregir मिटाने mitane"
)
"""Words that tell how to begin an entry again."""
OPEN_WORDS = _words(
    "your you the what which when who how why it that this something anything a an my one in so again goodbye ihren "
    "ihre ihr den die das was wie es bitte votre vos le la ce oui ou su sus el lo los अपना अपनी अपने कुछ apna apni "
    "me us mir mich uns moi nous whatever hello hallo after clearly slowly loudly louder nach mit laut lauter deutlich "
    "langsam après clairement lentement distinctement fort después tras claramente despacio"
)
"""Words behind “say” that begin no phrase but tell what to speak of."""
