# SPDX-License-Identifier: Apache-2.0
"""Includes go down only, as CMakeLists.txt says which layer stands on which, and are written from
the root. Public headers leave out the standard headers that cost everybody who includes them."""

import fnmatch
import re

from checks.tree import Tree

NAME = "includes go down only"
COSTLY = {"iostream", "regex", "future", "filesystem", "thread", "condition_variable", "ranges",
          "random"}
OF_ALL_VERBS = ("cli", "terminal")  # the folders of apps/ that each verb's folder may include
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
LAYER = re.compile(r"^beamish_layer\((\w+)((?:[^)]|\n)*)\)", re.M)


def layers(cmake):
    """Each layer's dependencies, its tests' further ones and its private headers."""
    found = {}
    for name, rest in LAYER.findall(cmake):
        groups = {"DEPENDS": [], "TEST_DEPENDS": [], "PRIVATE_HEADERS": []}
        current = None
        for word in rest.split():
            if word in groups:
                current = word
            else:
                groups[current].append(word)
        below = set(groups["DEPENDS"])
        for dependency in groups["DEPENDS"]:
            below |= found[dependency][0]
        found[name] = (below, groups["TEST_DEPENDS"], groups["PRIVATE_HEADERS"])
    return found


def is_private(path, patterns):
    return any(fnmatch.fnmatch(path.rsplit("/", 1)[-1], pattern) for pattern in patterns)


def is_sideways(parts, goal):
    """Whether a folder of the command includes one that it does not stand on."""
    return (parts[0] == goal[0] == "apps" and len(parts) > 2 and len(goal) > 2
            and parts[1] != goal[1]
            and (parts[1] in OF_ALL_VERBS or goal[1] not in OF_ALL_VERBS))


def closure(names, known):
    return set(names).union(*(known[name][0] for name in names))


def problems(tree):
    known = layers(tree.files.get("CMakeLists.txt", ""))
    for path, text in tree.texts(".hpp", ".cpp"):
        parts = path.split("/")
        layer = parts[1] if parts[0] == "beamish" and len(parts) > 2 else None
        is_test = path.endswith("_test.cpp")
        if layer in known:
            below, for_tests, private = known[layer]
            allowed = below | {layer} | (closure(for_tests, known) if is_test else set())
        else:
            allowed, private = set(known) | {layer}, []
        for found in INCLUDE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            quoted, target = found.group(1) == '"', found.group(2)
            goal = target.split("/")
            beside = path.rsplit("/", 1)[0] + "/" + target
            if quoted and target not in tree.files and not (
                    parts[0] == "benchmarks" and beside in tree.files):
                yield f"{path}:{line}: \"{target}\" is not a path from the root of the repository"
            elif goal[0] == "beamish" and len(goal) > 2 and goal[1] not in allowed:
                yield f"{path}:{line}: {layer} may not include {goal[1]}"
            elif (path.endswith(".hpp") and goal[0] == "beamish" and len(goal) > 2
                  and not is_private(path, private)
                  and is_private(target, known.get(goal[1], ((), (), ()))[2])):
                yield f"{path}:{line}: {target} is not installed, but a public header includes it"
            elif layer and goal[0] == "beamish" and len(goal) == 2 and not is_test:
                yield f"{path}:{line}: a layer does not include the header of the whole"
            elif is_sideways(parts, goal):
                yield f"{path}:{line}: apps/{parts[1]} may not include apps/{goal[1]}"
            elif parts[0] == "beamish" and goal[0] in ("apps", "examples", "benchmarks", "tests"):
                yield f"{path}:{line}: the library may not include {goal[0]}"
            elif (parts[0] == "beamish" and path.endswith(".hpp") and not quoted
                  and target in COSTLY and not is_private(path, private)):
                yield f"{path}:{line}: <{target}> costs too much in a public header"


def self_test():
    cmake = "beamish_layer(term)\nbeamish_layer(runtime DEPENDS term TEST_DEPENDS sim" \
            " PRIVATE_HEADERS hidden.hpp)\nbeamish_layer(sim DEPENDS runtime)\n"
    good = {"CMakeLists.txt": cmake, "beamish/term/a.hpp": "#include <string>\n",
            "beamish/runtime/hidden.hpp": "#include <thread>\n",
            "beamish/sim/s.hpp": '#include "beamish/term/a.hpp"\n',
            "beamish/runtime/b_test.cpp": '#include "beamish/sim/s.hpp"\n',
            "apps/cli/c.hpp": "", "apps/batch/b.hpp": '#include "apps/cli/c.hpp"\n',
            "apps/main.cpp": '#include "apps/batch/b.hpp"\n'}
    bad = {"beamish/runtime/b.cpp": '#include "beamish/sim/s.hpp"\n',
           "beamish/term/c.hpp": "#include <iostream>\n",
           "beamish/runtime/p.hpp": '#include "beamish/runtime/hidden.hpp"\n',
           "beamish/term/d.cpp": '#include "a.hpp"\n',
           "apps/cli/d.cpp": '#include "apps/batch/b.hpp"\n',
           "apps/demo/d.cpp": '#include "apps/batch/b.hpp"\n'}
    if list(problems(Tree(good))):
        return f"refuses what is right: {list(problems(Tree(good)))}"
    return expect_one_each(problems, good, bad)


def expect_one_each(check, good, bad):
    """Adds each wrong file alone to the good ones; every one must be found."""
    for path, text in bad.items():
        if not any(path in problem for problem in check(Tree({**good, path: text}))):
            return f"does not see what is wrong in {path}"
    return None
