# SPDX-License-Identifier: Apache-2.0
"""The same seeds give the same traces with every compiler: asks the simulator's tests, and our
scenarios (tests/sim), of each build directory that exists beside this one, and compares what they
write."""

import subprocess
import tempfile
from pathlib import Path

from suites.case import FAILED, PASSED, SKIPPED, Case, how_it_ended, run, tail

PROGRAM = "beamish_sim_tests"
SCENARIOS = "sim_scenarios"
SEEDS_EACH = 20
TEST = "scenarios have the same trace each time*"
TIMEOUT = 300


def targets(context):
    return [PROGRAM, SCENARIOS] if PROGRAM in context.programs() else []


def family(build):
    """Which compiler a build directory is for: `clang` or `gcc`."""
    return "gcc" if build.name.endswith("-gcc") else "clang"


def other_build(context):
    """A configured directory of the other compiler, without sanitizers; one where all is built, if
    there is such a one. None if there is none at all."""
    found = [cache.parent for cache in sorted(context.build.parent.glob("*/CMakeCache.txt"))]
    others = [build for build in found if family(build) != family(context.build)
              and build.name.removesuffix("-gcc") in ("release", "dev")]
    ready = [build for build in others
             if all((build / "bin" / name).exists() for name in (PROGRAM, SCENARIOS))]
    return (ready or others or [None])[0]


def traces(program):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "traces"
        ended = run([program, f"--test-case={TEST}"], TIMEOUT, env={"BEAMISH_TRACES": str(file)})
        if ended.status != 0 or not file.exists():
            return None, f"{how_it_ended(ended, TIMEOUT)}\n{tail(ended.text)}"
        lines = file.read_text().split("\n")
    ended = run([program.parent / SCENARIOS, "traces", "1", str(SEEDS_EACH)], TIMEOUT)
    if ended.status != 0:
        return None, f"{how_it_ended(ended, TIMEOUT)}\n{tail(ended.text)}"
    return lines + ended.text.split("\n"), ""


def compare(mine, theirs):
    """Says where two lists of traces part; empty if they are equal."""
    if len(mine) < 100:
        return "there are too few traces to compare"
    if mine == theirs:
        return ""
    parted = [f"{a} here, {b} there" for a, b in zip(mine, theirs) if a != b]
    return "\n".join(parted[:5]) or f"{len(mine)} traces here, {len(theirs)} there"


def cases(context):
    name = "traces are equal with both compilers"
    if not context.wants(name) or PROGRAM not in context.programs():
        return
    other = other_build(context)
    if other is None:
        yield Case(name, SKIPPED, "there is no build of the other compiler to compare with")
        return
    built = subprocess.run(["ninja", "-C", other, PROGRAM, SCENARIOS], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, check=False)
    if built.returncode != 0:
        yield Case(name, FAILED, f"{other} does not build\n{tail(built.stdout)}")
        return
    mine, why = traces(Path(context.programs()[PROGRAM]))
    theirs, why_not = traces(other / "bin" / PROGRAM) if mine else (None, why)
    problem = compare(mine, theirs) if mine and theirs else why or why_not
    yield Case(name, FAILED if problem else PASSED, problem, context.script("traces"))


def self_test():
    lines = [f"ring {seed} {seed * seed}" for seed in range(200)]
    if compare(lines, list(lines)):
        return "equal traces were told apart"
    if not compare(lines, lines[:-1] + ["ring 199 0"]) or not compare([], []):
        return "different or missing traces were not seen"
    return None
