"""How many calls of ten steps a second `ivr test` makes on one core, and how that grows with their number."""

from __future__ import annotations

import gc
import time
from dataclasses import replace

from ivr.core.flow import Flow
from ivr.document.load import load_sources
from ivr.document.scenarios import Scenario, read_scenarios
from ivr.document.source import read
from ivr.simulate.caller import run

NUMBERS = (500, 1_000, 2_000, 4_000, 8_000)
"""Calls of each row."""
ROUNDS = 3

FLOW = """
start: main_menu
variables: {account: "", balance: 0, name: ""}
nodes:
  main_menu:
    type: menu
    prompt: For your balance press 1 or say balance. For opening hours press 2 or say hours.
    choices:
      - {press: 1, say: [balance, my account], next: ask_account}
      - {press: 2, say: [hours, opening times], next: hours}
    no_match: Sorry, that is not an option.
  hours: {type: play, prompt: We are open from nine to six., next: main_menu}
  ask_account:
    type: collect
    prompt: Please enter your six digit account number.
    into: account
    digits: 6
    validate: account | luhn
    confirm: You entered {{ account | digits }}. Press 1 if that is right, or 2 to try again.
    next: lookup
  lookup:
    type: http
    url: "http://crm.test/accounts/{{ account }}"
    save: {balance: body.balance, name: body.name}
    next: tell_balance
  tell_balance:
    type: play
    prompt: "{{ name }}, your balance is {{ balance | currency('INR') }}."
    next: main_menu
"""
SCENARIOS = """
flow: main
http: [{request: GET http://crm.test/accounts/123455, body: {balance: 1250, name: Asha}}]
scenarios:
  - name: menus
    steps:
      - hear: For your balance
      - press: 2
      - hear: from nine to six
      - hear: For your balance
      - press: 7
      - hear: that is not an option
      - press: 2
      - hear: from nine to six
      - press: 1
      - hear: six digit account number
  - name: an account and a lookup
    steps:
      - hear: For your balance
      - press: 7
      - hear: that is not an option
      - press: 1
      - hear: six digit account number
      - press: "123455"
      - hear: You entered
      - press: 1
      - hear: your balance is
      - hang_up: true
    ends: caller
"""


def prepared() -> tuple[Flow, tuple[Scenario, ...]]:
    """The flow and its scenarios.

    Raises:
        SystemExit: they have mistakes, or the scenario fails.
    """
    loaded = load_sources({"main.yaml": read(FLOW, "main.yaml")})
    scenarios, findings = read_scenarios(read(SCENARIOS, "main.test.yaml"))
    for finding in (*loaded.findings, *findings):
        raise SystemExit(f"the benchmark's flow is wrong: {finding}")
    for scenario in scenarios:
        if message := run(scenario, loaded.flows["main"]).message:
            raise SystemExit(f"the benchmark's scenario “{scenario.name}” fails: {message}")
    return loaded.flows["main"], scenarios


def main() -> None:
    """Print a table: calls, CPU seconds (best of the rounds), calls a second, and the time a call takes by then."""
    flow, scenarios = prepared()
    print(f"| call | number | CPU s | a second | time of one, of the first row's |\n|:---|{'---:|' * 4}")
    for scenario in scenarios:
        _table(flow, scenario)


def _table(flow: Flow, scenario: Scenario) -> None:
    first = 0.0
    for number in NUMBERS:
        calls = [replace(scenario, id=f"call-{place}") for place in range(number)]
        taken = []
        for _ in range(ROUNDS):
            gc.collect()
            begun = time.process_time()
            passed = all(run(call, flow).passed for call in calls)
            taken.append(time.process_time() - begun)
            if not passed:
                raise SystemExit("a call went otherwise than the others")
        best = min(taken)
        first = first or best / number
        print(
            f"| {scenario.name} | {number:,} | {best:.2f} | {number / best:,.0f} | {best / number / first:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
