// SPDX-License-Identifier: Apache-2.0
#include "apps/command_line.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <optional>

namespace beamish::apps {
namespace {

constexpr std::size_t most = 1'000'000;

constexpr const char* batch_description =
    "Run the commands of FILE, one per line, at most N at a time, through a task handler.\n"
    "\n"
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
    "unreadable FILE or a line that cannot be read, and then nothing was run.\n";

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

}  // namespace

request read_command_line(int argc, const char* const* argv, const std::string& version,
                          std::size_t processors) {
  request r;
  raw_options raw{.limit = std::to_string(processors), .grace = "5"};
  CLI::App app("Processes, servers and tasks as in OTP, in C++.", "beamish");
  app.set_version_flag("--version", "beamish " + version);
  app.require_subcommand(1);
  CLI::App* const demo =
      app.add_subcommand("demo", "Play the course's task handler: five tasks, two at a time.");
  CLI::App* const run = app.add_subcommand("batch", batch_description);
  run->add_option("FILE", r.batch.file, "The commands, one per line; - is standard input")
      ->required();
  run->add_option(
      "-l,--limit", raw.limit,
      "At most so many commands at a time (default: the number of processors, " + raw.limit + ")");
  run->add_option("--grace", raw.grace, "Seconds between SIGTERM and SIGKILL (default: 5)");
  run->add_flag("--timeline", r.batch.timeline, "Draw what ran when, after the summary");
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
    const bool named = argc > 1 && argv[1][0] != '-' && !run->parsed() && !demo->parsed();
    if (named) return wrong("", std::string("there is no verb '") + argv[1] + "'");
    return wrong(run->parsed() ? "batch" : demo->parsed() ? "demo" : "", e.what());
  }
  if (run->parsed()) return batch(std::move(r), raw);
  r.what = request::verb::demo;
  return r;
}

}  // namespace beamish::apps
