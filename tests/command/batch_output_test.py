#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `beamish batch` shows of its commands: on a terminal, in files, to programs."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import harness
from harness import Running, batch, check, contains, equal, on_terminal, test


@test
def batch_never_tears_a_line():
    command = ("sh -c 'i=0; while [ $i -lt 300 ]; do echo {0}{0}{0}{0}{0}{0}{0}{0}; "
               "echo {1}{1}{1}{1}{1}{1} >&2; i=$((i+1)); done'\n")
    jobs = "".join(command.format(c * 20, c.upper() * 20) for c in "abcdef")
    with harness.Running("--limit", "6", commands=jobs) as run:
        equal(run.end(), 0, run.text)
        lines = [line for line in run.text.splitlines() if line.startswith("[")]
        equal(len(lines), 6 * 600)
        for line in lines:
            number = int(line[1])
            letter = "abcdef"[number - 1]
            check(line in (f"[{number}] {letter * 160}", f"[{number}] ! {letter.upper() * 120}"),
                  line)


def memory_of(commands):
    """The most memory, in MiB, that the program and its commands had; and its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = Path(folder) / "jobs"
        jobs.write_text(commands)
        process = subprocess.Popen([harness.program, "batch", jobs, "--limit", "2"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_maxrss / 1024, process.returncode


@test
def batch_stays_small_when_a_command_floods_its_output():
    lines = "sh -c 'yes | head -n 20000000'\n"
    one_line = "sh -c 'head -c 200000000 /dev/zero | tr \"\\0\" x; echo; echo done >&2'\n"
    memory, code = memory_of(lines + one_line)
    equal(code, 0)
    sanitized = 400 if memory_of("true\n")[0] > 40 else 0
    check(memory < 40 + sanitized, f"{memory} MiB")


@test
def batch_cuts_a_line_that_has_no_end():
    ended = batch("sh -c 'head -c 100000 /dev/zero | tr \"\\0\" x; echo; echo next'\n")
    equal(ended.code, 0)
    lines = ended.out.splitlines()
    equal(lines[0], "[1] " + "x" * 65536 + " [cut: a line of more than 65536 bytes]")
    equal(lines[1], "[1] next")


@test
def batch_ends_when_nobody_reads_its_output():
    read, write = os.pipe()
    process = subprocess.Popen([harness.program, "batch", "-", "--limit", "2"],
                               stdin=subprocess.PIPE, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    process.stdin.write(b"yes\nsleep 1000\necho never\n")
    process.stdin.close()
    os.read(read, 100)
    os.close(read)
    equal(process.wait(harness.TIMEOUT), 1)
    contains(process.stderr.read().decode(), "cannot write the output: Broken pipe")
    process.stderr.close()


@test
def batch_says_when_the_disk_is_full():
    with open("/dev/full", "w") as full:
        done = subprocess.run([harness.program, "batch", "-"], input="echo hi\n", text=True,
                              stdout=full, stderr=subprocess.PIPE, timeout=harness.TIMEOUT)
    equal(done.returncode, 1)
    contains(done.stderr, "cannot write the output: No space left on device")


@test
def batch_takes_nothing_else_for_a_stream_that_is_closed():
    for closed, error in ((">&-", "cannot write the output: Bad file descriptor"),
                          ("<&-", "cannot read standard input: Bad file descriptor"),
                          ("</", "standard input is a directory")):
        done = subprocess.run(["sh", "-c", f'exec "$0" batch - {closed}', harness.program],
                              input="echo hi\n", text=True, capture_output=True, timeout=60)
        check(done.returncode in (1, 2) and error in done.stderr, done)


@test
def batch_shows_progress_on_a_terminal_only():
    with tempfile.TemporaryDirectory() as folder:
        jobs = Path(folder) / "jobs"
        jobs.write_text("echo hi\nsleep 0.3\nfalse\nsleep 0.3\n")
        code, text = on_terminal("batch", str(jobs), "--limit", "1")
        equal(code, 1, text)
        contains(text, "3 of 4 done, 1 failed, about ", " left\r", "sleep 0.3",
                 "limit 1, 1 running, 2 waiting, ",
                 "\x1b[31mexit 1\x1b[0m", "[1] hi\r\n", "\x1b[32m", "\u2588")
        code, text = on_terminal("batch", str(jobs), environment={"NO_COLOR": "1"})
        check("of 4 done" in text and not re.search("\x1b\\[[0-9;]*m", text), text)
        code, text = on_terminal("batch", str(jobs), environment={"TERM": "dumb"})
        check("\x1b" not in text and "of 4 done" not in text, text)
        check("of 1 done" not in batch("echo hi\n").err, "progress in a file")


@test
def batch_follows_a_terminal_that_changes_its_size():
    with tempfile.TemporaryDirectory() as folder:
        jobs, gate = Path(folder) / "jobs", Path(folder) / "gate"
        jobs.write_text(f"sh -c 'until test -e {gate}; do sleep 0.05; done'\n")
        run = harness.Terminal("batch", str(jobs), width=100)
        run.wait_for("░{24}\\] +0 %")  # a bar for the whole needs room
        run.resize(40)
        run.wait_for("\x1b\\[J +0 %  0 of 1 done")
        narrow = run.text[run.text.rindex("\x1b[J  0 %"):]
        for line in re.split("\r\n|\x1b\\[J", narrow):
            check(len(re.sub("\x1b\\[[0-9;]*[mA]|\r", "", line)) < 40, repr(line))
        gate.touch()
        equal(run.end(), 0, run.text)


@test
def batch_keeps_the_order_of_the_output_on_request():
    with tempfile.TemporaryDirectory() as folder:
        gate = f"{folder}/gate"
        jobs = f"sh -c 'until test -e {gate}; do sleep 0.01; done; echo first'\n"
        jobs += "".join(f"sh -c 'echo {i}; echo {i} >&2'\n" for i in range(2, 50))
        jobs += f"touch {gate}\n"
        ended = batch(jobs, "--limit", "3", "--keep-order")
        equal(ended.code, 0, ended)
        equal(re.findall(r"^\[\d+\] (\w+)$", ended.out, re.M), ["first", *map(str, range(2, 50))])
        equal(re.findall(r"^\[\d+\] ! (\w+)$", ended.err, re.M), [*map(str, range(2, 50))])


@test
def batch_says_where_it_could_not_keep_output():
    jobs = ("sh -c 'sleep 100; echo never'\n"
            "sh -c 'head -c 40000000 /dev/zero | tr \"\\0\" x | fold -w 1000'\n")
    done = subprocess.run([harness.program, "batch", "-", "-k", "-l2"], input=jobs, text=True,
                          capture_output=True, timeout=harness.TIMEOUT,
                          env={**os.environ, "TMPDIR": "/no/such/folder"})
    equal(done.returncode, 1, done)
    contains(done.stderr, "in /no/such/folder: No such file or directory; TMPDIR says where it is")


@test
def batch_writes_output_to_files():
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder) / "logs"
        ended = batch("a: sh -c 'printf \"x\\0y\"; echo e >&2'\nb: true\n", "--labels",
                      "--output", str(logs))
        equal(ended.code, 0, ended)
        equal((logs / "a.out").read_bytes(), b"x\0y")
        equal((logs / "a.err").read_bytes(), b"e\n")
        equal((logs / "b.out").read_bytes(), b"")
        check("[a]" not in ended.out, ended)
        (logs / "b.out").chmod(0o400)
        (logs / "a.out").unlink()
        (logs / "a.out").mkdir()
        ended = batch("a: true\nb: true\n", "--labels", "--output", str(logs))
        equal(ended.code, 1, ended)
        contains(ended.err, f"cannot write {logs}/a.out: Is a directory")


JOBS = "echo hi\nsh -c 'echo oops >&2; exit 3'\nno-such-command\nsleep 100\n"


@test
def batch_prints_one_document_for_programs():
    ended = batch(JOBS, "--json", "--timeout", "0.3")
    equal(ended.code, 1, ended)
    equal(ended.err, "")
    document = json.loads(ended.out)
    equal((document["v"], document["kind"]), (1, "batch"))
    equal([c["status"] for c in document["commands"]], ["ok", "failed", "failed", "timed_out"])
    equal([c["exit_code"] for c in document["commands"]], [0, 3, None, None])
    equal(document["commands"][2]["reason"], "command not found: no-such-command")
    equal(document["commands"][3]["signal"], "SIGTERM")
    equal(document["totals"]["failed"], 3)
    equal(json.loads(batch("", "--json").out)["commands"], [])


@test
def batch_tells_programs_what_happens_as_it_happens():
    commands = "echo hi\nsh -c 'echo up; sleep 100'\n"
    with Running("--jsonl", "--limit", "1", commands=commands) as run:
        run.wait_for('"text":"up')  # and not only at the end
        run.interrupt()
        equal(run.end(), 1)
    events = [json.loads(line) for line in run.text.splitlines() if line.startswith("{")]
    equal([e["event"] for e in events],
          ["begun", "started", "output", "ended", "started", "output", "ended", "finished"])
    equal(events[2]["text"], "hi\n")
    equal(events[6]["status"], "stopped")
    equal(events[7]["stopped"], 1)


@test
def batch_draws_a_timeline_on_request():
    ended = batch("sleep 0.2\nsleep 0.1\nsleep 0.1\n", "--limit", "2", "--timeline")
    equal(ended.code, 0, ended)
    rows = re.findall(r"^(\d) sleep 0\.\d  (\d)     ·*(█+)$", ended.out, re.M)
    equal([row[0] for row in rows], ["1", "2", "3"], ended)
    equal({row[1] for row in rows}, {"1", "2"}, ended)


if __name__ == "__main__":
    harness.main()
