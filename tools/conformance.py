# SPDX-License-Identifier: Apache-2.0
"""What a run says about each statement of conformance: a line per id, derived from its cases alone.

A test belongs to the ids at the start of its name: "G17 a second reply ..." or "P13 P16 ...".
"""

import re

from suites.case import FAILED, PASSED, Case

GROUPS = (("P", 34), ("G", 52), ("S", 40), ("D", 10), ("T", 30), ("A", 3), ("R", 14), ("PS", 4),
          ("Y", 10), ("M", 5), ("N", 6))
IDS = [f"{group}{number}" for group, count in GROUPS for number in range(1, count + 1)]
ORDER = ("passed", "static", "deviations", "missing")
WORD = {"passed": "pass", "static": "static", "deviations": "deviation", "missing": "missing",
        "failed": "fail"}


def ids_of(name):
    """The ids that a name begins with."""
    found = []
    for word in name.split():
        if not re.fullmatch(r"(P|G|S|D|T|A|R|PS|Y|M|N)[1-9][0-9]?[,:]?", word):
            break
        found.append(word.rstrip(",:"))
    return [one for one in found if one in IDS]


def deviations(text):
    """The ids that doc/deviations.md has a heading for."""
    return {one for line in text.split("\n") if line.startswith("## ") for one in ids_of(line[3:])}


def judge(run_time, must_not_compile, deviates):
    """One id's status, from the outcomes of its tests."""
    if FAILED in run_time or FAILED in must_not_compile:
        return "failed"
    if PASSED not in run_time:
        return "missing"
    if deviates:
        return "deviations"
    return "static" if PASSED in must_not_compile else "passed"


def statuses(everything, deviating):
    run_time, static = {one: [] for one in IDS}, {one: [] for one in IDS}
    for suite, cases in everything.items():
        for case in cases:
            for one in ids_of(case.name):
                (static if suite == "compile_fail" else run_time)[one].append(case.outcome)
    return {one: judge(run_time[one], static[one], one in deviating) for one in IDS}


def report(root, everything):
    """Prints the lines."""
    listed = root / "doc" / "deviations.md"
    found = statuses(everything, deviations(listed.read_text()) if listed.exists() else set())
    for one in IDS:
        print(one, WORD[found[one]])
    counts = {word: sum(status == word for status in found.values()) for word in WORD}
    text = ", ".join(f"{counts[word]} {word}" for word in ORDER)
    if counts["failed"]:
        text += f", {counts['failed']} failed"
    print(f"conformance: {text} of {len(IDS)}")


def self_test():
    if len(IDS) != 208:
        return f"there are {len(IDS)} ids, not 208"
    if ids_of("P13 P16: link to a dead pid") != ["P13", "P16"] or ids_of("G99 x") or ids_of("Pi 3"):
        return "ids are not read from names"
    cases = {"runtime": [Case("P1 a", PASSED), Case("P1 b", FAILED), Case("P2 a", PASSED)],
             "otp": [Case("G6 a", PASSED), Case("G38 a", PASSED), Case("S2 a", "skipped")],
             "compile_fail": [Case("G6 x.cpp", PASSED), Case("G7 x.cpp", PASSED)]}
    found = statuses(cases, deviations("# Deviations\n\n## G38 thrown values\n\n## G39 untested"))
    expected = {"P1": "failed", "P2": "passed", "G6": "static", "G7": "missing",
                "G38": "deviations", "G39": "missing", "S1": "missing", "S2": "missing"}
    for one, status in expected.items():
        if found[one] != status:
            return f"{one} is {found[one]}, not {status}"
    return None
