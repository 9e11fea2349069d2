#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/gdb_beamish.py on a program that has come to rest, on its core file, and where it can't
help.

What needs debug information is tried where the preset gives it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "command"))

import harness
from harness import check, contains, equal, test

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "tools" / "gdb_beamish.py"
SOURCE = (Path(__file__).parent / "debugged.cpp").read_text().split("\n")
TIMEOUT = 120
folder = tempfile.TemporaryDirectory()
CORE = Path(folder.name) / "core"
LOOKS = ["beamish ps", "beamish bt reader", "beamish bt #PID<1.7.0>", "beamish bt archive",
         "beamish bt caller", "beamish bt clockwork", "beamish bt stuck", "beamish bt idle",
         "beamish bt 1.99.0", "beamish bt nobody", "beamish bt", "beamish nonsense", "beamish help",
         "print examples"]


def gdb(*arguments, commands):
    """What each command prints; those that fail do not end the session."""
    if not shutil.which("gdb"):
        raise harness.Skipped("gdb is not installed: apt-get install gdb")
    lines = ["set confirm off", "set debuginfod enabled off",
             f"source {SCRIPT}", "python", "def attempt(line):",
             "    print('>>> ' + line, flush=True)",
             "    try: print(gdb.execute(line, to_string=True), end='')",
             "    except gdb.error as why: print(why)", "end"]
    lines += [f"python attempt({command!r})" for command in commands]
    script = Path(folder.name) / "script"
    script.write_text("\n".join(lines) + "\n")
    done = subprocess.run(["gdb", "-nx", "-batch", "-x", script, *arguments], timeout=TIMEOUT,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    text = done.stdout
    check("Traceback" not in text and "Python Exception" not in text, text)
    if re.search("ptrace|Could not trace", text):
        raise harness.Skipped("gdb may not trace programs here")
    parts = re.split(r"^>>> (.*)\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def ready(*more):
    return ["set disable-randomization off", "break all_is_ready", "run", *more]


@cache
def live():
    return gdb(harness.program, commands=ready(*LOOKS, f"generate-core-file {CORE}"))


@cache
def of_core():
    live()
    check(CORE.exists(), "there is no core file")
    return gdb(harness.program, CORE, commands=LOOKS)


def sessions():
    if os.environ.get("BEAMISH_PRESET", "dev") != "dev":
        raise harness.Skipped("this preset has no full debug information")
    return live(), of_core()


def line_of(text):
    """The one line of the source that contains a text."""
    found = [number for number, line in enumerate(SOURCE, 1) if text in line]
    equal(len(found), 1, text)
    return f"debugged.cpp:{found[0]}"


def row(said, what):
    """The row of ps that contains a text, as words without the pid."""
    found = [line for line in said["beamish ps"].split("\n") if what in line]
    equal(len(found), 1, said["beamish ps"])
    return re.split(r" {2,}", found[0].strip())[1:]


@test
def ps_shows_every_process_of_every_node():
    for said in sessions():
        text = said["beamish ps"]
        contains(text, "node debugged@test: 14 processes\n", "node other@test: 1 process\n")
        equal(re.findall(r"^  (#PID<1\.\d+\.0>)", text, re.M),
              [f"#PID<1.{number}.0>" for number in range(1, 15)])
        check("changing" not in text, text)


@test
def ps_shows_states_mailboxes_links_monitors_and_what_is_waited_for():
    for said in sessions():
        rest = ["0", "0", "0", "0"]
        equal(row(said, '"idle"'), ["waiting", *rest, '"idle"', "a message"])
        equal(row(said, '"paused"')[0], "suspended")
        equal(row(said, '"reader"'), ["waiting", *rest, '"reader"', "receive<book>"])
        equal(row(said, '"patient"')[-1], "receive<never> for at most 3600 s")
        equal(row(said, '"clerk"'), ["waiting", "3", "0", "1", "0", '"clerk"', "receive_if<int>"])
        for side in ("left", "right"):
            equal(row(said, f'"{side}"')[:3], ["waiting", "0", "1"])
        equal(row(said, '"caller"')[-1], "the reply to find of #PID<1.4.0>")
        equal(row(said, '"main"')[:5], ["running", "0", "1", "0", "1"])
        equal(row(said, '"stuck"')[0], "running")
        equal(row(said, '"clockwork"')[0], "thread")
        equal(len(re.findall(r"  sleeper\(.*\) +sleep of 3600 s$", said["beamish ps"], re.M)), 2)


@test
def bt_shows_the_coroutines_that_await_each_other_with_their_lines():
    for said in sessions():
        text = said["beamish bt reader"]
        contains(text, '#PID<1.6.0> "reader": waiting, waits for receive<book>\n')
        equal(re.findall(r"^#(\d)  (\w+)\(.* at (\S+)$", text, re.M),
              [("0", "find_book", line_of("// the innermost wait")),
               ("1", "find_shelf", line_of("// awaits find_book")),
               ("2", "reader", line_of("// awaits find_shelf"))], text)
        contains(said["beamish bt #PID<1.7.0>"], "#0  patient(beamish::pid) at "
                 + line_of("co_await receive<never>(1h)"))


@test
def bt_of_a_server_shows_its_callback_and_bt_of_its_caller_who_owes_the_reply():
    for said in sessions():
        text = said["beamish bt archive"]
        contains(text, "its callback runs for find\n",
                 "#0  archive::look_up(int) at " + line_of("// waits inside a callback"),
                 "#1  archive::handle_call(archive::find&) at " + line_of("// awaits look_up"))
        contains(said["beamish bt idle"], "it is between two messages: no callback runs\n")
        contains(said["beamish bt caller"], "#0  caller(beamish::pid) at ",
                 'its call: #PID<1.4.0> "archive" works on it\n')


@test
def bt_of_what_runs_names_the_thread_to_look_at():
    sessions()
    for name, function in (("clockwork", "thread_that_waits"), ("stuck", "stuck")):
        text = of_core()[f"beamish bt {name}"]
        number = re.search(r"^see the stack of thread (\d+) \(LWP \d+\): thread \1, then bt$", text,
                           re.M)
        check(number, text)
        said = gdb(harness.program, CORE, commands=[f"thread {number.group(1)}", "bt"])
        contains(said["bt"], function)


@test
def values_are_printed_as_inspect_prints_them():
    for said in sessions():
        contains(said["print examples"], "process = #PID<1.2.3>", "request = #Reference<1.7.8.9>",
                 'name = :"two words"',
                 'value = {:ok, [1, -2.5, "three"], %{:a_name_that_is_long => #PID<1.2.0>}}')


@test
def a_wrong_word_gets_one_line():
    for said in sessions():
        equal(said["beamish bt 1.99.0"],
              "beamish: there is no living process #PID<1.99.0>; see beamish ps\n")
        equal(said["beamish bt nobody"],
              "beamish: 'nobody' is neither a pid nor the name of a living process; see beamish ps"
              "\n")
        equal(said["beamish bt"], "beamish: say which process: beamish bt PID\n")
        equal(said["beamish nonsense"],
              "beamish: there is no 'nonsense': beamish ps, beamish bt PID, beamish help\n")
        contains(said["beamish help"], "beamish ps", "beamish bt PID", "beamish help")


@test
def without_beamish_a_program_or_a_run_it_says_so_in_one_line():
    no_beamish = ("this program does not use Beamish, or has been stripped of its symbols"
                  " (no the_program())")
    no_run = "the program does not run: run it, attach to it or load a core file"
    for arguments, why in (((), "there is no program: start gdb with one"),
                           (("/bin/true",), no_beamish), ((harness.program,), no_run)):
        said = gdb(*arguments, commands=["beamish ps", "beamish bt 1.1.0"])
        equal(said["beamish ps"], f"beamish: {why}\n")
        equal(said["beamish bt 1.1.0"], f"beamish: {why}\n")


@test
def without_debug_information_it_says_what_is_missing_in_one_line():
    bare = Path(folder.name) / "bare"
    subprocess.run(["strip", "-g", "-o", bare, harness.program], check=True)
    said = gdb(bare, commands=ready("beamish ps", "beamish bt 1.6.0"))
    why = ("beamish: there is no debug information about Beamish's types: build program and library"
           " with -g (-g1 is not enough)\n")
    equal(said["beamish ps"], why)
    equal(said["beamish bt 1.6.0"], why)


if __name__ == "__main__":
    harness.main()
