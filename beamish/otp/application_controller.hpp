// SPDX-License-Identifier: Apache-2.0
//
// The process that knows a node's applications: which there are, which run, and their environment.
//
// It never waits for an application: starting and stopping is done by a process of the
// application's own (application_master.hpp), and what is done in order by a helper that lives as
// long as that takes.
// tested in: application_test.cpp
#pragma once

#include <map>
#include <memory>

#include "beamish/otp/application.hpp"
#include "beamish/otp/application_master.hpp"
#include "beamish/otp/gen_server.hpp"

namespace beamish::inline v0::detail {

using application_names = std::vector<std::string>;

struct application_controller : gen_server<application_controller> {
  static constexpr bool outside_budget = true;
  struct load {
    using reply = answer<>;
    std::shared_ptr<const application_spec> spec;
  };
  struct start {
    using reply = answer<>;
    std::string name;
    application_kind kind;
  };
  struct ensure_all_started {
    using reply = answer<application_names>;
    application_names names;
    application_kind kind;
  };
  struct stop_one {
    using reply = answer<>;
    std::string name;
  };
  struct stop_all {
    using reply = void;
  };
  struct which_applications {
    using reply = std::vector<application_info>;
  };
  struct read_environment {
    using reply = std::optional<term>;
    std::string application, key;
  };
  struct write_environment {
    using reply = void;
    std::string application, key;
    std::optional<term> value;
  };
  using messages =
      accepts<load, start, ensure_all_started, stop_one, stop_all, which_applications,
              read_environment, write_environment, application_started, application_ended>;

  init_result init(std::vector<application_spec> known);
  answer<> handle_call(load& m);
  void handle_call(start& m, from<start> asker);
  void handle_call(ensure_all_started& m, from<ensure_all_started> asker);
  void handle_call(stop_one& m, from<stop_one> asker);
  void handle_call(stop_all&, from<stop_all> asker);
  std::vector<application_info> handle_call(which_applications&);
  std::optional<term> handle_call(read_environment& m);
  void handle_call(write_environment& m);
  void handle_info(application_started& m);
  outcome handle_info(application_ended& m);
  outcome handle_info(exit_message& m);
  task<> terminate();
  term format_status() const;

 private:
  enum class stage : std::uint8_t { loaded, starting, running, stopping };
  struct application {
    std::shared_ptr<const application_spec> spec;
    stage at = stage::loaded;
    application_kind kind = application_kind::temporary;
    pid master, top;
    std::vector<from<start>> starters;
    std::vector<from<stop_one>> stoppers;
  };
  // Null: not known.
  application* find(const std::string& name);
  bool runs(const std::string& name);
  // What keeps it from starting; `normal` if nothing does.
  exit_reason obstacle(const std::string& name);
  outcome ended(application& a, const exit_reason& why);

  std::map<std::string, application> known_;
  std::map<std::pair<std::string, std::string>, term> environment_;
  application_names order_;  // of those that are not only loaded: the oldest first
};

}  // namespace beamish::inline v0::detail
