# SPDX-License-Identifier: Apache-2.0
"""The sources of a layer are compiled joined into a few, in groups that change with each new file.
So every layer must compile as one source: two equal names then meet whatever the grouping is."""

import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

NAME = "the sources of a layer compile as one"
# It never shares a source with its callers: cmake/layers.cmake says why.
APART = {"beamish/runtime/current.cpp", "apps/main.cpp"}
# These replace parts of the C++ runtime, or want a package that may be missing.
NEVER = ("beamish/stacktrace/",)


def groups(files):
    """Layer: its sources, tests left out."""
    found = {}
    for path, _ in files.texts(".cpp"):
        parts = path.split("/")
        if path.endswith("_test.cpp") or path in APART or path.startswith(NEVER):
            continue
        if parts[0] in ("beamish", "apps"):
            layer = "/".join(parts[:2]) if parts[0] == "beamish" else "apps"
            found.setdefault(layer, []).append(path)
    return found


def joined(paths):
    return "".join(f'#include "{path}"\n' for path in paths)


def complaint(compiler, root, text):
    """The first error of the compiler, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "joined.cpp")
        source.write_text(text)
        ended = subprocess.run(
            [compiler, "-std=c++20", "-Wshadow", "-Werror", "-fsyntax-only", f"-I{root}",
             str(source)], capture_output=True, text=True, errors="replace", check=False)
    errors = [line for line in ended.stderr.split("\n") if "error:" in line]
    return "" if ended.returncode == 0 else (errors or [ended.stderr.strip() or "failed"])[0]


def problems(compiler, root, files):
    layers = groups(files)
    with ThreadPoolExecutor(max_workers=2) as pool:
        said = pool.map(lambda paths: complaint(compiler, root, joined(paths)), layers.values())
        for layer, error in zip(layers, said):
            if error:
                yield f"{layer}: {error.replace(str(root) + '/', '')}"


def self_test_with(compiler):
    twice = "namespace { int twice() { return 1; } }\n"
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.cpp", "b.cpp"):
            Path(folder, name).write_text(twice)
        if not complaint(compiler, folder, joined(["a.cpp", "b.cpp"])):
            return "does not see a name that two sources have"
        return complaint(compiler, folder, joined(["a.cpp"]))
