# SPDX-License-Identifier: Apache-2.0
"""Logs of plays: read, made comparable, and shown side by side.

A log is a list of events (phase, process, text), in the order in which they happened. Two things
differ from one run to the next and mean nothing: the numbers in pids and references, and which of
two processes was first while nothing made one wait for the other. So pids and references are
renamed by the order of their first appearance, and events are sorted by phase and process; within
one process of one phase they keep their order. Nothing else is touched.
"""

import re

IDENTIFIER = re.compile(r"#(PID|Reference)<[0-9.]+>")
WORD = {"PID": "pid", "Reference": "ref"}


def read(text):
    """The plays of a file of logs: number to a list of (world, events, complaint)."""
    plays = {}
    for line in text.split("\n"):
        if line.startswith("play "):
            words = line.split()
            world = words[2] if len(words) > 2 else ""
            events, complaint = [], ""
            here = plays.setdefault(int(words[1]), [])
        elif line == "end":
            here.append((world, events, complaint))
        elif line.startswith("! "):
            complaint = line[2:]
        elif line:
            phase, who, said = line.split(" ", 2)
            events.append((int(phase), who, said))
    return plays


def ordered(events):
    return sorted(events, key=lambda event: event[:2])


def renamed(events):
    """The events with pids and references named by their first appearance."""
    names, counts = {}, {"pid": 0, "ref": 0}

    def name(found):
        if found.group() not in names:
            kind = WORD[found.group(1)]
            counts[kind] += 1
            names[found.group()] = f"{kind}{counts[kind]}"
        return names[found.group()]

    return [(phase, who, IDENTIFIER.sub(name, text)) for phase, who, text in events]


def lines(events):
    return tuple(f"{phase} {who}: {text}" for phase, who, text in renamed(ordered(events)))


def side_by_side(left, right, width=76):
    """Two logs from their first difference on, with the two lines before it."""
    first = next((at for at, pair in enumerate(zip(left, right)) if pair[0] != pair[1]),
                 min(len(left), len(right)))
    begin = max(0, first - 2)
    rows = [f"  {'OTP':<{width}} | Beamish"]
    for at in range(begin, max(len(left), len(right))):
        one = left[at] if at < len(left) else ""
        other = right[at] if at < len(right) else ""
        mark = " " if one == other else "!"
        rows.append(f"{mark} {one:<{width}} | {other}")
    return "\n".join(rows)


def difference(left, right):
    """What is only in the one, `- `, and only in the other, `+ `; in order."""
    only_left, only_right = list(left), list(right)
    for line in left:
        if line in only_right:
            only_right.remove(line)
            only_left.remove(line)
    return ["- " + line for line in only_left] + ["+ " + line for line in only_right]


def self_test():
    """That the normaliser hides what it should, and nothing else."""
    base = [(0, "a", "b = spawn -> #PID<0.1.0>"), (0, "b", "x"),
            (1, "a", "r = monitor b -> #Reference<0.1.2.3>"),
            (1, "a", "receive -> {:DOWN, #Reference<0.1.2.3>, :process, #PID<0.1.0>, :boom}")]

    def changed(at, old, new):
        event = base[at]
        return base[:at] + [(event[0], event[1], event[2].replace(old, new))] + base[at + 1:]

    other = [(p, w, t.replace("0.1.0", "9.7.5").replace("0.1.2.3", "5.5")) for p, w, t in base]
    same = {"other numbers": other, "another order of two processes": [base[1], base[0], *base[2:]]}
    different = {
        "a pid that is another one": changed(3, "#PID<0.1.0>", "#PID<0.2.0>"),
        "a reference that is another one": changed(3, "0.1.2.3", "0.1.2.4"),
        "another reason": changed(3, ":boom", ":killed"),
        "a pid in place of a reference": changed(3, "#Reference<0.1.2.3>", "#PID<0.1.0>"),
        "an event that is missing": base[:3], "an event twice": base + base[-1:],
        "another order in one process": [*base[:2], base[3], base[2]],
        "a later phase": base[:3] + [(2, *base[3][1:])],
        "another process": base[:3] + [(1, "b", base[3][2])],
        "a number that is no identifier": changed(0, "spawn", "spawn 1"),
        "two pids that are one": changed(0, "#PID<0.1.0>", "{#PID<0.1.0>, #PID<0.3.0>}")}
    for what, events in same.items():
        if lines(events) != lines(base):
            return f"{what} makes a difference"
    for what, events in different.items():
        if lines(events) == lines(base):
            return f"{what} makes no difference"
    swapped = [(0, "a", "x -> {#PID<0.1.0>, #PID<0.2.0>}"), (0, "a", "y -> #PID<0.1.0>")]
    if lines(swapped) == lines([swapped[0], (0, "a", "y -> #PID<0.2.0>")]):
        return "two pids that change places make no difference"
    text = "play 3 7\n0 a x -> 1\n! late\nend\nplay 3 real\nend\n"
    if read(text) != {3: [("7", [(0, "a", "x -> 1")], "late"), ("real", [], "")]}:
        return f"reads {read(text)}"
    if difference(("a", "b"), ("a", "c")) != ["- b", "+ c"]:
        return "a difference is not seen"
    return None
