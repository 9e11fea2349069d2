# SPDX-License-Identifier: Apache-2.0
"""The language of scenarios: reads texts, and writes them as Erlang terms, which both players read.

doc/differential.md explains it. It knows no operation by name, but for those that always end their
process: a new operation needs nothing here.
"""

import re
from dataclasses import dataclass, field

# What these do is to end the process: nobody catches it.
ENDING = {"exit", "exit_to", "link", "raise", "throw"}
WORD = re.compile(r"[a-z_][A-Za-z0-9_]*[?!]?")
ATOM = re.compile(r':(?:([A-Za-z_][A-Za-z0-9_@]*[?!]?)|"((?:[^"\\]|\\.)*)")')
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
NUMBER = re.compile(r"-?[0-9]+")
LINE = re.compile(r"([a-z][a-z0-9_]*)([:>])\s+(.+)")


class Mistake(Exception):
    pass


@dataclass
class Scenario:
    name: str
    where: str                                   # file:line
    racing: bool = False
    is_random: bool = False
    deviation: str = ""                          # the heading in doc/deviations.md
    differs: list = field(default_factory=list)  # lines `- otp` and `+ ours` of that deviation
    source: list = field(default_factory=list)
    lines: list = field(default_factory=list)    # Erlang terms

    def as_terms(self):
        return "[" + ",".join(self.lines) + "]"

    def shares_names(self):
        """Whether its names may be another's, too; those of random programs are their own."""
        return not self.is_random and self.uses_names()

    def uses_names(self):
        return "register" in " ".join(self.source) or "name:" in " ".join(self.source)


def quoted(name):
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def binary(text):
    return '<<"' + text.replace("\\", "\\\\").replace('"', '\\"') + '">>'


class Reader:
    """One step, word by word."""

    def __init__(self, text, known):
        self.text, self.at, self.known = text, 0, known

    def skip(self):
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1

    def peek(self):
        self.skip()
        return self.text[self.at:self.at + 1]

    def take(self, pattern):
        self.skip()
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def expect(self, sign):
        if self.peek() != sign:
            raise Mistake(f"`{sign}` is missing at `{self.text[self.at:]}`")
        self.at += 1

    def step(self, closing=""):
        begin = self.at
        binds = self.binds()
        caught = self.peek() != "!"
        if not caught:
            self.at += 1
        word = self.take(WORD)
        if not word:
            raise Mistake(f"an operation is missing at `{self.text[self.at:]}`")
        arguments = []
        while self.peek() != closing:
            arguments.append(self.term())
        self.known |= set(binds)
        text = self.text[begin:self.at].strip()
        caught = caught and word.group() not in ENDING
        names = ",".join(binary(name) for name in binds)
        return (f"{{{quoted(word.group())},[{','.join(arguments)}],[{names}],{binary(text)},"
                f"{str(caught).lower()}}}")

    def binds(self):
        found = self.take(re.compile(r"([a-z][a-z0-9_]*(?:, *[a-z][a-z0-9_]*)*) *=(?!=)"))
        return [name.strip() for name in found.group(1).split(",")] if found else []

    def items(self, closing):
        self.at += 1
        found = []
        while self.peek() != closing:
            key = self.take(re.compile(r"([a-z_]+): "))
            value = self.term()
            found.append(f"{{{quoted(key.group(1))},{value}}}" if key else value)
            if self.peek() == ",":
                self.at += 1
            elif self.peek() != closing:
                raise Mistake(f"`,` or `{closing}` is missing at `{self.text[self.at:]}`")
        self.at += 1
        return ",".join(found)

    def term(self):
        sign = self.peek()
        if sign == "{":
            return "{" + self.items("}") + "}"
        if sign == "[":
            return "[" + self.items("]") + "]"
        if sign == "(":
            self.at += 1
            step = self.step(")")
            self.expect(")")
            return step
        for pattern, made in ((NUMBER, lambda f: f.group()),
                              (ATOM, lambda f: quoted(f.group(1) or f.group(2))),
                              (TEXT, lambda f: binary(f.group(1))), (WORD, self.variable)):
            found = self.take(pattern)
            if found:
                return made(found)
        raise Mistake(f"a value is missing at `{self.text[self.at:]}`")

    def variable(self, found):
        name = found.group()
        if name in ("true", "false", "nil", "_"):
            return quoted(name)
        if name not in self.known:
            raise Mistake(f"nothing is called {name} before this line")
        return f"{{'$var',{binary(name)}}}"


class Parser:
    def __init__(self, path):
        self.path, self.number = path, 0
        self.done, self.now, self.known = [], None, set()
        self.block, self.own = {}, {}

    def close(self):
        """Ends a block: its steps begin together."""
        if self.block:
            scripts = ",".join(f"{{{binary(who)},[{','.join(steps)}]}}"
                               for who, steps in self.block.items())
            self.now.lines.append(f"{{'begin',[{scripts}]}}")
            for own in self.own.values():
                self.known |= own
        self.block, self.own = {}, {}

    def line(self, text):
        if text.startswith("scenario "):
            self.close()
            name = text.removeprefix("scenario ").strip()
            self.now = Scenario(name, f"{self.path}:{self.number}")
            self.done.append(self.now)
            self.known = set()
            return
        if self.now is None:
            raise Mistake("a scenario begins with `scenario NAME`")
        if text == "racing":
            self.now.racing = True
        elif text.startswith("deviation "):
            self.now.deviation = text.removeprefix("deviation ").strip()
        elif text[:2] in ("- ", "+ "):
            self.now.differs.append(text)
        else:
            self.now.source.append(text)
            self.action(text)

    def action(self, text):
        found = LINE.fullmatch(text)
        if found and found.group(2) == ">":
            who, step = found.group(1), found.group(3)
            # What others bind in the same block may not be there yet.
            own = self.own.setdefault(who, set())
            reader = Reader(step, self.known | own)
            self.block.setdefault(who, []).append(self.whole(reader, who))
            own |= reader.known - self.known
            return
        self.close()
        if found:
            reader = Reader(found.group(3), self.known)
            self.now.lines.append(
                f"{{'step',{binary(found.group(1))},{self.whole(reader, found.group(1))}}}")
        elif text.startswith("processes "):
            names = text.split()[1:]
            self.known |= set(names)
            self.now.lines.append(f"{{'start',[{','.join(binary(name) for name in names)}]}}")
        elif text == "join":
            self.now.lines.append("{'join'}")
        elif re.fullmatch(r"wait [0-9]+", text):
            self.now.lines.append(f"{{'wait',{text.split()[1]}}}")
        else:
            raise Mistake(f"`{text}` is no line of a scenario")

    def whole(self, reader, who):
        if who not in self.known:
            raise Mistake(f"nothing is called {who} before this line")
        return reader.step()


def parse(text, path="text"):
    """The scenarios of a text; raises Mistake with the place of the first error."""
    parser = Parser(path)
    for number, line in enumerate(text.split("\n"), 1):
        parser.number = number
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        try:
            parser.line(line)
        except Mistake as mistake:
            raise Mistake(f"{path}:{number}: {mistake}") from None
    parser.close()
    return parser.done


def self_test():
    text = ("scenario P1 a\nprocesses a b\na: r = monitor b\n"
            "a> send b {:x, r}\na> !call b 1\nb> receive {:x, _}\njoin\n")
    found = parse(text)
    expected = ["{'start',[<<\"a\">>,<<\"b\">>]}",
                "{'step',<<\"a\">>,{'monitor',[{'$var',<<\"b\">>}],[<<\"r\">>],"
                "<<\"r = monitor b\">>,true}}"]
    if len(found) != 1 or found[0].lines[:2] != expected or len(found[0].lines) != 4:
        return f"reads {found}"
    if found[0].lines[2].count("false") != 1 or not found[0].lines[2].startswith("{'begin',[{"):
        return f"reads the block {found[0].lines[2]}"
    for wrong in ("a: send b 1", "scenario x\na: link a", "scenario x\nprocesses a\na: link {",
                  "scenario x\nprocesses a\nnonsense", "scenario x\nprocesses a b\n"
                  "a> c = spawn\nb> link c"):
        try:
            parse(wrong)
        except Mistake:
            continue
        return f"accepts {wrong!r}"
    return None
