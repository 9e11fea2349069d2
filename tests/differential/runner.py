# SPDX-License-Identifier: Apache-2.0
"""Plays scenarios on the real thing and on Beamish, and judges what both say."""

import subprocess
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import generator
import language
import logs
import rules

HERE = Path(__file__).parent
EQUAL, DEVIATES, DIFFERENT = "equal", "deviation", "different"


@dataclass
class Effort:
    """How often each kind of scenario is played."""
    otp_races: int = 200      # a scenario that races, on OTP
    seeds: int = 12           # any other, in simulated worlds
    race_seeds: int = 200     # one that races
    threads: int = 1          # and on real threads
    race_threads: int = 20
    random_seeds: int = 2     # a random program
    lanes: int = 16           # plays at the same time in the one Elixir
    pictures: int = 2         # in a row that must be equal until OTP counts as quiet
    quiet: int = 10           # milliseconds after which Beamish on threads does


# For a second look at what differs: on a machine that is busy a line may have come too early.
PATIENT = Effort(lanes=2, pictures=10, quiet=100)


@dataclass
class Verdict:
    scenario: language.Scenario
    outcome: str
    why: str = ""
    notes: list = field(default_factory=list)
    allowed: int = 0    # logs of ours that OTP did not write but might have


def scenarios():
    """All written scenarios."""
    found = []
    for path in sorted((HERE / "scenarios").glob("*.txt")):
        found += language.parse(path.read_text(), f"tests/differential/scenarios/{path.name}")
    return found


def random_programs(first, count):
    programs = [language.parse(generator.program(seed), f"seed {seed}")[0]
                for seed in range(first, first + count)]
    for program in programs:
        program.is_random = True
    return programs


def otp_plays(chosen, effort):
    """Scenarios with names share a lane: names are the node's."""
    lines = []
    for number, scenario in enumerate(chosen):
        times = effort.otp_races if scenario.racing else 1
        lane = 0 if scenario.shares_names() else 1 + number % effort.lanes
        asked = f"{number},{times},{lane},{effort.pictures},{scenario.as_terms()}"
        lines.append(f"{{{asked}}}.")
    return "\n".join(lines) + "\n"


def our_plays(chosen, effort):
    lines = []
    for number, scenario in enumerate(chosen):
        seeds, threads = effort.seeds, effort.threads
        if scenario.is_random:
            seeds, threads = effort.random_seeds, 0
        elif scenario.racing:
            seeds, threads = effort.race_seeds, effort.race_threads
        asked = f"{number},{seeds},{threads},{effort.quiet},{scenario.as_terms()}"
        lines.append(f"{{{asked}}}.")
    return "\n".join(lines) + "\n"


def run(command, plays, folder, name, timeout=600):
    """Runs one side; gives its logs."""
    asked, said = Path(folder) / f"{name}.plays", Path(folder) / f"{name}.logs"
    asked.write_text(plays)
    ended = subprocess.run([*map(str, command), asked, said], stdin=subprocess.DEVNULL, text=True,
                           capture_output=True, timeout=timeout, check=False, errors="replace")
    if ended.returncode != 0 or not said.exists():
        raise RuntimeError(f"{name} ended with {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return logs.read(said.read_text())


def play(chosen, program, effort):
    """A verdict for each scenario. What differs without a race is played again, with patience."""
    verdicts = play_once(chosen, program, effort)
    again = [number for number, verdict in enumerate(verdicts)
             if verdict.outcome == DIFFERENT and not verdict.scenario.racing]
    if again:
        second = play_once([chosen[number] for number in again], program, PATIENT)
        for number, verdict in zip(again, second):
            verdicts[number] = verdict
    return verdicts


def play_once(chosen, program, effort):
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        otp = pool.submit(run, ["elixir", HERE / "play.exs"], otp_plays(chosen, effort), folder,
                          "otp")
        ours = pool.submit(run, [program], our_plays(chosen, effort), folder,
                           "beamish")
        theirs, mine = otp.result(), ours.result()
    return [judge(scenario, theirs.get(number, []), mine.get(number, []))
            for number, scenario in enumerate(chosen)]


def judge(scenario, theirs, mine):
    if not theirs or not mine:
        return Verdict(scenario, DIFFERENT, "it was not played")
    unwell = [f"in world {world}: {complaint}" for world, _, complaint in mine if complaint]
    if unwell:
        return Verdict(scenario, DIFFERENT, "\n".join(unwell[:3]))
    if scenario.racing:
        return judge_race(scenario, theirs, mine)
    expected = logs.lines(theirs[0][1])
    for world, events, _ in mine:
        said = logs.lines(events)
        found = logs.difference(expected, said)
        if scenario.deviation:
            if found != scenario.differs:
                listed = "\n".join(scenario.differs)
                return Verdict(scenario, DIFFERENT, f"in world {world} it does not differ as it "
                               f"says:\n" + "\n".join(found) + f"\ninstead of\n{listed}")
        elif found or expected != said:
            return Verdict(scenario, DIFFERENT, f"in world {world}:\n"
                           + logs.side_by_side(expected, said))
    return Verdict(scenario, DEVIATES if scenario.deviation else EQUAL)


def judge_race(scenario, theirs, mine):
    seen = Counter(logs.lines(events) for _, events, _ in theirs)
    for _, events, _ in theirs:
        wrong = list(rules.problems(logs.renamed(events), scenario.source))
        if wrong:
            return Verdict(scenario, DIFFERENT, "the rules forbid what OTP does:\n"
                           + "\n".join(wrong + list(logs.lines(events))))
    allowed = set()
    for world, events, _ in mine:
        said = logs.lines(events)
        wrong = list(rules.problems(logs.renamed(events), scenario.source))
        if wrong:
            likely = seen.most_common(1)[0][0]
            return Verdict(scenario, DIFFERENT, f"in world {world} OTP's rules are broken:\n"
                           + "\n".join(wrong) + "\n" + logs.side_by_side(likely, said))
        if said not in seen:
            allowed.add(said)
    ours = len({logs.lines(events) for _, events, _ in mine})
    note = (f"{scenario.name}: OTP wrote {len(seen)} logs in {len(theirs)} plays, Beamish {ours} "
            f"in {len(mine)}, {len(allowed)} of them only allowed by the rules")
    return Verdict(scenario, EQUAL, notes=[note], allowed=len(allowed))
