# SPDX-License-Identifier: Apache-2.0
"""The driver of ./bench, tried on made-up programs: benchmarks/driver/driver_test.py. No contender
is built or timed."""

import re
import sys

from suites.case import FAILED, PASSED, SKIPPED, Case, bad_end, run, tail

TIMEOUT = 120
LINE = re.compile(r"^test_(\w+) \([^)]*\) \.\.\. (ok|FAIL|ERROR|skipped .*)$", re.M)
OUTCOMES = {"ok": PASSED, "FAIL": FAILED, "ERROR": FAILED}


def parse(text):
    return [Case(name.replace("_", " "), OUTCOMES.get(said, SKIPPED), "" if said == "ok" else said)
            for name, said in LINE.findall(text)]


def cases(context):
    command = [sys.executable, "-B", "-m", "unittest", "-v", "driver.driver_test"]
    ended = run(command, TIMEOUT, cwd=context.root / "benchmarks")
    found = parse(ended.text)
    for case in found:
        if case.outcome == FAILED:
            case.detail = tail(ended.text)
    found += bad_end(found, ended, TIMEOUT, "the driver's tests end well")
    return [case for case in found if context.wants(case.name)]


def self_test():
    said = "test_a (x.a) ... ok\ntest_b (x.b) ... FAIL\ntest_c (x.c) ... skipped 'no'\n"
    outcomes = [case.outcome for case in parse(said)]
    return None if outcomes == [PASSED, FAILED, SKIPPED] else f"read as {outcomes}"
