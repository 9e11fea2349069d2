# SPDX-License-Identifier: Apache-2.0
"""Runs the scripts of tests/outside/. Each looks from outside at the program of the same name
beside it, or at the one that it names in a line `# looks at: PATH`. The program's path is its
argument; it reports as those of tests/command/ do."""

import re

from suites import commands
from suites.case import FAILED, Case, how_it_ended, run, tail
from suites.doctests import SANITIZERS

TIMEOUT = 300
LOOKS_AT = re.compile(r"^# looks at: (\S+)$", re.M)


def pairs(context):
    """Scripts and the names of their programs."""
    for script in sorted((context.root / "tests" / "outside").glob("*_test.py")):
        named = LOOKS_AT.search(script.read_text())
        beside = f"tests/outside/{script.name.removesuffix('_test.py')}.cpp"
        yield script, named.group(1) if named else beside


def targets(context):
    return [name.removesuffix(".cpp").replace("/", "_") for _, name in pairs(context)]


def cases(context):
    for script, name in pairs(context):
        program = context.programs()[name]
        ended = run(["python3", script, program], TIMEOUT,
                    env={**SANITIZERS, "BEAMISH_PRESET": context.preset})
        found = list(commands.parse(ended.text))
        failed = any(case.outcome == FAILED for case in found)
        if ended.timed_out or not found or (ended.status != 0 and not failed):
            why = f"{how_it_ended(ended, TIMEOUT)}\n{tail(ended.text)}"
            found.append(Case(f"{script.name} ends well", FAILED, why))
        for case in found:
            if context.wants(case.name):
                case.repeat = f"BEAMISH_PRESET={context.preset} python3 {script} {program}"
                yield case
