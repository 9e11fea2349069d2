# SPDX-License-Identifier: Apache-2.0
"""Measures Beamish beside Elixir/OTP, CAF and Go, all in one run, and prints a table.

Every contender runs the same row in a program of its own that checks its own result; runs are
interleaved (A B C D A B C D ...), and the median is what counts. benchmarks/README.md says what
each program does and where the contenders differ.
"""

import argparse
import json
import sys

sys.dont_write_bytecode = True  # The checkout may be read-only.

from driver import contenders, machine, markdown, measure, report, rows  # noqa: E402

EPILOG = """exit codes:
  0  every program that is there ran and every result was right
  1  a program failed or gave a wrong result, or with --floors a floor was not held
  2  wrong usage
  3  something that is needed is missing and can't be installed

A peer that is missing is installed with apt-get when this runs as root; otherwise the exact
command is printed and the peer is shown as absent.
"""


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def chosen_from(known, what):
    def parse(text):
        names = [name.strip() for name in text.split(",") if name.strip()]
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            raise argparse.ArgumentTypeError(
                f"no such {what}: {', '.join(unknown) or text!r} (there are: {', '.join(known)})"
            )
        return names

    return parse


def arguments(argv):
    parser = argparse.ArgumentParser(
        prog="bench",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    every_row, every_contender = list(rows.ROWS), list(contenders.CONTENDERS)
    parser.add_argument(
        "--rows",
        type=chosen_from(every_row, "row"),
        default=every_row,
        metavar="A,B",
        help="only these rows; there are: " + ", ".join(every_row),
    )
    parser.add_argument(
        "--contenders",
        type=chosen_from(every_contender, "contender"),
        default=every_contender,
        metavar="A,B",
        help="only these; there are: " + ", ".join(every_contender),
    )
    parser.add_argument(
        "--workers",
        type=lambda text: [positive(part) for part in text.split(",")],
        default=[1, 2],
        metavar="N,M",
        help="numbers of workers (schedulers) to measure with; default 1,2",
    )
    parser.add_argument(
        "--runs", type=positive, help="runs of each program, the median counts; default 5"
    )
    parser.add_argument("--quick", action="store_true", help="one run of small sizes: a smoke test")
    parser.add_argument(
        "--json", metavar="FILE", help="write one JSON document; - for standard output, alone"
    )
    parser.add_argument(
        "--markdown", metavar="FILE", help="write the tables of doc/performance.md"
    )
    parser.add_argument("--floors", action="store_true", help="exit 1 when a floor is not held")
    parser.add_argument(
        "--compiler", choices=["clang", "gcc"], help="for our programs; default clang if there"
    )
    parser.add_argument("--no-install", action="store_true", help="never call apt-get")
    options = parser.parse_args(argv)
    options.runs = options.runs or (1 if options.quick else 5)
    return options


def main(argv):
    options = arguments(argv)
    say = report.Progress(sys.stderr)
    try:
        ready = contenders.prepare(options, say)
    except contenders.CannotPrepare as missing:
        say.line(str(missing))
        return missing.exit_code
    before = machine.load()
    say.hint(machine.busy_warning(before))
    results = measure.all_rows(options, ready, say)
    document = report.document(options, ready, results, before, machine.load())

    table = report.table(document)
    if options.json == "-":
        print(table, file=sys.stderr)
        print(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        print(table)
        if options.json:
            with open(options.json, "w", encoding="utf-8") as out:
                json.dump(document, out, indent=1, ensure_ascii=False)
                out.write("\n")
    if options.markdown:
        with open(options.markdown, "w", encoding="utf-8") as out:
            out.write(markdown.tables(document) + "\n")
    failed = any(result["status"] == "failed" for row in results for result in row["results"])
    broken = options.floors and any(not floor["held"] for floor in document["floors"])
    return 1 if failed or broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
