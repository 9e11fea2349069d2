# SPDX-License-Identifier: Apache-2.0
"""A copy of the tree in which mutants are planted, built and run.

Only the copy is ever changed. It is brought up to date by content, so that what did not change is
not built again; what an interrupted run left planted is undone by the next one."""

import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from checks.tree import tracked
from run_sim import OK, number

PROGRAM = "sim_scenarios"
PRESET = "release"
CLASSES = {65: "crash", 66: "invariant", 67: "liveness", 68: "deadlock", 69: "nondeterminism"}
FAILED_LINE = re.compile(r"^FAILED (\S+) seed (\d+) ([\w-]+): ?(.*)$", re.M)
SHRUNK = re.compile(r"^(\d+) -> (\d+) decisions that are not plain, .*?(\d+) -> (\d+) steps "
                    r"\(\d+ runs in ([\d.]+) s", re.M)
ERROR = re.compile(r"\berror\b", re.I)  # and not -Werror
# The scenario that fails on purpose, about once in a hundred seeds: it must.
CANARY, CANARY_SEEDS = "canary", 10_000
# Above what is planted. For g++ only a file that another includes can be without warnings.
NO_WARNINGS = {True: '#pragma clang diagnostic ignored "-Weverything"\n',
               False: "#pragma GCC system_header\n"}
# An endless loop that allocates must end itself and not the machine; nor may it fill the disk.
MOST_MEMORY, MOST_OUTPUT = 8 << 30, 64 << 20
# A run may take this many times as long as without a mutant before it counts as a hang.
PATIENCE = 10


class Broken(Exception):
    """The copy does not build, or its program can't be asked."""


@dataclass(frozen=True)
class Outcome:
    kind: str          # "" if all passed; else a class of failure, or "hang"
    seed: int = 0      # 0: unknown
    text: str = ""


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_OUTPUT, MOST_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run_limited(command, seconds):
    """(status, standard output, standard error's end); the status is None after that time. Files
    that it writes into its working directory, of runs that failed, are thrown away."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=complaints, start_new_session=True,
                                   cwd=folder, preexec_fn=limits)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            # Whatever the program has left behind ends with it.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        out.seek(0)
        complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - 2000))
        return status, *(file.read().decode(errors="replace") for file in (out, complaints))


def outcome_of(status, text, complaints):
    """What a run says by how it ended and by its lines."""
    line = FAILED_LINE.search(text)
    seed, said = (int(line.group(2)), line.group(4)) if line else (0, "")
    if status is None:
        return Outcome("hang", seed, said)
    if status < 0:
        why = said or f"{signal.Signals(-status).name} {last_line(complaints)}".strip()
        return Outcome("crash", seed, why)
    if status in CLASSES:
        return Outcome(CLASSES[status], seed, said or last_line(complaints))
    if status == 0 and not line:
        return Outcome("")
    raise Broken(f"{PROGRAM} ended with exit code {status}, which means nothing to me: "
                 f"{said or last_line(complaints + text)}")


def sizes_in(text):
    """What a shrinking says of itself; nothing if it did not succeed."""
    found = SHRUNK.search(text)
    if not found:
        return None
    decisions, left, steps, left_steps, seconds = found.groups()
    return Shrunk(int(decisions), int(left), int(steps), int(left_steps), float(seconds))


def last_line(text):
    return text.strip().split("\n")[-1][:200]


@dataclass(frozen=True)
class Shrunk:
    """Decisions that are not plain, steps, and the time that it took to make them fewer."""
    decisions: int
    decisions_left: int
    steps: int
    steps_left: int
    seconds: float

    def text(self):
        return (f"shrunk: {self.decisions} -> {self.decisions_left} decisions, "
                f"{self.steps} -> {self.steps_left} steps in {self.seconds:.1f} s")


class Workshop:
    def __init__(self, root, area, compiler, jobs, patience, joined):
        self.root, self.tree = Path(root), Path(area) / "tree"
        # Where the tree itself has it, so that ccache knows all but what is planted. For many
        # mutants it pays to compile everything once more, with a source for each object.
        self.joined = joined
        self.build = self.tree / "build" / (PRESET if joined else f"{PRESET}-apart")
        self.compiler, self.jobs, self.patience = compiler, jobs, patience
        self.seconds_per_seed = {}

    # ---- the copy

    def copy(self):
        """Makes the copy equal to the tree."""
        wanted = {name for name in tracked(self.root) if (self.root / name).is_file()}
        for name in tracked_in_copy(self.tree) - wanted:
            (self.tree / name).unlink()
        for name in wanted:
            self.put(name, (self.root / name).read_bytes())
            shutil.copymode(self.root / name, self.tree / name)

    def put(self, name, content):
        path = self.tree / name
        if path.is_file() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def plant(self, mutant):
        """All else is compiled as ever, with warnings as errors; a mutant may have some."""
        text = (self.tree / mutant.file).read_text()
        text = text.replace(mutant.old, mutant.new, 1)
        self.put(mutant.file, (NO_WARNINGS[self.is_clang()] + text).encode())

    def undo(self, mutant):
        self.put(mutant.file, (self.root / mutant.file).read_bytes())

    # ---- building

    def is_clang(self):
        return "clang" in Path(self.compiler).name

    def configure(self):
        preset = PRESET if self.is_clang() else f"{PRESET}-gcc"
        self.tool(["cmake", "--preset", preset, "-B", self.build,
                   f"-DCMAKE_UNITY_BUILD={'ON' if self.joined else 'OFF'}",
                   f"-DCMAKE_CXX_COMPILER={self.compiler}"])

    def make(self):
        self.tool(["ninja", "-C", self.build, "-j", str(self.jobs), PROGRAM])

    def tool(self, command):
        """Runs what must succeed; Broken has its first error."""
        ended = subprocess.run([str(word) for word in command], cwd=self.tree,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        if ended.returncode == 0:
            return
        errors = [line for line in ended.stdout.split("\n") if ERROR.search(line)]
        said = errors[0] if errors else last_line(ended.stdout)
        raise Broken(f"{command[0]}: {said.replace(f'{self.tree}/', '')}")

    # ---- running

    def program(self):
        found = [path for path in sorted(self.build.glob(f"bin/**/{PROGRAM}")) if path.is_file()]
        if not found:
            raise Broken(f"the build has made no {PROGRAM}")
        return found[0]

    def scenarios(self):
        status, text, complaints = run_limited([self.program(), "list"], self.patience)
        names = [line.split()[0] for line in text.split("\n") if line.strip()]
        if status != 0 or not names:
            why = last_line(complaints) or "no names"
            raise Broken(f"{PROGRAM} list ended with {status}: {why}")
        if CANARY in names:
            names.remove(CANARY)
            if not self.run(CANARY, CANARY_SEEDS).kind:
                raise Broken(f"{CANARY} must fail and did not: nothing else means anything")
            if not names:
                raise Broken(f"there is no scenario but {CANARY}")
        return names

    def play(self, scenario, seeds, first, *more):
        command = [self.program(), "run", scenario, "--from", first, "--seeds", seeds,
                   "--jobs", self.jobs, "--stop-at-first", *more]
        limit = self.patience + PATIENCE * seeds * self.seconds_per_seed.get(scenario, 0)
        return run_limited(command, limit)

    def run(self, scenario, seeds, first=1):
        """The first failure from that seed on."""
        return outcome_of(*self.play(scenario, seeds, first, "--quiet"))

    def rate(self, scenario, seeds, enough):
        """(how many seeds fail, of how many that were tried). It stops when enough have failed,
        and at a failure that does not tell its seed, with (None, 0)."""
        failing, first = 0, 1
        while first <= seeds and failing < enough:
            outcome = self.run(scenario, seeds - first + 1, first)
            if not outcome.kind:
                return failing, seeds
            if not outcome.seed:
                return None, 0
            failing += 1
            first = outcome.seed + 1
        return failing, first - 1

    def shrink(self, scenario, seed):
        """The sizes of that failure before and after it was made small; nothing if no decisions of
        it are known."""
        place = self.build / "failures"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        one = ["--from", seed, "--seeds", 1, "--save", place]
        run_limited([self.program(), "run", scenario, *one], self.patience)
        saved = sorted(place.glob("*.run"))
        if not saved:
            return None
        _, text, _ = run_limited([self.program(), "shrink", saved[0]], self.patience)
        return sizes_in(text)

    def measure(self, scenarios, seeds):
        """Without any mutant all must pass; how long they take says later what a hang is. Their
        names, those of few steps first: the smallest failure says most."""
        steps = {}
        for scenario in scenarios:
            started = time.monotonic()
            status, text, complaints = self.play(scenario, seeds, 1)
            outcome = outcome_of(status, text, complaints)
            if outcome.kind:
                raise Broken(f"{scenario} fails without a mutant: seed {outcome.seed}, "
                             f"{outcome.kind}: {outcome.text}")
            self.seconds_per_seed[scenario] = (time.monotonic() - started) / seeds
            passed = OK.match(text)
            steps[scenario] = number(passed.group(5)) if passed else 0
        return sorted(scenarios, key=steps.get)


def tracked_in_copy(tree):
    if not tree.is_dir():
        return set()
    names = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()}
    return {name for name in names if not name.startswith("build/")}
