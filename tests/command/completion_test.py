#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`beamish completion SHELL` in the shells themselves, and `beamish man` through roff."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import harness
from harness import Skipped, beamish, check, contains, equal, test


def need(program):
    if not shutil.which(program):
        raise Skipped(f"{program} is not installed")


def run(*command, stdin="", folder=None):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=folder,
                          timeout=harness.TIMEOUT)
    return harness.Ended(done.returncode, done.stdout, done.stderr)


def script(shell):
    ended = beamish("completion", shell)
    equal((ended.code, ended.err), (0, ""), ended)
    return ended.out


def in_bash(*words, folder=None):
    """What bash offers for the last word."""
    quoted = " ".join(f"'{word}'" for word in words)
    ended = run("bash", "--norc", stdin=script("bash") + f"""
COMP_WORDS=(beamish {quoted}); COMP_CWORD={len(words)}
_beamish
printf '%s\\n' "${{COMPREPLY[@]}}"
""", folder=folder)
    equal((ended.code, ended.err), (0, ""), ended)
    return [line for line in ended.out.split("\n") if line]


@test
def bash_completes_verbs_and_options():
    equal(in_bash("dem"), ["demo"])
    contains(" ".join(in_bash("")), "demo batch", "completion man --help --version")
    equal(in_bash("batch", "--time"), ["--timeout", "--timeline"])
    contains(" ".join(in_bash("batch", "-")), "-l --limit", "--keep-order", "--help")
    equal(in_bash("nonsense", "--l"), [])


@test
def bash_completes_values_by_their_kind():
    equal(in_bash("batch", "--summary", ""), ["all", "failed", "none"])
    equal(in_bash("batch", "--summary", "=", "f"), ["failed"])
    equal(in_bash("batch", "--summary", "="), ["all", "failed", "none"])
    equal(in_bash("batch", "--limit", ""), [])
    equal(in_bash("completion", ""), ["bash", "zsh", "fish"])
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "job list").write_text("")
        (Path(name) / "job folder").mkdir()
        equal(sorted(in_bash("batch", "jo", folder=name)), ["job folder", "job list"])
        equal(in_bash("batch", "--output", "jo", folder=name), ["job folder"])
        equal(in_bash("batch", "-o", "jo", folder=name), ["job folder"])
        equal(in_bash("sim", "ch", folder=name), ["chart"])
        equal(sorted(in_bash("sim", "chart", "jo", folder=name)), ["job folder", "job list"])


@test
def fish_completes_verbs_options_and_choices():
    need("fish")
    equal(run("fish", "-n", stdin=script("fish")).err, "")
    def offers(line):
        text = run("fish", "--private", stdin=script("fish") + f"\ncomplete -C '{line}'\n").out
        return [one.split("\t")[0] for one in text.split("\n") if one]
    contains(" ".join(offers("beamish ")), "batch", "completion", "demo", "man")
    equal(offers("beamish batch --summary "), ["all", "failed", "none"])
    equal(offers("beamish batch --keep"), ["--keep-order"])
    equal(sorted(offers("beamish completion ")), ["bash", "fish", "zsh"])


@test
def zsh_takes_the_script():
    need("zsh")
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "_beamish").write_text(script("zsh"))
        equal(run("zsh", "-n", str(Path(name) / "_beamish")).err, "")
        ended = run("zsh", "-f", stdin=f"fpath=({name} $fpath)\nautoload -Uz compinit\n"
                    "compinit -u -D\nautoload +X _beamish && print $_comps[beamish]\n")
        equal((ended.out, ended.err), ("_beamish\n", ""))


@test
def zsh_completes_verbs_options_and_choices():
    need("zsh")
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "_beamish").write_text(script("zsh"))
        # A shell inside of a terminal completes; the outer one presses the keys.
        begin = ("zmodload zsh/zpty; zpty shell zsh -f -i; zpty -w shell 'PS1=; setopt nolistbeep;"
                 f" fpath=({name} $fpath); autoload -Uz compinit; compinit -u -D; echo rea''dy'\n"
                 "zpty -r shell text '*ready*'\n")
        for line, offered in (("beamish bat", "beamish batch"),
                              ("beamish batch --keep", "beamish batch --keep-order"),
                              ("beamish batch --summary=f", "beamish batch --summary=failed"),
                              ("beamish completion z", "beamish completion zsh")):
            ended = run("zsh", "-f", stdin=begin + f"zpty -w -n shell $'{line}\\t'\n"
                        f"zpty -r shell text '*{offered}*' && print found\n")
            contains(ended.out, "found")


@test
def an_unknown_shell_is_refused():
    ended = beamish("completion", "csh")
    equal(ended.code, 2)
    contains(ended.err, "there is completion for bash, zsh and fish, not for 'csh'")


@test
def information_that_nobody_gets_is_an_error():
    for arguments in (["--help"], ["completion", "bash"], ["man"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([harness.program, *arguments], stdout=full, text=True,
                                  stderr=subprocess.PIPE, timeout=harness.TIMEOUT)
        equal((done.returncode, done.stderr),
              (1, "beamish: cannot write the output: No space left on device\n"), arguments)


@test
def roff_reads_the_manual_page_without_a_warning():
    page = beamish("man").out
    need("groff")
    ended = run("groff", "-ww", "-man", "-T", "utf8", "-P", "-c", "-rLL=200n", stdin=page)
    equal((ended.code, ended.err), (0, ""), ended)
    text = re.sub(".\b", "", ended.out)   # bold is a letter printed over itself
    for words in ("--keep-order", "BEAMISH(1)", "beamish batch jobs.txt --limit 8",
                  "ls *.wav | sed 's/.*/lame \"&\"/' | beamish batch -"):
        contains(text, words)
    check(len(page) > 3000, page)


if __name__ == "__main__":
    harness.main()
