// SPDX-License-Identifier: Apache-2.0
// Where the output of a batch's commands goes: to the screen, in order or as it comes, to files, to
// a stream of JSON, or nowhere.
//
//   batch_output outputs(request, entries.size(), screen);
//   auto one = outputs.open(entry);             // for each attempt
//   one->take(output_stream::out, "hello\n");   // shows [3] hello
//   one->finish();
//   outputs.end(entry);                         // once, after the last attempt
//
// Threads: open, end and the outputs from any thread, each output from one. take and finish give
// false once nobody can read the output; problem() then says why, as a sentence for people.

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "apps/batch/entry.hpp"
#include "apps/batch/ordered_output.hpp"
#include "apps/cli/command_line.hpp"
#include "apps/terminal/console.hpp"

namespace beamish::apps {

class command_output {
 public:
  virtual ~command_output() = default;
  virtual bool take(output_stream stream, std::string_view bytes) = 0;
  virtual bool finish() = 0;
};

class batch_output {
 public:
  batch_output(const batch_request& request, std::size_t count, console& screen);

  // Makes the directory, if the output goes to files. Empty, or what is wrong with it.
  std::string prepare() const;

  std::unique_ptr<command_output> open(const batch_entry& entry);
  bool end(const batch_entry& entry);

  // Lines of ours about a command, at their place in the order.
  bool say(const batch_entry& entry, std::string_view lines);

  std::string problem() const;
  void set_problem(std::string text);

 private:
  bool show(const batch_entry& entry, output_stream stream, std::string_view lines);

  const batch_request& request_;
  console& screen_;
  std::unique_ptr<ordered_output> order_;  // null: as it comes
  mutable std::mutex mutex_;               // guards problem_
  std::string problem_;
};

}  // namespace beamish::apps
