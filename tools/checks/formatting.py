# SPDX-License-Identifier: Apache-2.0
"""clang-format 19 has nothing to change. Other versions format differently, so only 19 is asked."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

NAME = "C++ is formatted by clang-format 19"
PROGRAM = "clang-format-19"


def missing():
    return "" if shutil.which(PROGRAM) else f"{PROGRAM} is not installed"


def ask(root, files):
    ended = subprocess.run([PROGRAM, "--dry-run", "--Werror", *files], cwd=root,
                           capture_output=True, text=True, check=False)
    wrong = sorted(set(re.findall(r"^(.+?:\d+):\d+: error:", ended.stderr, re.M)))
    if ended.returncode and not wrong:
        wrong = [ended.stderr]
    return wrong


def problems(root, tree):
    files = [path for path, _ in tree.texts(".hpp", ".cpp")]
    seen = set()
    for place in ask(root, files) if files else []:
        path = place.rsplit(":", 1)[0]
        if path not in seen:
            seen.add(path)
            yield f"{place}: {PROGRAM} -i {path} would change it"


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "good.cpp").write_text("int f() { return 1; }\n")
        Path(folder, "bad.cpp").write_text("int f( ) {return 1;}\n")
        Path(folder, ".clang-format").write_text("BasedOnStyle: Google\n")
        if ask(folder, ["good.cpp"]):
            return "refuses formatted code"
        if not ask(folder, ["bad.cpp"]):
            return "does not see unformatted code"
    return None
