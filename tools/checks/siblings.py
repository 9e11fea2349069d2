# SPDX-License-Identifier: Apache-2.0
"""Every source file and every header with code in the library has its test beside it."""

import re

from checks.layers import expect_one_each
from checks.tree import Tree

NAME = "every source file has its test beside it"
TESTED_IN = re.compile(r"^// tested in: (\S+_test\.cpp)$", re.M)


def has_code(code):
    """Whether a header holds anything that could go wrong: a function's body or a constant."""
    return bool(re.search(r"\)[^;{}]*\{|constexpr|requires|= default", code))


def problems(tree):
    for path, text in tree.texts(".cpp", ".hpp", under="beamish/"):
        if path.endswith("_test.cpp"):
            continue
        stem = path[:-4]
        folder = path.rsplit("/", 1)[0]
        named = TESTED_IN.search(text)
        if path.endswith(".hpp") and (stem + ".cpp" in tree.files or not has_code(tree.code(path))):
            continue
        if named and f"{folder}/{named.group(1)}" not in tree.files:
            yield f"{path}: it says that it is tested in {named.group(1)}, which is not there"
        elif not named and stem + "_test.cpp" not in tree.files:
            yield (f"{path}: there is no {stem.rsplit('/', 1)[-1]}_test.cpp beside it"
                   " and no line `// tested in: ..._test.cpp`")


def self_test():
    good = {"beamish/term/a.cpp": "int f() { return 1; }", "beamish/term/a_test.cpp": "",
            "beamish/term/b.hpp": "struct b;", "beamish/term/a.hpp": "int f();",
            "beamish/term/c.hpp": "// tested in: a_test.cpp\ninline int g() { return 1; }"}
    if list(problems(Tree(good))):
        return f"refuses what is right: {list(problems(Tree(good)))}"
    return expect_one_each(problems, good, {
        "beamish/term/d.cpp": "int h() { return 1; }",
        "beamish/term/e.hpp": "inline int h() { return 1; }",
        "beamish/term/f.hpp": "// tested in: none_test.cpp\ninline int h() { return 1; }"})
