#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`beamish demo --heal`: its processes are killed, and nothing is lost."""

import re

import harness
from harness import beamish, check, contains, equal, test

PARTS = ["handler", "queue", "tasks", "supervisor", "task"]


def play(script):
    ended = beamish("demo", "--heal", stdin=script)
    equal(ended.code, 0, ended)
    last = ended.out.rstrip("\n").split("\n")[-1]
    counted = re.fullmatch(r"submitted (\d+), finished (\d+), lost (\d+); killed (.*)", last)
    check(counted, ended)
    return ended, [int(n) for n in counted.groups()[:3]], counted.group(4)


@test
def heal_survives_the_kill_of_each_process():
    script = "".join(f"kill {part}\nwait 150\n" for part in PARTS)
    ended, (submitted, finished, lost), killed = play(script)
    check(submitted >= 10, ended)
    equal((finished, lost), (submitted, 0), ended)
    equal(killed, "handler 1, queue 1, supervisor 1, task 1, tasks 1", ended)
    for part in PARTS:
        pids = re.findall(rf"^(?:killed|healed) +{part} +(#PID<[\d.]+>)", ended.out, re.M)
        equal(len(pids), 2, ended)
        check(pids[0] != pids[1], f"{part} is the same process again\n{ended}")


@test
def heal_survives_kills_in_a_row():
    ended, (submitted, finished, lost), killed = play("h\nh\nr\ns\nh\nt\nq\nr\nt\nwait 100\nquit\n")
    equal((finished, lost), (submitted, 0), ended)
    equal(killed, "handler 3, queue 1, supervisor 1, task 2, tasks 2", ended)


@test
def heal_works_without_kills_and_says_what_may_be_typed():
    ended, (submitted, finished, lost), killed = play("what now\nhelp\nwait 300")
    equal((finished, lost), (submitted, 0), ended)
    equal(killed, "nothing", ended)
    contains(ended.out, "That is no command.", "Type what to kill")


@test
def heal_shows_the_tree_in_a_terminal():
    terminal = harness.Terminal("demo", "--heal", width=100)
    terminal.wait_for("TaskHandler.Supervisor")
    terminal.type("kill handler\nquit\n")
    code = terminal.end()
    equal(code, 0, terminal.text)
    contains(terminal.text, "TaskHandler.Supervisor  #PID<", "└─ handler", "killed     handler",
             "healed     handler", ", lost 0; killed handler 1")


if __name__ == "__main__":
    harness.main()
