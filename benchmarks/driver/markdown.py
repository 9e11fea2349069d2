# SPDX-License-Identifier: Apache-2.0
"""The document as two Markdown tables, for doc/performance.md: the figures beside each other, and
the further figures of the rows that have some."""

from . import report, rows


def tables(doc):
    return "\n\n".join([_heading(doc), _figures(doc), _further(doc)])


def _heading(doc):
    where, options = doc["machine"], doc["options"]
    who = "; ".join(one["version"] for one in doc["contenders"] if one["version"])
    return (
        f"{doc['date'][:10]}, {where['cpu']}, {where['cores']} cores, {where['memory_gib']} GiB, "
        f"{where['system']}, Linux {where['kernel']}; {who}. The median of {options['runs']} "
        f"interleaved runs; load {where['load_before']} before and {where['load_after']} after."
    )


def _line(cells):
    return "| " + " | ".join(cells) + " |"


def _table(header, lines):
    return "\n".join([_line(header), "|---" * len(header) + "|", *map(_line, lines)])


def _figures(doc):
    peers = [one for one in doc["contenders"] if one["name"] != "beamish"]
    header = ["row", "workers", "Beamish"]
    for peer in peers:
        header += [peer["label"], "×"]
    lines = []
    for row in doc["rows"]:
        ours = [result for result in row["results"] if result["contender"] == "beamish"]
        for our in ours:
            title = ", ".join(filter(None, [row["title"], our["variant"]]))
            line = [title, str(our["workers"]), _said(row["unit"], our)]
            for peer in peers:
                line += _beside(row, our, peer["name"])
            lines.append(line)
    return _table(header, lines)


def _beside(row, our, name):
    """The cells of a peer; all its ways of doing it share them."""
    theirs = [
        result
        for result in row["results"]
        if result["contender"] == name and result["workers"] == our["workers"]
    ]
    ratios = [result.get("ours_over_this", {}).get(our["variant"]) for result in theirs]
    return [
        " / ".join(_said(row["unit"], result) for result in theirs),
        " / ".join(filter(None, map(_times, ratios))),
    ]


def _times(ratio):
    if ratio is None:
        return ""
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def _said(unit, result):
    if result["status"] == "measured":
        return report.human(unit, result["median"])
    return {"without": "–", "starves": "starves"}.get(result["status"], result["status"])


def _further(doc):
    labels = {one["name"]: one["label"] for one in doc["contenders"]}
    lines = []
    for row in doc["rows"]:
        details = rows.ROWS[row["row"]].details
        for result in row["results"]:
            if result["status"] == "measured" and result["details"]:
                who = " ".join(filter(None, [labels[result["contender"]], result["variant"]]))
                said = [
                    f"{heading} {report.human(unit, result['details'][key])}"
                    for key, (heading, unit) in details.items()
                    if key in result["details"]
                ]
                peak = report.mebibytes(result["rss_peak_kib"])
                lines.append([row["row"], str(result["workers"]), who, ", ".join(said), peak])
    return _table(["row", "workers", "who", "further figures", "peak"], lines)
