// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/command_line.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <vector>

using namespace beamish::apps;

namespace {

request read(std::initializer_list<const char*> words) {
  std::vector<const char*> argv{"beamish"};
  argv.insert(argv.end(), words);
  return read_command_line(static_cast<int>(argv.size()), argv.data(), "1.2.3", 3);
}

std::string error_of(std::initializer_list<const char*> words) {
  const request r = read(words);
  CHECK(r.what == request::verb::usage_error);
  return r.text.substr(0, r.text.find('\n'));
}

}  // namespace

TEST_CASE("command_line: the form of the log, for each verb that runs processes") {
  CHECK(read({"demo"}).demo.log == beamish::log_form::text);
  CHECK(read({"demo", "--log-format", "json"}).demo.log == beamish::log_form::json);
  CHECK(read({"batch", "f", "--log-format=json"}).batch.log == beamish::log_form::json);
  CHECK(read({"compare", "--log-format=json"}).compare.log == beamish::log_form::json);
  CHECK(read({"demo", "--log-format", "text"}).demo.log == beamish::log_form::text);
  for (const char* verb : {"demo", "compare"}) {
    CHECK(error_of({verb, "--log-format", "JSON"}) ==
          std::string("beamish ") + verb + ": --log-format wants text or json, not 'JSON'");
  }
  CHECK(error_of({"batch", "f", "--log-format", ""}).ends_with("wants text or json, not ''"));
}

TEST_CASE("command_line: what follows sim is not read here, but for a request for help") {
  const request plain = read({"sim", "run", "taught", "--seeds", "5", "--help"});
  CHECK(plain.what == request::verb::sim);
  CHECK(plain.sim.words == std::vector<std::string>{"run", "taught", "--seeds", "5", "--help"});
  CHECK(read({"sim"}).what == request::verb::sim);
  CHECK(read({"sim"}).sim.words.empty());
  CHECK(read({"sim", "--help"}).what == request::verb::information);
  CHECK(read({"sim", "-h"}).text.find("beamish sim run taught") != std::string::npos);
}

TEST_CASE("command_line: batch and its options") {
  const request plain = read({"batch", "jobs.txt"});
  CHECK(plain.what == request::verb::batch);
  CHECK(plain.batch.file == "jobs.txt");
  CHECK(plain.batch.limit == 3);
  CHECK(plain.batch.grace_ns == 5'000'000'000);
  CHECK(!plain.batch.timeline);

  const request full = read({"batch", "--limit=8", "-", "--grace", "0.5", "--timeline"});
  CHECK(full.what == request::verb::batch);
  CHECK(full.batch.file == "-");
  CHECK(full.batch.limit == 8);
  CHECK(full.batch.grace_ns == 500'000'000);
  CHECK(full.batch.timeline);
  CHECK(read({"batch", "-l", "4", "f"}).batch.limit == 4);
  CHECK(read({"batch", "--", "-odd-"}).batch.file == "-odd-");
}

TEST_CASE("command_line: a limit that is none") {
  const std::string wanted = "beamish batch: --limit wants a whole number from 1 to 1000000, not ";
  CHECK(error_of({"batch", "f", "--limit", "-3"}) == wanted + "'-3'");
  CHECK(error_of({"batch", "f", "--limit=-3"}) == wanted + "'-3'");
  CHECK(error_of({"batch", "--limit", "-3", "f"}) == wanted + "'-3'");
  CHECK(error_of({"batch", "f", "--limit", "abc"}) == wanted + "'abc'");
  CHECK(error_of({"batch", "f", "--limit", "3x"}) == wanted + "'3x'");
  CHECK(error_of({"batch", "f", "--limit", "1.5"}) == wanted + "'1.5'");
  CHECK(error_of({"batch", "f", "--limit", "99999999999999999999"}) ==
        wanted + "'99999999999999999999'");
  CHECK(error_of({"batch", "f", "--limit", "0"}) ==
        "beamish batch: --limit 0 would never run anything");
  CHECK(error_of({"batch", "f", "--limit", ""}) == wanted + "''");
  CHECK(error_of({"batch", "f", "--grace", "soon"}) ==
        "beamish batch: --grace wants a number of seconds from 0 to 1000000, not 'soon'");
  CHECK(read({"batch", "f", "--grace", "-1"}).what == request::verb::usage_error);
}

TEST_CASE("command_line: batch, the further options") {
  const request full = read({"batch", "f", "-t", "1.5", "-r", "3", "--backoff", "0.1", "--jitter",
                             "25", "--shell", "--labels", "-o", "out", "--fail-fast", "--jsonl"});
  CHECK(full.what == request::verb::batch);
  CHECK(full.batch.timeout_ns == 1'500'000'000);
  CHECK(full.batch.retries == 3);
  CHECK(full.batch.backoff_ns == 100'000'000);
  CHECK(full.batch.jitter == 0.25);
  CHECK(full.batch.output == "out");
  CHECK(full.batch.form == batch_request::format::jsonl);
  CHECK((full.batch.shell && full.batch.labels && full.batch.fail_fast));
  CHECK(!full.batch.keep_order);
  const request other = read({"batch", "f", "-k", "--summary", "failed"});
  CHECK(other.batch.keep_order);
  CHECK(other.batch.rows == batch_request::summary_rows::failed);
  CHECK(read({"batch", "f"}).batch.rows == batch_request::summary_rows::automatic);
}

TEST_CASE("command_line: options that exclude each other, or make no sense") {
  const auto problem = [](std::initializer_list<const char*> words) {
    return error_of(words).substr(std::string("beamish batch: ").size());
  };
  CHECK(problem({"batch", "f", "--json", "--jsonl"}) ==
        "--json and --jsonl exclude each other: one document, or a line for each event");
  CHECK(problem({"batch", "f", "--json", "--timeline"}).find("drawn for people") !=
        std::string::npos);
  CHECK(
      problem({"batch", "f", "--jsonl", "--summary", "all"}).starts_with("--jsonl and --summary"));
  CHECK(problem({"batch", "f", "-k", "--jsonl"}) ==
        "--jsonl and --keep-order exclude each other: each thing is told as it happens");
  CHECK(problem({"batch", "f", "-k", "--json"}).ends_with("each other: no output is shown"));
  CHECK(problem({"batch", "f", "-k", "-o", "d"}).starts_with("--output and --keep-order"));
  CHECK(problem({"batch", "f", "--backoff", "1"}).ends_with("say --retries too"));
  CHECK(problem({"batch", "f", "--jitter", "5"}).ends_with("say --retries too"));
  CHECK(problem({"batch", "f", "--timeout", "0"}) ==
        "--timeout 0 would stop every command at once");
  CHECK(problem({"batch", "f", "--output", ""}) == "--output wants the name of a directory");
  CHECK(problem({"batch", "f", "--summary", "some"}) ==
        "--summary wants all, failed or none, not 'some'");
}

TEST_CASE("command_line: what is missing or unknown") {
  CHECK(error_of({}) == "beamish: say what to do: demo, batch, compare, sim, completion or man");
  CHECK(error_of({"--frobnicate"}) == "beamish: there is no option '--frobnicate'");
  CHECK(error_of({"batch"}) == "beamish batch: FILE is required");
  CHECK(error_of({"frobnicate"}) ==
        "beamish: there is no verb 'frobnicate'; there is demo, batch, compare, sim, completion or "
        "man");
  CHECK(read({"batch"}).text.ends_with("Try beamish batch --help.\n"));
}

TEST_CASE(
    "command_line: what is not expected is named alone, the unknown option before its value") {
  CHECK(error_of({"batch", "f", "--colour"}) == "beamish batch: there is no option '--colour'");
  CHECK(error_of({"batch", "f", "--limi", "4"}) == "beamish batch: there is no option '--limi'");
  CHECK(error_of({"batch", "-x"}) == "beamish batch: there is no option '-x'");
  CHECK(error_of({"demo", "--version"}) == "beamish demo: there is no option '--version'");
  CHECK(error_of({"batch", "f", "g"}) == "beamish batch: the argument 'g' is not expected");
  CHECK(error_of({"batch", "f", "demo"}) == "beamish batch: the argument 'demo' is not expected");
  CHECK(error_of({"batch", ""}).starts_with("beamish batch: FILE is an empty word"));
}

TEST_CASE("command_line: a wrong word before the verb is not taken for the verb's fault") {
  CHECK(error_of({"help", "batch"}).starts_with("beamish: there is no verb 'help'"));
  CHECK(error_of({"frobnicate", "batch", "f"}).starts_with("beamish: there is no verb 'frob"));
  CHECK(error_of({"--limit", "3", "batch", "f"}) ==
        "beamish: the verb comes first, as in beamish batch --limit");
  CHECK(error_of({"--log-format=json", "demo"}) ==
        "beamish: the verb comes first, as in beamish demo --log-format=json");
}

TEST_CASE("command_line: an option without its value, twice, or with a value that it has not") {
  CHECK(error_of({"batch", "f", "--limit"}) == "beamish batch: --limit wants a value: N");
  CHECK(error_of({"batch", "f", "-o"}) == "beamish batch: --output wants a value: DIRECTORY");
  CHECK(error_of({"batch", "f", "--limit="}) == "beamish batch: --limit wants a value: N");
  CHECK(error_of({"batch", "f", "-l", "1", "--limit", "2"}) ==
        "beamish batch: --limit is given more than once");
  CHECK(error_of({"batch", "f", "--fail-fast=no"}) == "beamish batch: --fail-fast takes no value");
  CHECK(error_of({"demo", "--tree=no"}) == "beamish demo: --tree takes no value");
  CHECK(read({"batch", "f", "--json", "--json"}).what == request::verb::batch);
}

TEST_CASE("command_line: information") {
  CHECK(read({"--version"}).what == request::verb::information);
  CHECK(read({"--version"}).text == "beamish 1.2.3\n");
  CHECK(read({"--help"}).what == request::verb::information);
  CHECK(read({"--help"}).text.find("demo") != std::string::npos);
  CHECK(read({"batch", "--help"}).what == request::verb::information);
  CHECK(read({"batch", "--help"}).text.find("--limit") != std::string::npos);
  CHECK(read({"demo"}).what == request::verb::demo);
  CHECK(!read({"demo"}).demo.tree);
  CHECK(read({"demo", "--tree"}).demo.tree);
  CHECK(!read({"demo", "--tree"}).demo.heal);
  CHECK(read({"demo", "--heal"}).demo.heal);
  CHECK(read({"demo", "--help"}).text.find("Exit codes:") != std::string::npos);
}

TEST_CASE("command_line: compare") {
  const request plain = read({"compare"});
  CHECK(plain.what == request::verb::compare);
  CHECK(plain.compare.tasks == 40);
  CHECK(plain.compare.length_ns == 300'000'000);
  CHECK(plain.compare.limit == 8);
  const request other = read({"compare", "--tasks", "8", "--length", "10", "-l", "2"});
  CHECK(other.compare.tasks == 8);
  CHECK(other.compare.length_ns == 10'000'000);
  CHECK(other.compare.limit == 2);
  CHECK(error_of({"compare", "--limit", "0"}) ==
        "beamish compare: --limit wants a whole number from 1 to 64, not '0'");
}
