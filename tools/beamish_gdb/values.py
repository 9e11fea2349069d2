# SPDX-License-Identifier: Apache-2.0
"""How gdb prints Beamish's pids, references, atoms and terms: as inspect() does, or nearly so."""

import re
import struct

import gdb
import gdb.printing

KINDS = ("atom integer big_integer floating binary bitstring tuple list map structure pid reference"
         " port function opaque").split()
HEAP = 1 << 63
BRACKETS = {"tuple": ("{", "}"), "list": ("[", "]"), "map": ("%{", "}"), "structure": ("%{", "}"),
            "function": ("#Function<", ">")}
MOST, DEEPEST = 50, 8


def read(address, size):
    return gdb.selected_inferior().read_memory(address, size).tobytes()


def reference_text(words):
    node, *rest = words
    while len(rest) > 3 and rest[-1] == 0:
        rest.pop()
    return "#Reference<" + ".".join(str(one) for one in (node, *rest)) + ">"


def atom_text(name):
    if name in ("nil", "true", "false"):
        return name
    if re.fullmatch(r"Elixir(?:\.[A-Z]\w*)+", name):
        return name.removeprefix("Elixir.")
    return ":" + name if re.fullmatch(r"[a-zA-Z_][\w@]*[?!]?", name) else f':"{name}"'


def cell_text(data, depth=0):
    """Of the 16 bytes that cell.hpp describes."""
    low, high = struct.unpack("<QQ", data)
    kind = KINDS[high >> 56 & 0x7f] if high >> 56 & 0x7f < len(KINDS) else "?"
    if not high & HEAP:
        return in_place(kind, data, low, high)
    size = struct.unpack("<Q", read(low + 8, 8))[0] & (1 << 56) - 1
    if kind in ("atom", "binary", "opaque"):
        text = read(low + 16, min(size, 4096)).decode(errors="backslashreplace")
        return {"atom": atom_text, "opaque": lambda t: f"#{t}"}.get(kind, lambda t: f'"{t}"')(text)
    if kind == "reference":
        return reference_text(struct.unpack("<6I", read(low + 16, 24)))
    if kind not in BRACKETS or depth == DEEPEST:
        return f"#{kind}"
    items = [cell_text(read(low + 16 + 16 * one, 16), depth + 1) for one in range(min(size, MOST))]
    if kind in ("map", "structure"):
        items = [f"{key} => {value}" for key, value in zip(items[::2], items[1::2])]
    first, last = BRACKETS[kind]
    return first + ", ".join(items + ["..."] * (size > MOST)) + last


def in_place(kind, data, low, high):
    if kind in ("atom", "binary"):
        text = data[:high >> 48 & 0xff].decode(errors="backslashreplace")
        return atom_text(text) if kind == "atom" else f'"{text}"'
    if kind == "integer":
        return str(low - ((low >> 63) << 64))
    if kind == "floating":
        return str(struct.unpack("<d", data[:8])[0])
    if kind == "pid":
        return "#PID<{}.{}.{}>".format(low & 0xffffffff, low >> 32, high & 0xffffffff)
    if kind in BRACKETS:
        return "".join(BRACKETS[kind])
    return f"#{kind}"


class Printer:
    def __init__(self, text_of, size):
        self.text_of, self.size = text_of, size

    def __call__(self, value):
        self.value = value
        return self

    def to_string(self):
        if self.value.address is None:
            return "(in a register)"
        return self.text_of(read(int(self.value.address), self.size))


def register():
    printers = gdb.printing.RegexpCollectionPrettyPrinter("beamish")
    for name, text_of, size in (
            ("pid", lambda d: "#PID<{}.{}.{}>".format(*struct.unpack("<III", d)), 12),
            ("reference", lambda d: reference_text(struct.unpack("<6I", d)), 24),
            ("atom", cell_text, 16), ("term", cell_text, 16)):
        printers.add_printer(name, rf"^beamish::v0::{name}$", Printer(text_of, size))
    gdb.printing.register_pretty_printer(None, printers, replace=True)
