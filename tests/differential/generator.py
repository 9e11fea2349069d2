# SPDX-License-Identifier: Apache-2.0
"""Random programs in the language of scenarios. One seed, one program.

Every line of them is a sync point, and nothing in them depends on which of two processes is first.
Whoever might hear of one event by two ways reads its mailbox by `gather`, which sorts. What ends a
process is never done by one whom its links could reach, since that one might end before it has
written down what it did. A server that traps exits has no link but its parent's: otherwise it would
depend on whose end it hears of first.
"""

import random

REASONS = (":normal", ":shutdown", "{:shutdown, :tired}", ":kill", ":killed", ":boom", ":noproc",
           "{:any, 1}", '"text"')
STEPS = 14


class Program:
    def __init__(self, seed):
        self.seed = seed
        self.random = random.Random(seed)
        self.raw = ["a", "b", "c"][:self.random.randint(2, 3)]
        self.servers, self.monitors, self.timers, self.aliases = [], [], [], []
        self.trapping = set()
        self.names = [f":n{seed}_{n}" for n in range(3)]
        self.component = {name: name for name in self.raw}   # whom links could ever reach
        self.made = 0
        self.lines = [f"scenario random {seed}", "processes " + " ".join(self.raw)]

    def fresh(self, letter):
        self.made += 1
        return f"{letter}{self.made}"

    def pick(self, of):
        return self.random.choice(of)

    def anyone(self):
        return self.pick(self.raw + self.servers)

    def say(self, who, step):
        self.lines.append(f"{who}: {step}")

    def join(self, one, other):
        old, new = self.component[one], self.component[other]
        for name, of in self.component.items():
            if of == old:
                self.component[name] = new

    def born(self, name, maker, linked):
        self.component[name] = name
        if linked:
            self.join(name, maker)

    # ---- one step of each kind

    def do_spawn(self, who):
        how, name = self.pick(("spawn", "spawn_link", "spawn_monitor")), self.fresh("p")
        binds = name
        if how == "spawn_monitor":
            self.monitors.append((who, self.fresh("r")))
            binds = f"{name}, {self.monitors[-1][1]}"
        self.say(who, f"{binds} = {how}")
        self.raw.append(name)
        self.born(name, who, how == "spawn_link")

    def do_start(self, who):
        how, name = self.pick(("start", "start_link", "start_monitor")), self.fresh("s")
        binds = name
        if how == "start_monitor":
            self.monitors.append((who, self.fresh("r")))
            binds = f"{name}, {self.monitors[-1][1]}"
        options = []
        if self.random.random() < 0.4:
            options.append("trap_exit: true")
            self.trapping.add(name)
        if self.random.random() < 0.3:
            options.append(f"name: {self.names[0]}")
        if self.random.random() < 0.2:
            options.append(f"terminate: {self.ending()}")
        init = self.pick(("{:ok}", "{:ok}", "{:ok, 0}", "{:ok, :hibernate}",
                          "{:ok, {:continue, {:noreply}}}"))
        self.say(who, f"{binds} = {how} {init} [{', '.join(options)}]")
        self.servers.append(name)
        self.born(name, who, how == "start_link")

    def ending(self):
        return self.pick(('{:raise, "last"}', "{:exit, :last}", "{:noreply}"))

    def partner(self):
        return self.pick([one for one in self.raw + self.servers if one not in self.trapping])

    def do_link(self, who):
        other = self.partner()
        if other != who:
            self.say(who, f"link_if_alive {other}")
            self.join(who, other)

    def do_unlink(self, who):
        self.say(who, f"unlink {self.anyone()}")

    def do_monitor(self, who):
        ref = self.fresh("r")
        kind = self.pick(("", "", "", " :explicit_unalias", " :demonitor", " :reply_demonitor"))
        if kind:
            self.aliases.append(ref)
        self.say(who, f"{ref} = monitor {self.anyone()}{kind}")
        self.monitors.append((who, ref))

    def do_monitor_name(self, who):
        ref = self.fresh("r")
        self.say(who, f"{ref} = monitor {self.pick(self.names)}")
        self.monitors.append((who, ref))

    def do_demonitor(self, who):
        mine = [ref for owner, ref in self.monitors if owner == who]
        if mine:
            self.say(who, f"demonitor {self.pick(mine)}{self.pick(('', ' :flush'))}")

    def do_exit(self, who):
        self.say(who, self.pick((f"exit {self.pick(REASONS)}", 'raise "oops"', "throw :ball")))

    def strangers(self, *who):
        """Those whose end reaches none of these."""
        return [one for one in self.raw + self.servers
                if not any(self.reachable(one, other) for other in who)]

    def do_exit_to(self, who):
        targets = self.strangers(who) + [who]
        self.say(who, f"exit_to {self.pick(targets)} {self.pick(REASONS)}")

    def do_trap(self, who):
        self.say(who, f"trap_exit {self.pick(('true', 'true', 'false'))}")

    def do_send(self, who):
        to = self.pick(self.raw + self.servers + self.aliases + self.names)
        self.made += 1
        self.say(who, f"send {to} {{:hello, {self.made}}}")

    def do_receive(self, who):
        self.say(who, self.pick(("gather", "receive {:hello, _} 0", "gather",
                                 f"receive {{:EXIT, {self.anyone()}, _}} 0")))

    def do_name(self, who):
        name = self.pick(self.names)
        self.say(who, self.pick((f"register {name} {self.anyone()}", f"register {name}",
                                 f"unregister {name}", f"whereis {name}")))

    def do_timer(self, who):
        timer = self.fresh("t")
        to = self.pick(self.raw + self.servers + self.names)
        # Begun and waited for as one: when it fires is not seen.
        time = self.pick((10, 600_000))  # or never, however busy the machine is
        self.lines.append(f"{who}> {timer} = send_after {time} {to} {{:later, {self.made}}}")
        self.timers.append(timer)
        self.lines.append("wait 40")

    def do_old_timer(self, who):
        if self.timers:
            self.say(who, f"{self.pick(('cancel_timer', 'read_timer'))} {self.pick(self.timers)}")

    def do_alias(self, who):
        name = self.fresh("l")
        self.say(who, f"{name} = alias{self.pick(('', ' :reply'))}")
        self.aliases.append(name)

    def do_unalias(self, who):
        if self.aliases:
            self.say(who, f"unalias {self.pick(self.aliases)}")

    def do_info(self, who):
        item = self.pick((":links", ":monitors", ":message_queue_len", ":registered_name",
                          ":trap_exit"))
        self.say(who, f"info {self.anyone()} {item}")

    def do_dictionary(self, who):
        self.say(who, self.pick(("put :k 1", "put :k {:two}", "get :k", "erase :k")))

    def reachable(self, who, server):
        return self.component[who] == self.component[server]

    def do_call(self, who):
        if not self.servers:
            return
        server = self.pick(self.servers)
        mild = ["{:reply, 1}", "{:reply, {:ok, 2}, 0}", "{:reply, 3, :hibernate}",
                "{:reply, 4, {:continue, {:noreply}}}", "{:run, [(get :k)], {:reply, 5}}"]
        wild = [f"{{:stop, {self.pick(REASONS)}, 6}}", f"{{:stop, {self.pick(REASONS)}}}",
                '{:raise, "call"}', f"{{:exit, {self.pick(REASONS)}}}", "{:return, :bad}",
                "{:reply, 7, {:continue, {:stop, :boom}}}"]
        if self.reachable(who, server) or self.random.random() < 0.6:
            self.say(who, f"call {server} {self.pick(mild)}")
        else:
            self.say(who, f"call {server} {self.pick(wild)}")

    def do_call_later(self, who):
        if not self.servers:
            return
        key, server = f":{self.fresh('k')}", self.pick(self.servers)
        others = [one for one in self.raw if one != who and not self.reachable(one, server)]
        if others:
            self.lines.append(f"{who}> call {server} {{:keep, {key}}} 400")
            self.lines.append("wait 0")
            answer = f"cast {server} {{:answer, {key}, {self.made}, {{:noreply}}}}"
            self.say(self.pick(others), answer)
            self.lines.append("join")

    def do_tell(self, who):
        if not self.servers:
            return
        server = self.pick(self.servers)
        mild = ["{:noreply}", "{:noreply, 0}", "{:noreply, :hibernate}",
                "{:noreply, {:continue, {:noreply, 0}}}"]
        if server not in self.trapping:
            mild.append("link")
        wild = ['{:raise, "told"}', f"{{:stop, {self.pick(REASONS)}}}",
                f"{{:exit, {self.pick(REASONS)}}}", "{:return, {:bad}}"]
        victims = self.strangers(who, server)
        if victims:
            victim = f"(exit_to {self.pick(victims)} {self.pick(REASONS)})"
            mild.append(f"{{:run, [{victim}], {{:noreply}}}}")
        step = self.pick(mild if self.reachable(who, server) else mild + wild)
        if step == "link":
            other = self.partner()
            step = f"{{:run, [(link_if_alive {other})], {{:noreply}}}}"
            self.join(other, server)
        self.say(who, self.pick((f"cast {server} {step}", f"send {server} {{:do, {step}}}")))

    def do_stop(self, who):
        free = [s for s in self.servers if not self.reachable(who, s)]
        if free:
            self.say(who, f"stop {self.pick(free)} {self.pick(REASONS)}")

    def do_request(self, who):
        free = [s for s in self.servers if not self.reachable(who, s)]
        if free:
            name = self.fresh("q")
            step = self.pick(("{:reply, 8}", "{:stop, :boom, 9}", "{:stop, :boom}"))
            self.say(who, f"{name} = request {self.pick(free)} {step}")
            self.say(who, f"response {name} 1000")

    def text(self):
        kinds = [name for name in dir(self) if name.startswith("do_")]
        often = ["do_link", "do_exit_to", "do_trap", "do_monitor", "do_send", "do_receive",
                 "do_start", "do_call", "do_tell", "do_spawn"]
        for _ in range(STEPS):
            getattr(self, self.pick(kinds + often))(self.pick(self.raw))
        self.lines += [f"{who}: gather" for who in self.raw]
        return "\n".join(self.lines) + "\n"


def program(seed):
    return Program(seed).text()


def self_test():
    if program(3) != program(3) or program(3) == program(4):
        return "one seed is not one program"
    everything = "\n".join(program(seed) for seed in range(200))
    kinds = [word for word in ("spawn_monitor", "start_link", "exit_to", ":kill", "unlink", "stop",
                               "request", ":reply_demonitor", "cancel_timer", "register")
             if word not in everything]
    return f"no program says {kinds}" if kinds else None
