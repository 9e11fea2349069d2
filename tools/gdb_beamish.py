# SPDX-License-Identifier: Apache-2.0
"""gdb commands for programs that use Beamish: which processes live, and where each of them waits.

    (gdb) source tools/gdb_beamish.py
    (gdb) beamish ps
    (gdb) beamish bt #PID<1.5.0>

They read memory and debug information only, and never call into the program: so they work on a core
file as on a program that runs. doc/debugging.md shows more."""

import os
import re
import struct
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from beamish_gdb import memory, processes, resume_point, values  # noqa: E402
from beamish_gdb.memory import (Refused, c_text, coroutine_name, offset, symbol,  # noqa: E402
                                u32, u64)
from beamish_gdb.processes import message_name, nodes, pid_text, thread_text  # noqa: E402

HELP = """\
beamish ps          every living process of every node of the program
beamish bt PID      the coroutines in which it waits, innermost first; PID is as ps shows it,
                    #PID<1.5.0> or 1.5.0, or the name under which the process is registered
beamish help        this text"""


def plural(count, one):
    return f"{count} {one}" + ("" if count == 1 else "es" if one.endswith("s") else "s")


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())


def cut(text):
    return text if len(text) <= 44 else text[:41] + "..."


def show_processes():
    for node in nodes():
        rows = [("PID", "STATE", "MAILBOX", "LINKS", "MONITORS", "WATCHED", "WHAT", "WAITS FOR")]
        for process in node.processes():
            try:
                watches, watched = process.monitors()
                rows.append((pid_text(process.pid), process.state(),
                             str(sum(1 for _ in process.messages())), str(process.links()),
                             str(watches), str(watched), cut(process.what()),
                             process.waits_for()))
            except gdb.MemoryError:
                rows.append((pid_text(process.pid), "changing", "", "", "", "", "", ""))
        print(f"node {node.name}: {plural(len(rows) - 1, 'process')}")
        if len(rows) > 1:
            table(rows)


def find_process(word):
    found = re.fullmatch(r"#?(?:PID)?<?(\d+)\.(\d+)\.(\d+)>?", word)
    wanted = tuple(int(one) for one in found.groups()) if found else None
    for node in nodes():
        for process in node.processes():
            if process.pid == wanted or (process.name and process.name == word.strip('"')):
                return process
    if found:
        raise Refused(f"there is no living process {pid_text(wanted)}; see beamish ps")
    raise Refused(f"'{word}' is neither a pid nor the name of a living process; see beamish ps")


def source_place(location):
    """Of a std::source_location of libstdc++."""
    data = u64(location)
    if not data:
        return ""
    file, line = c_text(u64(data)), u32(data + 16)
    return f" at {os.path.basename(file)}:{line}" if line else ""


def resume_place(frame):
    place = resume_point.resume_line(u64(frame), frame)
    if place is None:
        return " (no debug information about its lines)"
    file, line, exact = place
    if not exact:
        return f", which begins at {os.path.basename(file)}:{line} (its line is optimised away)"
    return f" at {os.path.basename(file)}:{line}"


def who_owes(node):
    """The server that has the question of a waiting call."""
    for process in (one for each in nodes() for one in each.processes()):
        name = f'{pid_text(process.pid)} {process.what()}'
        if process.current() == node:
            return f"{name} works on it"
        if any(signal == node for signal in process.messages()):
            return f"{name} has it in its mailbox"
    return "it was taken out of a mailbox, to be answered later"


def show_backtrace(word):
    process = find_process(word)
    waits, state = process.waits_for(), process.state()
    title = f"{pid_text(process.pid)} {process.what()}: {state}"
    print(f"{title}, waits for {waits}" if waits and not process.is_thread else title)
    if process.current():
        print(f"its callback runs for {message_name(process.current())}")
    if state in ("running", "thread"):
        worker = process.node.running.get(process.slot)
        thread = process.thread() if process.is_thread else processes.worker_thread(worker)
        print(f"see the stack of {thread_text(thread)}"
              + (f": thread {thread.num}, then bt" if thread else ""))
    inner = 0
    for number, (frame, promise) in enumerate(process.frames()):
        place = source_place(inner + offset("promise_base", "awaited_at")) if inner else ""
        print(f"#{number}  {coroutine_name(u64(frame))}{place or resume_place(frame)}")
        inner = promise
    if not inner and state in ("waiting", "hibernating", "suspended"):
        print("it is between two messages: no callback runs")
    match = u64(process.waiting + offset("waiter", "match")) if process.waiting else 0
    if match and "match_reply" in symbol(match):
        print("its call: " + who_owes(u64(process.waiting + offset("call_waiter", "node"))))


class Beamish(gdb.Command):
    """Shows the processes of a program that uses Beamish. See `beamish help`."""

    def __init__(self):
        super().__init__("beamish", gdb.COMMAND_STACK)

    def complete(self, text, _):
        return [word for word in ("bt", "help", "ps") if word.startswith(text)]

    def invoke(self, argument, _):
        words = argument.split()
        try:
            if words == ["ps"]:
                show_processes()
            elif words[:1] == ["bt"] and len(words) > 1:
                show_backtrace(argument.split(None, 1)[1].strip())
            elif words in ([], ["help"]):
                print(HELP)
            elif words == ["bt"]:
                raise Refused("say which process: beamish bt PID")
            else:
                raise Refused(f"there is no '{words[0]}': beamish ps, beamish bt PID, beamish help")
        except Refused as why:
            raise gdb.GdbError(f"beamish: {why}") from None
        except (gdb.error, struct.error, UnicodeError) as why:
            text = str(why).split("\n")[0]
            raise gdb.GdbError(f"beamish: the program's memory can't be read: {text}") from None
        finally:
            memory.forget()


Beamish()
values.register()
