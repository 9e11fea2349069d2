#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The part of ./test that builds, runs every suite, and counts. Its last line is the sum."""

import argparse
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import conformance
from suites import (bench, checks, commands, compile_fail, differential, doctests, documents,
                    examples, install, mutants, outside, traces)
from suites.case import FAILED, PASSED, SKIPPED, Case, Context, end_in_order

# Suites in the order in which they run, cheap ones first. Layers stand between these by themselves.
SCRIPTED = {
    "checks": (checks, "layers, walls, seam, formatting, documents: the rules of CONTRIBUTING.md"),
    "compile_fail": (compile_fail, "wrong uses that must not compile, and what the compiler says"),
    "documents": (documents, "the examples of documents and headers, compiled and run"),
    "examples": (examples, "every program in examples/ runs and exits with 0"),
    "command": (commands, "the built `beamish` command, driven from outside"),
    "outside": (outside, "programs looked at by others: their log as JSON, what gdb sees, prying"),
    "bench": (bench, "the driver of ./bench, tried on made-up programs"),
    "differential": (differential, "the same scenarios played on OTP and on Beamish"),
    "traces": (traces, "the same seeds give the same simulated traces with both compilers"),
    "mutants": (mutants, "the script behind --mutants, tried on a small project"),
    "install": (install, "an outside project finds and uses an installed Beamish"),
}
GROUPS = {"programs": "all test programs of the layers, and the examples"}


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("root", "build", "compiler", "preset"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--conformance", action="store_true")
    parser.add_argument("--differential", action="store_true")
    parser.add_argument("--random", type=int, default=Context.random)
    parser.add_argument("--seed", type=int, default=Context.seed)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("filters", nargs="*")
    return parser.parse_args()


def suite_of(program):
    return program.removeprefix("beamish_").removesuffix("_tests")


def choose(context, words):
    """The suites to run, in order; words that name none of them stay as filters on test names."""
    layers = {suite_of(name): (name, path) for name, path in context.programs().items()
              if name.endswith("_tests")}
    scripted = dict(SCRIPTED)
    if context.sanitized:
        for name in ("bench", "checks", "compile_fail", "differential", "install", "mutants",
                     "traces"):
            scripted.pop(name, None)
    order = [name for name in ("checks", "compile_fail") if name in scripted]
    order += list(layers)
    order += [name for name in scripted if name not in order]
    named = {word for word in words if word in order}
    if "programs" in words:
        named |= set(layers) | {"examples"}
    context.named = named
    context.filters = [word for word in words if word not in order and word not in GROUPS]
    return [name for name in order if not named or name in named], layers


def targets_of(suite, context, layers):
    if suite in layers:
        return [layers[suite][0]]
    module = SCRIPTED[suite][0]
    return module.targets(context) if hasattr(module, "targets") else []


def ninja(context, targets):
    if not targets:
        return ""
    ended = subprocess.run(["ninja", "-k", "0", "-C", context.build, *targets],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if ended.returncode == 0:
        return ""
    lines = [line for line in ended.stdout.split("\n")
             if not line.startswith(("ninja: ", "[")) or "FAILED" in line]
    return "\n".join(lines[:60]) or ended.stdout


def build(context, suites, layers):
    """Builds what the suites need, all at once; gives the suites that do not build, and why."""
    wanted = {suite: targets_of(suite, context, layers) for suite in suites}
    everything = sorted({target for targets in wanted.values() for target in targets})
    started = time.monotonic()
    if not everything or not ninja(context, everything):
        if time.monotonic() - started > 2:
            print(f"built in {time.monotonic() - started:.0f} s", flush=True)
        return {}
    reasons = {suite: ninja(context, targets) for suite, targets in wanted.items()}
    return {suite: reason for suite, reason in reasons.items() if reason}


def report(suite, cases, seconds):
    counts = tally(cases)
    print(f"{suite:<13}{counts[PASSED]:>5} passed, {counts[FAILED]} failed, "
          f"{counts[SKIPPED]} skipped  ({seconds:.1f} s)")
    for case in cases:
        for note in case.notes:
            print(f"  note: {note}")
        if case.outcome == SKIPPED:
            print(f"  skipped: {case.name}: {case.detail}")
        if case.outcome == FAILED:
            print(f"  FAILED: {case.name}")
            for line in case.detail.split("\n"):
                print(f"    {line}")
            if case.repeat:
                print(f"    repeat: {case.repeat}")
    sys.stdout.flush()


def tally(cases):
    return {outcome: sum(case.outcome == outcome for case in cases)
            for outcome in (PASSED, FAILED, SKIPPED)}


def run_suite(suite, context, layers, broken):
    if suite in broken:
        return [Case(f"{suite} builds", FAILED, broken[suite])]
    if suite in layers:
        return doctests.run_program(context, suite, layers[suite][1])
    try:
        return list(SCRIPTED[suite][0].cases(context))
    except Exception:  # A suite that breaks is a suite that fails.
        return [Case(f"{suite} runs to its end", FAILED, traceback.format_exc())]


def timed(suite, *rest):
    started = time.monotonic()
    return run_suite(suite, *rest), time.monotonic() - started


def results(suites, *rest):
    """(suite, its cases, seconds) in their order. The test programs, which stand together, run two
    at a time; each of the others has the machine for itself."""
    programs = rest[1]
    with ThreadPoolExecutor(max_workers=2) as pool:
        ahead = {}
        for suite in suites:
            if suite in programs and not ahead:
                ahead = {one: pool.submit(timed, one, *rest) for one in suites if one in programs}
            elif suite not in programs:
                for one in ahead.values():
                    one.result()
            cases, seconds = ahead[suite].result() if suite in ahead else timed(suite, *rest)
            yield suite, cases, seconds


def main():
    options = arguments()
    context = Context(Path(options.root), Path(options.build), options.compiler, options.preset,
                      random=options.random, seed=options.seed)
    if options.list:
        for name in choose(context, [])[0]:
            print(f"{name:<13}{SCRIPTED[name][1] if name in SCRIPTED else 'beamish/' + name}")
        print(f"{'programs':<13}{GROUPS['programs']}")
        return 0
    print(f"{options.compiler}, {options.preset}", flush=True)
    if options.differential:
        options.filters.append("differential")
    words = options.filters or (["programs", "compile_fail"] if options.conformance else [])
    suites, layers = choose(context, words)
    broken = build(context, suites, layers)
    everything = {}
    for suite, cases, seconds in results(suites, context, layers, broken):
        everything[suite] = cases
        if cases:
            report(suite, cases, seconds)
    counts = tally([case for cases in everything.values() for case in cases])
    if sum(counts.values()) == 0:
        print("no test matches", flush=True)
    for line in context.closing:
        print(line)
    print(f"{counts[PASSED]} passed, {counts[FAILED]} failed, {counts[SKIPPED]} skipped")
    if options.conformance:
        conformance.report(context.root, everything)
    return 1 if counts[FAILED] or not sum(counts.values()) else 0


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
