#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prying at a terminal: the person that the course's init arguments are shown to."""
# looks at: examples/course/03_init_arguments.cpp

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "command"))

import harness
from harness import Terminal, beamish as course, contains, equal, test

PROMPT = r"pry\(#PID<[\d.]+>\)> $"
STOPPED = r"#PID<[\d.]+> \(\"MyGenServer\"\) has stopped "


def says(run, typed):
    """Types a line at the prompt; gives what is printed until the next prompt."""
    run.wait_for(PROMPT)
    run.text = ""
    run.type(typed + "\n")
    run.wait_for(PROMPT)
    return run.text.replace("\r\n", "\n").removeprefix(typed + "\n")


def lines_before_prompt(text):
    return re.sub(PROMPT, "", text).rstrip("\n")


def ask(run, typed):
    return lines_before_prompt(says(run, typed))


def at_init():
    run = Terminal("--pry")
    run.wait_for(STOPPED + r"at init, 03_init_arguments\.cpp:\d+; it shows args \(try help\)\r\n")
    return run


def goes_on(run, typed):
    """Types what lets the program go on; gives its exit code and what it printed."""
    run.wait_for(PROMPT)
    run.text = ""
    run.type(typed)
    code = run.end()
    return code, run.text.replace("\r\n", "\n")


@test
def a_person_looks_at_arguments_then_steps_to_a_message_and_sees_it_and_the_state():
    run = at_init()
    equal(ask(run, "args"), "[a: :value, b: :another_value]")
    stepped = says(run, "step")
    contains(stepped, "args: [a: :value, b: :another_value]\n", "start returned after init\n")
    contains(stepped, 'has stopped before a cast; it shows message, state (try help)\n')
    equal(ask(run, "message"), "{:put, :c, 3}")
    equal(ask(run, "state"), "[a: :value, b: :another_value]")
    contains(ask(run, "next"), "has stopped before a call; it shows message, state (try help)")
    equal(ask(run, "values"), "message = :last\nstate = {:c, 3}")
    code, text = goes_on(run, "continue\n")
    equal(code, 0, text)
    contains(text, "state: {:c, 3}\n")


@test
def a_wrong_word_names_what_is_known():
    run = at_init()
    equal(ask(run, "stat"), '"stat" is neither shown nor a command; known: args, values, step, '
                            "next, continue, c, help")
    contains(ask(run, "help"), "shown:       args\n", "\ncontinue, c  goes on")
    code, text = goes_on(run, "c\n")
    equal(code, 0, text)
    equal(text.count("pry("), 0, text)
    contains(text, "state: {:c, 3}\n")


@test
def the_end_of_the_input_goes_on_and_nobody_is_asked_again():
    run = at_init()
    contains(says(run, "step"), "has stopped before a cast")
    code, text = goes_on(run, "\x04")
    equal(code, 0, text)
    equal(text.count("pry("), 0, text)
    contains(text, "state: {:c, 3}\n")


@test
def an_interrupt_at_the_prompt_ends_the_program():
    run = at_init()
    code, text = goes_on(run, "\x03")
    equal(code, 130, text)


@test
def without_a_terminal_it_reads_a_script_and_does_not_wait_behind_its_end():
    ended = course("--pry", stdin="args\n")
    equal(ended.code, 0, ended)
    contains(ended.out, ")> [a: :value, b: :another_value]\n", "state: {:c, 3}\n")
    equal(ended.out.count("pry("), 2, ended)


@test
def an_empty_or_a_closed_input_goes_on_at_once():
    ended = course("--pry")
    equal(ended.code, 0, ended)
    equal(ended.out.count("pry("), 1, ended)
    closed = subprocess.run(["sh", "-c", f"'{harness.program}' --pry <&-"], capture_output=True,
                            timeout=harness.TIMEOUT, text=True)
    equal(closed.returncode, 0, closed)
    contains(closed.stdout, "state: {:c, 3}\n")


if __name__ == "__main__":
    harness.main()
