# SPDX-License-Identifier: Apache-2.0
"""Each public header compiles alone. Where a source stands beside it and includes it first, the
build has shown that; the others are compiled here."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

from checks.layers import INCLUDE
from checks.tree import Tree

NAME = "public headers compile alone"


def is_shown(header, tree):
    """Whether the build of its own source shows it."""
    source = tree.files.get(header[:-4] + ".cpp")
    return source is not None and next(iter(INCLUDE.findall(source)), None) == ('"', header)


def complaint(compiler, root, header):
    ended = subprocess.run(
        [compiler, "-std=c++20", "-fsyntax-only", f"-I{root}", "-x", "c++", "-"], text=True,
        input=f'#include "{header}"\n', capture_output=True, check=False)
    return "" if ended.returncode == 0 else f"{header}: {ended.stderr.strip()}"


def problems(compiler, root, tree, headers):
    left = [header for header in headers if not is_shown(header, tree)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        said = pool.map(lambda header: complaint(compiler, root, header), left)
    return [text for text in said if text]


def self_test():
    tree = Tree({"a.hpp": "", "a.cpp": '// Of a.\n#include "a.hpp"\n#include <string>\n',
                 "b.hpp": "", "b.cpp": '#include <string>\n#include "b.hpp"\n', "c.hpp": ""})
    found = [path for path in ("a.hpp", "b.hpp", "c.hpp") if is_shown(path, tree)]
    return None if found == ["a.hpp"] else f"takes {found} as shown"
