# SPDX-License-Identifier: Apache-2.0
"""The files of the repository as checks see them. A self-test hands a check a made-up tree
instead."""

import os
import re
import subprocess
from functools import cached_property
from pathlib import Path

COMMENT_OR_TEXT = re.compile(
    r'R"([^(\s"]*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'", re.S)


def code_only(text):
    """C++ without comments and the insides of literals; every character keeps its line."""
    def blank(found):
        what = found.group(0)
        newlines = "\n" * what.count("\n")
        return ('""' if what[0] in '"R' else "' '" if what[0] == "'" else " ") + newlines
    return COMMENT_OR_TEXT.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


class Tree:
    """Paths relative to the root, with '/', to texts."""

    def __init__(self, files):
        self.files = files
        self.code_of = {}

    def texts(self, *suffixes, under=""):
        """(path, text) of the files with one of the suffixes, in order of their paths."""
        for path in sorted(self.files):
            if path.endswith(suffixes) and path.startswith(under):
                yield path, self.files[path]

    def code(self, path):
        if path not in self.code_of:
            self.code_of[path] = code_only(self.files[path])
        return self.code_of[path]

    @cached_property
    def folders(self):
        return {path[:end.start()] for path in self.files for end in re.finditer("/", path)}


def tracked(root):
    """What git tracks or would track; in a copy without git, everything but build directories."""
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
                            capture_output=True, text=True, check=False)
    top = subprocess.run(["git", "-C", root, "rev-parse", "--show-toplevel"],
                         capture_output=True, text=True, check=False)
    same = top.returncode == 0 and Path(top.stdout.strip()).resolve() == Path(root).resolve()
    if listed.returncode == 0 and same:
        return [name for name in listed.stdout.split("\0") if name]
    names = []
    for folder, inner, files in os.walk(root):
        inner[:] = [name for name in inner if name not in (".git", "build", "__pycache__")
                    and not name.startswith("build-")]
        names += [os.path.relpath(os.path.join(folder, name), root) for name in files]
    return names


def read_tree(root):
    files = {}
    for name in tracked(root):
        path = Path(root) / name
        if path.is_file():
            files[name] = path.read_text(errors="replace")
    return Tree(files)
