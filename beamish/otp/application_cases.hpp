// SPDX-License-Identifier: Apache-2.0
//
// Applications that write down what happens to them.
//
//     auto book = cases::new_book();
//     std::vector<application_spec> known{cases::telling("b", {"a"}, book), ...};
//     book->read();    // {"a starts", "b starts"}
//
// tested in: application_test.cpp
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "beamish/otp/application.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/supervisor.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/receive.hpp"

namespace beamish::inline v0::cases {

using words = std::vector<std::string>;

// Messages of several processes could come in any order.
class told {
 public:
  void write(std::string word) {
    const std::lock_guard lock(mutex_);
    words_.push_back(std::move(word));
  }
  // What was written since it was last read.
  words read() {
    const std::lock_guard lock(mutex_);
    return std::exchange(words_, {});
  }

 private:
  std::mutex mutex_;
  words words_;
};
using book = std::shared_ptr<told>;
inline book new_book() { return std::make_shared<told>(); }

// A server that tells of its start and end.
struct announcer : gen_server<announcer> {
  struct fall {};
  using messages = accepts<fall>;
  std::string name;
  book log;
  init_result init(std::string n, book b) {
    trap_exits(true);
    name = std::move(n);
    log = std::move(b);
    if (name == "bad") return stop_init(atom("broken"));
    log->write(name + " starts");
    return ok();
  }
  outcome handle_cast(fall&) { return stop(atom("fell")); }
  void terminate() { log->write(name + " ends"); }
};

// Its top supervisor gives up at the first failure. Its server has the application's name.
inline application_spec telling(std::string name, words needs, book log) {
  child_options o;
  o.name = o.id = name;
  child_list children{child_spec<announcer>(o, name, log)};
  application_spec spec{.name = name, .applications = std::move(needs)};
  spec.top = supervisor::spec(children, {.strategy = one_for_one, .max_restarts = 0});
  spec.prep_stop = [name, log] { log->write(name + " prepares"); };
  spec.stop = [name, log]() -> task<> {
    log->write(name + " stopped");
    co_return;
  };
  return spec;
}

inline task<words> running() {
  auto asked = applications::which_applications();
  auto infos = co_await asked;
  words names;
  for (const application_info& info : infos) names.push_back(info.name);
  co_return names;
}

}  // namespace beamish::inline v0::cases
