# SPDX-License-Identifier: Apache-2.0
"""Small rules of all texts: a licence line first, one title per document, nothing of a private
machine, no work left for later, header guards by pragma."""

import re

from checks.layers import expect_one_each
from checks.tree import Tree

NAME = "licence lines, titles and texts are in order"
LICENCE = "SPDX-License-Identifier: Apache-2.0"
LATER = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
MACHINE = re.compile(r"(?<![\w.])(?:/" r"work/|/" r"root/|\.\./" r"shared)")
FENCE = re.compile(r"^```.*?^```[^\n]*$", re.S | re.M)


def problems(tree):
    for path, text in tree.texts(".hpp", ".cpp", ".py"):
        lines = text.split("\n")
        first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        if text and LICENCE not in first:
            yield f"{path}:1: the first line is not the licence line `{LICENCE}`"
    for path, text in tree.texts(".hpp"):
        if "#pragma once" not in text:
            yield f"{path}: it has no #pragma once"
    for path, text in tree.texts(".md"):
        titles = re.findall(r"^# .+$", FENCE.sub("", text), re.M)
        if len(titles) != 1:
            yield f"{path}: it has {len(titles)} titles (# ...), not one"
    for path, text in tree.texts(""):
        if path == "LICENSE":
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if MACHINE.search(line):
                yield f"{path}:{number}: a path of one machine"
            if LATER.search(line) and not path.startswith("tools/checks/"):
                yield f"{path}:{number}: work left for later belongs into an issue"
            if line != line.rstrip() and not path.endswith((".expected", ".md")):
                yield f"{path}:{number}: blanks at the end of the line"


def self_test():
    spdx = f"// {LICENCE}\n"
    good = {"a.cpp": spdx, "b.py": f"#!/usr/bin/env python3\n# {LICENCE}\n",
            "c.hpp": spdx + "#pragma once\n",
            "d.md": "# One\n\n## Two\n```sh\n# three\n```\n"}
    if list(problems(Tree(good))):
        return f"refuses what is right: {list(problems(Tree(good)))}"
    return expect_one_each(problems, good, {
        "e.cpp": "int x;\n", "f.hpp": spdx, "g.md": "# One\n\n# Two\n", "h.md": "## No title\n",
        "i.cpp": spdx + "// see /" "work/x\n", "j.cpp": spdx + "// TO" "DO later\n",
        "k.cpp": spdx + "int x; \n"})
