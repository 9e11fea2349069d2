# SPDX-License-Identifier: Apache-2.0
"""What a program can't say about itself: how long it takes to its first byte of output, what
compiling a source takes, and how fast it runs commands. Each gives the same fields as the line of
a program's own."""

import os
import pathlib
import subprocess
import threading
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


def _run_to_the_end(command, start, end):
    """Its exit code, what it said on standard error, its seconds, and what the system counted."""
    begin = time.monotonic()
    child = start(command, stdin=subprocess.DEVNULL)
    try:
        drain = threading.Thread(target=child.stdout.read)
        drain.start()
        said = child.stderr.read()
        drain.join()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    finally:
        end(child)
        child.stdout.close()
        child.stderr.close()
    return child.returncode, said, time.monotonic() - begin, used


def compiler(command, row, start, end):
    """Compiles one source. The figure of an `include` is processor time, since it is short."""
    code, said, seconds, used = _run_to_the_end(command, start, end)
    if code != 0 or said:
        raise WrongRun(f"exit {code}: {said.strip()[-300:] or 'no message'}")
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


def command_files(folder, count):
    """`count` times `true` with a number: as a file for batch, and the numbers alone for xargs."""
    folder.mkdir(parents=True, exist_ok=True)
    batch, words = folder / f"batch-{count}", folder / f"xargs-{count}"
    batch.write_text("".join(f"true {i}\n" for i in range(count)), encoding="ascii")
    words.write_text("".join(f"{i}\n" for i in range(count)), encoding="ascii")
    return str(batch), str(words)


def commands(command, row, start, end):
    """Runs a program that runs the commands of a file, whose exit code says that all exited with
    0. Its memory is that of the largest process: itself or a command."""
    with open(command[-1], "rb") as file:
        count = sum(1 for _ in file)
    code, said, seconds, used = _run_to_the_end(command, start, end)
    if code != 0:
        raise WrongRun(f"exit {code}: {said.strip()[-300:] or 'no message'}")
    return {
        "row": row,
        "n": count,
        "seconds": seconds,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "figure": count / seconds,
        "unit": "per_second",
        "checked": "exit code 0",
        "rss_peak_kib": used.ru_maxrss,
    }
