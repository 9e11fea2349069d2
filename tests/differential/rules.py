# SPDX-License-Identifier: Apache-2.0
"""OTP's rules of signals, checked on the log of one play.

For a race there is no one right log. A log of ours that OTP was never seen to write has to be one
that these rules allow; and every log that OTP wrote has to be one, too, or the checker is wrong.

Covered:
  order       messages of one process to another are received in the order in which they were sent
              (by receives without a pattern, and among those of one pattern)
  no invention  nothing is received that nobody sent, and nothing more often than it was sent (what
              a process that ended was told to send, it may have sent without a word in the log)
  down once   a monitor gives at most one DOWN, and exactly one if the process ended while the
              monitor was there and its owner lived to the end and let its mailbox be shown
  demonitored no DOWN is received after demonitor with flush, or after a demonitor that was in time
  last word   what a process had sent to another is received before its DOWN or EXIT, none after
  reason      everybody who hears of a death by a monitor or a link hears its reason, or noproc
  unlinked    no EXIT of a process that was seen to live after the unlink, unless it was linked
              again or sends exits itself
  cancelled   no message of a timer after cancel_timer has returned what was left

Not covered: what servers do with their messages beyond their order, aliases, names that change
their holder within a block, exits sent by exit_to (but for their order). REQUIRES: the messages of
a scenario that races are all different.
"""

import re

ARROW = " -> "
DOWN = re.compile(r"\{:DOWN, (ref\d+), :process, (pid\d+|\{[^{}]*\}), (.*)\}")
SENDING = re.compile(r"(\w+)[:>] send \S+ (.*)")
EXIT = re.compile(r"\{:EXIT, (pid\d+), (.*)\}")


def split_list(text):
    """The elements of `{a, {b, c}}`."""
    found, depth, quoted, begin = [], 0, False, 1
    for at in range(1, len(text) - 1):
        sign = text[at]
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += (sign in "[{(") - (sign in "]})")
            if sign == "," and depth == 0:
                found.append(text[begin:at].strip())
                begin = at + 1
    last = text[begin:-1].strip()
    return found + [last] if last else found


class Play:
    """What a log says, process by process."""

    def __init__(self, events, source):
        self.source = source
        self.last = {}        # process -> place of the last event that it logged itself
        self.pids = {}        # name -> pid
        self.values = {}      # bound names of references
        self.sent = []        # (sender, receiver, message)
        self.received = {}    # process -> [(pattern, message)]
        self.ends = {}        # process -> reason
        self.monitors = {}    # ref -> (owner, name of the monitored one)
        self.by_reply = set() # monitors that a reply ends
        self.no_down = []     # (owner, ref, how many it had received by then)
        self.unlinked = []    # (owner, name, how many it had received by then, place)
        self.timers = {}      # name -> message
        self.cancelled = []   # (owner, message, how many it had received by then)
        self.exits = set()    # who sends exits or links later than an unlink
        self.shown = set()    # whose mailbox was shown at the end
        for self.at, (_, who, text) in enumerate(events):
            self.read(who, text)

    def read(self, who, text):
        if text.startswith("ends "):
            self.ends[who] = text[5:]
            return
        if text.startswith("is pid"):
            self.pids[who] = text[3:]
            return
        self.last[who] = self.at
        for callback in ("handle_info ", "handle_cast ", "handle_call "):
            if text.startswith(callback):
                self.got(who, "server", text[len(callback):])
                return
        if ARROW not in text:
            return
        step, result = text.rsplit(ARROW, 1) if text.count(ARROW) == 1 else text.split(ARROW, 1)
        bound, step = step.split(" = ", 1) if " = " in step else ("", step)
        word, _, rest = step.lstrip("!").partition(" ")
        getattr(self, "op_" + word, lambda *_: None)(who, rest, result, bound)

    def got(self, who, pattern, message):
        self.received.setdefault(who, []).append((pattern, message))

    def so_far(self, who):
        return len(self.received.get(who, []))

    def op_spawn_monitor(self, who, rest, result, bound):
        name = bound.split(",")[0]
        self.monitors[re.search(r"ref\d+", result).group()] = (who, name)

    def op_send(self, who, rest, result, bound):
        to, _, message = rest.partition(" ")
        if result == ":ok":
            self.sent.append((who, to, message))

    def op_receive(self, who, rest, result, bound):
        if result != ":timeout":
            self.got(who, rest, result)

    def op_nothing(self, who, rest, result, bound):
        self.op_receive(who, "", result, bound)

    def op_rest(self, who, rest, result, bound):
        self.shown.add(who)
        for message in split_list(result):  # {a, b}
            self.got(who, "", message)

    def op_monitor(self, who, rest, result, bound):
        of, _, kind = rest.partition(" ")
        self.monitors[result] = (who, of)
        if kind == ":reply_demonitor":
            self.by_reply.add(result)
        self.values[(who, bound)] = result

    def op_demonitor(self, who, rest, result, bound):
        name, _, flush = rest.partition(" ")
        ref = self.values.get((who, name))
        if ref and (flush or result == "true"):
            self.no_down.append((who, ref, self.so_far(who)))

    def op_unlink(self, who, rest, result, bound):
        self.unlinked.append((who, rest, self.so_far(who), self.at))

    def op_link(self, who, rest, result, bound):
        self.unlinked = [u for u in self.unlinked if u[:2] not in ((who, rest), (rest, who))]

    def op_exit_to(self, who, rest, result, bound):
        self.exits.add(who)

    def op_send_after(self, who, rest, result, bound):
        self.timers[bound] = rest.split(" ", 2)[2]
        self.sent.append(("timer " + bound, rest.split(" ", 2)[1], self.timers[bound]))

    def op_cancel_timer(self, who, rest, result, bound):
        if result == ":left" and rest in self.timers:
            self.cancelled.append((who, self.timers[rest], self.so_far(who)))


def problems(events, source=()):
    """What the rules forbid in the log, as texts. The events are renamed ones, in the order in
    which they happened; `source` are the scenario's lines."""
    play = Play(events, source)
    named = {pid: name for name, pid in play.pids.items()}
    for rule in (order, no_invention, down_once, demonitored, last_word, reasons, unlinked,
                 cancelled):
        yield from (f"{rule.__name__}: {what}" for what in rule(play, named))


def order(play, _):
    for who, got in play.received.items():
        for sender in {one[0] for one in play.sent}:
            sent = [m for s, to, m in play.sent if s == sender and to == who]
            for pattern in {p for p, _ in got}:
                seen = [sent.index(m) for p, m in got if p == pattern and m in sent]
                if seen != sorted(seen):
                    yield f"{who} received what {sender} sent in another order"


def no_invention(play, _):
    messages = [m for _, _, m in play.sent]
    for line in play.source:
        found = SENDING.match(line)
        if found and found.group(1) in play.ends and found.group(2) not in messages:
            messages.append(found.group(2))
    for who, got in play.received.items():
        for pattern, message in got:
            if pattern == "server" or DOWN.fullmatch(message) or EXIT.fullmatch(message):
                continue
            if message not in messages:
                yield f"{who} received {message}, which nobody sent to it"
            else:
                messages.remove(message)


def downs(play):
    for who, got in play.received.items():
        for at, (_, message) in enumerate(got):
            found = DOWN.fullmatch(message)
            if found:
                yield who, at, found


def down_once(play, _):
    seen = [found.group(1) for _, _, found in downs(play)]
    for ref in set(seen):
        if seen.count(ref) > 1:
            yield f"{seen.count(ref)} DOWN of {ref}"
    given_up = {ref for _, ref, _ in play.no_down} | play.by_reply
    for ref, (owner, of) in play.monitors.items():
        alive = owner in play.shown and owner not in play.ends
        if of in play.ends and alive and ref not in given_up and ref not in seen:
            yield f"no DOWN of {ref}, though {of} has ended"


def demonitored(play, _):
    for who, ref, before in play.no_down:
        for receiver, at, found in downs(play):
            if receiver == who and found.group(1) == ref and at >= before:
                yield f"{who} received the DOWN of {ref} after demonitor"


def last_word(play, named):
    for who, got in play.received.items():
        said = [m for _, m in got]
        for at, message in enumerate(said):
            found = DOWN.fullmatch(message) or EXIT.fullmatch(message)
            dead = found and named.get(found.group(2 if message.startswith("{:DOWN") else 1))
            if not dead or got[at][0] not in ("", "server") or dead not in play.ends:
                continue
            mine = [m for s, to, m in play.sent if s == dead and to == who]
            late = [m for m in mine if m in said[at:] or m not in said and who in play.shown]
            if late:
                yield f"{who} received {message}, and not before it what {dead} had sent: {late}"


def reasons(play, named):
    for who, _, found in downs(play):
        dead = play.monitors.get(found.group(1), ("", ""))[1]
        if dead in play.ends and found.group(3) not in (play.ends[dead], ":noproc"):
            yield f"{who} hears {found.group(3)} of {dead}, which ended with {play.ends[dead]}"
    for who, got in play.received.items():
        for _, message in got:
            found = EXIT.fullmatch(message)
            dead = found and named.get(found.group(1))
            if dead in play.ends and dead not in play.exits and \
                    found.group(2) not in (play.ends[dead], ":noproc"):
                yield f"{who} hears {found.group(2)} of {dead}, which ended with {play.ends[dead]}"


def unlinked(play, named):
    for who, other, before, place in play.unlinked:
        if play.last.get(other, -1) < place:
            continue
        for _, message in play.received.get(who, [])[before:]:
            found = EXIT.fullmatch(message)
            if found and named.get(found.group(1)) == other and other not in play.exits:
                yield f"{who} received {message} after unlink"


def cancelled(play, _):
    for _, message, _ in play.cancelled:
        for who, got in play.received.items():
            if message in [m for _, m in got]:
                yield f"{who} received {message}, whose timer was cancelled in time"


GOOD = """0 a: is pid1
0 b: is pid2
0 c: is pid3
0 a: r = monitor b -> ref1
0 a: link c -> true
0 b: send a {:x, 1} -> :ok
0 b: send a {:x, 2} -> :ok
0 b: ends :boom
0 a: receive -> {:x, 1}
0 a: receive -> {:x, 2}
0 a: receive -> {:DOWN, ref1, :process, pid2, :boom}
0 c: ends :bye
0 a: receive -> {:EXIT, pid3, :bye}
0 a: t = send_after 10 a {:late, 1} -> ref2
0 a: cancel_timer t -> :left
0 a: rest -> {}"""


def as_events(text):
    return [(0, *line[2:].split(": ", 1)) for line in text.split("\n")]


def self_test():
    if list(problems(as_events(GOOD))):
        return f"a good log is refused: {list(problems(as_events(GOOD)))}"
    down = "0 a: receive -> {:DOWN, ref1, :process, pid2, :boom}"
    first, second = "0 a: receive -> {:x, 1}", "0 a: receive -> {:x, 2}"
    wrong = {
        "order": GOOD.replace(first, "?").replace(second, first).replace("?", second),
        "no_invention": GOOD.replace("{}", "{{:x, 3}}"),
        "down_once": GOOD.replace("rest -> {}", "rest -> {{:DOWN, ref1, :process, pid2, :boom}}"),
        "demonitored": GOOD.replace(down, "0 a: demonitor r :flush -> false\n" + down),
        "last_word": GOOD.replace(second + "\n" + down, down + "\n" + second),
        "reasons": GOOD.replace("pid2, :boom", "pid2, :other"),
        "unlinked": GOOD.replace("0 c: ends :bye", "0 a: unlink c -> true\n0 c: note 1 -> 1\n"
                                 "0 c: ends :bye"),
        "cancelled": GOOD.replace("{}", "{{:late, 1}}")}
    for rule, text in wrong.items():
        found = list(problems(as_events(text)))
        if not any(one.startswith(rule + ":") for one in found):
            return f"{rule} is not seen to be broken, only {found}"
    if not any("no DOWN" in one for one in problems(as_events(GOOD.replace(down + "\n", "")))):
        return "a DOWN that is missing is not seen"
    return None
