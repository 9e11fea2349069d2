#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`beamish batch`: a file of commands, run through a task handler at a limit."""

import json
import os
import re
import resource
import signal
import subprocess
import tempfile
from pathlib import Path

import harness
from harness import batch, beamish, check, contains, equal, test, wait_until_gone


@test
def batch_runs_commands_and_adds_them_up():
    ended = batch("echo 'one  1'\n# a comment\n\nprintf 'two\\n2'\n", "--limit", "2")
    equal(ended.code, 0, ended)
    contains(ended.out, "[1] one  1\n", "[2] two\n", "[2] 2\n")
    check(re.search(r"^1 +ok +\S+ m?s +echo 'one  1'$", ended.out, re.M), ended)
    contains(ended.out.splitlines()[-1], "2 commands, at most 2 at a time: 2 ok;")
    equal(ended.err, "")


@test
def batch_exits_with_1_when_a_command_fails():
    ended = batch("true\nsh -c 'echo bad >&2; exit 3'\nsh -c 'kill -SEGV $$'\nno-such-command x\n"
                  "/tmp\n/no/such/file\n")
    equal(ended.code, 1, ended)
    contains(ended.err, "[2] ! bad\n", "[2] failed: exit 3: sh -c 'echo bad >&2; exit 3'\n",
             "[4] failed: command not found: no-such-command: no-such-command x\n")
    for row in (r"^1 +ok ", r"^2 +exit 3 ", r"^3 +killed by SIGSEGV ",
                r"^4 +command not found: no-such-command ", r"^5 +is a directory: /tmp ",
                r"^6 +no such file: /no/such/file "):
        check(re.search(row, ended.out, re.M), f"{row} in {ended}")
    contains(ended.out.splitlines()[-1], "6 commands", "1 ok, 5 failed")


@test
def batch_passes_words_on_as_they_are():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/two words"
        ended = batch(f"sh -c 'printf \"%s|\" \"$@\" > \"$0\"' '{path}' "
                      "'a b' \"c\\\"d\" e\\ f $HOME '*' '' \\# # g\n")
        equal(ended.code, 0, ended)
        equal(Path(path).read_text(), "a b|c\"d|e f|$HOME|*||#|")
        contains(ended.err, "characters that a shell would act on, the first $ in line 1")


@test
def batch_reads_standard_input():
    ended = beamish("batch", "-", stdin="echo hi\r\necho there")
    equal(ended.code, 0, ended)
    contains(ended.out, "[1] hi\n", "[2] there\n")


@test
def batch_gives_its_commands_no_input_and_no_terminal():
    ended = beamish("batch", "-", stdin="cat\nsh -c 'read x < /dev/tty'\n")
    check(re.search(r"^1 +ok ", ended.out, re.M), ended)
    check(re.search(r"^2 +exit ", ended.out, re.M), ended)


@test
def batch_has_nothing_to_do_for_an_empty_file():
    for text in ("", "\n\n", "# only a comment\n   \n"):
        ended = batch(text)
        equal(ended.code, 0, ended)
        contains(ended.out, "nothing to do")


@test
def batch_refuses_wrong_usage_with_2():
    with tempfile.TemporaryDirectory() as folder:
        jobs = Path(folder) / "jobs"
        ran = Path(folder) / "ran"
        jobs.write_text(f"touch {ran}\n")
        for arguments, message in (
                (["batch"], "FILE is required"),
                (["batch", folder], f"{folder} is a directory"),
                (["batch", f"{folder}/none"], f"cannot open {folder}/none: No such file"),
                (["batch", jobs, "--limit", "-3"], "not '-3'"),
                (["batch", jobs, "--limit", "abc"], "not 'abc'"),
                (["batch", jobs, "--limit", "0"], "--limit 0 would never run anything"),
                (["batch", jobs, "--limit", "1e3"], "not '1e3'"),
                (["batch", jobs, "--limit"], "--limit"),
                (["batch", jobs, "--speed", "9"], "there is no option '--speed'"),
                (["batch", jobs, "--fail-fast=no"], "--fail-fast takes no value"),
                (["--limit", "3", "batch", jobs], "the verb comes first"),
                (["batch", jobs, "--json", "--jsonl"], "exclude each other"),
                (["batch", jobs, "--timeout", "0"], "would stop every command at once"),
                (["batch", jobs, "--timeout", "soon"], "--timeout wants a number of seconds"),
                (["batch", jobs, "--retries", "-1"], "--retries wants a whole number"),
                (["batch", jobs, "--labels"], "line 1: --labels wants a label"),
                (["batch", jobs, "--output", jobs], "is a file, not a directory"),
                (["batch", jobs, "--output", "/no/such/place"], "cannot make the directory"),
                (["batch", jobs, jobs], "is not expected"),
                (["bach", jobs], "there is no verb 'bach'"),
                ([], "say what to do")):
            ended = beamish(*map(str, arguments))
            equal(ended.code, 2, (arguments, ended))
            contains(ended.err, message)
            equal(ended.out, "", arguments)
        check(not ran.exists(), "something was run")


@test
def batch_runs_nothing_when_a_line_cannot_be_read():
    with tempfile.TemporaryDirectory() as folder:
        ran = f"{folder}/ran"
        for line, problem in ((b"echo it's", "line 2, column 8: this ' is never closed"),
                              (b'echo "x', "line 2, column 6: this \" is never closed"),
                              (b"echo a\0b", "line 2, column 7: a NUL byte cannot be part")):
            ended = batch(f"touch {ran}\n".encode() + line + f"\ntouch {ran}\n".encode())
            equal(ended.code, 2, ended)
            contains(ended.err, problem)
        check(not os.path.exists(ran), "something was run")


@test
def batch_keeps_the_limit_and_the_order():
    for limit in (1, 3):
        ended = batch("sh -c 'echo begin; sleep 0.05; echo end'\n" * 12, "--limit", str(limit),
                      "--jsonl")
        equal(ended.code, 0, ended)
        # What the commands say themselves may come in any order, once a machine is busy.
        events = [(event["event"], event["number"])
                  for event in map(json.loads, ended.out.splitlines())
                  if event["event"] in ("started", "ended")]
        equal(len(events), 24)
        running, most = set(), 0
        for what, number in events:
            (running.add if what == "started" else running.discard)(number)
            most = max(most, len(running))
        equal(most, limit)
        equal([number for what, number in events if what == "started"], list(range(1, 13)))


@test
def batch_takes_commands_up_in_the_order_of_the_file():
    # Those that end at once, or can't be started, let none overtake its predecessors.
    jobs = "echo hi\necho hi\n/no/such/file\ntrue\n" * 60
    for limit in (4, 16):
        ended = batch(jobs, "--jsonl", "--limit", str(limit))
        equal(ended.code, 1, ended.err)
        started = [event["number"] for event in map(json.loads, ended.out.splitlines())
                   if event["event"] == "started"]
        equal(started, list(range(1, 241)))


@test
def batch_runs_a_thousand_commands():
    jobs = "".join(f"sh -c 'echo {i}; exit {1 if i % 100 == 0 else 0}'\n" for i in range(1, 1001))
    ended = batch(jobs, "--limit", "4", "--summary", "all")
    equal(ended.code, 1)
    lines = re.findall(r"^\[(\d+)\] (\d+)$", ended.out, re.M)
    equal(len(lines), 1000)
    check(all(a == b for a, b in lines), "a line has another command's number")
    equal(len(re.findall(r"^ *\d+  ok ", ended.out, re.M)), 990)
    equal(len(re.findall(r"^ *\d+  exit 1 ", ended.out, re.M)), 10)
    contains(ended.out.splitlines()[-1], "1000 commands, at most 4 at a time: 990 ok, 10 failed;")


@test
def batch_lowers_a_limit_that_the_machine_cannot_hold():
    def few_descriptors():
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))

    with tempfile.TemporaryDirectory() as folder:
        jobs = Path(folder) / "jobs"
        jobs.write_text("sh -c 'ulimit -n; sleep 0.05'\n" * 60)
        done = subprocess.run([harness.program, "batch", jobs, "--limit", "1000"],
                              capture_output=True, text=True, timeout=60,
                              preexec_fn=few_descriptors)
        equal(done.returncode, 0, done)
        contains(done.stderr, "limit")
        contains(done.stdout, "60 ok")


@test
def batch_leaves_no_zombie():
    jobs = ("true\nfalse\nno-such-command\nsh -c 'sleep 1000 & echo left $!'\n"
            "sh -c 'echo long; sleep 1000'\n")
    with harness.Running("--limit", "2", commands=jobs) as run:
        left = int(run.wait_for(r"\[4\] left (\d+)\n")[1])
        run.wait_for(r"\[5\] long\n")
        children = subprocess.run(["ps", "-o", "stat=", "--ppid", str(run.process.pid)],
                                  capture_output=True, text=True).stdout.split()
        equal([state for state in children if state.startswith("Z")], [])
        os.kill(left, signal.SIGKILL)  # it was not part of what failed or was stopped
        run.interrupt()
        equal(run.end(), 1, run.text)


JOBS_TO_STOP = ("sh -c 'trap \"echo tidied; exit 9\" TERM; echo pid $$; sleep 1000 & wait'\n"
                "sh -c 'echo pid $$; exec sleep 1000'\necho never\necho never\n")


@test
def batch_stops_on_the_first_interrupt_and_says_what_did_not_run():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with harness.Running("--limit", "2", commands=JOBS_TO_STOP) as run:
            pids = [int(run.wait_for(rf"\[{n}\] pid (\d+)\n")[1]) for n in (1, 2)]
            run.interrupt(number)
            equal(run.end(), 1, run.text)
            for pid in pids:
                wait_until_gone(pid)
            contains(run.text, "[1] tidied\n", "2 stopped, 2 not run")
            for row in (r"^1  stopped \(exit 9\) ", r"^2  stopped ", r"^3  not run +-  echo never$",
                        r"^4  not run +-  echo never$"):
                check(re.search(row, run.text, re.M), f"{row} in {run.text}")
            check("[3]" not in run.text, run.text)


STUBBORN = "sh -c 'trap \"\" TERM; echo pid $$; while :; do sleep 1000; done'\n"


@test
def batch_kills_after_the_grace():
    with harness.Running("--grace", "0.1", commands=STUBBORN) as run:
        pid = int(run.wait_for(r"\[1\] pid (\d+)\n")[1])
        run.interrupt()
        equal(run.end(), 1, run.text)
        wait_until_gone(pid)
        contains(run.text, "1 stopped")


@test
def batch_kills_on_the_second_interrupt():
    with harness.Running("--grace", "1000", commands=STUBBORN) as run:
        pid = int(run.wait_for(r"\[1\] pid (\d+)\n")[1])
        run.interrupt()
        run.wait_for("stopping")
        run.interrupt()
        equal(run.end(), 1, run.text)
        wait_until_gone(pid)


@test
def batch_stops_what_runs_too_long():
    ended = batch("sleep 100\nsh -c 'trap \"exit 0\" TERM; while :; do sleep 0.01; done'\ntrue\n",
                  "--timeout", "0.4")
    equal(ended.code, 1, ended)
    check(re.search(r"^1  timed out +\S+ m?s  sleep 100$", ended.out, re.M), ended)
    check(re.search(r"^2  timed out \(ok\) ", ended.out, re.M), ended)
    check(re.search(r"^3  ok ", ended.out, re.M), ended)
    contains(ended.err, "[1] failed: timed out: sleep 100\n")


@test
def batch_tries_again_what_has_failed():
    with tempfile.TemporaryDirectory() as folder:
        count = f"{folder}/count"
        third = f"sh -c 'echo x >> {count}; test $(wc -l < {count}) = 3'\n"
        ended = batch(third + "no-such-command\n", "--retries", "5", "--backoff", "0.01")
        equal(ended.code, 1, ended)
        check(re.search(r"^1  ok, attempt 3 ", ended.out, re.M), ended)
        check(re.search(r"^2  command not found: no-such-command  ", ended.out, re.M), ended)
        contains(ended.err, "[1] failed: exit 1; retry 1 of 5 in 10.0 ms: ",
                 "[1] failed: exit 1; retry 2 of 5 in 20.0 ms: ")
        contains(ended.out.splitlines()[-1], "1 ok, 1 failed, 2 retries;")


@test
def batch_stops_everything_at_the_first_failure_on_request():
    with tempfile.TemporaryDirectory() as folder:
        first = f"sh -c 'touch {folder}/begun; exec sleep 100'\n"
        second = f"sh -c 'until test -e {folder}/begun; do sleep 0.01; done; exit 1'\n"
        ended = batch(first + second + "sleep 100\n", "--limit", "2", "--fail-fast")
    equal(ended.code, 1, ended)
    check(re.search(r"^1  stopped ", ended.out, re.M), ended)
    check(re.search(r"^2  exit 1 ", ended.out, re.M), ended)
    check(re.search(r"^3  (not run|stopped) ", ended.out, re.M), ended)


@test
def batch_gives_lines_to_a_shell_on_request():
    ended = batch("echo one two | wc -w\nfor i in 1 2; do echo $i; done\n", "--shell")
    equal(ended.code, 0, ended)
    equal(sorted(re.findall(r"^\[\d\] .*$", ended.out, re.M)), ["[1] 2", "[2] 1", "[2] 2"])
    equal(ended.err, "")


@test
def batch_shows_labels_instead_of_numbers():
    ended = batch("first: echo hi\nnext-2: sh -c 'echo oops >&2; exit 1'\n", "--labels")
    equal(ended.code, 1, ended)
    contains(ended.out, "[first] hi\n")
    contains(ended.err, "[next-2] ! oops\n", "[next-2] failed: exit 1: sh -c")
    check(re.search(r"^ first  ok ", ended.out, re.M), ended)


@test
def batch_runs_ten_thousand_commands_without_getting_slower():
    ended = batch("true\n" * 10000, "--limit", "2", "--json")
    equal(ended.code, 0, ended)
    commands = json.loads(ended.out)["commands"]
    equal(len(commands), 10000)
    ends = sorted(c["ended_s"] for c in commands)
    first, last = ends[2500], ends[-1] - ends[-2501]
    check(last < 3 * first, f"the first quarter took {first} s, the last one {last} s")


@test
def information_is_given_on_request():
    ended = beamish("--version")
    equal(ended.code, 0)
    check(re.fullmatch(r"beamish \d+\.\d+\.\d+\n", ended.out), ended)
    for arguments in (["--help"], ["batch", "--help"], ["demo", "--help"]):
        ended = beamish(*arguments)
        equal(ended.code, 0, ended)
        equal(ended.err, "")
        contains(ended.out, "Usage: beamish")
    contains(beamish("batch", "--help").out, "Examples:", "Exit codes:", "--retries N")


if __name__ == "__main__":
    harness.main()
