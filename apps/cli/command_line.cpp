// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <utility>

#include "apps/cli/completion.hpp"
#include "apps/cli/given_options.hpp"
#include "apps/cli/manual.hpp"
#include "apps/cli/verbs.hpp"

namespace beamish::apps {
namespace {

constexpr std::size_t most_at_a_time = 1'000'000;

request wrong(const std::string& verb, const std::string& problem) {
  const std::string program = verb.empty() ? "beamish" : "beamish " + verb;
  request r;
  r.text = program + ": " + problem + "\nTry " + program + " --help.\n";
  return r;
}

void exclude(const given_options& given, const std::string& one, const std::string& other,
             const char* why) {
  const auto is_given = [&](const std::string& o) { return given.flag(o) || given.has(o); };
  if (is_given(one) && is_given(other))
    throw usage_problem("--" + one + " and --" + other + " exclude each other: " + why);
}

batch_request::summary_rows rows_of(const given_options& given) {
  using rows = batch_request::summary_rows;
  const std::string which = given.value("summary");
  if (which.empty() && !given.has("summary")) return rows::automatic;
  if (which == "all") return rows::all;
  if (which == "failed") return rows::failed;
  if (which == "none") return rows::none;
  throw usage_problem("--summary wants all, failed or none, not '" + which + "'");
}

log_form log_of(const given_options& given) {
  const std::string which = given.value("log-format");
  if (which == "json") return log_form::json;
  if (which == "text" || !given.has("log-format")) return log_form::text;
  throw usage_problem("--log-format wants text or json, not '" + which + "'");
}

void check_together(const given_options& given) {
  exclude(given, "json", "jsonl", "one document, or a line for each event");
  for (const char* json : {"json", "jsonl"}) {
    exclude(given, json, "timeline", "it is drawn for people");
    exclude(given, json, "summary", "JSON always tells of all commands");
  }
  exclude(given, "json", "keep-order", "no output is shown");
  exclude(given, "jsonl", "keep-order", "each thing is told as it happens");
  exclude(given, "output", "keep-order", "no output is shown");
  if (given.has("backoff") && !given.has("retries"))
    throw usage_problem("--backoff says how long to wait between retries: say --retries too");
  if (given.has("jitter") && !given.has("retries"))
    throw usage_problem("--jitter spreads the waits between retries: say --retries too");
  if (given.value("limit") == "0") throw usage_problem("--limit 0 would never run anything");
  if (given.value("FILE").empty())
    throw usage_problem("FILE is an empty word; it names a file, or is - for standard input");
  if (given.has("output") && given.value("output").empty())
    throw usage_problem("--output wants the name of a directory");
}

request batch(const given_options& given, std::size_t processors) {
  check_together(given);
  request r;
  r.what = request::verb::batch;
  batch_request& b = r.batch;
  b.file = given.value("FILE");
  b.limit = given.whole_number("limit", 1, most_at_a_time, processors);
  b.grace_ns = given.seconds("grace", 5'000'000'000);
  b.timeout_ns = given.seconds("timeout", 0);
  if (given.has("timeout") && b.timeout_ns == 0)
    throw usage_problem("--timeout 0 would stop every command at once");
  b.retries = given.whole_number("retries", 0, 100, 0);
  b.backoff_ns = given.seconds("backoff", b.backoff_ns);
  b.jitter = static_cast<double>(given.whole_number("jitter", 0, 100, 0)) / 100;
  b.output = given.value("output");
  if (given.flag("json")) b.form = batch_request::format::json;
  if (given.flag("jsonl")) b.form = batch_request::format::jsonl;
  b.rows = rows_of(given);
  b.fail_fast = given.flag("fail-fast");
  b.shell = given.flag("shell");
  b.labels = given.flag("labels");
  b.keep_order = given.flag("keep-order");
  b.timeline = given.flag("timeline");
  b.log = log_of(given);
  return r;
}

request compare(const given_options& given) {
  request r;
  r.what = request::verb::compare;
  compare_request& c = r.compare;
  c.tasks = given.whole_number("tasks", 1, 1000, c.tasks);
  c.limit = given.whole_number("limit", 1, 64, c.limit);
  constexpr std::size_t ms = 1'000'000;
  c.length_ns = static_cast<std::int64_t>(given.whole_number("length", 1, 10'000, 300) * ms);
  c.log = log_of(given);
  return r;
}

request information(std::string text) {
  request r;
  r.what = request::verb::information;
  r.text = std::move(text);
  return r;
}

request completion(const given_options& given) {
  const std::string shell = given.value("SHELL");
  if (shell != "bash" && shell != "zsh" && shell != "fish")
    throw usage_problem("there is completion for bash, zsh and fish, not for '" + shell + "'");
  return information(completion_for(shell));
}

request asked(const given_options& given, const std::string& version, std::size_t processors) {
  try {
    if (given.verb == "completion") return completion(given);
    if (given.verb == "man") return information(manual_page(version));
    if (given.verb == "batch") return batch(given, processors);
    if (given.verb == "compare") return compare(given);
    request r;
    r.what = request::verb::demo;
    r.demo.tree = given.flag("tree");
    r.demo.heal = given.flag("heal");
    r.demo.log = log_of(given);
    return r;
  } catch (const usage_problem& problem) {
    return wrong(given.verb, problem.what());
  }
}

// One verb of the table in CLI11's terms; what the user says goes to `given`.
void add_verb(CLI::App& app, const verb_row& verb, given_options& given) {
  CLI::App* const command = app.add_subcommand(given.verb, std::string(verb.summary));
  command->group("Verbs");
  command->footer(footer_of(verb));
  for (const argument_row& row : verb.arguments) {
    const std::string name(row.name);
    command
        ->add_option_function<std::string>(
            name, [&given, name](const std::string& v) { given.values[name] = v; },
            std::string(row.help))
        ->required()
        ->type_name("");
  }
  for (const option_row& row : verb.options) {
    const std::string name(row.name);
    const std::string spelling =
        (row.letter != '\0' ? std::string{'-', row.letter, ','} : "") + "--" + name;
    if (row.is_flag()) {
      command
          ->add_flag_callback(
              spelling, [&given, name] { given.flags[name] = true; }, std::string(row.help))
          ->disable_flag_override();
      continue;
    }
    command
        ->add_option_function<std::string>(
            spelling, [&given, name](const std::string& v) { given.values[name] = v; },
            std::string(row.help))
        ->type_name(std::string(row.value));
  }
}

// Whether the words behind the verb are not for the table.
bool passes_on(int argc, const char* const* argv) {
  const verb_row* const verb = argc > 1 ? find_verb(argv[1]) : nullptr;
  if (verb == nullptr || !verb->passes_on) return false;
  const std::string_view first = argc > 2 ? argv[2] : "";
  return first != "--help" && first != "-h";
}

std::string known_verbs() {
  std::string names;
  for (const verb_row& verb : verbs()) {
    if (!names.empty()) names += &verb == &verbs().back() ? " or " : ", ";
    names += verb.name;
  }
  return names;
}

bool spells(std::string_view word, const option_row& option) {
  const std::string name = "--" + std::string(option.name);
  return word == name || word.starts_with(name + "=") ||
         (option.letter != '\0' && word.starts_with(std::string{'-', option.letter}));
}

std::string no_option(std::string_view word) {
  return "there is no option '" + std::string(word) + "'";
}

// What is wrong if the first word is not a verb.
std::string first_word_problem(const char* first_word) {
  if (first_word == nullptr) return "say what to do: " + known_verbs();
  const std::string word = first_word;
  if (!word.starts_with('-')) return "there is no verb '" + word + "'; there is " + known_verbs();
  for (const verb_row& verb : verbs()) {
    for (const option_row& option : verb.options) {
      if (spells(word, option))
        return "the verb comes first, as in beamish " + std::string(verb.name) + " " + word;
    }
  }
  return no_option(word);
}

// The first that looks like an option explains the others: they may have been meant as its value.
std::string not_expected(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.size() > 1 && word[0] == '-') return no_option(word);
  }
  return "the argument '" + words.front() + "' is not expected";
}

// CLI11 names the option first, and then says it in its own terms.
std::string value_problem(const verb_row& verb, std::string_view what) {
  const std::string first(what.substr(0, what.find_first_of(": ")));
  const std::string name = first.starts_with('-') ? first : "--" + first;
  for (const option_row& option : verb.options) {
    if (!spells(name, option)) continue;
    if (option.is_flag()) return name + " takes no value";
    if (what.find("missing") != what.npos)
      return name + " wants a value: " + std::string(option.value);
    return name + " is given more than once";
  }
  return std::string(what);
}

std::string usage_problem_of(const CLI::ParseError& error, const CLI::App& app,
                             const verb_row& verb) {
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return value_problem(verb, error.what());
  const std::vector<std::string> words = app.remaining(true);
  return words.empty() ? error.what() : not_expected(words);
}

}  // namespace

request read_command_line(int argc, const char* const* argv, const std::string& version,
                          std::size_t processors) {
  if (passes_on(argc, argv)) {
    request all;
    all.what = request::verb::sim;
    all.sim.words.assign(argv + 2, argv + argc);
    return all;
  }
  CLI::App app("Processes, servers and tasks as in OTP, in C++.", "beamish");
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.get_formatter()->label("REQUIRED", "");
  app.require_subcommand(1);
  app.set_version_flag("--version", "beamish " + version);
  std::deque<given_options> given;
  for (const verb_row& verb : verbs()) {
    add_verb(app, verb, given.emplace_back(std::string(verb.name)));
  }
  request r;
  r.what = request::verb::information;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    r.text = app.help();
    return r;
  } catch (const CLI::CallForVersion& e) {
    r.text = std::string(e.what()) + "\n";
    return r;
  } catch (const CLI::ParseError& e) {
    const char* const first = argc > 1 ? argv[1] : nullptr;
    const verb_row* const verb = first == nullptr ? nullptr : find_verb(first);
    if (verb == nullptr) return wrong("", first_word_problem(first));
    return wrong(first, usage_problem_of(e, app, *verb));
  }
  const auto verb = std::find_if(given.begin(), given.end(), [&](const given_options& g) {
    return app.got_subcommand(g.verb);
  });
  return asked(*verb, version, processors);
}

}  // namespace beamish::apps
