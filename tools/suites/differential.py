# SPDX-License-Identifier: Apache-2.0
"""The same scenarios on Debian's Elixir and on Beamish: see doc/differential.md."""

import shutil
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parents[2] / "tests" / "differential"
sys.path.insert(0, str(HERE))

import generator
import language
import logs
import rules
import runner
from suites.case import FAILED, PASSED, SKIPPED, Case, simple_cases

MISSING = "there is no Elixir to compare with: apt-get install elixir"
AT_ONCE = 1000    # random programs in one go


def self_test():
    return next((f"{module.__name__}: {why}" for module in (language, logs, rules, generator)
                 if (why := module.self_test())), None)


def targets(context):
    del context
    return ["differential"] if shutil.which("elixir") else []


def repeat_of(context, text):
    return context.script("").rstrip() + f" --differential {text}"


def headings(context):
    text = (context.root / "doc" / "deviations.md").read_text()
    return {line[3:] for line in text.split("\n") if line.startswith("## ")}


def written_case(context, verdict):
    if verdict.scenario.deviation and verdict.scenario.deviation not in headings(context):
        verdict.outcome = runner.DIFFERENT
        verdict.why = f"doc/deviations.md has no section `{verdict.scenario.deviation}`"
    wrong = verdict.outcome == runner.DIFFERENT
    scenario = verdict.scenario
    shown = "\n".join([scenario.where, *scenario.source, "", verdict.why])
    return Case(scenario.name, FAILED if wrong else PASSED, shown if wrong else "",
                repeat_of(context, f"'{scenario.name}'"), verdict.notes if context.filters else [])


def random_case(context, verdicts):
    """One case for all of them."""
    wrong = []
    for verdict in verdicts:
        if verdict.outcome == runner.DIFFERENT:
            seed = verdict.scenario.name.split()[-1]
            repeat = "repeat: " + repeat_of(context, f"--random 1 --seed {seed} random")
            wrong.append("\n".join([verdict.scenario.name, *verdict.scenario.source, "",
                                    verdict.why, repeat]))
    last = context.seed + context.random - 1
    return Case(f"random programs {context.seed} to {last}", FAILED if wrong else PASSED,
                "\n\n".join(wrong[:5]))


def cases(context):
    counts = Counter()
    if not shutil.which("elixir"):
        yield Case("the same scenarios on Elixir", SKIPPED, MISSING)
        return
    yield from simple_cases(context, "differential", [
        (f"the {module.__name__} of scenarios can fail", module.self_test)
        for module in (language, logs, rules, generator)])
    written = [one for one in runner.scenarios() if context.wants(one.name)]
    random = context.random if context.wants("random programs") else 0
    verdicts, found = play_all(context, written, random), []
    for verdict in verdicts:
        kind = "random " if verdict.scenario.is_random else ""
        counts[kind + verdict.outcome] += 1
        if kind:
            found.append(verdict)
        else:
            yield written_case(context, verdict)
    if found:
        yield random_case(context, found)
    if counts:
        context.closing.append(summary(counts))


def play_all(context, written, random):
    program, last = context.build / "bin" / "differential", context.seed + random
    first = min(AT_ONCE, random)
    chosen = written + runner.random_programs(context.seed, first)
    if chosen:
        yield from runner.play(chosen, program, runner.Effort())
    for seed in range(context.seed + first, last, AT_ONCE):
        programs = runner.random_programs(seed, min(AT_ONCE, last - seed))
        yield from runner.play(programs, program, runner.Effort())


def summary(counts):
    text = (f"differential: {counts[runner.EQUAL]} scenarios equal, "
            f"{counts[runner.DEVIATES]} deviations, {counts[runner.DIFFERENT]} different; "
            f"{counts['random ' + runner.EQUAL]} random programs equal")
    different = counts["random " + runner.DIFFERENT]
    return text + (f", {different} different" if different else "")
