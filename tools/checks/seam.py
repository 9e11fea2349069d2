# SPDX-License-Identifier: Apache-2.0
"""Clocks, random numbers and sleeping stay behind the seam to the outside, where a simulated
world can stand in for them; so does per-thread state, in one file; and nothing walks an unordered
container, whose order differs from run to run and from compiler to compiler. Where the order can't
be seen, a comment `// unordered: why` says so, on that line or up to two above it."""

import re

from checks.layers import expect_one_each
from checks.tree import Tree

NAME = "clocks, random numbers, sleeping and unordered iteration stay behind the seam"
# The seam: files of the real world. Programs outside the library may look at a clock.
SEAM = re.compile(r"^(?:beamish/runtime/(?:real_world|os_process|park_futex)\w*\.(?:cpp|hpp)"
                  r"|beamish/runtime/atomics\.(?:cpp|hpp)|apps/.*|benchmarks/.*"
                  r"|beamish/stacktrace/.*)$")
# Tests may run real threads against each other; even they neither sleep nor read a clock.
THREAD_LOCAL = {"beamish/runtime/current.cpp"}
BANNED = re.compile(
    r"::now\s*\(|\brandom_device\b|\bsleep_(?:for|until)\s*\(|\bthis_thread::sleep"
    r"|\b(?:u|nano)sleep\s*\("
    r"|\bclock_(?:gettime|nanosleep)\s*\(|\bgettimeofday\s*\("
    r"|(?<![\w.:>])(?:std::|::)?(?:time|rand|srand|random)\s*\((?:\s*(?:nullptr|NULL|0|&\w+)?\s*)\)"
    r"|\bgetrandom\s*\(|\bgetentropy\s*\("
    r"|(?<![\w.:>])::sleep\s*\(|\bmt19937(?:_64)?\b|\bdefault_random_engine\b")
UNORDERED = re.compile(r"\bunordered_(?:multi)?(?:map|set)\s*<")


def unordered_names(code):
    """The variables and members that are declared as unordered containers."""
    for found in UNORDERED.finditer(code):
        depth, position = 1, found.end()
        while position < len(code) and depth:
            depth += {"<": 1, ">": -1}.get(code[position], 0)
            position += 1
        name = re.match(r"\s*[&*]?\s*(\w+)\s*[;={(,)]", code[position:position + 80])
        if name:
            yield name.group(1)


def walks(code, names):
    for found in re.finditer(r"\bfor\s*\([^;()]*[^:]:(?!:)\s*([\w.>*()-]+?)\s*\)", code):
        last = re.findall(r"\w+", found.group(1))
        if last and last[-1] in names:
            yield found
    for found in re.finditer(r"\b(\w+)\s*(?:\.|->)\s*c?begin\s*\(", code):
        if found.group(1) in names:
            yield found


def problems(tree):
    sources = [path for path, _ in tree.texts(".hpp", ".cpp") if not SEAM.match(path)
               and not path.startswith("tests/compile_fail/")]
    names_of = {path: set(unordered_names(tree.code(path))) for path in sources}
    for path in sources:
        code = tree.code(path)
        def at(found, what, path=path, code=code):
            return f"{path}:{code.count(chr(10), 0, found.start()) + 1}: {what}"
        for found in BANNED.finditer(code):
            yield at(found, f"`{found.group().strip()}` belongs behind beamish/runtime/world.hpp")
        for found in re.finditer(r"\bthread_local\b|\b__thread\b", code):
            if path not in THREAD_LOCAL:
                yield at(found, "thread_local is only in beamish/runtime/current.cpp")
        stem = re.sub(r"(?:_test)?\.[hc]pp$", "", path)
        names = names_of[path] | names_of.get(stem + ".hpp", set())
        for found in walks(code, names):
            line = code.count("\n", 0, found.start())
            if not any("// unordered: " in text
                       for text in tree.files[path].split("\n")[max(0, line - 2):line + 1]):
                yield at(found, "the order of an unordered container is seen; if it is not, say why"
                                " in a comment `// unordered: why`")


def self_test():
    good = {"beamish/runtime/real_world.cpp": "auto t = std::chrono::steady_clock::now();",
            "beamish/runtime/current.cpp": "thread_local int* x;",
            "beamish/otp/ok.cpp": "std::unordered_map<int, int> m;"
                                  " int f() { return m.find(1)->second; }"
                                  " auto y = beamish::sleep(1ms); // std::time(nullptr)\n"
                                  "auto z = message.time(); for (int i : list) use(i);",
            "beamish/otp/said.cpp": "std::unordered_set<int> s;\n// unordered: it is summed\n"
                                    "int n() { for (int i : s) sum(i); }"}
    if list(problems(Tree(good))):
        return f"refuses what is right: {list(problems(Tree(good)))}"
    wrong = ["auto t = std::chrono::system_clock::now();", "std::random_device r;", "usleep(3);",
             "std::this_thread::sleep_for(1s);", "clock_gettime(CLOCK_REALTIME, &t);",
             "auto t = time(nullptr);", "int r = rand();", "thread_local int x;", "std::mt19937 g;",
             "std::unordered_map<int, std::set<int>> m; void f() { for (auto& e : m) use(e); }",
             "std::unordered_set<int> s; void f(x& a) { for (auto& e : a.s) use(e); }",
             "std::unordered_set<int> s; auto f() { return s.begin(); }"]
    return expect_one_each(problems, good, {
        f"beamish/otp/f{number}.cpp": code for number, code in enumerate(wrong)})
