# SPDX-License-Identifier: Apache-2.0
"""Finds the functions of formatted C++ by its braces: good enough to measure them."""

import bisect
import re

# What stands before the { of a function's body: a parameter list, then qualifiers, a return type, a
# requires clause or the initialisers of a constructor.
HEAD = re.compile(r"\)\s*(?:const|noexcept|override|final|mutable|&&?|->[^;{}]*|requires[^;{}]*|"
                  r":(?!:)[^;]*|\s)*$", re.S)
TYPE = re.compile(r"^\s*(?:namespace|struct|class|enum|union|extern)\b")
TEMPLATE = re.compile(r"^\s*template\s*<(?:[^<>]|<[^<>]*>)*>\s*"
                      r"(?:requires[^;{]*?(?=\bstruct\b|$))?")


def functions(code):
    """(first line, number of lines) of every outermost function in code without comments."""
    starts = [0] + [found.end() for found in re.finditer("\n", code)]
    open_braces, begin, head = [], 0, None
    for found in re.finditer(r"[{};]", code):
        position, kind = found.start(), found.group()
        if kind == "{":
            open_braces.append(kind_of_brace(code[begin:position], head is not None))
            if open_braces[-1] == "function":
                head = begin + len(code[begin:position]) - len(code[begin:position].lstrip())
        elif kind == "}":
            kind = open_braces.pop() if open_braces else "scope"
            if kind == "function":
                line = bisect.bisect_right(starts, head)
                yield line, bisect.bisect_right(starts, position) - line + 1
                head = None
        else:
            kind = "scope" if code.count("(", begin, position) == code.count(")", begin, position) \
                else "list"
        if kind not in ("list", "inner") and (open_braces[-1:] != ["list"]):
            begin = position + 1


def kind_of_brace(before, inside_function):
    """What a { opens: a formatter sets a blank before a body, none before a list of values."""
    if inside_function:
        return "inner"
    before = re.sub(r"^[ \t]*#.*$", "", before, flags=re.M)
    if not before[-1:].isspace() or re.search(r"[=(,]\s*$|\breturn\s*$", before):
        return "list"
    if TYPE.match(TEMPLATE.sub("", before)):
        return "scope"
    return "function" if HEAD.search(before) else "scope"
