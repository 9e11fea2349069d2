# SPDX-License-Identifier: Apache-2.0
"""A mutant: one small fault that can be planted into the code. Each is a file in tests/mutants/
whose name is the mutant's:

    file = "beamish/runtime/names.cpp"    # where it is planted
    layer = "runtime"                     # runtime, otp or jobs
    expected = "common"                   # or "rare": in fewer than 1 % of random schedules
    what = "The name of a dead process stays taken."
    old = '''the text as it stands there, exactly once'''
    new = '''what replaces it'''
"""

import re
import tomllib
from dataclasses import dataclass

FOLDER, PAGE = "tests/mutants/", "doc/mutants.md"
LAYERS = ("runtime", "otp", "jobs")
EXPECTED = ("common", "rare")
FIELDS = ("file", "layer", "expected", "what", "old", "new")
BEGIN, END = "<!-- ./test --mutants --table -->", "<!-- end -->"


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    layer: str
    expected: str
    what: str
    old: str
    new: str


def read(path, text):
    """The mutant in the text of a file; ValueError says what is wrong with it."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is no TOML: {error}") from error
    if sorted(said) != sorted(FIELDS) or not all(isinstance(one, str) for one in said.values()):
        raise ValueError(f"it must have these texts and no others: {', '.join(FIELDS)}")
    mutant = Mutant(path.removeprefix(FOLDER).removesuffix(".toml"), **said)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", mutant.name):
        raise ValueError("its name must be in snake_case")
    if mutant.layer not in LAYERS or mutant.expected not in EXPECTED:
        raise ValueError(f"`layer` is one of {', '.join(LAYERS)}; `expected` is common or rare")
    if not mutant.file.startswith(f"beamish/{mutant.layer}/") or mutant.file.endswith("_test.cpp"):
        raise ValueError(f"{mutant.file} is no source file of the layer {mutant.layer}")
    if not re.fullmatch(r"[A-Za-z][^\n|]+[^.\n|]\.", mutant.what):
        raise ValueError("`what` must be one sentence in one line, without |")
    return mutant


def why_not(mutant, code):
    """Why it can't be planted into that text of its file (None: there is no file), or nothing."""
    if code is None:
        return f"there is no {mutant.file}"
    count = code.count(mutant.old) if mutant.old else 0
    if count != 1:
        return f"`old` is {count} times in {mutant.file}, not once"
    return "`new` is the same as `old`" if mutant.old == mutant.new else ""


def files_in(files):
    """(path, text) of what describes a mutant, in order of the names; `files`: path to text."""
    return [(path, files[path]) for path in sorted(files)
            if path.startswith(FOLDER) and path.endswith(".toml")]


def table(mutants):
    lines = ["| name | layer | fault |", "|---|---|---|"]
    lines += [f"| `{one.name}` | {one.layer} | {one.what} |" for one in mutants]
    return "\n".join(lines)


def with_table(page, mutants):
    """The document with a fresh table; ValueError if it has no place for one."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no lines {BEGIN} and {END}, between which the table goes")
    return f"{before}{BEGIN}\n{table(mutants)}\n{END}{after}"
