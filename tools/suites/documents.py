# SPDX-License-Identifier: Apache-2.0
"""Compiles and runs the examples of documents and headers (see snippets.py). Snippets share a few
source files, since reading headers is most of the work; each runs in a process of its own. A
fence with a main() is a program by itself."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from checks.tree import read_tree
from suites import snippets
from suites.case import FAILED, PASSED, SKIPPED, Case, how_it_ended, run, tail
from suites.doctests import SANITIZERS

PER_FILE = 8
USING = "using namespace beamish;\nusing namespace beamish::detail;\n"
COMPILE_TIMEOUT, RUN_TIMEOUT = 300, 60


def targets(_):
    return ["beamish"]


def collect(root):
    files = read_tree(root)
    found = []
    for path, text in files.texts(".md"):
        if "/" not in path or path.startswith("doc/"):
            found += snippets.of_document(path, text)
    for path, text in files.texts(".hpp", under="beamish/"):
        found += snippets.of_header(path, text)
    return found


def placed(snippet, text, line):
    return f'#line {line} "{snippet.path}"\n{text}\n'


# A function that a snippet defines for its reader to call, and that checks something.
CALLED = re.compile(r"^\s*(?:beamish::)?(task<>|void)\s+(\w+)\(\)(?=.*::doc_example::)", re.S)


def body_of(snippet, code):
    """Declarations and statements of the snippet, after those that it continues. If it has no
    statements, its functions without parameters that check something are called."""
    declarations, statements, calls = "", "", ""
    for part, text in [*((one, one.code) for one in snippet.before), (snippet, code)]:
        for is_declaration, offset, piece in snippets.split(text):
            placed_piece = placed(part, piece, part.line + offset)
            if is_declaration:
                declarations += placed_piece
                for kind, name in CALLED.findall(piece) if part is snippet else ():
                    calls += f"co_await {name}();\n" if kind == "task<>" else f"{name}();\n"
            else:
                statements += placed_piece
    return declarations, statements or calls


def source_of(group, first_check):
    """One source file for several snippets; numbers their checks."""
    top, rest = ['#include "tests/doc_example_prelude.hpp"'], ""
    for number, snippet in group:
        if snippet.in_header:
            top.append(f'#include "{snippet.path}"')
        for part in [*snippet.before, snippet]:
            top += snippets.includes(part.code)
        code = snippets.with_checks(snippet, first_check)
        first_check += len(snippet.checks)
        declarations, statements = body_of(snippet, code)
        using = USING if snippet.in_header else ""
        kind, call = "void", "body()"
        if "co_await" in snippets.mask(statements):
            top.append('#include "tests/doc_example_process.hpp"')
            kind, call = "beamish::task<>", "::doc_example::run_process(body)"
            statements += "co_return;\n"
        rest += (f"namespace doc_snippet_{number} {{\n{using}{declarations}"
                 f"{kind} body() {{\n{statements}}}\n}}\n"
                 f"void run_snippet_{number}() {{\n"
                 f"  using namespace doc_snippet_{number};\n  {call};\n}}\n")
    return "\n".join(dict.fromkeys(top)) + "\n" + rest


def main_of(numbered):
    declared = "\n".join(f"void run_snippet_{number}();" for number, _ in numbered)
    calls = "\n".join(f"    case {number}: run_snippet_{number}(); break;"
                      for number, _ in numbered)
    return (f'#include <cstdlib>\n#include "tests/doc_example_prelude.hpp"\n{declared}\n'
            f"int main(int, char** words) {{\n  switch (std::atoi(words[1])) {{\n{calls}\n  }}\n"
            "  return ::doc_example::finish();\n}\n")


class Workshop:
    """Writes, compiles and links in the build directory."""

    def __init__(self, context):
        self.context = context
        self.folder = context.build / "documents"
        self.folder.mkdir(exist_ok=True)
        self.compiler = context.launcher(self.folder) + [
            context.compiler, "-std=c++20", "-pthread", f"-I{context.root}",
            *context.sanitizer_flags()]

    def compile(self, name, text):
        """Compiles a text to NAME.o; gives the compiler's complaints."""
        source = self.folder / f"{name}.cpp"
        source.write_text(text)
        ended = run([*self.compiler, "-fdiagnostics-color=never", "-w", "-c", source, "-o",
                     self.folder / f"{name}.o"], COMPILE_TIMEOUT, cwd=self.folder)
        return "" if ended.status == 0 else ended.text or how_it_ended(ended, COMPILE_TIMEOUT)

    def link(self, name, objects):
        library = next(self.context.build.glob("libbeamish.[as]*"))
        ended = run([*self.compiler, *(self.folder / f"{one}.o" for one in objects), library,
                     f"-Wl,-rpath,{self.context.build}", "-o", self.folder / name], COMPILE_TIMEOUT,
                    cwd=self.folder)
        return "" if ended.status == 0 else ended.text

    def run(self, name, *words):
        return run([self.folder / name, *words], RUN_TIMEOUT * (5 if self.context.sanitized else 1),
                   env=SANITIZERS)


def blamed(group, output):
    """The snippets of a source file that the compiler's errors point into."""
    guilty = {}
    for path, line, text in re.findall(r"^(\S+?):(\d+):\d+: (?:fatal )?error: (.*)$", output, re.M):
        for number, snippet in group:
            for part in [*snippet.before, snippet]:
                if path.endswith(part.path) and part.line <= int(line) <= part.last_line + 1:
                    guilty.setdefault(number, f"{part.path}:{line}: {text}")
    return guilty


def compile_group(workshop, name, group, first_check):
    """Compiles a group, leaving out what doesn't compile; gives number to reason for that."""
    wrong = {}
    while group:
        for _, snippet in group:
            snippet.checks = []
        output = workshop.compile(name, source_of(group, first_check))
        if not output:
            break
        guilty = blamed(group, output) or {number: tail(output, 12) for number, _ in group}
        wrong.update(guilty)
        group = [(number, one) for number, one in group if number not in guilty]
    return group, wrong


def judge(ended, snippet):
    """Why a snippet's run failed, or an empty text. The prelude reports on standard error."""
    complaints = []
    reached = {int(one) for one in re.findall(r"^doc_example reached (\d+)$", ended.text, re.M)}
    for number, line in snippet.checks:
        for said in re.findall(rf"^doc_example wrong {number}: (.*)$", ended.text, re.M):
            complaints.append(f"{snippet.path}:{line}: {said}")
        if number not in reached:
            complaints.append(f"{snippet.path}:{line}: this check was never reached")
    if (ended.status != 0 or ended.timed_out) and not complaints:
        complaints.append(f"{how_it_ended(ended, RUN_TIMEOUT)}\n{tail(ended.text)}")
    return "\n".join(complaints)


def snippet_cases(workshop, numbered):
    groups = [numbered[at:at + PER_FILE] for at in range(0, len(numbered), PER_FILE)]
    jobs = [(workshop, f"snippets_{at}", group, 1000 * at) for at, group in enumerate(groups)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        done = list(pool.map(lambda job: compile_group(*job), jobs))
    whole = [pair for group, _ in done for pair in group]
    wrong = {number: why for _, reasons in done for number, why in reasons.items()}
    trouble = workshop.compile("main", main_of(whole)) or workshop.link(
        "snippets", ["main", *(job[1] for job, (group, _) in zip(jobs, done) if group)])
    for number, snippet in numbered:
        why = wrong.get(number) or trouble
        if not why and "no-run" not in snippet.words:
            why = judge(workshop.run("snippets", number), snippet)
        yield Case(snippet.name, FAILED if why else PASSED, why)


def program_case(workshop, number, snippet):
    """A fence with a main(): compiled as it stands, but for its checked values."""
    name = f"program_{number}"
    code = snippets.with_checks(snippet, 0)
    text = "".join(one.code for one in snippet.before) + placed(snippet, code, snippet.line)
    if snippet.checks:
        text = '#include "tests/doc_example_prelude.hpp"\n' + text
    why = workshop.compile(name, text) or workshop.link(name, [name])
    if not why and "no-run" not in snippet.words:
        why = judge(workshop.run(name), snippet)
    return Case(snippet.name, FAILED if why else PASSED, tail(why))


def cases(context):
    found = [snippet for snippet in collect(context.root) if context.wants(snippet.name)]
    workshop = Workshop(context)
    plain, ignored = [], Counter()
    for number, snippet in enumerate(found):
        misplaced = snippets.misplaced(snippet)
        if misplaced:
            yield Case(snippet.name, FAILED, misplaced)
        elif "ignore" in snippet.words:
            ignored[snippet.path] += 1
        elif snippet.is_program:
            yield program_case(workshop, number, snippet)
        else:
            plain.append((number, snippet))
    for path, count in ignored.items():
        yield Case(path, SKIPPED, f"the document marks {count} of its examples `ignore`")
    if plain:
        yield from snippet_cases(workshop, plain)


def self_test():
    snippet = snippets.Snippet("a.md", 4, "f(); //=> 1\n", set(), checks=[(7, 4)])
    class Said:
        timed_out, status = False, 1
        text = "doc_example reached 7\ndoc_example wrong 7: it is 2, not 1\n"
    if judge(Said, snippet) != "a.md:4: it is 2, not 1":
        return f"a wrong value is reported as {judge(Said, snippet)}"
    Said.text, Said.status = "", 0
    if "never reached" not in judge(Said, snippet):
        return "a check that nobody reached counts as passed"
    if blamed([(0, snippet)], "/x/a.md:4:1: error: no f\n") != {0: "a.md:4: no f"}:
        return "an error is not blamed on its snippet"
    return snippets.self_test()
