"""The login in a browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page


def test_the_login_can_be_used_by_everybody(page: Page, wide_and_narrow: Callable[[Page, str], None]) -> None:
    wide_and_narrow(page, "/console/login")
    assert page.get_by_label("Password").evaluate("each => each === document.activeElement")
