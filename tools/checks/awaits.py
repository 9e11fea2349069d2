# SPDX-License-Identifier: Apache-2.0
"""In public documents and examples co_await stands only as a statement, an initialiser, an
assignment or `co_return co_await`: g++ 12 compiles other places wrongly, some of them silently.
In the same expression there is no braced temporary and no lambda. A fence marked `ignore` is not
looked at: it shows what not to write."""

import re

from checks.layers import expect_one_each
from checks.tree import Tree, code_only

NAME = "co_await stands only in safe places in documents and examples"
FENCE = re.compile(r"^```cpp(?![^\n]*\bignore\b)[^\n]*\n(.*?)^```", re.S | re.M)
SAFE = re.compile(r"^\s*(?:co_return\s+|(?:[\w:<>,&*\s\[\].]|->|\(\*this\))+?=\s*)?"
                  r"(?:\(void\)\s*)?co_await\b", re.S)
LABEL = re.compile(r"^\s*(?:else\b|case [^:]*:(?!:)|default:|"
                   r"(?:if|for|while)\s*\((?:[^()]|\([^()]*\))*\))")


def public_code(tree):
    """(path, first line, code) of examples in documents and headers, and of example programs."""
    for path, text in tree.texts(".md"):
        for found in FENCE.finditer(text):
            yield path, text.count("\n", 0, found.start(1)) + 1, found.group(1)
    for path, text in tree.texts(".hpp", under="beamish/"):
        plain = "\n".join(re.sub(r"^\s*///? ?", "", line) if line.lstrip().startswith("//") else ""
                          for line in text.split("\n"))
        yield path, 1, "\n".join(line if line.startswith("    ") else ";" for line in
                                  FENCE.sub(lambda found: blank(found.group()), plain).split("\n"))
        for found in FENCE.finditer(plain):
            yield path, plain.count("\n", 0, found.start(1)) + 1, found.group(1)
    for path, text in tree.texts(".cpp", under="examples/"):
        yield path, 1, text


def blank(text):
    return "\n" * text.count("\n")


def statement_around(code, position):
    """The statement's text before co_await, and after it up to its end."""
    depth, begin = 0, position
    while begin > 0:
        character = code[begin - 1]
        if character in ")]":
            depth += 1
        elif character in "([" and depth > 0:
            depth -= 1
        elif depth == 0 and character in ";{}":
            break
        begin -= 1
    depth, end = 0, position
    while end < len(code):
        character = code[end]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        if (depth == 0 and character == ";") or depth < 0:
            break
        end += 1
    return code[begin:position], code[position:end]


def judge(before, after):
    """What is wrong with one co_await, or an empty text."""
    before = re.sub(r"^\s*#.*$", "", before, flags=re.M)
    stripped = LABEL.sub("", before)
    while stripped != before:
        before, stripped = stripped, LABEL.sub("", stripped)
    if before.count("(") > before.count(")") or not SAFE.search(before + "co_await"):
        return "co_await is inside a larger expression or a condition"
    rest = after[len("co_await"):]
    if "co_await" in rest:
        return "two co_awaits in one expression"
    if re.search(r"\[(?!&|this\])[^\]\[]+\]\s*(?:\([^()]*\))?\s*(?:mutable\s*)?"
                 r"(?:->\s*[\w:<>]+\s*)?\{", rest):
        return "a lambda with captures in a co_await expression; give it a name first"
    if "{" in without_options(rest):
        return "a braced temporary in a co_await expression; give it a name first"
    return ""


def without_options(text):
    """Without what is not harmed: options such as `{.name = "library"}`, which are trivially
    destructible by design, and lambdas that capture nothing, or by reference."""
    text = re.sub(r"\{\s*\.\w+\s*=[^{}]*\}", "", text)
    return re.sub(r"\[(?:&[^\]]*|this)?\]\s*(?:\([^()]*\))?[^{};]*"
                  r"\{(?:[^{}]|\{[^{}]*\})*\}", "", text)


def problems(tree):
    for path, first, text in public_code(tree):
        code = code_only(text)
        for found in re.finditer(r"\bco_await\b", code):
            why = judge(*statement_around(code, found.start()))
            if why:
                line = first + code.count("\n", 0, found.start())
                yield f"{path}:{line}: {why}"


def self_test():
    fine = ["co_await f();", "auto x = co_await f(1, g(2));", "x.y = co_await f();",
            "co_return co_await f();", "auto [a, b] = co_await f();", "if (x) co_await f();",
            'auto l = co_await start<t>({.name = "l"}, s);', "for (auto& p : ps) { co_await p; }",
            "std::vector<int> v = co_await f();", "while (n > 0) co_await g();",
            "auto r = co_await run([] { return 1; });", "switch (a) { case 1: co_await f(); }",
            "const auto& a = co_await f();", "// if (co_await f())\n"]
    wrong = ["if (co_await f()) {}", "while (co_await f()) {}", "switch (co_await f()) {}",
             "g(co_await f());", "auto x = 1 + co_await f();", "auto x = co_await f(a{1});",
             "co_await f([x] { return x; });", "auto x = (co_await f()).y;",
             "auto x = co_await f(co_await g());", "return co_await f() ? 1 : 2;",
             "for (auto x : co_await f()) {}", "co_await f({1, 2});"]
    ignored = "```cpp ignore\nif (co_await f()) {}\n```\n```cpp\nco_await f();\n```\n"
    if list(problems(Tree({"a.md": ignored}))):
        return "looks at a fence marked `ignore`"
    for code in fine:
        found = list(problems(Tree({"examples/a.cpp": f"task f() {{ {code} }}"})))
        if found:
            return f"refuses `{code}`: {found}"
    return expect_one_each(problems, {}, {
        **{f"examples/{n}.cpp": f"task f() {{ {code} }}" for n, code in enumerate(wrong)},
        "a.md": "```cpp\nif (co_await f()) {}\n```\n",
        "beamish/a.hpp": "/// ```cpp\n/// if (co_await f()) {}\n/// ```\n",
        "beamish/b.hpp": "// Words.\n//\n//     g(co_await f());\n//\n"})
