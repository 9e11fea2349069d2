# SPDX-License-Identifier: Apache-2.0
"""Runs the programs, interleaved, and keeps what each of them said about itself."""

import json
import os
import signal
import statistics
import subprocess

from . import outside
from .outside import WrongRun
from .rows import ROWS

TIMEOUT_S = 300
FIELDS = {"row", "n", "seconds", "cpu_seconds", "figure", "unit", "checked", "rss_peak_kib"}


def run(command, row, program_row="", timeout=TIMEOUT_S):
    """One run of one program: its JSON line, checked for shape."""
    if row.how == "first_byte":
        return outside.first_byte(command, program_row, _start, _end)
    if row.how == "compiler":
        return outside.compiler(command, program_row, _start, _end)
    if row.how == "commands":
        return outside.commands(command, program_row, _start, _end)
    child = _start(command)
    try:
        out, err = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise WrongRun(f"no result within {timeout} s") from None
    finally:
        _end(child)
    if child.returncode != 0:
        raise WrongRun(f"exit {child.returncode}: {err.strip()[-300:] or 'no message'}")
    return _parsed(out, row)


def _start(command, stdin=subprocess.DEVNULL):
    try:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            start_new_session=True,  # So that a program that hangs goes with all its children.
        )
    except OSError as error:
        raise WrongRun(f"does not start: {error}") from None


def _end(child):
    if child.returncode is None and child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


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
    for contender in ready:
        for variant, program_row in ROWS[name].ways(contender.name, name).items():
            yield contender, variant, program_row


def all_rows(options, ready, say):
    return [one_row(name, options, ready, say) for name in options.rows]


def one_row(name, options, ready, say):
    row = ROWS[name]
    kept = {}
    runs = min(options.runs, row.runs or options.runs)
    for turn in range(runs):
        for workers in row.workers or options.workers:
            for contender, variant, program_row in entries(name, ready):
                key = (contender.name, variant, workers)
                seen = kept.setdefault(key, _nothing_yet(row, contender))
                if seen["status"] != "measured":
                    continue
                label = " ".join(filter(None, [contender.label, variant]))
                say.step(f"{name} {turn + 1}/{runs}: {label}, {workers} workers")
                size = row.size(contender.name, program_row, options.quick)
                try:
                    command = contender.command(program_row, workers, size)
                    seen["runs"].append(run(command, row, program_row))
                except WrongRun as wrong:
                    seen.update(status="failed", reason=str(wrong))
                    say.line(f"{name}: {label}, {workers} workers: {wrong}")
    say.step("")
    results = [_result(key, seen) for key, seen in kept.items()]
    results.sort(key=lambda result: result["workers"])
    return {"row": name, "title": row.title, "unit": row.unit, "results": results}


def _nothing_yet(row, contender):
    if contender.absent:
        return {"status": "absent", "reason": contender.absent}
    if contender.name in row.without:
        return {"status": "without", "reason": row.without[contender.name]}
    return {"status": "measured", "runs": []}


def _result(key, seen):
    contender, variant, workers = key
    result = {"contender": contender, "variant": variant, "workers": workers}
    if seen["status"] != "measured":
        return {**result, "status": seen["status"], "reason": seen["reason"]}
    runs = seen["runs"]
    starved = max(said.get("starved", 0) for said in runs)
    if starved:
        return {**result, "status": "starves", "reason": f"no progress within {starved:.1f} s"}
    figures = [said["figure"] for said in runs]
    details = {key: [said["details"][key] for said in runs] for key in runs[0].get("details", {})}
    return {
        **result,
        "status": "measured",
        "n": runs[0]["n"],
        "median": statistics.median(figures),
        "min": min(figures),
        "max": max(figures),
        "figures": figures,
        "details": {key: statistics.median(values) for key, values in details.items()},
        "seconds": [said["seconds"] for said in runs],
        "cpu_seconds": [said["cpu_seconds"] for said in runs],
        "rss_peak_kib": max(said["rss_peak_kib"] for said in runs),
        "checked": runs[0]["checked"],
    }
