# SPDX-License-Identifier: Apache-2.0
"""Finds the source line where a coroutine is suspended.

A coroutine's frame holds the address of its resume function and, somewhere, the number of the
co_await where it waits. Neither g++ nor clang tells a debugger where this number lies, or what line
belongs to it. But the resume function reads it before anything else of the frame, and the code of a
co_await writes it: so the line is that of the instruction that writes the number which is there.
Only memory is read. What can't be found so gives no line."""

import linecache
import re

import gdb

STEPS = 200
# The instruction's name, and its operands as AT&T writes them.
OPERAND = re.compile(r"(?:[^,(]|\([^)]*\))+")
IN_FRAME = re.compile(r"^(0x[0-9a-f]+)\((%\w+)\)$")
FAMILY = re.compile(r"^%(?:r|e)?(ax|bx|cx|dx|si|di|bp|sp|\d+)[bwdl]?$|^%([abcd])l$|^%([sd]il)$")


def instruction(at):
    """Its name and operands, and where the next one is."""
    found = gdb.selected_inferior().architecture().disassemble(at, count=1)[0]
    text = re.sub(r"\s*(?:#.*|<[^>]*>.*)$", "", found["asm"]).replace("notrack ", "")
    word, _, rest = text.strip().partition(" ")
    return word, [one.strip() for one in OPERAND.findall(rest.strip())], at + found["length"]


def whole(operand):
    """The full name of a register, of which an operand is a part."""
    found = FAMILY.match(operand)
    if not found:
        return operand
    name = found.group(1) or (found.group(2) or found.group(3)[:1]) + "x"
    return {"sx": "si"}.get(name, name)


def place_of_number(function):
    """Where in the frame the number lies: the first of it that is read. 0: not known."""
    holds_frame = {"di"}
    at = function
    for _ in range(STEPS):
        word, operands, at = instruction(at)
        if word == "jmp" and operands and operands[0].startswith("0x"):
            at = int(operands[0], 16)
            continue
        if word.startswith(("j", "call", "ret")):
            return 0
        for operand in operands[:1] if word.startswith("mov") else operands:
            found = IN_FRAME.match(operand)
            if found and whole(found.group(2)) in holds_frame and word != "lea":
                return int(found.group(1), 16)
        if not word.startswith("push") and operands:
            source, target = whole(operands[0]), whole(operands[-1])
            if word in ("mov", "movq") and source in holds_frame:
                holds_frame.add(target)
            elif not word.startswith(("cmp", "test")):
                holds_frame.discard(target)
    return 0


def block_of(at):
    """The block of the function, perhaps an inlined one, that an instruction belongs to."""
    block = gdb.block_for_pc(at)
    while block is not None and block.function is None:
        block = block.superblock
    return block


def own_line(at, function, filename):
    """The line of an instruction, unless it belongs to a function that was inlined there."""
    place, block = gdb.find_pc_line(at), block_of(at)
    if place.symtab is None or place.line == 0 or block is None:
        return 0
    same = (block.function.name == function.name and block.function.line == function.line
            and place.symtab.filename == filename)
    return place.line if same else 0


def line_that_writes(block, place, number, symtab):
    """The line of the instruction that writes this number there. 0: not known."""
    constants, last, at = {}, 0, block.start
    source = linecache.getlines(symtab.fullname())
    while at < block.end:
        line = own_line(at, block.function, symtab.filename)
        # Some of what belongs to a co_await has the lines of the function's begin or end.
        if line and (line > len(source) or "co_await" in source[line - 1]):
            last = line
        word, operands, at = instruction(at)
        if not word.startswith("mov") or len(operands) != 2:
            continue
        taken, target = operands
        constant = constants.get(whole(taken))
        if taken.startswith("$"):
            constant = int(taken[1:], 16) & 0xffff
        found = IN_FRAME.match(target)
        if found and int(found.group(1), 16) == place and constant == number:
            return last
        constants[whole(target)] = constant
    return 0


def resume_line(function, frame):
    """(file, line, True) where the coroutine waits; with False where it begins, if no more can be
    said; None without debug information."""
    block = block_of(function)
    begin = gdb.find_pc_line(function)
    if block is None or begin.symtab is None:
        return None
    flavor = gdb.parameter("disassembly-flavor")
    gdb.execute("set disassembly-flavor att", to_string=True)
    try:
        place = place_of_number(function)
        number = gdb.selected_inferior().read_memory(frame + place, 1)[0][0]
        line = place and line_that_writes(block, place, number, begin.symtab)
    except gdb.error:
        line = 0
    finally:
        gdb.execute(f"set disassembly-flavor {flavor}", to_string=True)
    return begin.symtab.filename, line or block.function.line, bool(line)
