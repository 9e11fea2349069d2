# SPDX-License-Identifier: Apache-2.0
"""Runs the programs, interleaved, and keeps what each of them said about itself."""

import json
import os
import signal
import statistics
import subprocess

from .rows import ROWS

TIMEOUT_S = 300
FIELDS = {"row", "n", "seconds", "cpu_seconds", "figure", "unit", "checked", "rss_peak_kib"}


class WrongRun(Exception):
    """A program that failed, hung, or whose result was wrong: it has no figure."""


def run(command, row, timeout=TIMEOUT_S):
    """One run of one program: its JSON line, checked for shape."""
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        start_new_session=True,  # So that a program that hangs goes with all its children.
    )
    try:
        out, err = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise WrongRun(f"no result within {timeout} s") from None
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise
    if child.returncode != 0:
        raise WrongRun(f"exit {child.returncode}: {err.strip()[-300:] or 'no message'}")
    return _parsed(out, row)


def _parsed(out, row):
    lines = out.strip().splitlines()
    try:
        said = json.loads(lines[-1])
    except (IndexError, ValueError):
        raise WrongRun(f"no JSON line: {out.strip()[-200:]!r}") from None
    if not isinstance(said, dict) or not FIELDS <= said.keys():
        raise WrongRun(f"not the line of a row: {lines[-1][:200]}")
    if said["unit"] != row.unit or not said["figure"] > 0 or not said["checked"]:
        raise WrongRun(f"not a figure in {row.unit} with a check: {lines[-1][:200]}")
    return said


def entries(name, ready):
    """Who takes part in a row: (contender, variant, the row's name for that program)."""
    ours = ROWS[name].ours or {"": name}
    for contender in ready:
        if contender.name == "beamish":
            yield from ((contender, variant, row) for variant, row in ours.items())
        else:
            yield contender, "", name


def all_rows(options, ready, say):
    return [one_row(name, options, ready, say) for name in options.rows]


def one_row(name, options, ready, say):
    row = ROWS[name]
    taking_part = list(entries(name, ready))
    kept = {}
    for turn in range(options.runs):
        for workers in options.workers:
            for contender, variant, program_row in taking_part:
                key = (contender.name, variant, workers)
                seen = kept.setdefault(key, {"runs": [], "error": contender.absent})
                if seen["error"]:
                    continue
                label = " ".join(filter(None, [contender.label, variant]))
                say.step(f"{name} {turn + 1}/{options.runs}: {label}, {workers} workers")
                size = row.size(contender.name, options.quick)
                try:
                    seen["runs"].append(run(contender.command(program_row, workers, size), row))
                except WrongRun as wrong:
                    seen["error"] = str(wrong)
                    say.line(f"{name}: {label}, {workers} workers: {wrong}")
    say.step("")
    absent = {contender.name: bool(contender.absent) for contender in ready}
    results = [_result(key, absent[key[0]], seen) for key, seen in kept.items()]
    results.sort(key=lambda result: result["workers"])
    return {"row": name, "title": row.title, "unit": row.unit, "results": results}


def _result(key, absent, seen):
    contender, variant, workers = key
    result = {"contender": contender, "variant": variant, "workers": workers}
    if seen["error"]:
        return {**result, "status": "absent" if absent else "failed", "reason": seen["error"]}
    figures = [said["figure"] for said in seen["runs"]]
    return {
        **result,
        "status": "measured",
        "n": seen["runs"][0]["n"],
        "median": statistics.median(figures),
        "min": min(figures),
        "max": max(figures),
        "figures": figures,
        "seconds": [said["seconds"] for said in seen["runs"]],
        "cpu_seconds": [said["cpu_seconds"] for said in seen["runs"]],
        "rss_peak_kib": max(said["rss_peak_kib"] for said in seen["runs"]),
        "checked": seen["runs"][0]["checked"],
    }
