# SPDX-License-Identifier: Apache-2.0
"""Runs the scripts of tests/command/ against the built `beamish`. Each gets the command's path as
its argument and prints a line per test: `ok NAME`, `not ok NAME: why` or `skip NAME: why`."""

from suites.case import FAILED, PASSED, SKIPPED, Case, bad_end, run, tail

TIMEOUT = 240
KEPT = 20  # lines of what a failed test says behind the first


def scripts(context):
    return sorted((context.root / "tests" / "command").glob("*_test.py"))


def targets(context):
    has_command = (context.root / "apps" / "main.cpp").exists()
    return ["beamish_command"] if scripts(context) and has_command else []


STARTS = (("ok ", PASSED), ("not ok ", FAILED), ("skip ", SKIPPED))


def parse(text):
    """Of what a failed test says its last lines are kept, too: there a program says why it died."""
    cases = []
    for line in text.split("\n"):
        start, outcome = next((s for s in STARTS if line.startswith(s[0])), (None, None))
        if start:
            name, _, why = line.removeprefix(start).partition(": ")
            cases.append(Case(name, outcome, "" if outcome == PASSED else why))
        elif cases and cases[-1].outcome == FAILED and line.strip():
            cases[-1].detail += "\n" + line.rstrip()
    for case in cases:
        first, _, others = case.detail.partition("\n")
        case.detail = f"{first}\n{tail(others, KEPT)}" if others else first
    return cases


def cases(context):
    command = context.build / "bin" / "beamish"
    for script in scripts(context):
        ended = run(["python3", script, command], TIMEOUT, env={"BEAMISH": str(command)})
        found = parse(ended.text)
        found += bad_end(found, ended, TIMEOUT, f"{script.name} ends well")
        for case in found:
            if context.wants(case.name):
                case.repeat = f"python3 {script} {command}"
                yield case


def self_test():
    read = parse("ok a\nnoise\nnot ok b: why\nits end\nskip c: no\n")
    outcomes = [(case.outcome, case.detail) for case in read]
    wanted = [(PASSED, ""), (FAILED, "why\nits end"), (SKIPPED, "no")]
    return None if outcomes == wanted else f"read as {outcomes}"
