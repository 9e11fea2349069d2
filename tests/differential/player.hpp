// SPDX-License-Identifier: Apache-2.0
//
// A process of a play, and how it does a step.
//
// An operation is a coroutine that is found by its name; operations.cpp lists the groups. It gives
// what is logged, and what its names are bound to.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/differential/stage.hpp"

namespace differential {

struct player {
  player(stage& s, std::string n) : where(&s), name(std::move(n)) {}
  void log(std::string_view text) const { where->log(name, text); }

  stage* where;
  std::string name;
};

// What the conductor tells a process to do, and what it hears back.
struct script {
  explicit script(std::vector<beamish::term> s) : steps(std::move(s)) {}
  std::vector<beamish::term> steps;
};
struct done {
  explicit done(std::string n) : name(std::move(n)) {}
  std::string name;
};

class shown {
 public:
  // The value is logged, and the step's name is bound to it.
  shown(const beamish::term& v) : value(v), bound{v} {}
  shown(const beamish::term& v, std::vector<beamish::term> b) : value(v), bound(std::move(b)) {}

  beamish::term value;
  std::vector<beamish::term> bound;
};

struct step_arguments {
  step_arguments(std::vector<beamish::term> v, std::vector<std::string> n)
      : values(std::move(v)), names(std::move(n)) {}
  std::size_t size() const noexcept { return values.size(); }
  const beamish::term& operator[](std::size_t at) const { return values.at(at); }
  // The first of the names that the step binds.
  std::string name() const { return names.empty() ? "unnamed" : names.front(); }

  std::vector<beamish::term> values;
  std::vector<std::string> names;
};

using operation = beamish::task<shown> (*)(const player&, const step_arguments&);
using operation_table = std::map<std::string_view, operation>;

// All operations. Each group adds its own.
const operation_table& operations();
void add_process_operations(operation_table& to);
void add_message_operations(operation_table& to);
void add_server_operations(operation_table& to);
void add_sys_operations(operation_table& to);
void add_supervisor_operations(operation_table& to);
void add_task_operations(operation_table& to);
void add_agent_operations(operation_table& to);
void add_registry_operations(operation_table& to);
void add_statem_operations(operation_table& to);

// Throws what ends the process.
beamish::task<> perform(const player& me, const beamish::term& step);
beamish::task<> perform_all(const player& me, const beamish::term& steps);

// The body of a process that is no server.
beamish::task<> play_part(player me);

// {:DOWN, ...} and {:EXIT, ...}, as OTP sends them.
beamish::term as_term(const beamish::down_message& m);
beamish::term as_term(const beamish::exit_message& m);
// {reference, result}
beamish::term as_term(const beamish::task_result<beamish::term>& m);
inline const beamish::term& as_term(const beamish::term& m) { return m; }

// Where a term leads: a pid, a name, {name, node} or an alias. The argument must live as long.
class address {
 public:
  explicit address(const beamish::term& t);
  operator beamish::destination() const;

 private:
  beamish::pid process_;
  beamish::reference alias_;
  std::string name_;
  std::optional<beamish::on_node> far_;
};

beamish::pid pid_in(const beamish::term& t);
beamish::duration milliseconds_in(const beamish::term& t);

}  // namespace differential
