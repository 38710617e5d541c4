"""Which codes of two letters are languages, and what people write in place of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ivr.document.finding import did_you_mean, quoted

_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee "
    "el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io "
    "is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk "
    "ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc "
    "sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve "
    "vi vo wa wo xh yi yo za zh zu "
)
TWO_LETTERS = frozenset(_CODES.split())
"""The language subtags of two letters in the registry of IANA, deprecated ones included (RFC 5646, 2.2.1)."""

INSTEAD: Mapping[str, str] = {
    # Countries.
    "at": "de", "cn": "zh", "cz": "cs", "dk": "da", "gb": "en", "gr": "el", "il": "he", "ir": "fa", "jp": "ja",
    "kz": "kk", "mx": "es", "pk": "ur", "sp": "es", "ua": "uk", "us": "en", "vn": "vi", "bd": "bn",
    # ISO 639-2 has codes of three letters for all; a tag takes that of two, where there is one (RFC 5646, 2.2.1).
    "ara": "ar", "asm": "as", "ben": "bn", "bul": "bg", "cat": "ca", "ces": "cs", "cze": "cs", "chi": "zh",
    "dan": "da", "deu": "de", "dut": "nl", "ell": "el", "eng": "en", "esp": "es", "est": "et", "fas": "fa",
    "fin": "fi", "fra": "fr", "fre": "fr", "ger": "de", "gre": "el", "guj": "gu", "heb": "he", "hin": "hi",
    "hrv": "hr", "hun": "hu", "ind": "id", "isl": "is", "ita": "it", "jpn": "ja", "kan": "kn", "kor": "ko",
    "lav": "lv", "lit": "lt", "mal": "ml", "mar": "mr", "may": "ms", "msa": "ms", "nep": "ne", "nld": "nl",
    "nor": "no", "ori": "or", "pan": "pa", "per": "fa", "pol": "pl", "por": "pt", "pun": "pa", "ron": "ro",
    "rum": "ro", "rus": "ru", "sin": "si", "slk": "sk", "slo": "sk", "slv": "sl", "spa": "es", "sqi": "sq",
    "srp": "sr", "swa": "sw", "swe": "sv", "tam": "ta", "tel": "te", "tha": "th", "tur": "tr", "ukr": "uk",
    "urd": "ur", "vie": "vi", "zho": "zh",
    # Names, in English and in the language itself.
    "arabic": "ar", "bengali": "bn", "বাংলা": "bn", "chinese": "zh", "中文": "zh", "deutsch": "de",
    "dutch": "nl", "english": "en", "español": "es", "espanol": "es", "français": "fr", "francais": "fr",
    "french": "fr", "german": "de", "gujarati": "gu", "ગુજરાતી": "gu", "hindi": "hi", "हिन्दी": "hi",
    "हिंदी": "hi", "italian": "it", "italiano": "it", "japanese": "ja", "日本語": "ja", "kannada": "kn",
    "ಕನ್ನಡ": "kn", "korean": "ko", "한국어": "ko", "malayalam": "ml", "മലയാളം": "ml", "marathi": "mr",
    "मराठी": "mr", "nederlands": "nl", "polish": "pl", "polski": "pl", "portuguese": "pt", "português": "pt",
    "punjabi": "pa", "ਪੰਜਾਬੀ": "pa", "russian": "ru", "русский": "ru", "spanish": "es", "tamil": "ta",
    "தமிழ்": "ta", "telugu": "te", "తెలుగు": "te", "turkish": "tr", "türkçe": "tr", "ukrainian": "uk",
    "українська": "uk", "urdu": "ur", "اردو": "ur",
}  # fmt: skip
"""What is no language, and the one that is meant by it."""


def is_language(code: str) -> bool:
    """Whether the first part of a tag may be a language: of three letters there are some eight thousand."""
    code = code.lower()
    return code in TWO_LETTERS if len(code) == 2 else code not in INSTEAD


def meant(tag: str, known: Iterable[str]) -> str:
    """The tag that is meant, ready to follow a message: by what people write, else by the spelling of known ones."""
    first, dash, rest = tag.replace("_", "-").partition("-")
    code = INSTEAD.get(first.lower(), first if is_language(first) and len(first) in (2, 3) else "")
    if not code:
        return did_you_mean(tag, known)
    near = sorted(other for other in known if other.partition("-")[0] == code)
    whole = f"{code}{dash}{rest}"
    return f" (did you mean {quoted(whole if dash or not near else near[0])}?)"
