#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`beamish sim`: find what fails, keep it small, replay it, draw it, tell two runs apart."""

import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import harness
from harness import Skipped, beamish, check, contains, equal, test

ORDER = "taught-order-1.small.run"
PLACES = "taught-places-1.small.run"


class Folder:
    """A folder of its own, with the files of a run in it, to be used by `with`."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        shutil.copytree(kept_files(), self.folder.name, dirs_exist_ok=True)
        return Path(self.folder.name)

    def __exit__(self, *_):
        self.folder.cleanup()


@functools.cache
def kept():
    """The one run of what the course's handler breaks, whose files the tests share."""
    folder = tempfile.TemporaryDirectory()
    ended = beamish("sim", "run", "taught", "--save", folder.name)
    return folder, ended


def kept_files():
    return kept()[0].name


@test
def sim_run_finds_what_the_taught_handler_breaks_and_keeps_it_small():
    ended = kept()[1]
    equal(ended.code, 66, ended)
    equal(ended.err, "", ended)
    contains(ended.out, "FAILED taught-order seed 1 invariant: a job starts before others",
             "FAILED taught-places seed 1 invariant: places stay idle while jobs wait",
             "scenarios: 0 passed, 2 failed", " -> 0 decisions that are not plain")
    names = sorted(os.listdir(kept_files()))
    equal(names, ["taught-order-1.run", ORDER, "taught-places-1.run", PLACES])
    for line in re.findall(r"^  (?:replay|see it): beamish (.*)$", ended.out, re.M):
        check(beamish(*line.split(" ")).code in (0, 66), line)


@test
def sim_replay_gives_the_same_run_each_time():
    with Folder() as folder:
        for name in os.listdir(folder):
            first, second = (beamish("sim", "replay", str(folder / name), "--trace")
                             for _ in range(2))
            equal(first.code, 66, first)
            equal(first.out, second.out)
            contains(first.out, "the same run, ")
            steps = int(re.search(r"^steps (\d+)$", (folder / name).read_text(), re.M).group(1))
            contains(first.out, f"the same run, {steps} steps")


@test
def sim_shrink_makes_a_run_smaller_and_a_small_one_stays_as_it_is():
    with Folder() as folder:
        small = folder / "again.run"
        ended = beamish("sim", "shrink", str(folder / "taught-places-1.run"), "-o", str(small))
        equal(ended.code, 0, ended)
        equal(small.read_bytes(), (folder / PLACES).read_bytes())
        before, after = map(int, re.search(r"(\d+) -> (\d+) steps", ended.out).groups())
        check(after < before, ended)
        equal(beamish("sim", "shrink", str(small), "-o", str(folder / "third.run")).code, 0)
        equal((folder / "third.run").read_bytes(), small.read_bytes())
        equal(beamish("sim", "shrink", str(folder / "taught-order-1.run")).code, 0)
        check((folder / ORDER).exists())


@test
def sim_chart_shows_job_8_before_job_3():
    ended = beamish("sim", "chart", f"{kept_files()}/{ORDER}", "--width", "80")
    equal(ended.code, 0, ended)
    contains(ended.out, "p2 TaskHandler", "TaskHandler spawns job 8",
             "job 8 starts before 3, 4, 5, 6, 7", "FAILS: invariant: a job starts before",
             "timer: :check_tasks to TaskHandler")
    check("job 3 starts" not in ended.out, ended.out)
    check(max(map(len, ended.out.split("\n"))) <= 80, ended.out)
    places = beamish("sim", "chart", f"{kept_files()}/{PLACES}", "--ascii")
    contains(places.out, " places used, ", "FAILS: invariant: places stay idle while jobs wait")
    check(places.out.isascii(), places.out)


@test
def sim_chart_writes_a_page_that_needs_nothing_else():
    with Folder() as folder:
        page = folder / "order.html"
        equal(beamish("sim", "chart", str(folder / ORDER), "--html", str(page)).code, 0)
        text = page.read_text()
        check(text.startswith("<!DOCTYPE html>"), text[:200])
        contains(text, 'id="fails"', "job 8 starts before 3, 4, 5, 6, 7", "How to read this")
        equal(set(re.findall(r"https?://[^\"' ]*", text)), {"http://www.w3.org/2000/svg"})
        check(not re.search(r"\b(src|href)=", text), "it loads something")


@test
def sim_diff_finds_where_two_runs_part():
    with Folder() as folder:
        one, other = str(folder / "taught-order-1.run"), str(folder / ORDER)
        ended = beamish("sim", "diff", one, other)
        equal(ended.code, 1, ended)
        contains(ended.out, f"- {one}: failed: ", f"+ {other}: failed: ", "they part at step ")
        equal(beamish("sim", "diff", one, one).code, 0)
        equal(beamish("sim", "diff", one, "--seed", "1").code, 0)
        equal(beamish("sim", "diff", one, "--seed", "2").code, 1)
        # Nothing in the small run is not plain.
        equal(beamish("sim", "diff", other).code, 0)
        mixed = beamish("sim", "diff", one, str(folder / PLACES))
        equal(mixed.code, 2)
        contains(mixed.err, "runs of two scenarios")


@test
def the_document_shows_what_the_command_says():
    page = (Path(__file__).parents[2] / "doc" / "simulation.md").read_text()
    shown = re.search(r"<!-- the chart of beamish sim -->\n```\n(.*?)```", page, re.S).group(1)
    told = beamish("sim", "chart", f"{kept_files()}/{ORDER}", "--width", "80").out
    equal(shown, told)
    with tempfile.TemporaryDirectory() as folder:
        said = re.search(r"^\$ beamish sim run taught-order\n(.*?)^```", page, re.S | re.M).group(1)
        done = subprocess.run([harness.program, "sim", "run", "taught-order"], cwd=folder,
                              capture_output=True, text=True, timeout=harness.TIMEOUT)
        without_time = lambda text: re.sub(r" in [\d.]+ s\)", ")", text)
        equal(without_time(said), without_time(done.stdout))


@test
def sim_run_of_the_product_passes():
    ended = beamish("sim", "run", "product", "--seeds", "300")
    equal(ended.code, 0, ended)
    contains(ended.out, "ok      product-order", "ok      product-places",
             "scenarios: 2 passed, 0 failed")
    real = beamish("sim", "run", "product", "--seeds", "1", "--real", "1")
    equal(real.code, 0, real)


@test
def sim_replay_stops_in_gdb_before_the_step():
    if not shutil.which("gdb"):
        raise Skipped("gdb is not installed")
    done = subprocess.run([harness.program, "sim", "replay", f"{kept_files()}/{ORDER}", "--gdb",
                           "5"], input="bt\nkill\nquit\n", capture_output=True, text=True,
                          timeout=120)
    contains(done.stdout, "SIGTRAP", "step_before")


@test
def sim_replay_says_how_far_things_are():
    ended = beamish("sim", "replay", f"{kept_files()}/{ORDER}", "--until", "20")
    equal(ended.code, 0, ended)
    contains(ended.out, "stopped after step 20 of ", "  p1 (", "waits for time to pass")


@test
def sim_hands_a_file_to_the_program_that_recorded_it():
    with Folder() as folder:
        text = (folder / ORDER).read_text()
        other = re.sub(r"^scenario .*$", "scenario elsewhere", text, flags=re.M)
        def told(program):
            (folder / "x.run").write_text(re.sub(r"^program .*$", f"program {program}", other,
                                                 flags=re.M))
            return beamish("sim", "chart", str(folder / "x.run"), "--width", "70")
        ended = told("/bin/echo user's program")
        equal(ended.out, f"user's program chart {folder}/x.run --width 70\n")
        gone = told("/nowhere/at all")
        equal(gone.code, 2, gone)
        contains(gone.err, "the scenario 'elsewhere' is not one of beamish sim",
                 "/nowhere/at all, which recorded it, is gone", "build it again")
        mine = told(harness.program + " sim")
        equal(mine.code, 2, mine)
        contains(mine.err, "any more, though it recorded the file")


@test
def sim_refuses_what_makes_no_sense():
    with Folder() as folder:
        (folder / "no.run").write_text("nothing\n")
        for arguments, message in (
                ([], "what shall it do?"),
                (["walk"], "there is no verb 'walk'"),
                (["run", "nobody"], "there is no scenario 'nobody'"),
                (["run", "--seeds", "x"], "--seeds takes a whole number, not 'x'"),
                (["run", "--strategy", "luck"], "there is no strategy 'luck'"),
                (["chart"], "FILE is missing"),
                (["chart", str(folder / "none.run")], "No such file or directory"),
                (["chart", str(folder / "no.run")], "no.run, line 1: this is no recorded run"),
                (["chart", str(folder / ORDER), "--html", "/nowhere/x"], "can't write /nowhere/x"),
                (["shrink", str(folder / ORDER), "-o", "/nowhere/x"], "can't write /nowhere/x"),
                (["diff", str(folder / ORDER), "--nonsense"], "no option '--nonsense'")):
            ended = beamish("sim", *arguments)
            equal((ended.code, ended.out), (2, ""), (arguments, ended))
            contains(ended.err, "beamish sim: ", message)


@test
def sim_explains_itself():
    equal(beamish("sim", "--help").code, 0)
    contains(beamish("sim", "--help").out, "beamish sim run taught", "66 ")
    for verb in ("run", "list", "replay", "shrink", "chart", "diff"):
        ended = beamish("sim", verb, "--help")
        equal((ended.code, ended.err), (0, ""), ended)
        contains(ended.out, f"beamish sim {verb}")
    contains(beamish("sim", "list").out, "taught-order ", "taught-places ", "product-order ")


if __name__ == "__main__":
    harness.main()
