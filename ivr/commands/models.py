"""`ivr models`: lists and fetches speech models."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ivr import config
from ivr.commands.common import FINE, SPEECH_SETTINGS, WrongUse, speech_settings
from ivr.speech import downloads, listing, models
from ivr.speech.machine import Machine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|get")
    listing = actions.add_parser("list", help="models of this machine, and those that can be fetched")
    getting = actions.add_parser("get", help="fetch the small Vosk model of a language, or one by its name")
    getting.add_argument("wanted", metavar="LANG|NAME", help="such as hi, en-IN or vosk-model-small-en-in-0.4")
    for action, settings in ((listing, SPEECH_SETTINGS), (getting, ("data_dir",))):
        action.add_argument("--list", metavar="URL", help="another list of models than Vosk's, as of a mirror")
        config.add_flags(action, settings)


def run(options: argparse.Namespace) -> int:
    """List models, or fetch one."""
    given, data = speech_settings(options, Path("flows"))
    url = options.list or downloads.LIST_URL
    try:
        if options.action == "list":
            _list_models(given, data, url)
        else:
            offer = downloads.choose(options.wanted, downloads.offers(url))
            with _bytes_bar(offer.name, offer.size) as bar:
                folder = downloads.fetch(offer, models.cache(data), list_url=url, progress=bar.update)
            print(f"{offer.name} ({offer.language_name}) is in {folder}")
    except downloads.DownloadError as error:
        raise WrongUse(error) from None
    return FINE


def _list_models(given: Path | None, data: Path, url: str) -> None:
    print(listing.installed(Machine.this(given, data, os.environ)))
    sys.stdout.flush()
    try:
        print("to fetch: ivr models get LANG\n\n" + listing.offered(downloads.offers(url)), end="")
    except downloads.DownloadError as error:
        print(f"what can be fetched is not known: {error}")


def _bytes_bar(name: str, size: int) -> tqdm[Any]:
    """A bar on the terminal while a file comes; nothing where nobody watches."""
    return tqdm(total=size, desc=name, unit="B", unit_scale=True, disable=None, leave=False)
