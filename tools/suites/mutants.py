# SPDX-License-Identifier: Apache-2.0
"""The script behind `./test --mutants`, tried on a small project whose scenarios are known: it must
find what they find, and tell everything else apart."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from suites.case import Context, simple_cases

SCRIPT = Path(__file__).parent.parent / "mutants.py"

CMAKE = """cmake_minimum_required(VERSION 3.25)
project(tiny LANGUAGES CXX)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_executable(sim_scenarios main.cpp beamish/runtime/lib.cpp)
"""
LIB = """bool is_even(unsigned n) { return n % 2 == 0; }
unsigned half(unsigned n) { return n / 2; }
unsigned spare() { return 7; }
unsigned spare_too() { return 8; }
bool sings() { return true; }
"""
# `ok` holds whatever is planted; `halves` looks at the functions with its seed as the number.
MAIN = r"""#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
bool is_even(unsigned n);
unsigned half(unsigned n);
bool sings();
int main(int argc, char** argv) {
  if (std::strcmp(argv[1], "shrink") == 0)
    return std::puts("9 -> 1 decisions that are not plain, 3 -> 2 processes, 50 -> 12 steps "
                     "(70 runs in 0.2 s)"), 0;
  if (std::strcmp(argv[1], "list") == 0)
    return std::puts("canary  must fail\nok      does nothing\nhalves"), 0;
  unsigned seeds = 0, first = 0;
  for (int i = 3; i < argc; ++i) {
    if (std::strcmp(argv[i], "--seeds") == 0) seeds = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--from") == 0) first = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--save") == 0)
      std::fclose(std::fopen((std::string(argv[i + 1]) + "/halves.run").c_str(), "w"));
  }
  if (std::strcmp(argv[2], "canary") == 0) return sings() ? 66 : 0;
  if (std::strcmp(argv[2], "ok") == 0) return 0;
  for (unsigned n = first; n < first + seeds; ++n) {
    if (is_even(n) == (n % 2 == 0) && half(n) == n / 2) continue;
    std::printf("FAILED halves seed %u invariant: half of it is %u\n", n, half(n));
    return 66;
  }
  return 0;
}
"""
MUTANTS = {  # name: (old, new)
    "common": ("n % 2 == 0", "n % 3 == 0"),
    "rare": ("return n / 2", "return n == 777 ? 1 : n / 2"),
    "survivor": ("return 7", "return 9"),
    "loops": ("return n / 2", "for (volatile int x = 0; n != 0;) x = 1; return n / 2"),
    "crashes": ("return n / 2", "if (n == 5) __builtin_trap(); return n / 2"),
    "no_code": ("return 8", "return nothing"),
    "absent": ("return 10", "return 11"),
}


def write_project(root, presets):
    lib = root / "beamish" / "runtime" / "lib.cpp"
    folder = root / "tests" / "mutants"
    for path in (lib.parent, folder, root / "doc"):
        path.mkdir(parents=True)
    lib.write_text(LIB)
    (root / "main.cpp").write_text(MAIN)
    (root / "CMakeLists.txt").write_text(CMAKE)
    shutil.copy(presets, root)
    for name, (old, new) in MUTANTS.items():
        (folder / f"{name}.toml").write_text(
            'file = "beamish/runtime/lib.cpp"\nlayer = "runtime"\nexpected = "common"\n'
            f'what = "It is planted by a test."\nold = "{old}"\nnew = "{new}"\n')


class Trial:
    def __init__(self, context, folder):
        self.context, self.root, self.area = context, Path(folder, "tree"), Path(folder, "area")
        write_project(self.root, context.root / "CMakePresets.json")

    def run(self, *words):
        """The exit code and what was printed."""
        ended = subprocess.run(
            [sys.executable, "-B", SCRIPT, "--root", self.root, "--build", self.area, "--compiler",
             self.context.compiler, "--jobs", "1", "--limit", "3", "--seeds", "1000", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, timeout=300)
        return ended.returncode, ended.stdout

    def says(self, words, code, *patterns):
        """Why it did not end with that code or print lines like these; nothing if it did."""
        status, text = self.run(*words)
        lines = text.rstrip().split("\n")
        absent = [one for one in patterns if not any(re.fullmatch(one, line) for line in lines)]
        if status == code and not absent and re.fullmatch(patterns[-1], lines[-1]):
            return ""
        return f"{' '.join(words)}: exit code {status}, not {code}; no {absent} in:\n{text}"


def counts(found, survived, broken, of):
    return f"mutants: {found} found, {survived} survived, {broken} did not build of {of}"


def tell_apart(trial):
    return trial.says(
        ["--all", "--rate"], 1, "found     common: halves, seed 2, invariant: half of it is 1",
        r"          50\.0 % of 20 seeds",
        "found     rare: halves, seed 777, invariant: half of it is 1",
        r"          0\.1 % of 1000 seeds; expected to be common", "SURVIVED  survivor: .*",
        "found     loops: halves, seed unknown, hang",
        "found     crashes: halves, seed unknown, crash: SIG.*",
        r"BROKEN    no_code: ninja: .*lib\.cpp:5.*error.*nothing.*",
        r"BROKEN    absent: `old` is 0 times in beamish/runtime/lib\.cpp, not once",
        "rare .*: 1 of 2 measured", counts(4, 1, 2, 7))


def make_small(trial):
    return trial.says(["common", "loops", "--shrink"], 0, "found     common: .*",
                      r"          shrunk: 9 -> 1 decisions, 50 -> 12 steps in 0\.2 s",
                      "          not shrunk: no decisions are known",
                      r"shrunk: 1; median: 12 steps, 89 % fewer decisions; at most 0\.2 s",
                      counts(2, 0, 0, 2))


def hold_the_demand(trial):
    return (trial.says(["common", "survivor"], 1, counts(1, 1, 0, 2))
            or trial.says(["common", "survivor", "--at-least", "1"], 0, counts(1, 1, 0, 2))
            or trial.says(["common", "absent", "--at-least", "1"], 1, counts(1, 0, 1, 2))
            or trial.says(["--random", "2", "--seed", "13", "--at-least", "0"], 0,
                          r"--random 2 --seed 13: crashes, survivor", counts(1, 1, 0, 2))
            or trial.says(["unheard"], 2, "there is no mutant unheard; see --list")
            or trial.says(["common", "--all"], 2, ".*give names, --all or --random N.*"))


def undo(trial):
    """What is planted leaves no trace: not in the tree, and not in the next run."""
    trial.run("common", "no_code")
    if (trial.root / "beamish/runtime/lib.cpp").read_text() != LIB:
        return "the tree itself was changed"
    planted = trial.area / "tree" / "beamish/runtime/lib.cpp"
    planted.write_text("interrupted")
    (planted.parent / "left.cpp").write_text("over")
    why = trial.says(["survivor", "--at-least", "0"], 0, counts(0, 1, 0, 1))
    return why or ("a file was left over" if (planted.parent / "left.cpp").exists() else "")


def want_a_clean_tree(trial):
    (trial.root / "beamish/runtime/lib.cpp").write_text(LIB.replace("n / 2", "n"))
    return trial.says(["survivor"], 1, "nothing can be planted: halves fails without a mutant: "
                                       "seed 1, invariant: half of it is 1")


def want_a_canary(trial):
    (trial.root / "beamish/runtime/lib.cpp").write_text(LIB.replace("return true", "return false"))
    return trial.says(["survivor"], 1, "nothing can be planted: canary must fail and did not: "
                                       "nothing else means anything")


def list_and_table(trial):
    page = trial.root / "doc" / "mutants.md"
    page.write_text("# M\n\n<!-- ./test --mutants --table -->\nold\n<!-- end -->\nafter\n")
    status, listed = trial.run("--list")
    trial.run("--table")
    rows = [line for line in page.read_text().split("\n") if line.startswith("| `")]
    if status != 0 or len(listed.split("\n")) != 1 + len(MUTANTS) or len(rows) != len(MUTANTS):
        return f"lists:\n{listed}\nwrites:\n{page.read_text()}"
    return "" if page.read_text().endswith("\n<!-- end -->\nafter\n") else "the page lost its end"


def cases(context: Context):
    def on_a_trial(function):
        def look():
            with tempfile.TemporaryDirectory() as folder:
                return function(Trial(context, folder))
        return look
    yield from simple_cases(context, "mutants", [
        (name, on_a_trial(function)) for name, function in (
            ("what finds a mutant, and what doesn't, is told apart", tell_apart),
            ("the demanded number decides how the script ends", hold_the_demand),
            ("failures are made small", make_small),
            ("planting leaves no trace", undo),
            ("without a mutant all scenarios must pass", want_a_clean_tree),
            ("the canary must fail", want_a_canary),
            ("the mutants are listed, and their table is written", list_and_table))])
