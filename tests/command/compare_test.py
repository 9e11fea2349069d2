#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`beamish compare`: the course's task handler as taught beside the product."""

import re

import harness
from harness import beamish, check, contains, equal, on_terminal, test


@test
def compare_tells_the_two_handlers_apart():
    ended = beamish("compare", "--tasks", "8", "--limit", "2", "--length", "50")
    equal(ended.code, 0, ended)
    equal(ended.err, "")
    started = dict(re.findall(r"^started, (\w[\w ]*): +(.*)$", ended.out, re.M))
    equal(started["as taught"], "1 2 8 7 6 5 4 3", ended)
    equal(started["task_handler"], "1 2 3 4 5 6 7 8", ended)
    taught, product = map(float, re.search(
        r"^all tasks done after +([\d.]+) m?s +([\d.]+) ms +200\.0 ms$", ended.out, re.M).groups())
    check(product >= 200, ended)
    rate = float(re.search(r"^empty tasks per second +([\d.]+)/s", ended.out, re.M).group(1))
    check(8 < rate <= 11, f"{rate} empty tasks per second as taught")


@test
def compare_is_drawn_in_a_terminal():
    code, text = on_terminal("compare", "--tasks", "4", "--limit", "2", "--length", "200")
    equal(code, 0, text)
    contains(text, "as taught: 0 of 4 done", "task_handler: 4 of 4 done in ", "\x1b[J", "█", "▓")
    code, text = on_terminal("compare", "--tasks", "2", "--length", "1",
                             environment={"TERM": "dumb"})
    equal(code, 0, text)
    check("\x1b" not in text and "█" not in text and "#" in text, text)


@test
def compare_refuses_what_makes_no_sense():
    for arguments, message in ((["--limit", "0"], "--limit wants a whole number from 1 to 64"),
                               (["--tasks", "x"], "--tasks wants a whole number"),
                               (["--length", "-1"], "--length wants a whole number"),
                               (["file"], "not expected")):
        ended = beamish("compare", *arguments)
        equal(ended.code, 2, (arguments, ended))
        contains(ended.err, message)


if __name__ == "__main__":
    harness.main()
