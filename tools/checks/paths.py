# SPDX-License-Identifier: Apache-2.0
"""Every path that a document names exists, and every link within a document's folder leads
somewhere.

A path is a word in backticks that begins with one of the repository's own folders or files, or
that contains a slash and ends like one of our files."""

import re

from checks.layers import expect_one_each
from checks.tree import Tree

NAME = "every path named in a document exists"
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
OURS = re.compile(r"\.(?:hpp|cpp|md|py|cmake|sh|json|exs?|go|in|txt)$")
FENCE = re.compile(r"^```.*?^```[^\n]*$", re.S | re.M)


def candidates(text):
    """(position, path) of what looks like a path of ours."""
    prose = FENCE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    for found in CODE.finditer(prose):
        for word in found.group(1).split():
            word = re.sub(r":\d+$", "", word.rstrip(".,;:"))
            if re.fullmatch(r"[\w./*-]+", word):
                yield found.start(), word
    for found in LINK.finditer(prose):
        if "://" not in found.group(1) and not found.group(1).startswith("mailto:"):
            yield found.start(), "](" + found.group(1)


def exists(tree, word):
    word = word.removeprefix("./").rstrip("/")
    if "*" in word:
        pattern = re.escape(word).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
        return any(re.fullmatch(pattern, path) for path in tree.files)
    return word in tree.files or word in tree.folders or word == ""


def looks_like_ours(tree, word):
    if word.startswith(("/", "..")) or word.startswith("build"):
        return False
    first = word.removeprefix("./").split("/")[0]
    top = {path.split("/")[0] for path in tree.files}
    if word.startswith("./") and re.fullmatch(r"\./[\w./*-]+", word):
        return not word.startswith("./build")
    return "/" in word and (first in top or bool(OURS.search(word)))


def problems(tree):
    for path, text in tree.texts(".md"):
        folder = path.rsplit("/", 1)[0] if "/" in path else ""
        for position, word in candidates(text):
            line = text.count("\n", 0, position) + 1
            if word.startswith("]("):
                target = normalised(folder, word[2:])
                if not exists(tree, target):
                    yield f"{path}:{line}: the link to {word[2:]} leads nowhere"
            elif looks_like_ours(tree, word) and not exists(tree, word) \
                    and not exists(tree, normalised(folder, word)):
                yield f"{path}:{line}: there is no {word}"


def normalised(folder, target):
    parts = []
    for part in f"{folder}/{target}".split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def self_test():
    good = {"run": "", "beamish/term/term.hpp": "", "doc/a.md": "see [b](b.md#x) and `b.md`",
            "doc/b.md": "`beamish/term` `./run` `beamish/term/*.hpp` `std::map` `a/b` `/etc/hosts`"}
    if list(problems(Tree(good))):
        return f"refuses what is right: {list(problems(Tree(good)))}"
    return expect_one_each(problems, good, {
        "c.md": "`beamish/term/gone.hpp`", "d.md": "[x](gone.md)", "e.md": "`./gone`",
        "f.md": "`beamish/gone/*.hpp`", "doc/g.md": "[x](../gone.md)"})
