# SPDX-License-Identifier: Apache-2.0
"""Wrong uses that must not compile: tests/compile_fail/*.cpp, on the compiler in use.

A file says in comments what the first line with `error:` must contain, and may name an id of
conformance and the compilers it is for:

    // expect: message is not listed in accepts<>
    // id: G6
    // compilers: gcc

It marks its mistake with lines `// wrong:` and `// end`. Without those lines the file must
compile, so that it fails for the reason it gives. The compiler says at most 15 lines in all.
"""

import re
from concurrent.futures import ThreadPoolExecutor

from suites.case import FAILED, PASSED, Case, run

LONGEST = 15
TIMEOUT = 120


def field(text, name):
    found = re.search(rf"^// {name}: *(.+?) *$", text, re.M)
    return found.group(1) if found else ""


def without_mistake(text):
    """The twin without the mistake; its lines keep their numbers."""
    kept, wrong = [], False
    for line in text.split("\n"):
        wrong = wrong or line.strip() == "// wrong:"
        kept.append("" if wrong else line)
        wrong = wrong and line.strip() != "// end"
    return "\n".join(kept)


def judge(expected, status, output, twin_status, twin_output):
    """Why the test fails, or an empty text."""
    if not expected:
        return "the file has no line `// expect: ...`"
    if twin_status != 0:
        return "without its mistake it does not compile either:\n" + twin_output
    if status == 0:
        return "it compiles"
    lines = output.rstrip().split("\n")
    first = next((line for line in lines if "error:" in line), "")
    if expected not in first:
        return f"the first error is not `{expected}`:\n{output}"
    if len(lines) > LONGEST:
        return f"the compiler says {len(lines)} lines, more than {LONGEST}:\n{output}"
    return ""


def command(context, *words):
    return run([context.compiler, "-std=c++20", "-fdiagnostics-color=never", f"-I{context.root}",
                *words], TIMEOUT)


def folder_of(context):
    return context.build / "compile_fail"


def prepare(context):
    """What all of them include is read once for those that compile: reading it is most of the work.
    Those that don't are compiled as a user would, so that all lines count that a user sees."""
    folder_of(context).mkdir(exist_ok=True)
    header = folder_of(context) / "all.hpp"
    header.write_text('#include "beamish/beamish.hpp"\n')
    kind = "pch" if "clang" in context.compiler else "gch"
    ended = command(context, "-x", "c++-header", header, "-o", f"{header}.{kind}")
    if ended.status != 0:
        raise RuntimeError(f"beamish/beamish.hpp does not compile:\n{ended.text}")
    return ["-include-pch", f"{header}.pch"] if kind == "pch" else ["-include", header]


def compile_text(context, path, text, flags=()):
    copy = folder_of(context) / path.name
    copy.write_text(text)
    ended = command(context, "-fsyntax-only", *flags, copy)
    return ended.status, ended.text


def run_one(context, path):
    text = path.read_text()
    name = f"{field(text, 'id')} {path.name}".strip()
    status, output = compile_text(context, path, text)
    twin_status, twin_output = compile_text(context, path.with_stem(path.stem + "_twin"),
                                            without_mistake(text), context.common_header)
    why = judge(field(text, "expect"), status, output, twin_status, twin_output)
    return Case(name, FAILED if why else PASSED, why, context.script(f"compile_fail {path.name}"))


def applies(context, text):
    family = "clang" if "clang" in context.compiler else "gcc"
    return family in (field(text, "compilers") or family)


def cases(context):
    paths = [path for path in sorted((context.root / "tests" / "compile_fail").glob("*.cpp"))
             if applies(context, path.read_text())
             and context.wants(f"{field(path.read_text(), 'id')} {path.name}")]
    if paths:
        context.common_header = prepare(context)
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield from pool.map(lambda path: run_one(context, path), paths)


def self_test():
    text = "a\n// wrong:\nb\n// end\nc"
    if without_mistake(text) != "a\n\n\n\nc":
        return "the mistake is not cut out"
    long = "x.cpp:1: error: say so\n" + "note\n" * LONGEST
    for arguments, expected in (
            (("say so", 1, "x.cpp:1: error: say so", 0, ""), False),
            (("say so", 0, "", 0, ""), True),
            (("say so", 1, "x.cpp:1: error: other\nerror: say so", 0, ""), True),
            (("say so", 1, long, 0, ""), True),
            (("say so", 1, "x.cpp:1: error: say so", 1, "twin"), True),
            (("", 1, "x.cpp:1: error: say so", 0, ""), True)):
        if bool(judge(*arguments)) != expected:
            return f"judge{arguments} does not say {'why' if expected else 'nothing'}"
    return None
