# SPDX-License-Identifier: Apache-2.0
"""Reads the memory of the program under gdb, by its debug information, and its symbols."""

import re
import struct
from functools import cache

import gdb

SPACE = "beamish::v0::detail::"
COUNT_MOST = 100_000


class Refused(Exception):
    """What was asked can't be answered; it says why."""


def read(address, size):
    return gdb.selected_inferior().read_memory(address, size).tobytes()


def u64(address):
    return struct.unpack("<Q", read(address, 8))[0]


def u32(address):
    return struct.unpack("<I", read(address, 4))[0]


def i64(address):
    return struct.unpack("<q", read(address, 8))[0]


def u8(address):
    return read(address, 1)[0]


def view(address):
    """A std::string_view of libstdc++."""
    size, data = u64(address), u64(address + 8)
    return read(data, min(size, 4096)).decode(errors="replace") if size else ""


def string(address):
    """A std::string of libstdc++."""
    data, size = u64(address), u64(address + 8)
    return read(data, min(size, 4096)).decode(errors="replace") if size else ""


def c_text(address):
    return gdb.Value(address).cast(gdb.lookup_type("char").pointer()).string(errors="replace")


@cache
def type_of(name):
    try:
        return gdb.lookup_type(SPACE + name)
    except gdb.error:
        raise Refused("there is no debug information about Beamish's types: build program and "
                      "library with -g (-g1 is not enough)") from None


def offset_in(kind, name):
    fields = [one for one in kind.strip_typedefs().fields() if hasattr(one, "bitpos")]
    for field in fields:
        if field.name == name and not field.is_base_class:
            return field.bitpos // 8, field.type
    for field in fields:
        found = offset_in(field.type, name) if field.is_base_class else None
        if found is not None:
            return field.bitpos // 8 + found[0], found[1]
    return None


@cache
def offset(kind, path):
    """Where a member lies, as in offset("process_slot", "box.word_")."""
    at, now = 0, type_of(kind)
    for name in path.split("."):
        found = offset_in(now, name)
        if found is None:
            raise Refused(f"{kind} has no {path}: this file and the program are of different "
                          "versions of Beamish")
        at, now = at + found[0], found[1]
    return at


@cache
def kinds():
    fields = type_of("signal_kind").fields()
    return {field.name.rpartition("::")[2]: field.enumval for field in fields}


def forget():
    """Another program may be next."""
    for each in (type_of, offset, kinds):
        each.cache_clear()


def chain(address, kind, member, most=COUNT_MOST):
    """The nodes of a list."""
    while address and most:
        yield address
        address, most = u64(address + offset(kind, member)), most - 1


def symbol(address):
    text = gdb.execute(f"info symbol {address}", to_string=True)
    return "" if text.startswith("No symbol") else text.partition(" in section")[0]


def short(name):
    for long, brief in (("(anonymous namespace)::", ""), ("{anonymous}::", ""),
                        ("beamish::v0::", "beamish::"), ("std::__cxx11::", "std::"),
                        ("std::basic_string<char, std::char_traits<char>, std::allocator<char> >",
                         "std::string")):
        name = name.replace(long, brief)
    return re.sub(r"\[abi:\w+\]", "", name)


def coroutine_name(resume):
    """The coroutine whose resume function this is."""
    name = short(symbol(resume).partition(" [clone")[0])
    found = re.match(r"^.*?\((.*)::\w+\.Frame ?\*\)(?: const)?$", name)   # as g++ writes it
    return (found.group(1) if found else name) or hex(resume)


def template_arguments(name, of):
    """The arguments of the template in a function's name."""
    begin = name.find(of + "<")
    found, depth = [""], 0
    for letter in name[begin + len(of) + 1:] if begin >= 0 else "":
        depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(letter, 0)
        if depth < 0:
            break
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [one.strip() for one in found]
