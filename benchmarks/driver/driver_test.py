# SPDX-License-Identifier: Apache-2.0
"""Tests of the driver: `python3 -B -m unittest discover -s benchmarks -p '*_test.py'`."""

import argparse
import io
import json
import sys
import unittest
from unittest import mock

from driver import contenders, measure, report, rows

LINE = {"row": "call", "n": 8, "seconds": 1.0, "cpu_seconds": 0.5, "unit": "per_second",
        "checked": "sum 36"}


class Scripted:
    """A contender whose program prints one scripted line a run, and which notes who ran when."""

    absent = None

    def __init__(self, name, figures, order):
        self.name = self.label = name
        self.figures, self.order = iter(figures), order

    def command(self, row, workers, size):
        self.order.append(self.name)
        said = {**LINE, "figure": next(self.figures), "rss_peak_kib": 1024}
        return [sys.executable, "-c", f"print({json.dumps(said)!r})"]

    def version(self):
        return "1"


def options(runs=1, workers=(1,)):
    return argparse.Namespace(runs=runs, workers=list(workers), quick=False, rows=["call"])


def silent():
    return report.Progress(io.StringIO())


def python(code):
    return [sys.executable, "-c", code]


class Measuring(unittest.TestCase):
    def test_runs_are_interleaved_and_the_median_counts(self):
        order = []
        ready = [Scripted("elixir", [1, 9, 2], order), Scripted("go", [5, 4, 6], order)]
        row = measure.one_row("call", options(runs=3), ready, silent())
        self.assertEqual(order, ["elixir", "go"] * 3)
        self.assertEqual([result["median"] for result in row["results"]], [2, 5])
        self.assertEqual(row["results"][0]["figures"], [1, 9, 2])

    def test_a_wrong_result_has_no_figure(self):
        row = rows.ROWS["call"]
        for code in (
            "import sys; sys.exit(1)",
            "print('no json')",
            "print('{}')",
            f"print({json.dumps({**LINE, 'figure': 0, 'rss_peak_kib': 1})!r})",
            f"print({json.dumps({**LINE, 'figure': 1, 'unit': 'bytes', 'rss_peak_kib': 1})!r})",
        ):
            with self.assertRaises(measure.WrongRun, msg=code):
                measure.run(python(code), row)

    def test_a_program_that_hangs_is_ended(self):
        with self.assertRaisesRegex(measure.WrongRun, "no result within"):
            measure.run(python("import signal; signal.pause()"), rows.ROWS["call"], timeout=0.2)

    def test_a_failure_is_kept_and_not_tried_again(self):
        order = []
        broken = Scripted("caf", [1, 1, 1], order)
        broken.command = lambda *_: order.append("caf") or python("import sys; sys.exit('bad sum')")
        row = measure.one_row("call", options(runs=3), [broken], silent())
        self.assertEqual(order, ["caf"])
        self.assertEqual(row["results"][0]["status"], "failed")
        self.assertIn("bad sum", row["results"][0]["reason"])


class Reporting(unittest.TestCase):
    def document(self, ours, elixir):
        order = []
        ready = [Scripted("beamish", ours, order), Scripted("elixir", elixir, order)]
        results = [measure.one_row("call", options(), ready, silent())]
        return report.document(options(), ready, results, 0, 0)

    def test_a_ratio_above_one_always_means_ours_is_better(self):
        self.assertEqual(report.times_better("per_second", 10, 2), 5)
        self.assertEqual(report.times_better("bytes", 10, 20), 2)
        self.assertEqual(report.times_better("seconds", 2, 1), 0.5)

    def test_each_variant_of_ours_has_its_ratio_and_its_floors(self):
        document = self.document([20e6, 3e6], [1e6])
        elixir = document["rows"][0]["results"][-1]
        self.assertEqual(elixir["ours_over_this"], {"inline": 20, "queued": 3})
        held = {(f["variant"], f["what"]): f["held"] for f in document["floors"]}
        self.assertEqual(
            held,
            {
                ("inline", "per_second"): True,
                ("queued", "per_second"): False,
                ("inline", "times elixir"): True,
                ("queued", "times elixir"): False,
            },
        )

    def test_the_document_survives_json_and_makes_the_table(self):
        document = json.loads(json.dumps(self.document([20e6, 3e6], [1e6])))
        self.assertEqual((document["format"], document["version"]), ("beamish-bench", 1))
        table = report.table(document)
        self.assertIn("20 / 3", table)
        self.assertIn("floors: 2 held, 2 not held", table)

    def test_figures_read_well(self):
        figures = [("per_second", 12_340_000), ("per_second", 999), ("bytes", 1234.5)]
        said = [report.human(unit, figure) for unit, figure in figures]
        self.assertEqual(said, ["12.3 M", "999", "1,234 B"])


class Preparing(unittest.TestCase):
    def test_a_missing_peer_is_absent_with_the_exact_command(self):
        asked = argparse.Namespace(contenders=["go"], no_install=True, compiler=None)
        out = io.StringIO()
        with mock.patch.object(contenders.Go, "is_there", return_value=False):
            (go,) = contenders.prepare(asked, report.Progress(out))
        self.assertEqual(go.absent, "not installed: sudo apt-get install -y golang-go")
        self.assertIn("Go is absent", out.getvalue())
        row = measure.one_row("call", options(), [go], silent())
        self.assertEqual(row["results"][0]["status"], "absent")


if __name__ == "__main__":
    unittest.main()
