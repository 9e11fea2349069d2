// SPDX-License-Identifier: Apache-2.0
#include "beamish/jobs/command.hpp"

#include <memory>
#include <utility>

#include "beamish/runtime/os_command.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/runtime/timer.hpp"

namespace beamish::inline v0 {
namespace {

// Stops the command when the watching process ends, for whatever reason.
class stop_at_end {
 public:
  explicit stop_at_end(std::shared_ptr<stop_switch> stop) : stop_(std::move(stop)) {}
  stop_at_end(const stop_at_end&) = delete;
  ~stop_at_end() { stop_->stop(); }

 private:
  std::shared_ptr<stop_switch> stop_;
};

// The thread that runs the command can't see that its process has been killed; this process can.
task<> watch(pid runner, const std::shared_ptr<stop_switch>& stop) {
  const stop_at_end guard(stop);
  monitor(runner);
  co_await receive<down_message>();
}

void append(std::string& kept, std::string_view bytes, std::size_t most, bool& cut) {
  const std::size_t room = most - kept.size();
  kept.append(bytes.substr(0, room));
  cut = cut || bytes.size() > room;
}

}  // namespace

command::command(std::vector<std::string> words, const command_options& options)
    : words_(std::move(words)), options_(options) {}

command_result command::operator()() const {
  command_result result;
  const auto stop = std::make_shared<stop_switch>();
  spawn(watch, self(), stop);
  const auto sink = [&](output_stream stream, std::string_view bytes) {
    std::string& kept = stream == output_stream::out ? result.out : result.err;
    append(kept, bytes, options_.keep, result.cut);
  };
  const os_clock clock{[](void*) { return std::int64_t{now().count()}; }};
  result.end = run_command(words_, {.output = sink,
                                    .stop = stop.get(),
                                    .grace_ns = options_.grace.count(),
                                    .timeout_ns = options_.timeout.count(),
                                    .clock = clock});
  return result;
}

}  // namespace beamish::inline v0
