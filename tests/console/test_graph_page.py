"""The page of a flow's graph, in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from ivr.calls.store.archive import Archive
from ivr.calls.store.records import Wanted, found
from tests.console.served import Served
from tests.recorded import FLOWS


def node(page: Page, name: str) -> Locator:
    """A node of the picture."""
    return page.locator(f'g[data-node="{name}"]')


def opened(page: Page, flow: str, query: str = "overlay=") -> None:
    """Open the page of a flow, and wait for what is laid over it."""
    page.goto(f"/console/graph/{flow}?{query}")
    expect(page.locator("#picture:not([aria-busy]) g[tabindex]").first).to_be_visible()


def size(page: Page) -> float:
    """How wide the picture is drawn."""
    return float(page.locator("#picture > svg").get_attribute("width") or 0)


def in_sight(page: Page, box: Locator) -> bool:
    """Whether a node can be seen in the part of the picture that is shown."""
    inner, view = box.bounding_box(), page.locator("#picture").bounding_box()
    assert inner is not None
    assert view is not None
    return (
        view["x"] <= inner["x"] + inner["width"] / 2 <= view["x"] + view["width"]
        and view["y"] <= inner["y"] + inner["height"] / 2 <= view["y"] + view["height"]
    )


def shown_lines(page: Page) -> list[tuple[int, str]]:
    """The lines of the file that are beside the picture."""
    told: list[list[Any]] = page.locator(".yaml li").evaluate_all(
        "lines => lines.map(each => [each.value, each.textContent])"
    )
    return [(int(number), text) for number, text in told]


def test_a_click_or_enter_on_a_node_shows_its_lines(page: Page) -> None:
    opened(page, "main")
    file = (FLOWS / "main.yaml").read_text(encoding="utf-8").splitlines()
    for name, choose in (("welcome", "click"), ("main_menu", "press")):
        if choose == "click":
            node(page, name).click()
        else:
            node(page, name).press("Enter")
        expect(page.locator("#node h2")).to_contain_text(name)
        expect(node(page, name)).to_have_attribute("aria-pressed", "true")
        lines = shown_lines(page)
        assert lines[0][1] == f"  {name}:"
        assert [text.rstrip() for _, text in lines] == [file[number - 1].rstrip() for number, _ in lines]
        assert page.url.endswith(f"#{name}")
    expect(page.locator("g.chosen")).to_have_count(1)
    page.locator('g[data-key="universals"]:not(.arrow)').click()
    expect(page.locator(".yaml")).to_contain_text("universals:")


def test_the_boxes_are_visited_in_the_order_of_the_file(page: Page) -> None:
    opened(page, "main")
    names = page.locator("g[data-node]").evaluate_all("all => all.map(each => each.dataset.node)")
    node(page, names[0]).focus()
    for name in names[1:4]:
        page.keyboard.press("Tab")
        expect(node(page, name)).to_be_focused()
        assert in_sight(page, node(page, name))


def test_a_search_jumps_to_a_node_by_its_name_or_by_what_it_says(page: Page) -> None:
    opened(page, "clinic")
    search = page.get_by_label("Find a node")
    names = page.locator("#boxes option").evaluate_all("all => all.map(each => each.value)")
    assert names == page.locator("g[data-node]").evaluate_all("all => all.map(each => each.dataset.node)")
    search.fill(names[-1][:-1])
    search.press("Enter")
    expect(page.locator("g.chosen")).to_have_attribute("data-node", re.compile(f"^{names[-1][:-1]}"))
    assert in_sight(page, page.locator("g.chosen"))
    page.goto("/console/graph/main?overlay=#thanks")
    expect(page.locator("#node h2")).to_contain_text("thanks")
    search.fill("welcome to acme")
    search.press("Enter")
    expect(node(page, "welcome")).to_have_class(re.compile("chosen"))
    search.fill("no such thing")
    search.press("Enter")
    expect(page.locator("#told")).to_contain_text("No node has that name")


def test_overlays_change_what_is_written_at_the_nodes(page: Page) -> None:
    opened(page, "main")
    menu = node(page, "main_menu").locator("text.badge")
    expect(menu).to_have_count(0)
    page.get_by_label("Test coverage").check()
    expect(menu).to_have_text("5 of 5 exits")
    page.get_by_label("Test coverage").uncheck()
    page.get_by_label("Seconds").check()
    expect(menu).to_have_text(re.compile(r"^\d+–\d+ s$"))
    page.get_by_label("Seconds").uncheck()
    page.get_by_label("Traffic", exact=True).check()
    expect(menu.first).to_have_text(re.compile(r"^\d+ calls?"))
    page.get_by_label("Traffic of").select_option("the last 90 days")
    expect(page).to_have_url(re.compile("overlay=traffic.*days=90"))
    node(page, "main_menu").click()
    expect(page.locator("#node")).to_contain_text("in the last 90 days")
    expect(page.locator("#node table").last).to_contain_text(re.compile(r"\d · [\w ]+ → \w+"))

    opened(page, "verify", "overlay=times")
    expect(page.locator("#told")).to_contain_text("Only other flows call a flow with a return")


def test_keys_and_buttons_change_the_size(page: Page) -> None:
    opened(page, "clinic")
    before = size(page)
    page.locator("#picture").press("+")
    larger = size(page)
    assert larger > before
    page.get_by_role("button", name="Smaller").click()
    assert abs(size(page) - before) <= 1
    page.locator("#picture").press("0")
    view = page.locator("#picture").evaluate("each => [each.scrollWidth - each.clientWidth, each.clientHeight]")
    assert view[0] == 0
    assert float(page.locator("#picture > svg").get_attribute("height") or 0) <= view[1]
    page.locator("#picture").hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_function(
        "width => Number(document.querySelector('#picture > svg').getAttribute('width')) > width", arg=1
    )


def test_the_way_of_a_call_is_shown_also_through_subflows(page: Page, served: Served) -> None:
    with Archive(served.database) as archive:
        calls = archive.read(lambda connection: found(connection, Wanted(flow="balance"), 100)) or []
    call = next(each for each in calls if any(leg.place.startswith("verify/") for leg in each.path))
    opened(page, "balance", f"overlay=&call={call.record}")
    steps = page.locator("#way li b")
    assert steps.all_text_contents() == [leg.place for leg in call.path]
    visited = {leg.place for leg in call.path if "/" not in leg.place}
    shown = page.locator("g.on-way[data-node]").evaluate_all("all => all.map(each => each.dataset.node)")
    assert set(shown) == visited | {"verify"}
    page.locator('#way [data-place^="verify/"]').first.click()
    expect(page.locator("g.lit")).to_have_attribute("data-node", "verify")

    own = [leg.place.removeprefix("verify/") for leg in call.path if leg.place.startswith("verify/")]
    opened(page, "verify", f"overlay=&call={call.record}")
    assert steps.all_text_contents() == own
    opened(page, "main", "overlay=&call=nobody")
    expect(page.locator(".notice")).to_contain_text("No call is kept as “nobody”")


def test_other_pages_can_light_a_node_of_a_picture(page: Page) -> None:
    page.goto("/console/graph")
    told = page.evaluate(
        """async () => {
          const {Graph} = await import("/console/static/graph.js");
          const graph = new Graph(document.querySelector("main").appendChild(document.createElement("div")));
          const lit = () => graph.container.querySelector(".lit")?.dataset.node ?? null;
          const found = [];
          graph.light("verify/ask_pin");
          found.push(lit());
          await graph.load("balance");
          found.push(lit());
          for (const place of ["welcome", "nothing"]) { graph.light(place); found.push(lit()); }
          graph.light("welcome");
          graph.dim();
          found.push(lit());
          return found;
        }"""
    )
    assert told == [None, "verify", "welcome", None, None]


def test_what_there_is_not_is_said(page: Page) -> None:
    for path, told in (
        ("graph/mian.svg", "did you mean “main”"),
        ("graph/main.svg?overlay=trafic", "did you mean “traffic”"),
        ("graph/main/notes?overlay=findings&days=3", "expected days to be one of 7, 30, 90"),
        ("graph/main/node?node=main_meny", "did you mean “main_menu”"),
        ("graph/main/node?key=nodez", "did you mean “nodes”"),
    ):
        response = page.request.get(f"/console/{path}", headers={"Accept": "application/json"})
        assert response.status in (400, 404)
        assert told in response.json()["error"]
    response = page.request.get("/console/graph/mian", headers={"Accept": "text/html"})
    assert response.status == 404
    assert "There is no flow “mian”" in response.text()


def test_the_page_fits_and_can_be_used_by_all(page: Page, wide_and_narrow: Callable[[Page, str], None]) -> None:
    wide_and_narrow(page, "/console/graph/balance?overlay=findings,coverage,traffic,times#more")
