# SPDX-License-Identifier: Apache-2.0
"""Runs the scripts of tests/command/ against the built `beamish`. Each gets the command's path as
its argument and prints a line per test: `ok NAME`, `not ok NAME: why` or `skip NAME: why`."""

from suites.case import FAILED, PASSED, SKIPPED, Case, bad_end, run

TIMEOUT = 240


def scripts(context):
    return sorted((context.root / "tests" / "command").glob("*_test.py"))


def targets(context):
    has_command = (context.root / "apps" / "main.cpp").exists()
    return ["beamish_command"] if scripts(context) and has_command else []


def parse(text):
    for line in text.split("\n"):
        for start, outcome in (("ok ", PASSED), ("not ok ", FAILED), ("skip ", SKIPPED)):
            if line.startswith(start):
                name, _, why = line.removeprefix(start).partition(": ")
                yield Case(name, outcome, "" if outcome == PASSED else why)


def cases(context):
    command = context.build / "bin" / "beamish"
    for script in scripts(context):
        ended = run(["python3", script, command], TIMEOUT, env={"BEAMISH": str(command)})
        found = list(parse(ended.text))
        found += bad_end(found, ended, TIMEOUT, f"{script.name} ends well")
        for case in found:
            if context.wants(case.name):
                case.repeat = f"python3 {script} {command}"
                yield case


def self_test():
    outcomes = [case.outcome for case in parse("ok a\nnoise\nnot ok b: why\nskip c: no\n")]
    return None if outcomes == [PASSED, FAILED, SKIPPED] else f"read as {outcomes}"
