# SPDX-License-Identifier: Apache-2.0
"""What the tests of the built command share: running it, and reporting."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

TIMEOUT = 30

tests = []
program = None


def test(function):
    """Marks a function as a test; its name, with blanks, is the test's name."""
    tests.append(function)
    return function


class Ended:
    """What a run of the program gave."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- out\n{self.out[-3000:]}\n--- err\n{self.err[-3000:]}"


def beamish(*arguments, stdin="", environment=None):
    """Runs the program to its end."""
    done = subprocess.run([program, *arguments], input=stdin.encode(), capture_output=True,
                          timeout=TIMEOUT, env=environment)
    return Ended(done.returncode, done.stdout.decode(errors="replace"),
                 done.stderr.decode(errors="replace"))


def batch(commands, *arguments):
    """Runs `beamish batch` on a file with these commands."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "jobs"
        path.write_bytes(commands if isinstance(commands, bytes) else commands.encode())
        return beamish("batch", str(path), *arguments)


def heed_hang_up():
    """The program leaves SIGHUP ignored where it is, as under nohup; its tests send it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Running:
    """A run of the program that the test watches and sends signals to."""

    def __init__(self, *arguments, commands):
        self.process = subprocess.Popen([program, "batch", "-", *arguments], bufsize=0,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, preexec_fn=heed_hang_up)
        self.process.stdin.write(commands.encode())
        self.process.stdin.close()
        self.text = ""

    def read_on(self, what):
        """Takes the next output; false at its end."""
        ready, _, _ = select.select([self.process.stdout], [], [], TIMEOUT)
        check(ready, f"{what} did not appear in:\n{self.text[-3000:]}")
        data = os.read(self.process.stdout.fileno(), 65536)
        self.text += data.decode(errors="replace")
        return bool(data)

    def wait_for(self, pattern):
        """Reads on until the pattern has appeared; gives the match."""
        while not re.search(pattern, self.text, re.M):
            check(self.read_on(pattern), f"the end came before {pattern} in:\n{self.text}")
        return re.search(pattern, self.text, re.M)

    def interrupt(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def end(self):
        """Reads to the end of the output and gives the exit code."""
        while self.read_on("the end"):
            pass
        return self.process.wait(TIMEOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
                                  capture_output=True, text=True).stdout.split()
        self.process.kill()
        for child in children if self.process.returncode is None else []:
            os.killpg(int(child), signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


class Terminal:
    """A run of the program with a terminal as all three standard streams."""

    def __init__(self, *arguments, environment=None, width=80):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve(program, [program, *arguments],
                      {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **(environment or {})})
        set_width(self.terminal, width)
        self.text = ""

    def read_on(self):
        """Takes the next output; false at its end."""
        ready, _, _ = select.select([self.terminal], [], [], TIMEOUT)
        try:
            data = os.read(self.terminal, 65536) if ready else b""
        except OSError:
            data = b""
        self.text += data.decode(errors="replace")
        return bool(data)

    def wait_for(self, pattern):
        end = time.monotonic() + TIMEOUT
        while not re.search(pattern, self.text):
            check(self.read_on() and time.monotonic() < end,
                  f"{pattern} did not come in:\n{self.text[-3000:]}")

    def resize(self, width):
        set_width(self.terminal, width)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def end(self):
        """Reads to the end; gives the exit code."""
        while self.read_on():
            pass
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def on_terminal(*arguments, environment=None, width=80):
    """Runs the program to its end on a terminal; gives code and text."""
    run = Terminal(*arguments, environment=environment, width=width)
    code = run.end()
    return code, run.text


def set_width(terminal, width):
    import fcntl
    import struct
    import termios
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))


def is_alive(pid):
    """Whether the process still does something: a zombie that waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_gone(pid):
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ready, _, _ = select.select([descriptor], [], [], TIMEOUT)
    os.close(descriptor)
    check(ready, f"process {pid} is still there")


def check(condition, why=""):
    if not condition:
        raise AssertionError(why)


def equal(found, wanted, context=""):
    check(found == wanted, f"{found!r} is not {wanted!r} {context}")


def contains(text, *parts):
    for part in parts:
        check(part in text, f"{part!r} is not in:\n{text[-3000:]}")


class Skipped(Exception):
    """Raised by a test that can't be run here; it says why."""


def main():
    global program
    program = str(Path(sys.argv[1]).resolve())
    failed = 0
    for function in tests:
        name = function.__name__.replace("_", " ")
        if sys.argv[2:] and not any(wanted in name for wanted in sys.argv[2:]):
            continue
        try:
            function()
            print(f"ok {name}", flush=True)
        except Skipped as why:
            print(f"skip {name}: {why}", flush=True)
        except Exception as error:
            failed += 1
            where = traceback.extract_tb(error.__traceback__)
            line = next((f.lineno for f in reversed(where) if f.name == function.__name__), 0)
            print(f"not ok {name}: line {line}: {type(error).__name__} {error}", flush=True)
    sys.exit(1 if failed else 0)
