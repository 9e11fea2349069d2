// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/verbs.hpp"

#include <string>

namespace beamish::apps {
namespace {

// Of each verb that runs processes.
constexpr option_row log_format{
    .name = "log-format",
    .value = "FORMAT",
    .help =
        "What crash reports are on standard error: text, or json, each a JSON object in one "
        "line (default: text)",
    .kind = value_kind::choice,
    .choices = "text json"};

constexpr exit_code_row demo_codes[] = {
    {0, "played to its end"},
    {1, "it could not go on, or the output could not be written"},
    {2, "wrong usage"},
    {130, "interrupted (SIGINT; 128 and the signal's number for others)"},
};

constexpr option_row demo_options[] = {
    {.name = "tree",
     .value = "",
     .help = "While the tasks run, show every process: its name or what it began with, links, "
             "mailbox, and what it waits for"},
    {.name = "heal",
     .value = "",
     .help = "Another play: a supervised task handler works on without end, and lines of standard "
             "input say which of its processes to kill; nothing is lost"},
    log_format,
};

constexpr example_row demo_examples[] = {
    {"beamish demo", "five tasks, two at a time, drawn as they run"},
    {"beamish demo --tree", "and what the node looks like while they do"},
    {"beamish demo --heal", "kill its processes by hand, and watch it heal"},
};

constexpr std::string_view demo_details =
    "In a terminal the tasks are drawn while they run; elsewhere each event is a line.\n"
    "NO_COLOR=1 turns colours off; with TERM=dumb only ASCII is used, and nothing is redrawn.";

constexpr exit_code_row batch_codes[] = {
    {0, "all commands exited with 0"},
    {1, "some did not, or did not run, or the output could not be written"},
    {2, "wrong usage, an unreadable FILE or a line that cannot be read: nothing was run"},
};

constexpr argument_row batch_arguments[] = {
    {"FILE", "The commands, one per line; - is standard input", value_kind::file},
};

constexpr option_row batch_options[] = {
    {.name = "limit",
     .letter = 'l',
     .value = "N",
     .help = "At most so many commands at a time (default: the number of processors)"},
    {.name = "timeout",
     .letter = 't',
     .value = "SECONDS",
     .help = "Stop a command that runs longer; it has failed then"},
    {.name = "retries",
     .letter = 'r',
     .value = "N",
     .help = "Run a command that has failed up to N times again (default: 0)"},
    {.name = "backoff",
     .value = "SECONDS",
     .help = "Wait so long before the first retry, and twice as long before each further one, at "
             "most 10 minutes (default: 1)"},
    {.name = "jitter",
     .value = "PERCENT",
     .help = "Make each of these waits longer or shorter by chance, by up to PERCENT of it, so "
             "that commands that failed together don't come back together (default: 0)"},
    {.name = "grace", .value = "SECONDS", .help = "Time between SIGTERM and SIGKILL (default: 5)"},
    {.name = "fail-fast",
     .value = "",
     .help = "Stop everything once a command has failed for good"},
    {.name = "shell",
     .letter = 's',
     .value = "",
     .help = "Give each line to sh -c instead of splitting it into words"},
    {.name = "labels",
     .value = "",
     .help = "Each line begins with a label and a colon, which is shown instead of its number"},
    {.name = "keep-order",
     .letter = 'k',
     .value = "",
     .help = "Show the output in the order of the lines, not as it comes"},
    {.name = "output",
     .letter = 'o',
     .value = "DIRECTORY",
     .help = "Write the output to DIRECTORY/NUMBER.out and .err (or LABEL.out) and show none",
     .kind = value_kind::directory},
    {.name = "json", .value = "", .help = "Print one JSON document at the end, and nothing else"},
    {.name = "jsonl",
     .value = "",
     .help = "Print a JSON object per line for each thing that happens, as it happens"},
    {.name = "summary",
     .value = "WHICH",
     .help = "The rows of the summary: all, failed or none (default: all up to 100 commands, then "
             "failed)",
     .kind = value_kind::choice,
     .choices = "all failed none"},
    {.name = "timeline", .value = "", .help = "Draw what ran when, before the summary"},
    log_format,
};

constexpr example_row batch_examples[] = {
    {"beamish batch jobs.txt --limit 8", "the lines of jobs.txt, eight at a time"},
    {"ls *.wav | sed 's/.*/lame \"&\"/' | beamish batch - --timeout 60 --retries 2",
     "commands that another program wrote"},
    {"beamish batch jobs.txt --json | jq '.commands[] | select(.status != \"ok\").command'",
     "which ones did not go well"},
};

constexpr std::string_view batch_details =
    "A line is split into words as a POSIX shell does it: blanks separate, quotes and backslashes\n"
    "protect. Nothing is expanded and there are no pipes or redirections: write sh -c '...' for\n"
    "those, or say --shell. Blank lines and lines that start with # are skipped.\n"
    "\n"
    "Each line of output begins with its command's number, [3] for the third; what the command\n"
    "wrote to standard error is marked, [3] !, and goes to standard error. A summary follows.\n"
    "With --json or --jsonl standard output holds JSON only; with --json the commands' output is\n"
    "dropped unless --output keeps it. Both are version 1 (\"v\": 1) and described in\n"
    "doc/batch.md.\n"
    "\n"
    "In a terminal the running commands are drawn below the output, with an estimate of the time\n"
    "left. Ctrl-C stops what runs (SIGTERM, and SIGKILL after the grace) and starts nothing more;\n"
    "a second Ctrl-C kills at once.";

constexpr option_row compare_options[] = {
    {.name = "tasks", .value = "N", .help = "How many tasks (default: 40)"},
    {.name = "length", .value = "MS", .help = "How long each sleeps (default: 300)"},
    {.name = "limit", .letter = 'l', .value = "N", .help = "How many at a time (default: 8)"},
    log_format,
};

constexpr example_row compare_examples[] = {
    {"beamish compare", "forty tasks of 300 ms, at most eight at a time"},
    {"beamish compare --tasks 8 --limit 2", "a shorter one, where the order is easy to see"},
};

constexpr std::string_view compare_details =
    "The course's listing keeps its queue as a stack and looks for ended tasks ten times a "
    "second,\n"
    "so that mostly one task runs at a time, and the last one first. The product is told of each\n"
    "end by a monitor. Both get the same tasks at the same time, and are drawn as they run them;\n"
    "then each gets empty tasks, as fast as it takes them: how many that find no place free are\n"
    "done per second, from the first that is added to the last answer.";

constexpr argument_row sim_arguments[] = {
    {"WHAT", "run, list, replay, shrink, chart or diff; each has --help", value_kind::choice,
     "run list replay shrink chart diff"},
    {"REST", "Scenarios to run, or the file of a run", value_kind::file},
};

constexpr example_row sim_examples[] = {
    {"beamish sim run taught", "find what the course's handler breaks, and keep a small run of it"},
    {"beamish sim chart taught-order-1.small.run", "see it: job 8 starts before job 3"},
    {"beamish sim replay taught-order-1.small.run --gdb 40", "stop just before step 40"},
    {"beamish sim run product --seeds 1000000", "the same promises, kept by the product"},
};

constexpr exit_code_row sim_codes[] = {
    {0, "all went well"},
    {1, "of diff: the runs part"},
    {2, "wrong usage, or a file that can't be read or written"},
    {65, "a scenario failed: a process, or the program, ended as it should not"},
    {66, "a scenario failed: what must always hold did not"},
    {67, "a scenario failed: what has to happen did not, or there was no end in sight"},
    {68, "a scenario failed: somebody waits for ever"},
    {69, "the same decisions led to another run"},
};

constexpr std::string_view sim_details =
    "A scenario is played in simulated worlds, where one seed decides who runs next, when a\n"
    "message arrives and which timer fires first, and where an hour takes no time. What fails is\n"
    "made small and written to a file, which any of the other words takes. A file of another\n"
    "program's scenario is handed to that program. doc/simulation.md teaches how to write one.";

constexpr exit_code_row print_codes[] = {
    {0, "printed"},
    {1, "it could not be written"},
    {2, "wrong usage"},
};

constexpr argument_row completion_arguments[] = {
    {"SHELL", "Which one: bash, zsh or fish", value_kind::choice, "bash zsh fish"},
};

constexpr example_row completion_examples[] = {
    {"source <(beamish completion bash)", "for this session"},
    {"beamish completion fish > ~/.config/fish/completions/beamish.fish", "for good, in fish"},
};

constexpr std::string_view completion_details =
    "An installed Beamish has these scripts where the shells look for them.";

constexpr example_row man_examples[] = {
    {"beamish man | man -l -", "read it"},
};

constexpr verb_row table[] = {
    {.name = "demo",
     .summary = "Play the course's task handler: five tasks, two at a time.",
     .arguments = {},
     .options = demo_options,
     .details = demo_details,
     .examples = demo_examples,
     .exit_codes = demo_codes},
    {.name = "batch",
     .summary = "Run the commands of a file, one per line, so many at a time.",
     .arguments = batch_arguments,
     .options = batch_options,
     .details = batch_details,
     .examples = batch_examples,
     .exit_codes = batch_codes},
    {.name = "compare",
     .summary = "Race the course's task handler, as it is taught, against the product.",
     .arguments = {},
     .options = compare_options,
     .details = compare_details,
     .examples = compare_examples,
     .exit_codes = demo_codes},
    {.name = "sim",
     .summary = "Play scenarios under thousands of schedules, and show the one that fails.",
     .arguments = sim_arguments,
     .options = {},
     .details = sim_details,
     .examples = sim_examples,
     .exit_codes = sim_codes,
     .passes_on = true},
    {.name = "completion",
     .summary = "Print the script that makes a shell complete the words of beamish.",
     .arguments = completion_arguments,
     .options = {},
     .details = completion_details,
     .examples = completion_examples,
     .exit_codes = print_codes},
    {.name = "man",
     .summary = "Print the manual page, as man reads it.",
     .arguments = {},
     .options = {},
     .details = {},
     .examples = man_examples,
     .exit_codes = print_codes},
};

}  // namespace

std::span<const verb_row> verbs() { return table; }

const verb_row* find_verb(std::string_view name) {
  for (const verb_row& verb : table) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

std::string footer_of(const verb_row& verb) {
  std::string text(verb.details);
  if (!text.empty()) text += "\n\n";
  text += "Examples:\n";
  for (const example_row& example : verb.examples) {
    text.append("  ").append(example.line).append("\n      ").append(example.meaning).append("\n");
  }
  text += "\nExit codes:\n";
  for (const exit_code_row& row : verb.exit_codes) {
    const std::string code = std::to_string(row.code);
    text.append("  ").append(code).append(5 - code.size(), ' ').append(row.meaning).append("\n");
  }
  text.pop_back();
  return text;
}

}  // namespace beamish::apps
