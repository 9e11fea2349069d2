#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`beamish demo`: the course's last program."""

import concurrent.futures
import functools
import re
import resource
import signal
import subprocess
import time

import harness
from harness import Skipped, beamish, check, contains, equal, test


@functools.cache
def plays():
    """A demo takes six seconds: all that the tests look at are played at the same time."""
    on_terminals = {"wide": harness.Terminal("demo", width=100),
                    "no color": harness.Terminal("demo", environment={"NO_COLOR": "1"}),
                    "dumb": harness.Terminal("demo", environment={"TERM": "dumb"})}

    def plain():
        begin = time.monotonic()
        return beamish("demo"), time.monotonic() - begin

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        runs = {name: pool.submit(lambda run=run: (run.end(), run.text))
                for name, run in on_terminals.items()}
        runs["plain"] = pool.submit(plain)
        runs["ascii"] = pool.submit(beamish, "demo", environment={"TERM": "dumb",
                                                                  "PATH": "/usr/bin:/bin"})
        runs["tree"] = pool.submit(beamish, "demo", "--tree")
    return {name: run.result() for name, run in runs.items()}


@test
def demo_plays_the_last_program_of_the_course():
    ended, took = plays()["plain"]
    equal(ended.code, 0, ended)
    equal(ended.err, "")
    arrived = re.findall(r"^ +(\d)\.\d{3} s  :finished_(\d)sec_function$", ended.out, re.M)
    equal(sorted(arrived), [("1", "1"), ("3", "2"), ("3", "3"), ("4", "1"), ("6", "3")], ended)
    equal([when for when, _ in arrived], ["1", "3", "3", "4", "6"], ended)
    check(6 <= took < 8, f"{took} s")


@test
def demo_shows_the_status_while_it_runs_and_at_the_end():
    text = plays()["plain"][0].out
    check(re.search(r"^%TaskHandler\{task_limit: 2, tasks: \[#PID<[\d.]+>, #PID<[\d.]+>\], "
                    r"queue: \[3, 4, 5\]\}$", text, re.M), text)
    contains(text, "%TaskHandler{task_limit: 2, tasks: [], queue: []}\n")


@test
def demo_draws_two_rows_of_bars_at_any_time():
    text = plays()["ascii"].out
    rows = re.findall(r"^:finished_\dsec_function  (\d)     (\.*)(#+)$", text, re.M)
    equal(len(rows), 5, text)
    equal({slot for slot, _, _ in rows}, {"1", "2"})
    for column in range(max(len(wait + run) for _, wait, run in rows) - 1):
        running = sum(len(wait) <= column < len(wait + run) for _, wait, run in rows)
        check(running <= 3, f"{running} bars in column {column} of\n{text}")  # two may meet there
    lengths = [len(run) for _, _, run in rows]
    check(lengths[0] > 2 * lengths[1] and lengths[2] > lengths[3], text)


@test
def demo_shows_the_tree_of_processes():
    text = plays()["tree"].out
    rows = re.findall(r"^([ │├└─]*)#PID<[\d.]+>  +(\S.*?)  +(\S.*?)  +(\d+)  (\S.*)$", text, re.M)
    equal([len(row[0]) for row in rows], [0, 3, 6, 9, 9], text)
    equal([row[1] for row in rows[1:3]], ["demo", "TaskHandler"], text)
    lambda_of_demo = re.compile(r"lambda at demo\.cpp:\d+|lambda in add_functions")  # clang, g++
    check(all(lambda_of_demo.fullmatch(row[1]) for row in rows[3:]), text)
    equal(rows[2][4], "waits for messages", text)
    equal(rows[3][4], "runs on a thread of its own", text)


@test
def demo_draws_its_tasks_in_a_terminal():
    code, text = plays()["wide"]
    equal(code, 0, text)
    contains(text, "limit 2, 2 running, 3 waiting, 0 done", "\x1b[32m", "waits", "runs, ",
             "  1.0", ":finished_1sec_function\r\n", "(· waits, █ runs)")
    code, text = plays()["no color"]
    check("\x1b[3" not in text and "running" in text, text)
    code, text = plays()["dumb"]
    check("\x1b" not in text and "running" not in text, text)
    check("\x1b" not in plays()["plain"][0].err, "a picture in a file")


@test
def demo_ends_when_its_tasks_cannot_run():
    """With as little memory as it takes to start there is none for the stack of a task's thread."""
    mib = 1 << 20

    def with_memory(size):
        def limit():
            resource.setrlimit(resource.RLIMIT_STACK, (8 * mib, resource.RLIM_INFINITY))
            resource.setrlimit(resource.RLIMIT_AS, (size, size))
        done = subprocess.run([harness.program, "demo"], capture_output=True, text=True,
                              preexec_fn=limit, timeout=harness.TIMEOUT)
        return harness.Ended(done.returncode, done.stdout, done.stderr)

    for size in range(8 * mib, 400 * mib, 4 * mib):
        ended = with_memory(size)
        if "handler.status()" in ended.out:
            break
    else:
        raise Skipped("it does not start in so little memory")
    equal(ended.code, 1, ended)
    contains(ended.err, "could not start", "beamish demo: 5 of its tasks could not run: no thread")


@test
def demo_says_when_nobody_reads_it():
    with open("/dev/full", "w") as full:
        done = subprocess.run([harness.program, "demo"], stdout=full, stderr=subprocess.PIPE,
                              text=True, timeout=harness.TIMEOUT)
    equal(done.returncode, 1)
    contains(done.stderr, "cannot write the output: No space left on device")


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
