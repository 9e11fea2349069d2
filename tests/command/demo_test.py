#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`beamish demo`: the course's last program."""

import re
import signal
import subprocess
import time

import harness
from harness import beamish, check, contains, equal, test


@test
def demo_plays_the_last_program_of_the_course():
    begin = time.monotonic()
    ended = beamish("demo")
    took = time.monotonic() - begin
    equal(ended.code, 0, ended)
    equal(ended.err, "")
    arrived = re.findall(r"^ +(\d)\.\d{3} s  :finished_(\d)sec_function$", ended.out, re.M)
    equal(sorted(arrived), [("1", "1"), ("3", "2"), ("3", "3"), ("4", "1"), ("6", "3")], ended)
    equal([when for when, _ in arrived], ["1", "3", "3", "4", "6"], ended)
    check(6 <= took < 8, f"{took} s")


@test
def demo_shows_the_status_while_it_runs_and_at_the_end():
    text = beamish("demo").out
    check(re.search(r"^%TaskHandler\{task_limit: 2, tasks: \[#PID<[\d.]+>, #PID<[\d.]+>\], "
                    r"queue: \[3, 4, 5\]\}$", text, re.M), text)
    contains(text, "%TaskHandler{task_limit: 2, tasks: [], queue: []}\n")


@test
def demo_draws_two_rows_of_bars_at_any_time():
    environment = {"TERM": "dumb", "PATH": "/usr/bin:/bin"}
    text = beamish("demo", environment=environment).out
    rows = re.findall(r"^:finished_\dsec_function  (\d)     (\.*)(#+)$", text, re.M)
    equal(len(rows), 5, text)
    equal({slot for slot, _, _ in rows}, {"1", "2"})
    for column in range(max(len(wait + run) for _, wait, run in rows) - 1):
        running = sum(len(wait) <= column < len(wait + run) for _, wait, run in rows)
        check(running <= 3, f"{running} bars in column {column} of\n{text}")  # two may meet there
    lengths = [len(run) for _, _, run in rows]
    check(lengths[0] > 2 * lengths[1] and lengths[2] > lengths[3], text)


@test
def demo_ends_at_once_when_interrupted():
    process = subprocess.Popen([harness.program, "demo"], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if "finished_1sec" in line:
            break
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    rest = process.stdout.read()
    process.stdout.close()
    equal(process.wait(harness.TIMEOUT), 130)
    check(":finished" not in rest, rest)
    check(time.monotonic() - begin < 1.5, "it went on")


if __name__ == "__main__":
    harness.main()
