// SPDX-License-Identifier: Apache-2.0
#include "apps/command_line.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <optional>

namespace beamish::apps {
namespace {

constexpr std::size_t most = 1'000'000;

constexpr const char* batch_details =
    "A line is split into words as a POSIX shell does it: blanks separate, quotes and backslashes\n"
    "protect. Nothing is expanded and there are no pipes or redirections: write sh -c '...' for\n"
    "those. Blank lines and lines that start with # are skipped.\n"
    "\n"
    "Each line of output begins with its command's number, [3] for the third; what the command\n"
    "wrote to standard error is marked, [3] !, and goes to standard error. A summary follows.\n"
    "\n"
    "Ctrl-C stops what runs (SIGTERM, and SIGKILL after the grace) and starts nothing more; a\n"
    "second Ctrl-C kills at once.\n"
    "\n"
    "Exit code: 0 all commands exited with 0; 1 some did not, or did not run; 2 wrong usage, an\n"
    "unreadable FILE or a line that cannot be read, and then nothing was run.";

// The words of the command line that need more than CLI11 checks, as they were written.
struct raw_options {
  std::string limit;
  std::string grace;
};

std::optional<std::size_t> whole_number(const std::string& text) {
  std::size_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || last != end) return std::nullopt;
  return value;
}

std::optional<std::int64_t> seconds(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  const bool sane = error == std::errc() && last == end && value >= 0 && value <= 1e6;
  if (!sane) return std::nullopt;
  return std::llround(value * 1e9);
}

request wrong(const std::string& verb, const std::string& problem) {
  const std::string program = verb.empty() ? "beamish" : "beamish " + verb;
  request r;
  r.text = program + ": " + problem + "\nTry " + program + " --help.\n";
  return r;
}

request batch(request r, const raw_options& raw) {
  r.what = request::verb::batch;
  const auto limit = whole_number(raw.limit);
  if (limit == std::size_t{0}) return wrong("batch", "--limit 0 would never run anything");
  if (!limit || *limit > most) {
    return wrong("batch", "--limit wants a whole number from 1 to " + std::to_string(most) +
                              ", not '" + raw.limit + "'");
  }
  const auto grace = seconds(raw.grace);
  if (!grace) return wrong("batch", "--grace wants a number of seconds, not '" + raw.grace + "'");
  r.batch.limit = *limit;
  r.batch.grace_ns = *grace;
  return r;
}

void name_things(CLI::App& app) {
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.get_formatter()->label("REQUIRED", "");
  app.require_subcommand(1);
}

CLI::App* add_batch(CLI::App& app, batch_request& batch, raw_options& raw) {
  CLI::App* const verb =
      app.add_subcommand("batch", "Run the commands of a file, one per line, so many at a time.");
  verb->group("Verbs");
  verb->footer(batch_details);
  verb->add_option("FILE", batch.file, "The commands, one per line; - is standard input")
      ->required()
      ->type_name("");
  verb->add_option("-l,--limit", raw.limit,
                   "At most so many commands at a time (default: the number of processors, " +
                       raw.limit + ")")
      ->type_name("N");
  verb->add_option("--grace", raw.grace, "Time between SIGTERM and SIGKILL (default: 5)")
      ->type_name("SECONDS");
  verb->add_flag("--timeline", batch.timeline, "Draw what ran when, before the summary");
  return verb;
}

std::string usage_problem(const CLI::ParseError& error, const char* first_word, bool knows_verb) {
  if (first_word == nullptr) return "say what to do: demo or batch";
  if (knows_verb) return error.what();
  const std::string kind = first_word[0] == '-' ? "option" : "verb";
  return "there is no " + kind + " '" + first_word + "'";
}

}  // namespace

request read_command_line(int argc, const char* const* argv, const std::string& version,
                          std::size_t processors) {
  request r;
  raw_options raw{.limit = std::to_string(processors), .grace = "5"};
  CLI::App app("Processes, servers and tasks as in OTP, in C++.", "beamish");
  name_things(app);
  app.set_version_flag("--version", "beamish " + version);
  const CLI::App* const demo =
      app.add_subcommand("demo", "Play the course's task handler: five tasks, two at a time.")
          ->group("Verbs");
  const CLI::App* const run = add_batch(app, r.batch, raw);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    r.what = request::verb::information;
    r.text = app.help();
    return r;
  } catch (const CLI::CallForVersion& e) {
    r.what = request::verb::information;
    r.text = std::string(e.what()) + "\n";
    return r;
  } catch (const CLI::ParseError& e) {
    const std::string verb = run->parsed() ? "batch" : demo->parsed() ? "demo" : "";
    return wrong(verb, usage_problem(e, argc > 1 ? argv[1] : nullptr, !verb.empty()));
  }
  if (run->parsed()) return batch(std::move(r), raw);
  r.what = request::verb::demo;
  return r;
}

}  // namespace beamish::apps
