# SPDX-License-Identifier: Apache-2.0
"""A file has at most 500 lines and a function 70; past 300 and 40 a note says so. Lines: 100."""

import ast

from checks.functions import functions
from checks.layers import expect_one_each
from checks.tree import Tree, code_only

NAME = "files stay under 500 lines, functions under 70"
FILE_WALL, FUNCTION_WALL, FILE_HABIT, FUNCTION_HABIT, WIDTH = 500, 70, 300, 40, 100
SOURCES = (".hpp", ".cpp", ".py", ".cmake", ".txt", ".sh", ".ex", ".exs", ".go", ".md")


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            yield node.lineno, node.end_lineno - node.lineno + 1


def lengths(tree):
    """(path, line, what, lines, wall, habit) of every file and function."""
    for path, text in tree.texts(*SOURCES):
        count = text.count("\n")
        yield path, 1, "file", count, FILE_WALL, FILE_HABIT
        found = []
        if path.endswith((".hpp", ".cpp")):
            found = functions(tree.code(path))
        elif path.endswith(".py"):
            found = python_functions(text)
        for line, lines in found:
            yield path, line, "function", lines, FUNCTION_WALL, FUNCTION_HABIT


def problems(tree):
    for path, line, what, lines, wall, _ in lengths(tree):
        if lines > wall:
            yield f"{path}:{line}: a {what} of {lines} lines; the wall is {wall}"
    for path, text in tree.texts(".hpp", ".cpp", ".py", ".cmake"):
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > WIDTH and "http" not in line:
                yield f"{path}:{number}: {len(line)} columns; at most {WIDTH}"


def notes(tree):
    long = [f"{path}:{line} ({what}, {lines})" for path, line, what, lines, wall, habit
            in lengths(tree) if habit < lines <= wall and not path.endswith(".md")]
    return [f"longer than the habit: {', '.join(long)}"] if long else []


def self_test():
    body = "  ++x;\n" * 75
    code = code_only("int f(int x) {\n  return x;\n}\nstruct s {\n"
                     "  s() : a{1}, b(2) {\n    a = 3;\n"
                     "  }\n  auto g() const -> int {\n    return 1;\n  }\n  int a, b;\n};\n"
                     "int table[] = {1, 2};\n")
    found = list(functions(code))
    if found != [(1, 3), (5, 3), (8, 3)]:
        return f"functions are found at {found}"
    bad = {"a.cpp": f"void f(int x) {{\n{body}}}\n", "b.hpp": "\n" * 501,
           "c.cpp": f"struct s {{\n  template <class T>\n  void f(T x) noexcept {{\n{body}  }}\n"
                    "};\n",
           "d.cpp": f"struct s {{\n  s() : a(1), b{{2}} {{\n{body}  }}\n}};\n",
           "e.py": "def f(x):\n" + "    x += 1\n" * 75,
           "f.cpp": "// " + "x" * 100 + "\n"}
    if list(problems(Tree({"ok.cpp": "void f() {\n" + "  g();\n" * 40 + "}\n"}))):
        return "refuses a function of 42 lines"
    return expect_one_each(problems, {}, bad)
