"""How long the explorer of `ivr lint` takes, and how many states it sees, as flows grow."""

from __future__ import annotations

import random
import resource
import time

from ivr.document.load import Loaded, load_sources
from ivr.document.source import read
from ivr.lint.states.explore import explore

SIZES = (50, 100, 250, 500, 1_000)
VARIABLES = 20
ROUNDS = 3


def generated(nodes: int, variables: int, seed: int = 7) -> str:
    """A flow of so many nodes: menus, collects, lookups, branches on what was set before, counters of tries."""
    rng = random.Random(seed)
    names = [f"v{place}" for place in range(variables)]
    lines = ["start: n0", f"variables: {{{', '.join(f'{name}: 0' for name in names)}}}", "on_error: sorry"]
    lines += ["on_failure: sorry", 'universals: [{press: "0", next: sorry}, {press: "*", do: repeat}]', "nodes:"]
    for place in range(nodes - 1):
        onward = [f"n{min(place + step, nodes - 2)}" for step in (1, rng.randint(2, 9), rng.randint(2, 30))]
        onward = ["sorry" if target == f"n{place}" else target for target in onward]
        first, second, third = onward
        name, other = rng.choice(names), rng.choice(names)
        match place % 6:
            case 0:
                kind = f"menu, prompt: Press 1 or 2 or 3., choices: [{{press: 1, next: {first}, set: {{{name}: 1}}}}, "
                kind += f"{{press: 2, next: {second}}}, {{press: 3, next: {third}}}]"
            case 1:
                kind = f"collect, prompt: Your number?, into: {name}, digits: 4, next: {first}"
            case 2:
                kind = f"http, url: 'http://crm.test/{{{{ {name} }}}}', save: {{{other}: body.x}}, next: {first}"
            case 3:
                kind = f"branch, cases: [{{when: {name} == '1', next: {second}}}, "
                kind += f"{{when: {other} == 1, next: {third}}}], otherwise: {first}"
            case 4:
                kind = f"set, values: {{{name}: '{{{{ {other} }}}}'}}, next: {first}"
            case _:
                kind = f'play, prompt: "Hello {{{{ {name} }}}}.", next: {first}'
        lines.append(f"  n{place}: {{type: {kind}}}")
    lines.append("  sorry: {type: hangup, prompt: Goodbye.}")
    return "\n".join(lines) + "\n"


def loaded(nodes: int, variables: int) -> Loaded:
    """Such a flow, loaded."""
    found = load_sources({"big.yaml": read(generated(nodes, variables), "big.yaml")})
    if found.findings:
        raise SystemExit(f"the generated flow is wrong: {found.findings[0]}")
    return found


def main() -> None:
    """Print a table: nodes, states, moves, milliseconds (median of the rounds), microseconds a node, memory."""
    print(f"| nodes | variables | states | moves | complete | ms | µs a node | peak MB |\n|{'---:|' * 8}")
    for nodes in SIZES:
        flows = loaded(nodes, VARIABLES)
        taken = []
        for _ in range(ROUNDS):
            begun = time.process_time()
            found = explore(flows.flows["big"], flows.readings, flows.sources)
            taken.append(time.process_time() - begun)
        median = sorted(taken)[ROUNDS // 2]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
        print(
            f"| {nodes} | {VARIABLES} | {len(found.states):,} | {len(found.moves):,} | {found.complete} "
            f"| {median * 1e3:.0f} | {median / nodes * 1e6:.0f} | {peak} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
