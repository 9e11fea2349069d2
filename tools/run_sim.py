#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`./test --sim`: plays our own scenarios (tests/sim) in thousands of simulated worlds each. The
canary must fail, tiny ones are tried in every order, and runs must be the same in two processes of
the operating system. Its last two lines are a line of counts and the usual sum."""

import argparse
import datetime
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from suites.case import end_in_order, run, tail

CANARY, CANARY_SEEDS = "canary", 1_500
TINY = "tiny_"
SEEDS = 10_000               # of each scenario
TINY_RUNS = 1_000_000        # more than any of them has schedules
NIGHTLY_SEEDS = 1_000_000
TRACED_RUNS = 1_000
TIMEOUT = 3_600              # of what is played at once
OK = re.compile(r"^ok +(\S+) +([\d,]+) runs, ([\d,]+) schedules( \(all there are\))?,"
                r" ([\d,]+) steps")
FAILED = re.compile(r"^FAILED (\S+) seed (\d+) (\S+): ")


def arguments():
    parser = argparse.ArgumentParser(prog="./test --sim")
    parser.add_argument("--root", required=True, type=Path)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--seeds", type=int, default=None)
    parser.add_argument("--from", type=int, default=None, dest="first")
    parser.add_argument("--nightly", action="store_true")
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def number(text):
    return int(text.replace(",", ""))


class Count:
    """What became of everything that was played."""

    def __init__(self, place):
        self.place = place           # where runs that fail are written to
        self.passed = self.failed = self.runs = self.steps = 0

    def add(self, good, why=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {why}", flush=True)

    def take(self, text, complete=False):
        """Adds up what the program printed, and repeats what failed."""
        for line in text.split("\n"):
            if found := OK.match(line):
                self.runs += number(found.group(2))
                self.steps += number(found.group(5))
                every = not complete or found.group(4) is not None
                self.add(every, f"{found.group(1)} has more than {TINY_RUNS} schedules")
            elif FAILED.match(line):
                self.add(False, line.removeprefix("FAILED "))
            elif line.startswith("  "):
                print(line, flush=True)


def scenarios(program):
    listed = run([program, "list"], TIMEOUT).text
    return [line.split()[0] for line in listed.split("\n") if line.strip()]


def seeds_of(options):
    """The first seed and how many: nightly runs share none with each other or with a change's."""
    if not options.nightly:
        return options.first or 1, options.seeds or SEEDS
    days = (datetime.date.today() - datetime.date(2020, 1, 1)).days
    seeds = options.seeds or NIGHTLY_SEEDS
    return options.first or NIGHTLY_SEEDS * (1 + days), seeds


def play(program, names, words, count, complete=False):
    if not names:
        return
    before = count.passed + count.failed
    ended = run([program, "run", *names, *words], TIMEOUT)
    count.take(ended.text, complete)
    if count.passed + count.failed - before != len(names):
        count.add(False, f"the program did not play them all\n{tail(ended.text)}")


def canary(program, count):
    """The seed at which it fails; None if it does not: then nothing that passes means anything."""
    words = ["--seeds", str(CANARY_SEEDS), "--save", str(count.place)]
    text = run([program, "run", CANARY, *words], TIMEOUT).text
    found = [FAILED.match(line) for line in text.split("\n")]
    seeds = [int(match.group(2)) for match in found if match]
    count.add(bool(seeds), f"{CANARY} must fail within {CANARY_SEEDS} seeds, and did not")
    return seeds[0] if seeds else None


def traces(program, names):
    first = random.SystemRandom().randrange(1, 2**40)
    each = max(1, TRACED_RUNS // max(1, names))
    one, two = (run([program, "traces", str(first), str(each)], TIMEOUT) for _ in range(2))
    lines = len(one.text.strip().split("\n"))
    good = one.status == 0 and lines >= names and one.text == two.text
    return good, f"two processes gave different traces: {program} traces {first} {each}"


def main():
    options = arguments()
    program = options.build / "bin" / "sim_scenarios"
    built = subprocess.run(["ninja", "-C", options.build, "sim_scenarios"], text=True, check=False,
                           stdin=subprocess.DEVNULL, capture_output=True)
    if built.returncode != 0:
        print(f"{tail(built.stdout)}\n0 passed, 1 failed, 0 skipped")
        return 1
    everything = scenarios(program)
    unknown = [name for name in options.names if name not in everything]
    if unknown:
        print(f"there is no scenario {unknown[0]}; `{program} list` says which there are")
        return 2
    chosen = [name for name in options.names or everything if name != CANARY]
    first, seeds = seeds_of(options)
    count = Count(options.build / "sim")
    count.place.mkdir(exist_ok=True)
    saved = ["--save", str(count.place)]
    kept = ["--kept", str(options.root / "tests" / "sim" / "seeds.txt")]
    started = time.monotonic()
    jobs = ["--jobs", str(os.cpu_count() or 1)]
    range_of_seeds = ["--from", str(first), "--seeds", str(seeds)]
    for names in [[name] for name in chosen] if options.nightly else [chosen]:
        play(program, names, [*range_of_seeds, *kept, *jobs, *saved], count)
    tiny = [name for name in chosen if name.startswith(TINY)]
    everything_once = ["--strategy", "exhaustive", "--seeds", str(TINY_RUNS)]
    play(program, tiny, [*everything_once, *saved], count, complete=True)
    seed = canary(program, count)
    count.add(*traces(program, len(everything)))
    seconds = time.monotonic() - started
    print(run([program, "speed"], TIMEOUT).text.strip())
    song = f"failed at seed {seed} as it must" if seed else "did not fail"
    print(f"sim: {len(chosen)} scenarios, {count.runs:,} runs from seed {first:,}, "
          f"{count.steps / 1e6:.0f} M steps in {seconds:.0f} s; canary {song}")
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    return 1 if count.failed else 0


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
