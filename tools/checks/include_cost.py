# SPDX-License-Identifier: Apache-2.0
"""What it costs to include each public header, as a ratio to <string> on the same machine: the
compiler's own processor time. The budget is 3, and 4 for the header of the whole. Past it a note
says so; since it is a timing, the check fails only past twice the budget, and then the best of
three counts."""

import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

NAME = "public headers are cheap to include"
BUDGET, BUDGET_WHOLE, WALL = 3.0, 4.0, 2.0
WHOLE = "beamish/beamish.hpp"


def cost(compiler, root, text, enough=0.0):
    """Seconds of processor time to read a file of this text: the best of three, or the first
    that is `enough` or less. None if it doesn't compile."""
    best = None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "a.cpp")
        source.write_text(text)
        for _ in range(3):
            process = subprocess.Popen(
                [compiler, "-std=c++20", "-fsyntax-only", f"-I{root}", str(source)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                return None
            seconds = usage.ru_utime + usage.ru_stime
            best = seconds if best is None else min(best, seconds)
            if best <= enough:
                break
    return best


def budget(header):
    return BUDGET_WHOLE if header == WHOLE else BUDGET


def measure(compiler, root, headers):
    """(header, ratio) for each; the ratio is None if the header does not compile alone."""
    empty = cost(compiler, root, "")
    unit = cost(compiler, root, "#include <string>\n") - empty

    def ratio(header):
        enough = empty + unit * budget(header) * WALL
        seconds = cost(compiler, root, f'#include "{header}"\n', enough)
        return header, None if seconds is None else (seconds - empty) / unit

    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(ratio, headers))


def judge(ratios):
    """What fails, and what is only noted."""
    wrong, notes = [], []
    for header, ratio in ratios:
        if ratio is None:
            wrong.append(f"{header}: it does not compile alone")
        elif ratio > budget(header):
            said = f"{header} costs {ratio:.1f} times <string>; the budget is {budget(header):.0f}"
            (wrong if ratio > WALL * budget(header) else notes).append(said)
    return wrong, notes


def self_test():
    wrong, notes = judge([("a.hpp", 2.9), ("b.hpp", 3.5), ("c.hpp", 6.5), (WHOLE, 3.9),
                          ("d.hpp", None)])
    if len(wrong) != 2 or len(notes) != 1:
        return f"judges {wrong} and notes {notes}"
    return None
