# SPDX-License-Identifier: Apache-2.0
"""What it costs to include each public header, as a ratio to <string>: the characters of code that
a compiler reads for it, comments left out. It is counted and not timed, so it is the same on every
machine; what a compiler takes for it is a row of ./bench. Ours include each other without
conditions, so their parts are found in the text; what a standard header reads says the compiler."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from checks.layers import INCLUDE
from checks.tree import Tree, code_only

NAME = "public headers are cheap to include"
BUDGET, BUDGET_WHOLE = 3.5, 4.0
WHOLE = "beamish/beamish.hpp"
UNIT = "string"


def parts_of(header, tree):
    """Our own files that a header reads, itself too, and the names of the standard's."""
    ours, theirs, ahead = set(), set(), [header]
    while ahead:
        path = ahead.pop()
        if path in ours:
            continue
        ours.add(path)
        for kind, name in INCLUDE.findall(tree.files[path]):
            if kind == '"' and name in tree.files:
                ahead.append(name)
            else:
                theirs.add(name)
    return ours, theirs


def files_of(compiler, name):
    """The files that the compiler reads for a standard header."""
    said = subprocess.run([compiler, "-std=c++20", "-M", "-x", "c++", "-"], text=True,
                          input=f"#include <{name}>\n", capture_output=True, check=False)
    return {str(Path(word).resolve()) for word in said.stdout.split() if word.startswith("/")}


def weight(text):
    return sum(len(line.strip()) + 1 for line in code_only(text).split("\n") if line.strip())


def measure(compiler, tree, headers):
    """(header, ratio) for each."""
    parts = {header: parts_of(header, tree) for header in headers}
    names = sorted({UNIT}.union(*(theirs for _, theirs in parts.values())))
    with ThreadPoolExecutor(max_workers=2) as pool:
        reads = dict(zip(names, pool.map(lambda name: files_of(compiler, name), names)))
    weights = {path: weight(Path(path).read_text(errors="replace"))
               for path in set().union(*reads.values())}
    weights |= {path: weight(tree.files[path])
                for path in set().union(*(ours for ours, _ in parts.values()))}
    unit = sum(weights[path] for path in reads[UNIT])

    def ratio(header):
        ours, theirs = parts[header]
        return sum(weights[path] for path in ours.union(*(reads[name] for name in theirs))) / unit
    return [(header, ratio(header)) for header in headers]


def budget(header):
    return BUDGET_WHOLE if header == WHOLE else BUDGET


def judge(ratios):
    return [f"{header} costs {ratio:.1f} times <{UNIT}>; the budget is {budget(header)}"
            for header, ratio in ratios if ratio > budget(header)]


def self_test_with(compiler):
    tree = Tree({"a.hpp": '#include "b.hpp"\n', "b.hpp": "#include <string>\n// " + "-" * 9 ** 6,
                 "c.hpp": "#include <string>\nint x;" + "int f();\n" * 9 ** 6})
    ratios = dict(measure(compiler, tree, sorted(tree.files)))
    if not 1 <= ratios["a.hpp"] < 1.01 or len(judge(ratios.items())) != 1:
        return f"finds {ratios}"
    return None
