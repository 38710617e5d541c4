"""Where speech models are found on this machine, which language each is for, and which of them listens to a call."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ivr.core.spoken import DEFAULT_LANGUAGE, LANGUAGE_TAG

Engine = Literal["vosk", "sphinx"]

SPHINX_NAME = "PocketSphinx"
SPHINX_LANGUAGE = "en-US"
SPHINX_WORDS = "cmudict-en-us.dict"

VOSK_CODES: Mapping[str, str] = {"cn": "zh", "kz": "kk", "ua": "uk", "vn": "vi"}
"""Vosk's codes that are not those of ISO 639; https://alphacephei.com/vosk/models."""
NO_REGIONS = ("fb",)
"""What follows a language in the name of a model, and looks like a region: `vosk-model-pt-fb-v0.1.1`."""
NO_LANGUAGES = ("spk", "tts")
"""What Vosk gives as models beside those that listen: of speakers, and of voices."""

MODEL_NAME = re.compile(
    r"vosk[-_]model(?P<small>[-_]small)?[-_](?P<language>[a-z]{2,3})(?:[-_](?P<region>[a-z]{2}))?(?=[-_.]|$)"
)
PACKAGES = "vosk_model_*"

PARTS = ("am/final.mdl", "conf/model.conf", "graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int")
FEATURES = ("conf/mfcc.conf", "conf/fbank.conf")
FIXED_GRAPH = "graph/HCLG.fst"
OLD_PARTS = ("final.mdl", "HCLr.fst", "Gr.fst", "disambig_tid.int")
OLD_FEATURES = ("mfcc.conf",)
OLD_FIXED_GRAPH = "HCLG.fst"
"""Of models without folders, as Vosk's oldest are."""


@dataclass(frozen=True, slots=True)
class Model:
    """A speech model that is ready to be used."""

    language: str
    """A tag of BCP 47: `hi`, or `en-IN` where it was made for one region."""
    directory: Path
    name: str
    fingerprint: str
    """A hash of the names, sizes and times of its files.

    Their content, 264 MB of one model, would take a second to read at each `ivr lint`; and no program changes the
    files of a model without changing their times.
    """
    size: int
    """Bytes of its files."""
    engine: Engine
    place: Path
    """The one of the places looked into that it was found at."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A folder that should hold a model, but can't be used, and why."""

    directory: Path
    why: str


def places(given: Path | None, data: Path, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The folders that may hold models or be one, the first of them to be preferred.

    They are the one that the operator gave; `models` in the data directory, where `ivr models get` puts them; those
    where Vosk itself looks (`MODEL_DIRS` in its module `vosk`); and the installed packages `vosk_model_…`.

    Raises:
        NotADirectoryError: what the operator gave is no folder.
    """
    if given is not None and not given.is_dir():
        raise NotADirectoryError(0, "there is no such folder", str(given))
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    vosk = (Path("/usr/share/vosk"), home / "AppData/Local/vosk", home / ".cache/vosk")
    named = environ.get("VOSK_MODEL_PATH")
    return (
        *((given,) if given is not None else ()),
        cache(data),
        *((Path(named),) if named else ()),
        *vosk,
        *_packages(),
    )


def cache(data: Path) -> Path:
    """The folder in the data directory into which models are fetched."""
    return data / "models"


def available(directories: Iterable[Path]) -> tuple[Model, ...]:
    """The models in some folders, best places first, and PocketSphinx behind them."""
    return usable(survey(directories))


def usable(surveyed: Iterable[Model | Broken]) -> tuple[Model, ...]:
    """The models of a survey in its order, and PocketSphinx behind them, whose wheel holds its model."""
    found = tuple(each for each in surveyed if isinstance(each, Model))
    own = sphinx()
    return found if own is None else (*found, own)


def survey(directories: Iterable[Path]) -> Iterator[Model | Broken]:
    """The Vosk models in some folders, and what should be one; folders that do not exist hold nothing."""
    seen: set[Path] = set()
    for place in directories:
        for folder in _candidates(place):
            if (real := folder.resolve()) not in seen:
                seen.add(real)
                yield read(folder, place)


def find(language: str, directories: Iterable[Path]) -> Model | None:
    """The model that listens to calls in a language; None if they are served by keys only."""
    return engine_for(language, available(directories))


def engine_for(language: str, models: Sequence[Model]) -> Model | None:
    """The one of some models, in the order of `usable`, that listens to calls in a language.

    The first place that has the language at all is what the operator prefers. Of its models one for the region is
    taken, else one for no region, else any; of these a small one, as only such are sure to follow a whole server of
    calls; of these the newest.
    """
    fit = [model for model in models if kinship(model.language, language) is not None]
    if not fit:
        return None
    return max((model for model in fit if model.place == fit[0].place), key=lambda model: _merit(model, language))


def notice(language: str, model: Model | None) -> str:
    """What the operator is told of a language at the start: what listens to it."""
    get = f"to get one: ivr models get {language}"
    if model is None:
        return f'no Vosk model for "{language}": callers are served by keys only; {get}'
    if model.engine == "sphinx":
        return f'no Vosk model for "{language}": PocketSphinx listens instead, to fewer callers at a time; {get}'
    return f'"{language}" is understood by {model.name} in {model.directory}'


def kinship(language: str, wanted: str) -> int | None:
    """How well a model's language suits a call's, more being better; None if it is another language.

    The same region comes first, then a model for no region, then the region of the default language, so that `en` is
    `en-US`, then any other.
    """
    (primary, region), (other, other_region) = _parts(language), _parts(wanted)
    if primary != other:
        return None
    if region == other_region:
        return 4
    if not region:
        return 3
    return 2 if (primary, region) == _parts(DEFAULT_LANGUAGE) else 1


def language_tag(code: str) -> str:
    """The tag of BCP 47 for one of Vosk's codes: `cn` is `zh`, `en-us` is `en-US`."""
    primary, *rest = re.split("[-_]", code.lower())
    return "-".join((VOSK_CODES.get(primary, primary), *(part.upper() if len(part) == 2 else part for part in rest)))


def by_version(name: str) -> tuple[tuple[int, ...], str]:
    """What names of models are ordered by, the newest last: `0.22` comes after `0.4` and before `0.42`."""
    return tuple(int(number) for number in re.findall("[0-9]+", name)), name


def read(folder: Path, place: Path) -> Model | Broken:
    """The Vosk model in a folder at a place, or what keeps it from being one."""
    try:
        language = _language(folder)
        if language is None:
            why = "its name tells no language; name it as Vosk does (vosk-model-small-en-us-0.15), or en-US"
            return Broken(folder, why)
        fault = _fault(folder)
        return Broken(folder, fault) if fault else _model(folder, language, _name(folder), "vosk", place)
    except OSError as error:
        return Broken(folder, (error.strerror or str(error)).lower())


def sphinx() -> Model | None:
    """The model in the wheel of PocketSphinx; None where it is not installed."""
    spec = importlib.util.find_spec("pocketsphinx")
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        folder = Path(place) / "model" / "en-us"
        if (folder / SPHINX_WORDS).is_file():
            return _model(folder, SPHINX_LANGUAGE, SPHINX_NAME, "sphinx", folder)
    return None


def _packages() -> Iterator[Path]:
    """The installed packages that carry a model; none is imported."""
    for entry in sys.path:
        yield from sorted(path for path in Path(entry or ".").glob(PACKAGES) if (path / "__init__.py").is_file())


def _candidates(place: Path) -> Iterator[Path]:
    """The folders at a place that seem to be models: the place itself, or those in it."""
    if place.is_dir() and _seems_model(place):
        yield place
        return
    try:
        inside = sorted(path for path in place.iterdir() if not path.name.startswith(".") and path.is_dir())
    except OSError:
        return
    yield from filter(_seems_model, inside)


def _seems_model(folder: Path) -> bool:
    named = MODEL_NAME.match(folder.name)
    if named is not None and "-" in folder.name and named["language"] not in NO_LANGUAGES:
        return True
    return any((folder / part).exists() for part in ("am/final.mdl", "graph/Gr.fst", "graph/HCLG.fst", "final.mdl"))


def _language(folder: Path) -> str | None:
    """The language that a folder's name tells; that of a folder `model` is told by the folder around it."""
    name = folder.resolve().parent.name if folder.name == "model" else folder.name
    if named := MODEL_NAME.match(name):
        region = named["region"] or ""
        return language_tag(named["language"] + (f"-{region}" if region and region not in NO_REGIONS else ""))
    plain = name.replace("_", "-")
    return language_tag(plain) if LANGUAGE_TAG.fullmatch(plain) else None


def _name(folder: Path) -> str:
    return folder.resolve().parent.name.replace("_", "-") if folder.name == "model" else folder.name


def _fault(folder: Path) -> str | None:
    """Why Vosk could not use what is in a folder (`Model` and `Recognizer` in its sources); None if it can."""
    old = not (folder / PARTS[0]).exists() and (folder / OLD_PARTS[0]).exists()
    parts, features, fixed = (OLD_PARTS, OLD_FEATURES, OLD_FIXED_GRAPH) if old else (PARTS, FEATURES, FIXED_GRAPH)
    if (folder / fixed).exists():
        return f"its graph {fixed} is fixed, so it can't listen for the phrases of a flow; take a small or lgraph model"
    missing = [part for part in parts if not (folder / part).is_file() or not (folder / part).stat().st_size]
    if not any((folder / each).is_file() for each in features):
        missing.append(features[0])
    return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing or empty" if missing else None


def _model(folder: Path, language: str, name: str, engine: Engine, place: Path) -> Model:
    digest = hashlib.sha256()
    size = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        facts = path.stat()
        size += facts.st_size
        digest.update(f"{path.relative_to(folder)}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return Model(language, folder, name, digest.hexdigest()[:16], size, engine, place)


def _merit(model: Model, language: str) -> tuple[int, bool, tuple[tuple[int, ...], str]]:
    named = MODEL_NAME.match(model.name)
    small = named is not None and named["small"] is not None
    return kinship(model.language, language) or 0, small, by_version(model.name)


def _parts(tag: str) -> tuple[str, str]:
    """The primary language of a tag, and its region if it has one (RFC 5646, 2.2.4)."""
    primary, *rest = tag.split("-")
    region = next((part for part in rest if re.fullmatch("[A-Za-z]{2}|[0-9]{3}", part)), "")
    return primary.lower(), region.upper()
