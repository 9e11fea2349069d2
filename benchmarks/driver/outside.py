# SPDX-License-Identifier: Apache-2.0
"""What a program can't say about itself: how long it takes to its first byte of output, and what
compiling a source takes. Each gives the same fields as the line of a program's own."""

import os
import pathlib
import subprocess
import time

LINGER_S = 0.3  # after its first byte, before its peak of memory is read


class WrongRun(Exception):
    """A program that failed, hung, or whose result was wrong: it has no figure."""


def first_byte(command, row, start, end):
    """Runs a program that prints, then waits for the end of its input, or is ended. `start` starts
    it in a process group of its own, and `end` ends that."""
    begin = time.monotonic()
    child = start(command, stdin=subprocess.PIPE)
    try:
        first = os.read(child.stdout.fileno(), 1)
        seconds = time.monotonic() - begin
        if not first:
            raise WrongRun(f"printed nothing: {child.communicate()[1].strip()[-300:]}")
        time.sleep(LINGER_S)
        peak = _peak_kib(child.pid)
        cpu = _cpu_seconds(child.pid)
    finally:
        end(child)
    return {
        "row": row,
        "n": 1,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "figure": seconds,
        "unit": "seconds",
        "checked": "a first byte",
        "rss_peak_kib": peak,
    }


def _peak_kib(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) for line in text.splitlines() if line[:6] == "VmHWM:")
    except (OSError, StopIteration):
        raise WrongRun("ended too early for its memory to be read") from None


def _cpu_seconds(pid):
    text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    user, system = text.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def compiler(command, row, start, end):
    """Compiles one source. The figure of an `include` is processor time, since it is short."""
    begin = time.monotonic()
    child = start(command, stdin=subprocess.DEVNULL)
    try:
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    finally:
        end(child)
        child.stdout.close()
        child.stderr.close()
    seconds = time.monotonic() - begin
    if child.returncode != 0 or said:
        raise WrongRun(f"exit {child.returncode}: {said.strip()[-300:] or 'no message'}")
    cpu = used.ru_utime + used.ru_stime
    return {
        "row": row,
        "n": 1,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "figure": cpu if row.startswith("include") else seconds,
        "unit": "seconds",
        "checked": "compiled without a message",
        "rss_peak_kib": used.ru_maxrss,
        "details": {"cpu": cpu},
    }
