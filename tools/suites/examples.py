# SPDX-License-Identifier: Apache-2.0
"""Runs every program in examples/. It must exit with 0 and, if a file of the same name that ends in
.expected stands beside the source, print exactly that. A program that is not to be run says so in a
line `// not run by the tests: why`."""

import re

from suites.case import PASSED, SKIPPED, Case, how_it_ended, run, simple_cases, tail
from suites.doctests import SANITIZERS

TIMEOUT = 60
NOT_RUN = re.compile(r"^// not run by the tests: (.+)$", re.M)


def listed(context):
    return {name: path for name, path in context.programs().items() if name.startswith("examples/")}


def targets(context):
    return [name.removesuffix(".cpp").replace("/", "_") for name in listed(context)]


def run_example(context, name, program):
    source = context.root / name
    reason = NOT_RUN.search(source.read_text())
    if reason:
        return Case(name, SKIPPED, reason.group(1))
    timeout = TIMEOUT * 5 if context.sanitized else TIMEOUT
    ended = run([program], timeout, env=SANITIZERS)
    if ended.timed_out or ended.status != 0:
        return f"{how_it_ended(ended, timeout)}\n{tail(ended.text)}"
    expected = source.with_suffix(".expected")
    if expected.exists() and expected.read_text() != ended.text:
        return f"prints\n{tail(ended.text)}\ninstead of what {expected.name} says"
    return None


def cases(context):
    named = [(name, lambda name=name, path=path: run_example(context, name, path))
             for name, path in listed(context).items()]
    return simple_cases(context, "examples", named)
