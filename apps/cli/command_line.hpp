// SPDX-License-Identifier: Apache-2.0
// What the user asked for: the command line of `beamish`, read by the table of verbs and checked.
//
//   const char* argv[] = {"beamish", "batch", "jobs.txt", "--limit", "4"};
//   request r = read_command_line(5, argv, "0.1.0", 2);
//   r.what == request::verb::batch;     //=> true
//   r.batch.limit;                      //=> 4
//
// A request for help or for the version, and a wrong command line, are requests too: `text` is what
// to say. Pure: nothing is printed and nothing is opened.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "beamish/runtime/log.hpp"

namespace beamish::apps {

struct batch_request {
  enum class format : std::uint8_t { text, json, jsonl };
  enum class summary_rows : std::uint8_t { automatic, all, failed, none };

  std::string file = {};  // - is standard input
  std::size_t limit = 0;
  std::int64_t grace_ns = 0;
  std::int64_t timeout_ns = 0;  // 0: none
  std::size_t retries = 0;
  std::int64_t backoff_ns = 1'000'000'000;
  double jitter = 0;        // of the back-off: 0 to 1
  std::string output = {};  // a directory; empty: the output is shown
  format form = format::text;
  summary_rows rows = summary_rows::automatic;
  bool fail_fast = false;
  bool shell = false;
  bool labels = false;
  bool keep_order = false;
  bool timeline = false;
  log_form log = log_form::text;
};

struct demo_request {
  bool tree = false;
  bool heal = false;
  log_form log = log_form::text;
};

struct compare_request {
  std::size_t tasks = 40;
  std::int64_t length_ns = 300'000'000;
  std::size_t limit = 8;
  log_form log = log_form::text;
};

// Its words are the simulation's own affair.
struct sim_request {
  std::vector<std::string> words = {};
};

struct request {
  enum class verb : std::uint8_t { information, usage_error, demo, batch, compare, sim };

  verb what = verb::usage_error;
  std::string text;
  batch_request batch;
  demo_request demo;
  compare_request compare;
  sim_request sim;
};

// `processors` is the limit when none is given.
request read_command_line(int argc, const char* const* argv, const std::string& version,
                          std::size_t processors);

}  // namespace beamish::apps
