# SPDX-License-Identifier: Apache-2.0
"""Tests of the driver: `python3 -B -m unittest discover -s benchmarks -p '*_test.py'`."""

import argparse
import io
import json
import sys
import unittest
from unittest import mock

from driver import contenders, markdown, measure, report, rows, sources

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


class Rows(unittest.TestCase):
    def result(self, name, said, contender="caf"):
        peer = Scripted(contender, [1], [])
        peer.command = lambda *_: python(f"print({json.dumps({**LINE, **said})!r})")
        return measure.one_row(name, options(), [peer], silent())["results"][0]

    def test_who_has_nothing_like_it_is_not_run(self):
        order = []
        row = measure.one_row("backlog", options(), [Scripted("go", [], order)], silent())
        self.assertEqual(order, [])
        self.assertEqual(row["results"][0]["status"], "without")
        self.assertIn("mailbox", row["results"][0]["reason"])

    def test_every_variant_of_a_peer_takes_part(self):
        order = []
        row = measure.one_row("tasks", options(), [Scripted("elixir", [3, 2], order)], silent())
        said = {result["variant"]: result["median"] for result in row["results"]}
        self.assertEqual(said, {"by hand": 3, "async_stream_nolink": 2})

    def test_a_row_may_have_its_own_workers_and_fewer_runs(self):
        order = []
        said = {"unit": "seconds", "figure": 1, "rss_peak_kib": 1, "details": {"worst": 2}}
        peer = Scripted("caf", [], order)
        peer.command = lambda row, workers, size: order.append(workers) or python(
            f"print({json.dumps({**LINE, **said})!r})"
        )
        measure.one_row("loops", options(runs=9, workers=(1,)), [peer], silent())
        self.assertEqual(order, [2, 2, 2])

    def test_who_starves_has_no_figure(self):
        result = self.result(
            "loops", {"unit": "seconds", "figure": 1, "rss_peak_kib": 1, "starved": 4.5}
        )
        self.assertEqual(result["status"], "starves")
        self.assertNotIn("median", result)
        self.assertIn("4.5 s", result["reason"])

    def test_further_figures_are_kept_and_judged(self):
        said = {"unit": "seconds", "figure": 0.001, "rss_peak_kib": 1, "details": {"cpu": 1.2}}
        result = self.result("timers", said, "beamish")
        self.assertEqual(result["details"], {"cpu": 1.2})
        row = {"row": "timers", "unit": "seconds", "results": [result]}
        held = {floor["what"]: floor["held"] for floor in report.floors([row])}
        self.assertEqual(held, {"seconds": True, "cpu": False})

    def test_latency_stands_on_its_own_figures(self):
        self.assertEqual(rows.ratio_floor("tasks", "elixir"), 5.0)
        self.assertIsNone(rows.ratio_floor("loops", "elixir"))

    def test_the_table_shows_who_starves_and_who_can_not(self):
        starving = self.result(
            "loops", {"unit": "seconds", "figure": 1, "rss_peak_kib": 1, "starved": 4.5}
        )
        row = {"row": "loops", "title": "t", "unit": "seconds", "results": [starving]}
        text = report._block(row, {"caf": "CAF"})
        self.assertIn("STARVES", text)
        self.assertIn("no progress within 4.5 s", text)


class Outside(unittest.TestCase):
    def run_row(self, name, command):
        return measure.run(command, rows.ROWS[name], name)

    def test_the_first_byte_ends_the_time_and_the_end_of_input_the_program(self):
        code = "import sys; print('x', flush=True); sys.stdin.read()"
        said = self.run_row("start", python(code))
        self.assertTrue(measure.FIELDS <= said.keys())
        self.assertGreater(said["figure"], 0)
        self.assertGreater(said["rss_peak_kib"], 0)

    def test_a_silent_program_has_no_first_byte(self):
        with self.assertRaisesRegex(measure.WrongRun, "printed nothing"):
            self.run_row("start", python("pass"))

    def test_what_does_not_start_has_no_figure(self):
        with self.assertRaisesRegex(measure.WrongRun, "does not start"):
            self.run_row("start", ["/no/such/program"])

    def test_a_compiler_that_complains_has_no_figure(self):
        said = self.run_row("include", python("pass"))
        self.assertTrue(measure.FIELDS <= said.keys())
        with self.assertRaisesRegex(measure.WrongRun, "error: no"):
            self.run_row("include", python("import sys; sys.exit('error: no')"))

    def test_sources_have_as_many_handlers_as_they_say(self):
        for server in (sources.beamish_server, sources.caf_server):
            text = server(16)
            self.assertEqual(text.count("return balances[") + text.count("state.balances["), 16)
            self.assertIn("add15", text)
            self.assertNotIn("add16", text)


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

    def test_the_markdown_has_a_line_for_each_of_our_ways(self):
        lines = markdown.tables(self.document([20e6, 3e6], [1e6])).splitlines()
        said = [line for line in lines if line.startswith("| call")]
        self.assertEqual(len(said), 2)
        self.assertIn("| 20 M | 1 M | 20 |", said[0])
        self.assertIn("queued | 1 | 3 M | 1 M | 3 |", said[1])

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
