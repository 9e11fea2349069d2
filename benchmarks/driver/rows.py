# SPDX-License-Identifier: Apache-2.0
"""What is measured: the rows, their sizes, the variants of our own programs, and the floors.

A size is chosen so that one run takes about a second, so faster contenders do more; rows about
memory have one size for all. Sizes are multiples of 8, since eight clients share them.
"""

from dataclasses import dataclass, field

M = 1_000_000


@dataclass(frozen=True)
class Row:
    """One row of the table. `unit` says which way is better: more per second, less of the rest."""

    title: str
    unit: str  # per_second, bytes or seconds
    sizes: dict
    quick: int
    # What our program is called with, for each way of doing it; the first is the main one.
    ours: dict = field(default_factory=dict)

    @property
    def more_is_better(self):
        return self.unit == "per_second"

    def size(self, contender, quick):
        return self.quick if quick else self.sizes.get(contender, self.sizes["others"])


ROWS = {
    "call": Row(
        "call 1→1, round trips per second",
        "per_second",
        {"beamish": 10 * M, "go": 3 * M, "others": M},
        80_000,
        {"inline": "call", "queued": "call_queued"},
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
        {"awaited": "cast", "dropped": "cast_dropped"},
    ),
    "cast8": Row(
        "cast 8→1, casts per second",
        "per_second",
        {"others": 5 * M},
        400_000,
        {"awaited": "cast8", "dropped": "cast8_dropped"},
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
}

# Below these the work isn't done: our figure itself, and our peak of memory in KiB.
FLOORS = {
    "call": 4 * M,
    "cast": 12 * M,
    "cast8": 8 * M,
    "spawn": 2 * M,
    "idle": 400,
    "ring": 8 * M,
    "skynet": 0.5,
}
PEAK_FLOORS = {"skynet": 50 * 1024}

# How many times better than a peer each row must be, within one run.
RATIO_FLOORS = {"elixir": 5.0, "caf": 2.0}
RATIO_EXCEPTIONS = {("cast", "elixir"): 3.5}


def ratio_floor(row, contender):
    return RATIO_EXCEPTIONS.get((row, contender), RATIO_FLOORS.get(contender))
