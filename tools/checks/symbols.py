# SPDX-License-Identifier: Apache-2.0
"""What the compiler made of the library calls no clock, random number or sleep outside the seam:
the undefined symbols of every object file say so, whatever the source looked like."""

import re
import subprocess
from pathlib import Path

from checks.seam import SEAM

NAME = "no object file outside the seam needs a clock, a random number or a sleep"
BANNED = re.compile(
    r"^(?:clock_gettime|clock_nanosleep|gettimeofday|time|nanosleep|usleep|sleep|rand|srand|random|"
    r"getrandom|getentropy|arc4random|_ZNSt6chrono.*(?:steady|system|high_resolution)_clock3nowEv|"
    r"_ZNSt13random_device.*|_ZNSt11this_thread.*sleep.*)(?:@.*)?$")


def undefined(text):
    """(object, symbol) from the output of `nm -A -u`."""
    for line in text.split("\n"):
        found = re.match(r"^(.*\.o):\s+[Uw]\s+(\S+)$", line)
        if found:
            yield found.group(1), found.group(2)


def source_of(name):
    """CMakeFiles/beamish_term.dir/beamish/term/term.cpp.o is made of beamish/term/term.cpp."""
    found = re.search(r"\.dir/(beamish/.+\.cpp)\.o$", name)
    return found.group(1) if found else ""


def judge(text):
    for name, symbol in undefined(text):
        source = source_of(name)
        outside = source and not SEAM.match(source) and not source.endswith("_test.cpp")
        if outside and BANNED.match(symbol):
            yield f"{source}: its object file needs {symbol}"


def problems(build):
    folder = Path(build, "CMakeFiles")
    objects = sorted(str(path) for path in folder.glob("beamish_*.dir/beamish/**/*.o"))
    if not objects:
        yield "there are no object files to look at"
        return
    ended = subprocess.run(["nm", "-A", "-u", *objects], capture_output=True, text=True, check=True)
    yield from judge(ended.stdout)


def self_test():
    def line(source, symbol):
        return f"CMakeFiles/beamish_otp.dir/{source}.o:                 U {symbol}\n"
    good = line("beamish/otp/a.cpp", "malloc")
    good += line("beamish/runtime/real_world.cpp", "clock_gettime")
    if list(judge(good)):
        return f"refuses what is right: {list(judge(good))}"
    for symbol in ("clock_gettime@GLIBC_2.17", "_ZNSt6chrono3_V212steady_clock3nowEv", "getrandom",
                   "_ZNSt13random_device9_M_getvalEv", "nanosleep"):
        if not list(judge(line("beamish/otp/a.cpp", symbol))):
            return f"does not see {symbol}"
    return None
