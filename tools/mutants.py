#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The planted-bug score: which mutants do the simulated scenarios find?

Each mutant of tests/mutants/ is planted into a copy of the tree, alone, and the scenarios run on
it.
The last line counts: `mutants: 41 found, 2 survived, 1 did not build of 44`."""

import argparse
import os
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))

from checks.tree import tracked
from mutation import mutant as mutants
from mutation.workshop import Broken, Workshop
from suites.case import end_in_order

FIRST_SEEDS = 100   # of every scenario, before any runs more
MORE_SEEDS = 1000   # the same, before any runs the many
FEW = 40            # mutants, for which sources stay joined
RARE = 0.01
RATE_SEEDS = 1000
RATE_ENOUGH = 10   # of so many seeds: so many failures say that it is not rare


def arguments(words=None):
    parser = argparse.ArgumentParser(prog="./test --mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="these mutants only")
    parser.add_argument("--all", action="store_true", help="every mutant (the default)")
    parser.add_argument("--random", type=int, metavar="N", help="N mutants drawn at random")
    parser.add_argument("--seed", type=int, help="what --random draws by")
    parser.add_argument("--seeds", type=int, default=10_000, help="seeds for each scenario (10000)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--limit", type=float, default=60, metavar="SECONDS",
                        help="beyond ten times its normal time, a run that takes longer hangs (60)")
    parser.add_argument("--at-least", type=int, metavar="N",
                        help="end with 1 if fewer are found (default: all that were chosen)")
    parser.add_argument("--rate", action="store_true",
                        help=f"tell which share of the first {RATE_SEEDS} seeds fails")
    parser.add_argument("--shrink", action="store_true",
                        help="make each failure small, and tell how small they have become")
    parser.add_argument("--list", action="store_true", help="print the mutants")
    parser.add_argument("--table", action="store_true", help=f"write the table of {mutants.PAGE}")
    parser.add_argument("--root", default=Path(__file__).parent.parent, help=argparse.SUPPRESS)
    parser.add_argument("--build", help=argparse.SUPPRESS)
    parser.add_argument("--compiler", default="clang++-19", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if sum((options.all, options.random is not None, bool(options.names))) > 1:
        parser.error("give names, --all or --random N, not several of them")
    return options


def read_all(root):
    """Every mutant, and what is wrong with those that are none: name to complaint."""
    files = {name: (root / name).read_text() for name in tracked(root)
             if name.startswith(mutants.FOLDER) and (root / name).is_file()}
    found, wrong = [], {}
    for path, text in mutants.files_in(files):
        try:
            found.append(mutants.read(path, text))
        except ValueError as error:
            wrong[Path(path).stem] = str(error)
    return found, wrong


def choose(options, names):
    """The names of the mutants to plant. ValueError: one does not exist."""
    if options.random is not None:
        seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
        chosen = sorted(random.Random(seed).sample(names, min(options.random, len(names))))
        print(f"--random {options.random} --seed {seed}: {', '.join(chosen)}", flush=True)
        return chosen
    unknown = [name for name in options.names if name not in names]
    if unknown:
        raise ValueError(f"there is no mutant {', '.join(unknown)}; see --list")
    return options.names or names


def hunt(shop, scenarios, seeds):
    """The scenario that finds what is planted, and how; or nothing. Few seeds of all scenarios come
    first: most mutants need no more."""
    done = 0
    for count in sorted({min(some, seeds) for some in (FIRST_SEEDS, MORE_SEEDS, seeds)}):
        for scenario in scenarios:
            outcome = shop.run(scenario, count - done, done + 1)
            if outcome.kind:
                return scenario, outcome
        done = count
    return None


def rate_text(shop, scenario):
    failing, tried = shop.rate(scenario, RATE_SEEDS, RATE_ENOUGH)
    if failing is None:
        return "rate unknown: it failed without telling its seed", None
    return f"{100 * failing / tried:.1f} % of {tried} seeds", failing / tried


def judge(shop, scenarios, one, options, tally):
    """Plants one mutant; says "found", "survived" or "broken", and a line about it. What was
    measured of it goes into the tally."""
    shop.plant(one)
    try:
        shop.make()
        found = hunt(shop, scenarios, options.seeds)
        if found is None:
            return "survived", f"SURVIVED  {one.name}: {one.what}"
        scenario, outcome = found
        seed = f"seed {outcome.seed}" if outcome.seed else "seed unknown"
        line = f"found     {one.name}: {scenario}, {seed}, {outcome.kind}"
        if outcome.text:
            line += f": {outcome.text}"
        if options.rate:
            text, rate = rate_text(shop, scenario)
            if rate is not None:
                tally.rates.append(rate)
                if (rate < RARE) != (one.expected == "rare"):
                    text += f"; expected to be {one.expected}"
            line += f"\n          {text}"
        if options.shrink:
            small = shop.shrink(scenario, outcome.seed) if outcome.seed else None
            if small:
                tally.shrunk.append(small)
            line += f"\n          {small.text() if small else 'not shrunk: no decisions are known'}"
        return "found", line
    except Broken as error:
        return "broken", f"BROKEN    {one.name}: {error}"
    finally:
        shop.undo(one)


@dataclass
class Tally:
    rates: list = field(default_factory=list)
    shrunk: list = field(default_factory=list)

    def tell(self, options):
        if options.rate:
            rare = sum(rate < RARE for rate in self.rates)
            say(f"rare (below {RARE:.0%}): {rare} of {len(self.rates)} measured")
        if options.shrink and self.shrunk:
            steps = median(one.steps_left for one in self.shrunk)
            fewer = median(1 - one.decisions_left / max(1, one.decisions) for one in self.shrunk)
            longest = max(one.seconds for one in self.shrunk)
            say(f"shrunk: {len(self.shrunk)}; median: {steps:g} steps, {100 * fewer:.0f} % fewer "
                f"decisions; at most {longest:.1f} s")


def say(line):
    print(line, flush=True)


def score(options, root, chosen, found, wrong):
    """Plants them one after the other. True if the demand is met."""
    counts = dict.fromkeys(("found", "survived", "broken"), 0)
    by_name = {one.name: one for one in found}
    ready = []
    for name in chosen:
        path = root / by_name[name].file if name in by_name else None
        why = wrong.get(name) or mutants.why_not(
            by_name[name], path.read_text() if path.is_file() else None)
        if why:
            counts["broken"] += 1
            say(f"BROKEN    {name}: {why}")
        else:
            ready.append(by_name[name])
    tally = Tally()
    try:
        if ready:
            shop = Workshop(root, options.build or root / "build" / "mutants", options.compiler,
                            options.jobs, options.limit, len(ready) <= FEW)
            shop.copy()
            shop.configure()
            shop.make()
            scenarios = shop.measure(shop.scenarios(), min(FIRST_SEEDS, options.seeds))
        for one in ready:
            kind, line = judge(shop, scenarios, one, options, tally)
            counts[kind] += 1
            say(line)
    except Broken as error:
        say(f"nothing can be planted: {error}")
        return False
    tally.tell(options)
    say(f"mutants: {counts['found']} found, {counts['survived']} survived, "
        f"{counts['broken']} did not build of {len(chosen)}")
    demanded = len(chosen) if options.at_least is None else options.at_least
    return counts["found"] >= demanded and not counts["broken"]


def main(words=None):
    options = arguments(words)
    root = Path(options.root)
    found, wrong = read_all(root)
    if options.list:
        for one in found:
            print(f"{one.name:<36}{one.layer:<9}{one.expected:<8}{one.what}")
        return 0
    if options.table:
        page = root / mutants.PAGE
        page.write_text(mutants.with_table(page.read_text(), found))
        return 0
    try:
        chosen = choose(options, sorted([one.name for one in found] + list(wrong)))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if score(options, root, chosen, found, wrong) else 1


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
