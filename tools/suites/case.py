# SPDX-License-Identifier: Apache-2.0
"""What every suite hands back: cases, and the context in which they run."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclass
class Case:
    name: str
    outcome: str
    detail: str = ""   # why it failed or was skipped
    repeat: str = ""   # the command that runs this case alone
    notes: list = field(default_factory=list)


@dataclass
class Context:
    root: Path
    build: Path
    compiler: str
    preset: str                                # dev, release, asan or tsan
    filters: list = field(default_factory=list)   # texts, one of which a test's name contains
    named: set = field(default_factory=set)       # suites that were asked for by name

    random: int = 1000                            # random programs to compare with OTP
    seed: int = 1                                 # of the first of them
    common_header: list = field(default_factory=list)   # flags that include it, compiled already
    closing: list = field(default_factory=list)   # lines to print before the sum

    @property
    def sanitized(self):
        return self.preset in ("asan", "tsan")

    def wants(self, name):
        return not self.filters or any(text.lower() in name.lower() for text in self.filters)

    def programs(self):
        """The programs that CMake listed: name (a suite or a source file) to path."""
        listed = (self.build / "test_programs.txt").read_text().split("\n")
        return dict(line.split("=", 1) for line in listed if line)

    def sanitizer_flags(self):
        cache = (self.build / "CMakeCache.txt").read_text()
        flags = re.search(r"^CMAKE_CXX_FLAGS:\w+=(.*)$", cache, re.M)
        return flags.group(1).split() if flags else []

    def launcher(self, folder):
        """What stands before the compiler in a folder, so that no clone compiles a thing again."""
        if not shutil.which("ccache"):
            return []
        return [str(self.root / "cmake" / "compile.sh"), str(self.root),
                os.path.relpath(self.root, folder)]

    def script(self, suite):
        family = "" if "clang" in self.compiler else " --compiler gcc"
        preset = "" if self.preset == "dev" else f" --preset {self.preset}"
        return f"./test{family}{preset} {suite}"


@dataclass
class Ended:
    status: int        # negative: ended by that signal
    text: str          # standard output and standard error
    timed_out: bool


def run(command, timeout, cwd=None, env=None):
    """Runs a command to its end, without standard input; kills its group after the timeout."""
    process = subprocess.Popen(
        [str(word) for word in command], cwd=cwd, env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", start_new_session=True)
    timed_out = False
    try:
        text, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        os.killpg(process.pid, signal.SIGKILL)
        text, _ = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return Ended(process.returncode, text or "", timed_out)


def end_children():
    """And their groups. Those that are just being started, too, so nobody keeps a list of them."""
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in map(int, children.read_text().split()):
            for end in (os.killpg, os.kill):
                try:
                    end(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass


def end_in_order():
    """From now on SIGTERM ends what was started, too: it has sessions of its own."""
    def end(number, _):
        end_children()
        try:
            sys.stdout.flush()
        except RuntimeError:
            pass  # it was in the middle of a print
        os._exit(128 + number)  # an exception is ignored where a destructor runs
    signal.signal(signal.SIGTERM, end)


def how_it_ended(ended, timeout):
    if ended.timed_out:
        return f"still running after {timeout} s"
    if ended.status < 0:
        return f"ended by {signal.Signals(-ended.status).name}"
    return f"exit code {ended.status}"


def bad_end(found, ended, timeout, name):
    """Where tests that a program told of don't explain how it ended, a failed case that does."""
    explained = ended.status == 0 or any(case.outcome == FAILED for case in found)
    if found and explained and not ended.timed_out:
        return []
    return [Case(name, FAILED, f"{how_it_ended(ended, timeout)}\n{tail(ended.text)}")]


def tail(text, lines=40):
    kept = text.rstrip().split("\n")
    return "\n".join(kept if len(kept) <= lines else ["..."] + kept[-lines:])


def simple_cases(context, suite, named):
    """Runs the wanted ones of (name, function). A function gives why it failed, or a case."""
    for name, function in named:
        if not context.wants(name):
            continue
        try:
            why = function()
        except Exception as error:  # A check that breaks is a check that fails.
            why = f"{type(error).__name__}: {error}"
        if isinstance(why, Case):
            yield why
        else:
            repeat = context.script(f"{suite} '{name}'")
            yield Case(name, FAILED if why else PASSED, why or "", repeat)


# Runs what writes its pid into argv[2], and goes on for ever.
ENDLESS = """
import sys
sys.path.insert(0, sys.argv[1])
from suites import case
case.end_in_order()
case.run(["sh", "-c", f"echo $$ > {sys.argv[2]}; exec sleep 1000"], 1000)
"""


def self_test():
    """Whoever ends a test run ends the programs that it runs."""
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder) / "pid"
        os.mkfifo(pipe)
        tools = Path(__file__).parent.parent
        runner = subprocess.Popen([sys.executable, "-c", ENDLESS, tools, pipe])
        started = os.pidfd_open(int(pipe.read_text()))
        runner.terminate()
        status = runner.wait()
        ended = select.select([started], [], [], 10)[0]
        os.close(started)
    if status != 128 + signal.SIGTERM:
        return f"a run that was ended said {status}"
    return None if ended else "what it ran goes on"
