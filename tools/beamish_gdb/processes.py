# SPDX-License-Identifier: Apache-2.0
"""The nodes and processes of the program under gdb."""

import re
import struct

import gdb

from beamish_gdb.memory import (COUNT_MOST, SPACE, Refused, chain, coroutine_name, i64, kinds,
                                offset, read, short, string, symbol, template_arguments, type_of,
                                u8, u32, u64, view)

STORAGE = f"{SPACE}the_program()::storage"
ALIVE, THREAD_BODY, HIBERNATING, EXITING = 1, 8, 32, 64   # slot_flag
HALT_SUSPENDED = 1   # halt
POINTER = (1 << 48) - 1


def pid_text(words):
    return "#PID<{}.{}.{}>".format(*words)


def pid_at(address):
    return struct.unpack("<III", read(address, 12))


class Node:
    def __init__(self, name, core):
        self.name, self.core = name, core
        self.index = u32(core + offset("node_core", "index"))
        self.names = dict(self.registered())
        self.workers = list(self.all_workers())
        self.running = {}
        for worker in self.workers:
            slot = u64(worker + offset("worker", "current"))
            if slot:
                self.running[slot] = worker
        self.simulated = u64(core + offset("node_core", "outside")) != 0
        self.ready = set(self.queued())

    def registered(self):
        """The map from pids to names: a red-black tree of libstdc++."""
        tree = self.core + offset("node_core", "names") + offset("name_table", "names_") + 8
        waiting = [u64(tree + 8)]
        while waiting:
            node = waiting.pop()
            if node:
                waiting += [u64(node + 16), u64(node + 24)]
                yield pid_at(node + 32), string(node + 48)

    def all_workers(self):
        scheduler = u64(self.core + offset("node_core", "workers"))
        if scheduler:
            first = scheduler + offset("scheduler", "workers_")
            for number in range(u32(scheduler + offset("scheduler", "count_"))):
                yield u64(first + 8 * number)

    def queued(self):
        """The slots that wait for a worker."""
        first = self.core + offset("node_core", "ready_slots") + offset("slot_list", "first")
        yield from chain(u64(first), "process_slot", "run_next")
        for worker in self.workers:
            yield from chain(u64(worker + offset("worker", "spawned")), "process_slot", "run_next")
            yield u64(worker + offset("worker", "ring.lifo_"))
            head = u64(worker + offset("worker", "ring.head_"))
            tail = u64(worker + offset("worker", "ring.tail_"))
            for number in range(head, min(tail, head + 256)):
                yield u64(worker + offset("worker", "ring.slots_") + 8 * (number % 256))

    def processes(self):
        directory = u64(self.core + offset("node_core", "directory"))
        end = u32(self.core + offset("node_core", "next_id"))
        size, flags = type_of("process_slot").sizeof, offset("process_slot", "flags")
        for first in range(0, end, 256):
            branch = u64(directory + 8 * (first >> 16))
            chunk = branch and u64(branch + 8 * (first >> 8 & 255))
            if not chunk:
                return
            data = read(chunk, 256 * size)
            for number in range(256):
                if data[number * size + flags] & ALIVE:
                    yield Process(self, chunk + number * size)


def nodes():
    if not gdb.selected_inferior().progspace.filename:
        raise Refused("there is no program: start gdb with one")
    try:
        storage = int(gdb.parse_and_eval(f"(unsigned long)&'{STORAGE}'"))
    except gdb.error:
        raise Refused("this program does not use Beamish, or has been stripped of its symbols "
                      "(no the_program())") from None
    if not gdb.selected_inferior().pid:
        raise Refused("the program does not run: run it, attach to it or load a core file")
    living, segments = (storage + offset("program", one) for one in ("living_", "segments_"))
    found = []
    for entry in range(u64(living), u64(living + 8), 40):
        index = u32(entry + 32)
        segment = u64(segments + 8 * (index // 256))
        core = u64(segment + index % 256 * type_of("node_entry").sizeof
                   + offset("node_entry", "core"))
        found.append(Node(string(entry), core))
    if not found:
        raise Refused("no node runs in this program now")
    return sorted(found, key=lambda node: node.index)


def thread_text(thread):
    return f"thread {thread.num} (LWP {thread.ptid[1]})" if thread else "an unknown thread"


def worker_thread(worker):
    """None if it is not known."""
    if not worker:
        return None
    handle = u64(worker + offset("worker", "thread"))
    for thread in gdb.selected_inferior().threads():
        try:
            if int.from_bytes(thread.handle(), "little") == handle:
                return thread
        except (gdb.error, NotImplementedError):
            return None
    return None


class Process:
    def __init__(self, node, slot):
        self.node, self.slot = node, slot
        self.pid = (node.index, self.word32("id"), self.word32("serial"))
        self.flags = self.word32("flags")
        self.type, self.body = self.word("type"), self.word("body")
        self.is_server = u8(self.type + offset("body_type", "is_server")) != 0
        self.is_thread = bool(self.flags & THREAD_BODY)
        self.name = node.names.get(self.pid, "")
        self.box = self.word("box.word_") & POINTER
        self.waiting = self.word("waiting")

    def word(self, member):
        return u64(self.slot + offset("process_slot", member))

    def word32(self, member):
        return u32(self.slot + offset("process_slot", member))

    def state(self):
        if self.flags & EXITING:
            return "exiting"
        if self.is_thread:
            return "thread"
        if self.slot in self.node.running:
            return "running"
        if self.box == 1:
            if self.is_suspended():
                return "suspended"
            return "hibernating" if self.flags & HIBERNATING else "waiting"
        if self.slot in self.node.ready or self.node.simulated:
            return "ready"
        return "running"   # it has called another, which runs on the same worker

    def is_suspended(self):
        halts = u8(self.body + offset("server_box", "halts")) if self.is_server else 0
        return halts & HALT_SUSPENDED != 0

    def what(self):
        """Its name, or how it began."""
        if self.name:
            return f'"{self.name}"'
        text = short(view(self.type + offset("body_type", "initial_call")))
        root = 0
        if not self.is_server and not self.is_thread and self.body:
            root = u64(self.body + offset("coroutine_body", "root_promise"))
        if root and "(*)" in text:
            return coroutine_name(u64(u64(root + offset("promise_base", "frame"))))
        return text

    def messages(self):
        """The signals that wait to be received, oldest first for most of them."""
        yield from chain(self.word("queue"), "signal", "next")
        fresh = self.box if self.box > 1 else 0
        skipped = (kinds()["control"], kinds()["reply"])
        for signal in chain(fresh, "signal", "next"):
            kind = u64(signal + offset("signal", "type")) + offset("signal_type", "kind")
            if u8(kind) not in skipped:
                yield signal

    def links(self):
        count, link = 0, self.word("links")
        while link and count < COUNT_MOST:
            mine = pid_at(link + offset("link_record", "message.from")) == self.pid
            link = u64(link + offset("link_record", "next") + (0 if mine else 8))
            count += 1
        return count

    def monitors(self):
        """How many it watches, and how many watch it."""
        extra = self.word("extra")
        first = u64(extra + offset("process_extra", "monitors")) if extra else 0
        return (sum(1 for _ in chain(first, "monitor_record", "next_watched")),
                sum(1 for _ in chain(self.word("watchers"), "monitor_record", "next_watcher")))

    def callback(self):
        return u64(self.body + offset("server_box", "callback")) if self.is_server else 0

    def current(self):
        return u64(self.body + offset("server_box", "current")) if self.is_server else 0

    def waits_for(self):
        if self.is_thread:
            return "see " + thread_text(self.thread())
        if self.is_suspended():
            return "sys::resume"
        if not self.waiting:
            return "a message" if self.is_server and self.box == 1 else ""
        match = u64(self.waiting + offset("waiter", "match"))
        return waited_for(symbol(match), self.waiting) if match else ""

    def thread(self):
        number = u32(self.body + offset("thread_state", "kernel_id"))
        return next((one for one in gdb.selected_inferior().threads() if one.ptid[1] == number),
                    None)

    def frames(self):
        """Pairs of a frame's address and its promise, innermost first."""
        frame = u64(self.waiting + offset("waiter", "frame")) if self.waiting else 0
        while frame:
            promise = promise_of(frame)
            yield frame, promise
            promise = promise and u64(promise + offset("promise_base", "parent"))
            frame = u64(promise + offset("promise_base", "frame")) if promise else 0


def promise_of(frame):
    """It lies behind two words, and further if it is aligned to more. It knows its frame."""
    for place in (16, 32, 64, 128):
        if u64(frame + place + offset("promise_base", "frame")) == frame:
            return frame + place
    return 0


def message_name(signal):
    message = u64(u64(signal + offset("signal", "type")) + offset("signal_type", "message"))
    return view(message + offset("message_type", "name")) if message else "a control signal"


def waited_for(match, waiter):
    """What the function that looks at each signal says about what is waited for."""
    seconds = i64(waiter + offset("signal_waiter", "timeout")) / 1e9
    limit = f" for at most {seconds:g} s" if seconds >= 0 else ""
    if "message_waiter<" in match:
        accepts, *messages = template_arguments(match, "message_waiter")
        verb = "receive" if accepts.endswith("any_message") else "receive_if"
        return f"{verb}<{', '.join(short(one) for one in messages)}>{limit}"
    if "match_reply" in match:
        to = pid_at(waiter + offset("call_waiter", "to"))
        asked = message_name(u64(waiter + offset("call_waiter", "node")))
        return f"the reply to {asked}{' of ' + pid_text(to) if to[0] else ''}{limit}"
    if "sleep_awaitable" in match:
        return f"sleep of {seconds:g} s"
    for part, text in (("hibernate", "any message (hibernates)"), ("match_anything", "a message"),
                       ("match_no_signal", "blocking()"), ("match_response", "a response"),
                       ("match_no_message", "process_info")):
        if part in match:
            return text + limit
    return short(match.partition("(")[0])
