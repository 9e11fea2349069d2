#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The key-value server, by clients that are not ours."""
# looks at: examples/kv_server/kv_server.cpp

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "command"))

import harness
from harness import beamish as kv_server, check, contains, equal, test

NO_STORE = "ERROR the store is away, ask again"
# Workers that may join for a while when the machine is busy.
SPARE = 10
# There memory that was freed is kept.
SANITIZED = os.environ.get("BEAMISH_PRESET", "").startswith(("asan", "tsan"))


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), harness.TIMEOUT)
        self.file = self.socket.makefile("rwb")

    def say(self, *lines):
        self.file.write("".join(line + "\n" for line in lines).encode())
        self.file.flush()

    def hear(self):
        """One line; nothing once the server has closed."""
        try:
            return self.file.readline().decode().removesuffix("\n")
        except ConnectionResetError:
            return ""

    def ask(self, line):
        self.say(line)
        return self.hear()

    def ask_store(self, line):
        """While the store is started again a client asks again."""
        while (answer := self.ask(line)) == NO_STORE:
            pass
        return answer

    def tree(self):
        self.say("TREE")
        return "\n".join(iter(self.hear, "."))

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Server:
    """Serves on a free port until the test is over."""

    def __init__(self):
        self.process = subprocess.Popen([harness.program, "--port", "0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(re.fullmatch(r"listening on port (\d+)\n", line).group(1))

    def client(self):
        return Client(self.port)

    def entries(self, what):
        return len(os.listdir(f"/proc/{self.process.pid}/{what}"))

    def memory(self):
        """Its peak, in KiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1))

    def interrupt(self):
        """Ctrl-C; gives the exit code and what the log said."""
        self.process.send_signal(signal.SIGINT)
        _, log = self.process.communicate(timeout=harness.TIMEOUT)
        return self.process.returncode, log

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def pid_in(tree, name):
    return re.search(rf"{name} (#PID<[\d.]+>)", tree).group(1)


@test
def without_arguments_it_shows_itself():
    ended = kv_server()
    equal(ended.code, 0, ended)
    contains(ended.out, "> GET sky\nVALUE blue\n", "  :network #PID<", "> CRASH\n(closed)\n",
             "> KILL\nOK\n", "> QUIT\nOK\n")
    check(ended.out.count("VALUE blue") >= 3, ended)


@test
def what_one_client_sets_another_gets():
    with Server() as server, server.client() as ada, server.client() as bob:
        equal(ada.ask("GET sky"), "NONE")
        equal(ada.ask("SET sky blue and wide"), "OK")
        equal(bob.ask("GET sky"), "VALUE blue and wide")
        equal(bob.ask("SET sky grey\r"), "OK")
        equal(ada.ask("GET sky"), "VALUE grey")
        equal(ada.ask("COUNT"), "1")
        equal(ada.ask("DEL sky"), "OK")
        equal(bob.ask("DEL sky"), "NONE")
        equal(bob.ask("FLY"), "ERROR unknown command")
        bob.say("SET a 1", "SET b 2", "COUNT")
        equal([bob.hear() for _ in range(3)], ["OK", "OK", "2"])


@test
def a_connection_that_crashes_harms_nobody():
    with Server() as server, server.client() as ada, server.client() as bob:
        equal(ada.ask("SET sky blue"), "OK")
        store = pid_in(ada.tree(), ":store")
        equal(bob.ask("CRASH"), "")
        equal(ada.ask("GET sky"), "VALUE blue")
        equal(pid_in(ada.tree(), ":store"), store)
        equal(ada.tree().count("Connection"), 1)
        with server.client() as carol:
            equal(carol.ask("GET sky"), "VALUE blue")
        code, log = server.interrupt()
        equal(code, 0, log)
        contains(log, "a client has asked for it")


@test
def a_killed_store_is_started_again_with_its_values_and_the_clients_stay():
    with Server() as server, server.client() as ada, server.client() as bob:
        equal(ada.ask("SET sky blue"), "OK")
        before = bob.tree()
        equal(bob.ask("KILL"), "OK")
        equal(bob.ask_store("GET sky"), "VALUE blue")
        equal(ada.ask_store("SET sky grey"), "OK")
        after = bob.tree()
        check(pid_in(before, ":store") != pid_in(after, ":store"), after)
        equal(pid_in(after, ":network"), pid_in(before, ":network"))
        equal(after.count("Connection"), 2)


@test
def the_tree_shows_who_supervises_whom():
    with Server() as server, server.client() as ada:
        tree = re.sub(r"#PID<[\d.]+>", "PID", ada.tree())
        equal(tree, ":server PID\n  :store PID\n  :network PID\n    :watcher PID\n"
                    "    :connections PID\n      Connection PID\n    :acceptor PID")
        others = [server.client() for _ in range(24)]
        for other in others:
            equal(other.ask("COUNT"), "0")
        tree = ada.tree()
        equal(tree.count("Connection"), 10, tree)
        contains(tree, "\n      and 15 more\n")
        for other in others:
            other.close()


@test
def thousands_of_connections_leave_no_thread_and_no_descriptor_behind():
    with Server() as server, server.client() as ada:
        equal(ada.ask("SET sky blue"), "OK")
        descriptors, threads = server.entries("fd"), server.entries("task")
        for number in range(3000):
            with server.client() as other:
                equal(other.ask("GET sky"), "VALUE blue")
                if number % 3 == 0:
                    equal(other.ask("QUIT"), "OK")
                    equal(other.hear(), "")
                elif number % 100 == 1:
                    equal(other.ask("CRASH"), "")
        while ada.tree().count("Connection") > 1:
            pass
        equal(server.entries("fd"), descriptors)
        check(server.entries("task") < threads + SPARE, f"{threads} threads before")


@test
def hundreds_of_clients_at_once_share_the_threads_that_there_are():
    with Server() as server, server.client() as ada:
        equal(ada.ask("SET sky blue"), "OK")
        threads = server.entries("task")
        others = [server.client() for _ in range(500)]
        for other in others:
            other.say("GET sky")
        equal({other.hear() for other in others}, {"VALUE blue"})
        check(server.entries("task") < threads + SPARE, f"{threads} threads before")
        for other in others:
            other.close()


@test
def a_client_that_does_not_read_is_not_read_from():
    with Server() as server, server.client() as ada, server.client() as slow:
        value = "x" * 60_000
        equal(ada.ask(f"SET long {value}"), "OK")
        before = server.memory()
        slow.say(*["GET long"] * 1000)
        for _ in range(200):
            equal(ada.ask("COUNT"), "1")
        for _ in range(1000):
            equal(slow.hear(), "VALUE " + value)
        if not SANITIZED:
            check(server.memory() - before < 20_000, f"{server.memory()} KiB after {before}")


@test
def a_line_without_an_end_closes_the_connection():
    with Server() as server, server.client() as ada, server.client() as bob:
        try:
            ada.socket.sendall(b"x" * 1_000_000)
        except (ConnectionResetError, BrokenPipeError):
            pass
        equal(ada.hear(), "")
        equal(bob.ask("COUNT"), "0")


@test
def an_interrupt_ends_it_in_order_and_closes_every_connection():
    with Server() as server, server.client() as ada:
        equal(ada.ask("SET sky blue"), "OK")
        code, log = server.interrupt()
        equal((code, log), (0, ""))
        equal(ada.hear(), "")


@test
def wrong_use_and_a_taken_port_are_told():
    equal(kv_server("--prot", "7000").code, 2)
    with Server() as server:
        taken = kv_server("--port", str(server.port))
        equal(taken.code, 1, taken)
        contains(taken.err, f"port {server.port}: Address already in use")


if __name__ == "__main__":
    harness.main()
