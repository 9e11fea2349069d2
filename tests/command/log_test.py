#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`--log-format`: crash reports for people or for programs."""

import json
import resource
import subprocess
import tempfile
from pathlib import Path

import harness
from harness import Skipped, beamish, check, contains, equal, test


def crashed(*arguments):
    """A batch whose commands lose their watchers: suddenly the program may open nothing more."""
    with tempfile.TemporaryDirectory() as folder:
        gate = Path(folder) / "gate"
        job = f"sh -c 'echo up; until test -e {gate}; do sleep 0.01; done; echo on; sleep 100'\n"
        process = subprocess.Popen([harness.program, "batch", "-", "--limit", "2", *arguments],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        process.stdin.write(job * 2)
        process.stdin.close()
        seen = [process.stdout.readline() for _ in range(2)]
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (3, 3))
        gate.touch()
        out, err = "".join(seen) + process.stdout.read(), process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        if "UndefinedBehaviorSanitizer" in err:
            raise Skipped("the sanitizer itself needs to open something")
        return harness.Ended(process.wait(harness.TIMEOUT), out, err)


def objects(text):
    return [line for line in text.splitlines() if line.startswith("{")]


@test
def crash_reports_are_lines_of_json_on_request():
    ended = crashed("--log-format", "json")
    equal(ended.code, 1, ended)
    reports = [json.loads(line) for line in objects(ended.err)]
    equal(len(reports), 2, ended)
    for report in reports:
        equal([report[of] for of in ("v", "kind", "level")], [1, "crash_report", "error"])
        equal(report["exception"]["type"], "std::system_error")
        contains(report["initial_call"], "run_one")
    check(not objects(ended.out) and "terminated" not in ended.err, ended)


@test
def crash_reports_are_text_otherwise():
    for arguments in ([], ["--log-format", "text"]):
        ended = crashed(*arguments)
        contains(ended.err, "beamish: process #PID<", "** (std::system_error) ", "Initial call: ")
        check(not objects(ended.err), ended)


@test
def a_crash_is_reported_before_the_program_ends_and_named_as_the_reason():
    ended = crashed()
    equal(ended.err.count("terminated\n"), 2, ended)
    for number in (1, 2):
        contains(ended.err, f"[{number}] failed: the thread that ran it crashed: sh -c ")
        contains(ended.out, f"\n{number}  the thread that ran it crashed  ")


@test
def a_form_of_the_log_that_there_is_not_is_refused():
    for verb in (["demo"], ["batch", "-"], ["compare"]):
        ended = beamish(*verb, "--log-format", "xml")
        equal((ended.code, ended.out), (2, ""), ended)
        equal(ended.err, f"beamish {verb[0]}: --log-format wants text or json, not 'xml'\n"
                         f"Try beamish {verb[0]} --help.\n")
        contains(beamish(verb[0], "--help").out, "--log-format FORMAT")


if __name__ == "__main__":
    harness.main()
