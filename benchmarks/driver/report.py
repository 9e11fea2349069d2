# SPDX-License-Identifier: Apache-2.0
"""What a reader gets: the JSON document, and the table that is made from it alone."""

import datetime

from . import machine, rows

FORMAT = "beamish-bench"
VERSION = 1


class Progress:
    """Steps overwrite each other on a terminal and are silent elsewhere; lines stay."""

    def __init__(self, stream):
        self.stream = stream
        self.terminal = stream.isatty()

    def step(self, text):
        if self.terminal:
            self.stream.write("\r\033[K" + text)
            self.stream.flush()

    def line(self, text):
        self.step("")
        print(text, file=self.stream, flush=True)

    def hint(self, text):
        if text:
            self.line("note: " + text)


def document(options, ready, results, load_before, load_after):
    for row in results:
        _add_ratios(row)
    return {
        "format": FORMAT,
        "version": VERSION,
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": {**machine.describe(), "load_before": load_before, "load_after": load_after},
        "options": {
            "quick": options.quick,
            "runs": options.runs,
            "rows": options.rows,
            "workers": options.workers,
        },
        "contenders": [
            {
                "name": one.name,
                "label": one.label,
                "version": None if one.absent else one.version(),
                "absent": one.absent,
            }
            for one in ready
        ],
        "rows": results,
        "floors": [] if options.quick else floors(results),
    }


def times_better(unit, ours, theirs):
    """How many times better ours is: more per second, or less of anything else."""
    return ours / theirs if unit in ("per_second", "share") else theirs / ours


def _ours(row, workers):
    return [
        result
        for result in row["results"]
        if result["contender"] == "beamish"
        and result["workers"] == workers
        and result["status"] == "measured"
    ]


def _add_ratios(row):
    """Gives each peer's result `ours_over_this`, one ratio for each variant of ours."""
    for result in row["results"]:
        if result["status"] != "measured" or result["contender"] == "beamish":
            continue
        result["ours_over_this"] = {
            our["variant"]: times_better(row["unit"], our["median"], result["median"])
            for our in _ours(row, result["workers"])
        }


def floors(results):
    """Every floor that this run can judge: held or not."""
    judged = []
    for row in results:
        name, unit = row["row"], row["unit"]
        for our in [r for r in row["results"] if r["contender"] == "beamish"]:
            if our["status"] != "measured":
                continue
            where = {"row": name, "variant": our["variant"], "workers": our["workers"]}
            if name in rows.FLOORS:
                held = times_better(unit, our["median"], rows.FLOORS[name]) >= 1
                judged.append({**where, "what": unit, "floor": rows.FLOORS[name], "held": held})
            for key, value in our["details"].items():
                if floor := rows.DETAIL_FLOORS.get((name, key)):
                    judged.append({**where, "what": key, "floor": floor, "held": value <= floor})
            if name in rows.PEAK_FLOORS:
                held = our["rss_peak_kib"] <= rows.PEAK_FLOORS[name]
                floor = rows.PEAK_FLOORS[name]
                judged.append({**where, "what": "rss_peak_kib", "floor": floor, "held": held})
        for peer in row["results"]:
            floor = rows.ratio_floor(name, peer["contender"])
            for variant, ratio in peer.get("ours_over_this", {}).items():
                if floor:
                    where = {"row": name, "variant": variant, "workers": peer["workers"]}
                    what = f"times {peer['contender']}"
                    judged.append({**where, "what": what, "floor": floor, "held": ratio >= floor})
    return judged


def human(unit, figure):
    if unit == "per_second":
        for scale, letter in ((1e6, " M"), (1e3, " k")):
            if figure >= scale:
                digits = ".3g" if figure < 1e8 else ".0f"
                return f"{figure / scale:{digits}}{letter}"
        return f"{figure:.3g}"
    if unit == "nanoseconds":
        return f"{1e9 * figure:,.0f} ns"
    if unit == "share":
        return f"{100 * figure:.3g} %"
    if unit == "seconds" and figure < 0.1:
        return f"{1000 * figure:.3g} ms"
    return f"{figure:,.0f} B" if unit == "bytes" else f"{figure:.3g} s"


def mebibytes(kib):
    return f"{kib / 1024:,.0f} MiB"


def spread(result):
    """Half of the distance between the best and the worst run, in percent of the median."""
    return f"±{50 * (result['max'] - result['min']) / result['median']:.0f} %"


def table(doc):
    labels = {one["name"]: one["label"] for one in doc["contenders"]}
    blocks = [_heading(doc)]
    blocks += [_block(row, labels) for row in doc["rows"]]
    blocks.append(_verdict(doc))
    return "\n\n".join(filter(None, blocks))


def _heading(doc):
    where, options = doc["machine"], doc["options"]
    lines = [
        f"{where['cpu']}, {where['cores']} cores, {where['memory_gib']} GiB, {where['system']}, "
        f"Linux {where['kernel']}",
        f"{doc['date']}, load {where['load_before']} before and {where['load_after']} after",
        f"median of {options['runs']} interleaved runs"
        + (", small sizes: a smoke test, no measurement" if options["quick"] else "")
        + "; × = how many times better ours is",
    ]
    for one in doc["contenders"]:
        lines.append(f"  {one['label']}: {one['version'] or 'ABSENT, ' + one['absent']}")
    return "\n".join(lines)


def _block(row, labels):
    by_key = {(r["contender"], r["variant"], r["workers"]): r for r in row["results"]}
    who = list(dict.fromkeys((r["contender"], r["variant"]) for r in row["results"]))
    workers = sorted({result["workers"] for result in row["results"]})
    details = rows.ROWS[row["row"]].details
    header = [""]
    for count in workers:
        header += [f"{count} worker" + "s" * (count > 1), "", "×", "peak"]
        header += [heading for heading, _ in details.values()]
    lines, notes = [header], []
    for contender, variant in who:
        label = " ".join(filter(None, [labels[contender], variant]))
        line = [label]
        for count in workers:
            result = by_key[(contender, variant, count)]
            line += _cells(row["unit"], result, details)
            if result["status"] in ("without", "starves"):
                notes.append(f"  {label}, {count} workers: {result['reason']}")
        lines.append(line)
    body = _aligned(lines) + list(dict.fromkeys(notes))
    body += _scaling(row, workers)
    return "\n".join([row["title"], *body])


def _cells(unit, result, details):
    if result["status"] != "measured":
        word = {"without": "–", "starves": "STARVES"}.get(result["status"])
        return [word or result["status"].upper()] + [""] * (3 + len(details))
    ratios = " / ".join(f"{ratio:.3g}" for ratio in result.get("ours_over_this", {}).values())
    peak = mebibytes(result["rss_peak_kib"])
    cells = [human(unit, result["median"]), spread(result), ratios, peak]
    said = result["details"]
    for key, (_, kind) in details.items():
        cells.append(human(kind, said[key]) if key in said else "")
    return cells


def _scaling(row, workers):
    """How ours fares with more workers, compared with the fewest."""
    lines = []
    few = min(workers)
    for our in _ours(row, few):
        for more in (r for w in sorted(workers) if w > few for r in _ours(row, w)):
            if more["variant"] == our["variant"]:
                ratio = times_better(row["unit"], more["median"], our["median"])
                label = " ".join(filter(None, ["Beamish", our["variant"]]))
                lines.append(f"  {label}: {more['workers']} workers over {few}: {ratio:.2f} ×")
    return lines


def _aligned(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    out = []
    for line in lines:
        first = line[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        out.append(("  " + "  ".join([first, *rest])).rstrip())
    return out


def _verdict(doc):
    judged = doc["floors"]
    if not judged:
        return ""
    missed = [floor for floor in judged if not floor["held"]]
    lines = [f"floors: {len(judged) - len(missed)} held, {len(missed)} not held"]
    for floor in missed:
        variant = f" {floor['variant']}" if floor["variant"] else ""
        lines.append(
            f"  not held: {floor['row']}{variant}, {floor['workers']} workers: "
            f"{floor['what']} {floor['floor']:,}"
        )
    return "\n".join(lines)
