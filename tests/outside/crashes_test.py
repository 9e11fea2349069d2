#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The log as JSON, read by a JSON parser that is none of ours; and in its text form."""

import json
import re
import sys
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "command"))

import harness
from harness import beamish as crashes, check, contains, equal, test

HOSTILE = ('quote " backslash \\ newline \n tab \t zero-width \x01 wrong '
           "\ufffd\ufffd(")
MEMBERS = ["v", "kind", "time", "level", "node", "pid", "registered_name", "label", "initial_call",
           "ancestors", "reason", "server_was", "exception", "last_message", "state", "client",
           "log", "metadata", "dictionary", "neighbours", "mailbox_length", "links", "links_total"]


@cache
def lines():
    ended = crashes("json")
    equal(ended.code, 0, ended)
    return ended.err.removesuffix("\n").split("\n")


def refused(text):
    raise ValueError(f"{text} is no JSON")


def entries():
    """All but what the node itself says, of processes that were slow."""
    found = [json.loads(line, parse_constant=refused) for line in lines()]
    return [entry for entry in found if entry["pid"] is not None]


@test
def every_line_of_the_log_is_a_json_object_with_the_members_of_its_kind():
    kinds = [entry["kind"] for entry in entries()]
    equal(kinds, ["crash_report"] * 5 + ["log"])
    for entry in entries():
        report = entry["kind"] == "crash_report"
        equal(list(entry), MEMBERS if report else [*MEMBERS[:6], "metadata", "text"])
        equal(entry["v"], 1)
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", entry["time"]), entry)
        equal(entry["level"], "error" if report else "warning")
        equal(entry["node"], "crashes@test")
        check(re.fullmatch(r"#PID<\d+\.\d+\.\d+>", entry["pid"]), entry)


@test
def a_report_has_the_exception_and_the_coroutines_that_awaited_it():
    report = entries()[0]
    equal(report["registered_name"], "librarian")
    equal(report["label"], ':"at work"')
    equal(len(report["ancestors"]), 2)
    equal(report["exception"]["type"], "std::out_of_range")
    equal(report["exception"]["message"], "no such book")
    contains(report["reason"], 'message: "no such book"')
    awaiting = report["exception"]["awaiting"]
    equal([place["file"] for place in awaiting], ["crashes.cpp"])
    contains(awaiting[0]["function"], "librarian")
    source = (Path(__file__).parent / "crashes.cpp").read_text().split("\n")
    contains(source[awaiting[0]["line"] - 1], "co_await find_book(7)")
    equal((report["mailbox_length"], report["links"], report["links_total"]), (0, [], 0))


@test
def a_report_of_a_server_has_its_last_message_and_state():
    report = entries()[1]
    equal(report["initial_call"], "shelf")
    contains(report["last_message"], "{:add, ")
    contains(report["state"], '%Shelf{books: ["Emma", <<113, 117, ')


@test
def what_threw_without_a_coroutine_has_none_although_its_exception_lies_where_another_lay():
    equal([len(entry["exception"]["awaiting"]) for entry in entries()[:5] if entry["exception"]],
          [1, 0, 0, 0])


@test
def hostile_texts_arrive_whole_but_for_what_is_no_text():
    equal(entries()[1]["exception"]["message"], HOSTILE)
    equal(entries()[4]["registered_name"], HOSTILE)
    equal(entries()[4]["exception"]["message"], '"' * 100_000)
    equal(entries()[5]["text"], HOSTILE)


@test
def an_exit_without_an_exception_has_a_reason_only():
    equal(entries()[2]["exception"], None)
    contains(entries()[2]["reason"], "{:bad, ")
    equal((entries()[3]["exception"]["type"], entries()[3]["exception"]["message"]), ("int", "42"))


@test
def as_text_the_same_report_is_as_ever():
    text = crashes("text").err
    check(re.match(
        r'\[error\] process #PID<1\.3\.0> \("librarian"\) terminated\n'
        r"\*\* \(std::out_of_range\) no such book\n"
        r"(?:    [^\n]*\n)*"
        r"    awaited in [^\n]*librarian\(\)[^\n]*, crashes\.cpp:\d+\n"
        r"Initial call: [^\n]+\n"
        r"Ancestors: \[#PID<1\.2\.0>, #PID<1\.1\.0>\]\n"
        r'Label: :"at work"\n'
        r"Messages: \d+\n"
        r"\[error\] ", text), text[:1000])


if __name__ == "__main__":
    harness.main()
