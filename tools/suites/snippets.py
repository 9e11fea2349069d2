# SPDX-License-Identifier: Apache-2.0
"""Finds the examples of documents and headers, and turns them into C++ that checks itself.

In documents an example is a ```cpp fence; `cpp continues` goes on where the one before it ended,
`cpp no-run` is only compiled, `cpp ignore` not even that. An HTML comment `<!-- cpp` ... `-->` is
code that readers don't see and the next fence continues. In headers it is a fence in the comments,
or an indented block of the comments that has a checked value.

A checked value is `expression; //=> value`, the expression on one line, the value there too or on
the next. After a value in quotes there may be a comma and more words. A value that begins as
Elixir's terms do (`:ok`, `[1, 2]`, `%{...}`, `{:ok, 1}`, `nil`) is compared with what inspect()
prints, where `...` stands for anything; every other value is C++ and compared by ==. `//=> throws
TEXT` expects an exception that says TEXT.
"""

import re
import textwrap
from dataclasses import dataclass, field

from checks.tree import COMMENT_OR_TEXT

MARKED = re.compile(r"^(?:```cpp\b([^\n]*)\n(.*?)^```|<!-- cpp()\n(.*?)^-->)", re.S | re.M)
PRINTED = re.compile(r"^(?:[:%\[{#]|<<|nil$)")
CHECK = re.compile(r"^(\s*)(.*?\S);?\s*//=>\s*(.*?)\s*$")
DECLARED = re.compile(r"^(?:const\s+)?[\w:<>,&*\s]*[\w>&*]\s+[&*]?(\w+)\s*=(?!=)")
DECLARATION = re.compile(r"^(?:template|struct|class|enum|union|namespace|using|concept|typedef"
                         r"|inline|constexpr|static|extern|\[\[)\b")
CONTROL = re.compile(r"^(?:if|for|while|switch|do|try|else|catch|return|co_return)\b")
FUNCTION = re.compile(r"^[\w:<>,&*\s]+[\s&*>]\w+\s*\([^{};]*\)[^(){};=]*$", re.S)

INDENT = "  "   # an indented block in a header's comments stands at least this far from the prose


@dataclass
class Snippet:
    path: str
    line: int                 # of the first line of code
    code: str
    words: set                # what stands after ```cpp
    before: list = field(default_factory=list)   # snippets that this one continues
    checks: list = field(default_factory=list)   # (number, line) of its checked values
    in_header: bool = False

    @property
    def name(self):
        return f"{self.path}:{self.line}"

    @property
    def last_line(self):
        return self.line + self.code.count("\n")

    @property
    def is_program(self):
        return bool(re.search(r"\bint main\s*\(", self.code))


def mask(text):
    """Comments and literals as blanks: every character keeps its place."""
    return COMMENT_OR_TEXT.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def of_document(path, text):
    found, hidden, previous = [], None, None
    for match in MARKED.finditer(text):
        is_hidden = match.group(2) is None
        code = 4 if is_hidden else 2
        snippet = Snippet(path, text.count("\n", 0, match.start(code)) + 1, match.group(code),
                          set((match.group(1) or "").split()))
        if is_hidden:
            hidden = snippet
            continue
        if "continues" in snippet.words and previous:
            snippet.before = [*previous.before, previous]
        if hidden:
            snippet.before.append(hidden)
            hidden = None
        found.append(snippet)
        previous = snippet
    return found


def of_header(path, text):
    """Fences in comments, and indented blocks with a checked value."""
    lines = [re.sub(r"^\s*///? ?", "", line) if re.match(r"\s*//", line) else None
             for line in text.split("\n")]
    plain = "\n".join(line or "" for line in lines)
    found = of_document(path, plain)
    fenced = {number for one in found for number in range(one.line - 1, one.last_line + 1)}
    block, blocks = [], []
    for number, line in enumerate([*lines, None], 1):
        indented = line is not None and line.startswith(INDENT) and number not in fenced
        if indented or (block and line == "" and number < len(lines) and
                        (lines[number] or "").startswith(INDENT)):
            block.append((number, line))
        elif block:
            blocks.append(block)
            block = []
    for block in blocks:
        code = textwrap.dedent("\n".join(line for _, line in block)) + "\n"
        if "//=>" in code:
            found.append(Snippet(path, block[0][0], code, set()))
    for snippet in found:
        snippet.in_header = True
    return found


def split(code):
    """(is a declaration, line offset, text) of every top-level piece of a snippet."""
    masked, pieces, begin, depth = mask(code), [], 0, 0
    for found in re.finditer(r"[][(){};]|^[ \t]*#[^\n]*\n|\Z", masked, re.M):
        token, end = found.group(), found.end()
        if token.lstrip().startswith("#"):
            if depth == 0:
                begin = end
            continue
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token, 0)
        if depth or token in "([{)]" and token:
            continue
        rest = masked[end:].lstrip()
        if token == "}" and re.match(r"[;,.)=({\[-]|else\b|catch\b|while\b", rest):
            continue
        text = code[begin:end]
        if masked[begin:end].strip():
            lead = len(text) - len(text.lstrip("\n "))
            pieces.append((is_declaration(masked[begin:end].strip()),
                           code.count("\n", 0, begin + lead), text.lstrip("\n")))
        begin = end
    return pieces


def is_declaration(masked):
    if DECLARATION.match(masked):
        return True
    if CONTROL.match(masked) or not masked.endswith("}"):
        return False
    return bool(FUNCTION.match(masked[:masked.index("{")]))


def includes(code):
    return re.findall(r"^[ \t]*#[ \t]*include[^\n]*", mask_comments(code), re.M)


def mask_comments(code):
    return re.sub(r"//[^\n]*", "", code)


def misplaced(snippet):
    """Where a checked expression goes on over several lines, or an empty text."""
    try:
        with_checks(Snippet(snippet.path, snippet.line, snippet.code, set()), 0)
    except ValueError as error:
        return str(error)
    return ""


def with_checks(snippet, first_number):
    """The code with its checked values made into checks; notes them in the snippet."""
    lines = []
    for offset, line in enumerate(joined(snippet.code)):
        found = CHECK.match(line)
        if not found:
            lines.append(line)
            continue
        before = mask("\n".join(lines)).strip()
        last = before.split("\n")[-1].lstrip()
        if before and before[-1] not in ";{}:" and not last.startswith("#"):
            raise ValueError(f"{snippet.path}:{snippet.line + offset}: "
                             "a checked expression stands on one line")
        number = first_number + len(snippet.checks)
        snippet.checks.append((number, snippet.line + offset))
        cut = last_statement(found.group(2))
        lines.append(found.group(1) + found.group(2)[:cut]
                     + checked(number, found.group(2)[cut:].strip(), found.group(3)))
    return "\n".join(lines)


def joined(code):
    """The lines, with a value that stands alone moved up to its expression."""
    lines = []
    for line in code.split("\n"):
        if lines and re.match(r"\s*//=>", line):
            lines[-1] += "  " + line.strip()
            line = ""
        lines.append(line)
    return lines


def last_statement(line):
    """Where the last statement of a line begins; the value belongs to that."""
    masked, depth = mask(line), 0
    for position in range(len(masked) - 1, -1, -1):
        depth += {")": 1, "]": 1, "}": 1, "(": -1, "[": -1, "{": -1}.get(masked[position], 0)
        if masked[position] == ";" and depth == 0:
            return position + 1
    return 0


def checked(number, statement, value):
    if value.startswith("throws"):
        said = value.removeprefix("throws").strip()
        return (f"::doc_example::expect_throws({number}, [&] {{ (void)({statement}); }}, "
                f"{literal(said)});")
    quoted = re.match(r'("(?:\\.|[^"\\])*"),\s', value)
    value = quoted.group(1) if quoted else value
    how = "expect_text" if PRINTED.match(value) else "expect"
    goal = literal(value) if how == "expect_text" else value
    named = DECLARED.match(statement)
    if named:
        return f"{statement}; ::doc_example::{how}({number}, {named.group(1)}, {goal});"
    if "co_await" in statement:
        name = f"doc_value_{number}"
        return f"{{ auto {name} = {statement}; ::doc_example::{how}({number}, {name}, {goal}); }}"
    return f"::doc_example::{how}({number}, ({statement}), {goal});"


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def self_test():
    text = "<!-- cpp\nint a();\n-->\n```cpp\nint x = a();\n```\n" \
           "```cpp continues\nx + 1; //=> 2\n```\n```cpp ignore\n```\n```sh\nls\n```\n"
    found = of_document("a.md", text)
    if [(s.line, len(s.before)) for s in found] != [(5, 1), (8, 2), (11, 0)]:
        return f"finds {found}"
    header = "// Says.\n//\n//     f(1)  //=> 2\n//\n//     f(2)  //=> 3\n//\n" \
             "//     not code\n#pragma once\n"
    found = of_header("a.hpp", header)
    if len(found) != 1 or found[0].line != 3 or with_checks(found[0], 5).count("expect(") != 2:
        return f"finds {found} in a header"
    code = "#include <a>\nstruct s {\n  int x;\n};\nbeamish::task<> f(int x) {\n  g();\n}\n" \
           "auto v = s{1};\nif (v.x) {\n  g();\n} else {\n  h();\n}\nint n = 1; f(n);\n"
    if joined("f()\n  //=> 3\ng();") != ["f()  //=> 3", "", "g();"]:
        return "a value on the next line is not moved up"
    pieces = [(decl, line) for decl, line, _ in split(code)]
    if pieces != [(True, 1), (True, 4), (False, 7), (False, 8), (False, 13), (False, 13)]:
        return f"splits into {pieces}"
    if last_statement("f(x); g(a, b)") != 5 or last_statement("[] { f(); return 1; }()") != 0:
        return "the last statement of a line is not found"
    for statement, value, expected in (
            ("f(x) == 1", "true", "expect(7, (f(x) == 1), true)"),
            ("auto y = f(x)", ":ok", 'expect_text(7, y, ":ok")'),
            ("const std::string& y = f(x)", '"a"', 'expect(7, y, "a")'),
            ("f(3)", '"a", as we know', 'expect(7, (f(3)), "a")'),
            ("x = f(1)", "3", "expect(7, (x = f(1)), 3)"),
            ("co_await f()", "3", "auto doc_value_7 = co_await f(); ::doc_example::expect(7"),
            ("f(0)", "throws no zero", '(void)(f(0)); }, "no zero")')):
        if expected not in checked(7, statement, value):
            return f"`{statement} //=> {value}` becomes {checked(7, statement, value)}"
    return None
