# SPDX-License-Identifier: Apache-2.0
"""Runs one doctest program and reads its XML report, even one that a crash has cut short."""

import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

from suites.case import FAILED, PASSED, SKIPPED, Case, how_it_ended, run, tail

TIMEOUT = 300
TIMEOUT_SANITIZED = 900
SANITIZERS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=0:second_deadlock_stack=1",
}


def run_program(context, suite, program):
    """A case per test case of the program, and one more if it ended badly after its tests."""
    command = [program, "--reporters=xml", "--no-breaks=1"]
    if context.filters:
        patterns = ",".join("*" + text.replace(",", "\\,") + "*" for text in context.filters)
        command.append(f"--test-case={patterns}")
    timeout = TIMEOUT_SANITIZED if context.sanitized else TIMEOUT
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        ended = run(command + [f"--out={report}"], timeout, env=SANITIZERS)
        text = report.read_text(errors="replace") if report.exists() else ""
    cases, complete = parse(text, context.wants)
    for case in cases:
        case.repeat = f"{program} --test-case='{case.name}'"
    finish(cases, complete, ended, timeout, suite, program)
    return cases


def finish(cases, complete, ended, timeout, suite, program):
    """Blames a bad end, which the report may not know of, on the last test or on the suite."""
    failed = [case for case in cases if case.outcome == FAILED]
    if complete and ended.status == 0:
        return
    if complete and ended.status == 1 and failed:
        return
    why = how_it_ended(ended, timeout) + "; tests after this one did not run"
    if cases and not complete:
        cases[-1].outcome = FAILED
        cases[-1].detail = f"{cases[-1].detail}\n{why}\n{tail(ended.text)}".strip()
    elif failed and any("SIG" in case.detail for case in failed):
        failed[-1].detail += "\n" + why + "\n" + tail(ended.text)
    else:
        why = f"{how_it_ended(ended, timeout)}, although its tests had ended"
        cases.append(Case(f"{suite}: the program ends well", FAILED,
                          f"{why}\n{tail(ended.text)}", str(program)))


def parse(text, wants):
    """The cases of a report, and whether the report is complete."""
    reader = xml.XMLPullParser(["start", "end"])
    cases, current, complete = [], None, False
    try:
        reader.feed(text)
        for event, element in reader.read_events():
            if event == "start" and element.tag == "TestCase":
                current = Case(element.get("name"), FAILED)
                if element.get("skipped") != "true":
                    cases.append(current)
                elif wants(current.name):
                    current.outcome = SKIPPED
                    current.detail = "its source marks it skip()"
                    cases.append(current)
            elif event == "end" and element.tag == "TestCase":
                if current.outcome != SKIPPED:
                    judge(current, element)
            elif event == "end" and element.tag == "doctest":
                complete = True
    except xml.ParseError:
        pass
    return cases, complete


def judge(case, element):
    result = element.find("OverallResultsAsserts")
    if result is None or result.get("test_case_success") != "true":
        case.detail = "\n".join(failures(element))
        return
    case.outcome = PASSED
    for message in element.iter("Message"):
        said = (message.findtext("Text") or "").strip()
        if said.startswith("skipped:"):
            case.outcome = SKIPPED
            case.detail = said.removeprefix("skipped:").strip()


def failures(element):
    for found in element.iter():
        place = f"{found.get('filename')}:{found.get('line')}: "
        if found.tag == "Expression" and found.get("success") == "false":
            original = (found.findtext("Original") or "").strip()
            expanded = (found.findtext("Expanded") or "").strip()
            thrown = " ".join((e.text or "").strip() for e in found.findall("Exception"))
            yield f"{place}{found.get('type')}( {original} ) is ( {expanded or thrown} )"
        elif found.tag == "Message":
            yield place + (found.findtext("Text") or "").strip()
        elif found.tag == "Exception":
            yield "exception: " + (found.text or "").strip()


def self_test():
    """A report that a crash cut short, and one that is whole."""
    cut = '<doctest><TestSuite><TestCase name="a">' \
          '<OverallResultsAsserts test_case_success="true"/></TestCase><TestCase name="b">'
    cases, complete = parse(cut, lambda name: True)
    if complete or [c.outcome for c in cases] != [PASSED, FAILED]:
        return "a report cut short was not read as one pass and one failure"
    whole = '<doctest><TestSuite><TestCase name="c" skipped="true"/></TestSuite></doctest>'
    cases, complete = parse(whole, lambda name: name != "c")
    if cases or not complete:
        return "a test that the filter left out was counted"
    return None
