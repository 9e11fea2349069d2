# SPDX-License-Identifier: Apache-2.0
"""doc/conformance.md says of every statement what the tests say: an id that some test carries has a
row there with the right state, a row that no test carries is `missing`, and the table of areas
counts the rows."""

import re

import conformance
from checks.tree import Tree

NAME = "doc/conformance.md says what the tests' ids say"
PAGE, DEVIATIONS = "doc/conformance.md", "doc/deviations.md"
TEST = re.compile(r'\bTEST_CASE\(\s*"((?:\\.|[^"\\])*)"')
STATIC = re.compile(r"^// id: *(\w+)", re.M)
ROW = re.compile(r"^\| ([A-Z]+[0-9]+) \| (.+?) \| "
                 r"(?:\[(\w+)\]\(deviations\.md#([\w-]*)\)|(\w+)) \|$")
AREA = re.compile(r"^\| ([A-Z]+) \| .+? \|((?: *\d+ *\|){5})( not built yet)?")
STATES = ("passed", "static", "deviation", "missing")


def expected_states(tree):
    """The state of each id that some test carries."""
    tested, static = set(), set()
    for _, text in tree.texts("_test.cpp"):
        for name in TEST.findall(text):
            tested.update(conformance.ids_of(name))
    for _, text in tree.texts(".cpp", under="tests/compile_fail/"):
        static.update(STATIC.findall(text))
    deviating = conformance.deviations(tree.files.get(DEVIATIONS, ""))
    return {one: "deviation" if one in deviating else "static" if one in static else "passed"
            for one in tested}


def anchors(text):
    """What a link may name of a document's headings."""
    return {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in text.split("\n") if line.startswith("#")}


def problems_of_rows(tree, rows, expected):
    named = anchors(tree.files.get(DEVIATIONS, ""))
    for one, (number, state, anchor) in rows.items():
        right = expected.get(one, "missing")
        if state != right:
            yield f"{PAGE}:{number}: {one} is {right}, not {state}"
        elif anchor and anchor not in named:
            yield f"{PAGE}:{number}: {DEVIATIONS} has no heading #{anchor}"
        elif state == "deviation" and not anchor:
            yield f"{PAGE}:{number}: {one} does not link its deviation"
    for one in conformance.IDS:
        if one in expected and one not in rows:
            yield f"{PAGE}: {one} has a test and no row"


def problems_of_areas(areas, expected):
    for group, count in conformance.GROUPS:
        ids = [f"{group}{number}" for number in range(1, count + 1)]
        states = [expected.get(one, "missing") for one in ids]
        right = [count, *(states.count(state) for state in STATES)]
        built = any(one in expected for one in ids)
        if group not in areas:
            yield f"{PAGE}: the table of areas has no {group}"
        elif areas[group][1] != right:
            yield f"{PAGE}:{areas[group][0]}: the counts of {group} are {right}"
        elif areas[group][2] == built:
            yield f"{PAGE}:{areas[group][0]}: {group} is {'' if built else 'not '}built"


def problems(tree):
    if PAGE not in tree.files:
        yield f"{PAGE}: there is no such document"
        return
    rows, areas = {}, {}
    for number, line in enumerate(tree.files[PAGE].split("\n"), 1):
        row, area = ROW.match(line), AREA.match(line)
        if area:
            areas[area.group(1)] = (number, [int(one) for one in re.findall(r"\d+", area.group(2))],
                                    bool(area.group(3)))
        elif row and (row.group(1) in rows or row.group(1) not in conformance.IDS):
            yield f"{PAGE}:{number}: {row.group(1)} is there twice, or is no id"
        elif row:
            rows[row.group(1)] = (number, row.group(3) or row.group(5), row.group(4))
        elif re.match(r"\| [A-Z]+[0-9]+ ", line):
            yield f"{PAGE}:{number}: this row is not of the form | id | statement | state |"
    expected = expected_states(tree)
    yield from problems_of_rows(tree, rows, expected)
    yield from problems_of_areas(areas, expected)


def page_for_self_test(rows, counts, last="| N | nodes | 6 | 0 | 0 | 0 | 6 | not built yet |"):
    areas = [f"| {group} | x | {count} | 0 | 0 | 0 | {count} | not built yet |"
             for group, count in conformance.GROUPS[1:-1]]
    return "\n".join([f"| P | processes | 34 | {counts} | |", *areas, last, *rows]) + "\n"


def self_test():
    rows = ["| P1 | order | passed |", "| P2 | dead | static |", "| P4 | zero | missing |",
            "| P3 | scan | [deviation](deviations.md#p3-a-scans-way) |"]
    good = {"a_test.cpp": 'TEST_CASE("P1 a") {}\nTEST_CASE(\n    "P2 P3 b") {}\n',
            "tests/compile_fail/c.cpp": "// id: P2\n", DEVIATIONS: "## P3 A scan's way\n",
            PAGE: page_for_self_test(rows, "1 | 1 | 1 | 31")}
    if list(problems(Tree(good))):
        return f"refuses what is right: {list(problems(Tree(good)))}"
    for wrong in (page_for_self_test(rows[1:], "1 | 1 | 1 | 31"),
                  page_for_self_test(rows, "2 | 1 | 1 | 30"),
                  page_for_self_test(rows, "1 | 1 | 1 | 31", ""),
                  page_for_self_test(rows, "1 | 1 | 1 | 31", "| N | x | 6 | 0 | 0 | 0 | 6 | |"),
                  good[PAGE].replace("| zero | missing", "| zero | passed"),
                  good[PAGE].replace("| order | passed", "| order | static"),
                  good[PAGE].replace("#p3-a-scans-way", "#p3-gone"),
                  good[PAGE] + rows[0] + "\n", good[PAGE] + "| P99 | what | missing |\n",
                  good[PAGE] + "| P5 | what | half done |\n"):
        found = list(problems(Tree({**good, PAGE: wrong})))
        if len(found) != 1:
            return f"finds {found} in:\n{wrong}"
    return None
