# SPDX-License-Identifier: Apache-2.0
"""The rules of CONTRIBUTING.md as tests. Every check also has a self-test, which hands it something
wrong: a check that sees nothing is itself a failure."""

import conformance
from checks import (alone, awaits, conformance_page, formatting, include_cost, joined, layers,
                    mutants, paths, seam, siblings, symbols, texts, tree, walls)
from suites import (bench, case, commands, compile_fail, differential, documents, doctests,
                    traces)
from suites.case import FAILED, PASSED, SKIPPED, Case, simple_cases

OF_THE_TREE = (layers, walls, siblings, paths, awaits, seam, texts, conformance_page,
               mutants)
SELF_TESTED = (*OF_THE_TREE, symbols, alone, conformance, bench, case, commands, compile_fail,
               differential, documents, doctests, traces)


def targets(_):
    return ["beamish"]


def text_of(problems):
    return "\n".join(problems)


def public_headers(files):
    known = layers.layers(files.files["CMakeLists.txt"])
    return [path for path, _ in files.texts(".hpp", under="beamish/")
            if not layers.is_private(path, known.get(path.split("/")[1], ((), (), ()))[2])]


def cost_case(context, files):
    ratios = include_cost.measure(context.compiler, files, public_headers(files))
    if "checks" in context.named:
        for header, ratio in sorted(ratios, key=lambda pair: -pair[1])[:20]:
            print(f"  {ratio:5.2f} x <string>  {header}")
    return text_of(include_cost.judge(ratios))


def symbol_case(context):
    if context.preset != "dev":
        return Case(symbols.NAME, SKIPPED, "only the dev preset has an object file per source file")
    return text_of(symbols.problems(context.build))


def format_case(context, files):
    reason = formatting.missing()
    if reason:
        return Case(formatting.NAME, SKIPPED, reason)
    return formatting.self_test() or text_of(formatting.problems(context.root, files))


def cases(context):
    files = tree.read_tree(context.root)
    for check in OF_THE_TREE:
        def look(check=check):
            wrong = text_of(check.problems(files))
            notes = check.notes(files) if hasattr(check, "notes") else []
            return Case(check.NAME, FAILED if wrong else PASSED, wrong, notes=notes)
        yield from simple_cases(context, "checks", [(check.NAME, look)])
    yield from simple_cases(context, "checks", [
        (symbols.NAME, lambda: symbol_case(context)),
        (alone.NAME, lambda: text_of(alone.problems(context.compiler, context.root, files,
                                                    public_headers(files)))),
        (include_cost.NAME, lambda: cost_case(context, files)),
        (joined.NAME, lambda: text_of(joined.problems(context.compiler, context.root, files))),
        *((f"{module.__name__.split('.')[-1]} can fail with a compiler",
           lambda module=module: module.self_test_with(context.compiler))
          for module in (joined, include_cost)),
        (formatting.NAME, lambda: format_case(context, files)),
        *((f"{module.__name__.split('.')[-1]} can fail", module.self_test)
          for module in SELF_TESTED)])
