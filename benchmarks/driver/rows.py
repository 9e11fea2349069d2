# SPDX-License-Identifier: Apache-2.0
"""What is measured: the rows, their sizes, the variants of our own programs, and the floors.

A size is chosen so that one run takes about a second, so faster contenders do more; rows about
memory have one size for all. Sizes are multiples of 8, since eight clients share them.
"""

from dataclasses import dataclass, field

M = 1_000_000


@dataclass(frozen=True)
class Row:
    """One row of the table. `unit` says which way is better: more per second and a larger share,
    less of the rest."""

    title: str
    unit: str  # per_second, share, bytes or seconds
    sizes: dict
    quick: int
    # What a contender's program is called with, for each way of doing it; the first is the main
    # one. Who isn't named has one way, called as the row.
    variants: dict = field(default_factory=dict)
    # Who has nothing like it, and why.
    without: dict = field(default_factory=dict)
    # Further figures that the program says: what it calls them, how they are headed, their unit.
    details: dict = field(default_factory=dict)
    workers: tuple = ()  # instead of those that were asked for
    runs: int = 0  # at most
    # program: it measures itself. first_byte, compiler and commands: the driver does, from outside.
    how: str = "program"

    def size(self, contender, program_row, quick):
        if quick:
            return self.quick
        fitting = (self.sizes[key] for key in (program_row, contender) if key in self.sizes)
        return next(fitting, self.sizes["others"])

    def ways(self, contender, name):
        return self.variants.get(contender, {"": name})


NO_TYPED_MESSAGES = {"elixir": "has no message types to compile", "go": "has no message types"}
NO_SUPERVISORS = {"caf": "has no supervisors", "go": "has no supervisors"}
NO_TASKS = {"caf": "has no tasks beside an actor", "go": "its nearest is the row spawn"}
NO_REGISTRIES = {"caf": "its registry holds one actor for a name", "go": "has no registry"}
NO_AGENTS = {"caf": "the row call is the same", "go": "the row call is the same"}
LOOPS = {
    "worst": ("worst", "seconds"),
    "onset": ("onset", "seconds"),
    "trips": ("round trips", "per_second"),
    "pieces": ("pieces of work", "per_second"),
}


def compile_row(handlers):
    return Row(
        f"compile a server of {handlers} handlers, seconds",
        "seconds",
        {"others": handlers},
        4,
        without=NO_TYPED_MESSAGES,
        details={"cpu": ("cpu", "seconds")},
        workers=(1,),
        runs=3,
        how="compiler",
    )


ROWS = {
    "call": Row(
        "call 1→1, round trips per second",
        "per_second",
        {"beamish": 10 * M, "go": 3 * M, "others": M},
        80_000,
        {"beamish": {"inline": "call", "queued": "call_queued"}},
    ),
    "call8": Row(
        "call 8→1, round trips per second",
        "per_second",
        {"beamish": 10 * M, "go": 3 * M, "others": M},
        80_000,
    ),
    "cast": Row(
        "cast 1→1, casts per second",
        "per_second",
        {"others": 5 * M},
        400_000,
        {"beamish": {"awaited": "cast", "dropped": "cast_dropped", "bounded": "cast_bounded"}},
    ),
    "cast8": Row(
        "cast 8→1, casts per second",
        "per_second",
        {"others": 5 * M},
        400_000,
        {"beamish": {"awaited": "cast8", "dropped": "cast8_dropped",
                     "bounded": "cast8_bounded"}},
    ),
    "spawn": Row(
        "spawn + exit + DOWN one after the other, per second",
        "per_second",
        {"beamish": 5 * M, "go": 2 * M, "caf": 400_000, "others": M},
        80_000,
    ),
    "idle": Row("bytes per idle server", "bytes", {"others": M}, 100_000),
    "ring": Row(
        "ring of 1,000, hops per second",
        "per_second",
        {"beamish": 10 * M, "go": 3 * M, "others": 2 * M},
        200_000,
    ),
    "skynet": Row("skynet, seconds", "seconds", {"others": M}, 100_000),
    "timers": Row(
        "1 M timers due within 1 s, lateness: 99 % at most",
        "seconds",
        {"others": M},
        100_000,
        details={
            "p50": ("50 %", "seconds"),
            "max": ("worst", "seconds"),
            "cpu": ("cpu", "seconds"),
            "arming": ("arming", "seconds"),
        },
        runs=3,
    ),
    "tasks": Row(
        "task handler, limit 2: empty tasks per second",
        "per_second",
        {"tasks_stream": 40_000, "others": 200_000},
        8_000,
        {"elixir": {"by hand": "tasks", "async_stream_nolink": "tasks_stream"}},
    ),
    "restarts": Row(
        "restarts of a supervised child that is killed, one after the other, per second",
        "per_second",
        {"beamish": 400_000, "others": 20_000},
        8_000,
        without=NO_SUPERVISORS,
    ),
    "children": Row(
        "start of children under a dynamic supervisor, per second",
        "per_second",
        {"others": 100_000},
        20_000,
        without=NO_SUPERVISORS,
    ),
    "supervised": Row(
        "bytes per idle supervised server, beside one that is not",
        "bytes",
        {"beamish": 500_000, "others": 100_000},
        20_000,
        {
            "beamish": {"dynamic": "supervised", "by id": "supervised_by_id"},
            "elixir": {"dynamic": "supervised", "by id": "supervised_by_id"},
        },
        without=NO_SUPERVISORS,
        details={
            "plain": ("unsupervised", "bytes"),
            "memory": ("memory of an unsupervised one's", "share"),
            "time": ("start of an unsupervised one's", "share"),
            "asked_time": ("start by a server that keeps nothing", "share"),
            "start": ("start", "nanoseconds"),
        },
        workers=(1,),
    ),
    "async": Row(
        "async + await one after the other, per second",
        "per_second",
        {"beamish": 2 * M, "others": 200_000},
        80_000,
        without=NO_TASKS,
    ),
    "async_many": Row(
        "100,000 asyncs, then their awaits in the same order, per second",
        "per_second",
        {"others": 100_000},
        8_000,
        without=NO_TASKS,
        runs=3,
    ),
    "stream": Row(
        "async_stream of empty functions, two at a time: elements per second",
        "per_second",
        {"beamish": 2 * M, "others": 80_000},
        8_000,
        without=NO_TASKS,
    ),
    "agent_get": Row(
        "agent, gets per second",
        "per_second",
        {"beamish": 5 * M, "others": 400_000},
        80_000,
        without=NO_AGENTS,
    ),
    "agent_update": Row(
        "agent, updates per second",
        "per_second",
        {"beamish": 5 * M, "others": 400_000},
        80_000,
        without=NO_AGENTS,
    ),
    "registry_lookup": Row(
        "registry, lookups of 1,000 keys in turn per second",
        "per_second",
        {"beamish": 10 * M, "others": M},
        80_000,
        without=NO_REGISTRIES,
    ),
    "registry_dispatch": Row(
        "registry, dispatches to eight processes per second",
        "per_second",
        {"beamish": 400_000, "others": 80_000},
        8_000,
        without=NO_REGISTRIES,
    ),
    "backlog": Row(
        "call with 100,000 messages waiting, speed as a share of the call with none",
        "share",
        {"beamish": 2 * M, "elixir": 400_000, "others": 500},
        500,
        {"beamish": {"inline": "backlog", "queued": "backlog_queued"}},
        without={"go": "a goroutine has no mailbox to select from"},
        details={"empty": ("empty", "per_second"), "waiting": ("waiting", "per_second")},
        runs=3,
    ),
    "loops": Row(
        "round trip beside 4 endless loops, 99 % of the time at most",
        "seconds",
        {"others": 2000},
        500,
        details=LOOPS,
        workers=(2,),
        runs=3,
    ),
    "loops_await": Row(
        "round trip beside 4 loops that await, 99 % of the time at most",
        "seconds",
        {"others": 2000},
        500,
        details=LOOPS,
        workers=(2,),
        runs=3,
    ),
    "start": Row(
        "start: from exec to the first byte of output, seconds",
        "seconds",
        {"others": 1},
        1,
        {"beamish": {"hello": "hello", "demo": "demo"}, "caf": {"": "hello"}, "go": {"": "hello"}},
        workers=(2,),
        how="first_byte",
    ),
    "batch": Row(
        "batch: commands per second that do nothing, beside xargs -P",
        "per_second",
        {"others": 10_000},
        200,
        {"beamish": {"beamish batch": "batch", "xargs -P, to compare": "batch_xargs"}},
        without={name: "is no command that runs commands" for name in ("elixir", "caf", "go")},
        how="commands",
        runs=3,
    ),
    "compile4": compile_row(4),
    "compile16": compile_row(16),
    "compile64": compile_row(64),
    "include": Row(
        "include a header, seconds of the compiler's processor time",
        "seconds",
        {"others": 1},
        1,
        {
            "beamish": {
                "beamish.hpp": "include beamish/beamish.hpp",
                "gen_server.hpp": "include beamish/otp/gen_server.hpp",
                "task_handler.hpp": "include beamish/jobs/task_handler.hpp",
                "spawn.hpp": "include beamish/runtime/spawn.hpp",
                "only <string>": "include string",
            },
            "caf": {"all.hpp": "include caf/all.hpp"},
        },
        without=NO_TYPED_MESSAGES,
        workers=(1,),
        how="compiler",
    ),
}

# Below these the work isn't done: our figure itself, our further figures, and our peak of memory in
# KiB.
FLOORS = {
    "call": 4 * M,
    "cast": 12 * M,
    "cast8": 8 * M,
    "spawn": 2 * M,
    "idle": 400,
    "ring": 8 * M,
    "skynet": 0.5,
    "timers": 0.0015,
    "tasks": M,
    "backlog": 0.9,
}
DETAIL_FLOORS = {("timers", "cpu"): 1.0, ("supervised", "memory"): 1.51}
PEAK_FLOORS = {"skynet": 50 * 1024}

# How many times better than a peer each row about throughput or memory must be, within one run.
# Rows about latency and about building stand on their own figures.
RATIO_FLOORS = {"elixir": 5.0, "caf": 2.0}
RATIO_EXCEPTIONS = {
    ("cast", "elixir"): 3.5,
    # The other side reads a table of the runtime, which is C: doc/performance.md.
    ("registry_lookup", "elixir"): 2.0,
    ("registry_dispatch", "elixir"): 2.0,
}
RATIO_ROWS = (
    *("call", "call8", "cast", "cast8", "spawn", "idle", "ring", "skynet", "tasks"),
    *("restarts", "children", "supervised", "async", "stream", "agent_get", "agent_update"),
    *("registry_lookup", "registry_dispatch"),
)


def ratio_floor(row, contender):
    if row not in RATIO_ROWS:
        return None
    return RATIO_EXCEPTIONS.get((row, contender), RATIO_FLOORS.get(contender))
