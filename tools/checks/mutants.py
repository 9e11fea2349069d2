# SPDX-License-Identifier: Apache-2.0
"""Every mutant can be planted: the text that it replaces stands once in its file. So a change that
moves that code is seen here, and not by the nightly run. doc/mutants.md lists them all."""

from checks.layers import expect_one_each
from checks.tree import Tree
from mutation import mutant

NAME = "every mutant can be planted"


def problems(tree):
    good = []
    for path, text in mutant.files_in(tree.files):
        try:
            one = mutant.read(path, text)
        except ValueError as error:
            yield f"{path}: {error}"
            continue
        good.append(one)
        why = mutant.why_not(one, tree.files.get(one.file))
        if why:
            yield f"{path}: {why}"
    page = tree.files.get(mutant.PAGE, "")
    try:
        if page != mutant.with_table(page, good):
            yield f"{mutant.PAGE}: its table is old; write it anew: ./test --mutants --table"
    except ValueError as error:
        yield str(error)


def self_test():
    code = "int f() { return 1; }\nint g() { return 2; }\n"
    said = ('file = "beamish/otp/a.cpp"\nlayer = "otp"\nexpected = "common"\n'
            'what = "It gives two."\nold = "return 1"\nnew = "return 2"\n')
    one = mutant.read(mutant.FOLDER + "gives_two.toml", said)
    page = mutant.with_table(f"# M\n\n{mutant.BEGIN}\n{mutant.END}\n", [one])
    good = {"beamish/otp/a.cpp": code, mutant.FOLDER + "gives_two.toml": said, mutant.PAGE: page}
    if list(problems(Tree(good))):
        return f"refuses what is right: {list(problems(Tree(good)))}"
    for old in (page.replace("It gives two.", "It gives."), page.replace(mutant.END, ""), "# M\n"):
        if not any(mutant.PAGE in one for one in problems(Tree({**good, mutant.PAGE: old}))):
            return f"does not see what is wrong in this page:\n{old}"
    wrong = {"twice": said.replace('"return 1"', '"int "'), "absent": said.replace("return 1", "x"),
             "same": said.replace("return 2", "return 1"), "empty": said.replace("return 1", ""),
             "no_file": said.replace("a.cpp", "b.cpp"), "no_toml": said + "x",
             "more": said + 'why = "so"\n', "less": said.replace('layer = "otp"\n', ""),
             "layer": said.replace('"otp"', '"jobs"'), "often": said.replace("common", "often"),
             "no_sentence": said.replace("It gives two.", "It gives two"), "Upper": said}
    if '"otp"' in wrong["layer"]:
        return "is tested with the wrong layer"
    return expect_one_each(problems, good, {f"{mutant.FOLDER}{name}.toml": text
                                            for name, text in wrong.items()})
