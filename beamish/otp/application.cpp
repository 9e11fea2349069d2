// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/application.hpp"

#include "beamish/otp/application_controller.hpp"
#include "beamish/otp/node_calls.hpp"
#include "beamish/otp/sys.hpp"

namespace beamish::inline v0 {

namespace {

using controller_server = detail::application_controller;

using known_applications = std::vector<application_spec>;
using names_answer = answer<std::vector<std::string>>;

task<answer<>> load_one(std::shared_ptr<const application_spec> spec) {
  co_return co_await call<controller_server::load>(applications::controller, spec);
}

task<answer<>> start_one(std::string name, application_kind kind) {
  co_return co_await call<controller_server::start>(within(infinity), applications::controller,
                                                    name, kind);
}

task<answer<>> stop_one(std::string name) {
  co_return co_await call<controller_server::stop_one>(within(infinity), applications::controller,
                                                       name);
}

task<std::optional<term>> read(std::string application, std::string key) {
  co_return co_await call<controller_server::read_environment>(applications::controller,
                                                               application, key);
}

}  // namespace

namespace detail {

task<std::optional<term>> read_environment(std::string application, std::string key) {
  return read(std::move(application), std::move(key));
}

task<> write_environment(std::string application, std::string key, std::optional<term> value) {
  co_await call<controller_server::write_environment>(applications::controller, application, key,
                                                      value);
}

void refuse_value(const std::string& key, const std::string& why) {
  throw exited(exit_reason(tuple(atom("bad_environment"), atom(key), why)));
}

}  // namespace detail

namespace applications {

task<pid> start_controller(known_applications known) {
  auto starting = start_link<controller_server>({.name = controller}, std::move(known));
  auto started = co_await starting;
  co_return started.process();
}

task<answer<>> load(const application_spec& spec) {
  return load_one(std::make_shared<const application_spec>(spec));
}

task<answer<>> start(std::string_view name, application_kind kind) {
  return start_one(std::string(name), kind);
}

task<names_answer> ensure_all_started(std::string_view name, application_kind kind) {
  return ensure_all_started(std::vector<std::string>{std::string(name)}, kind);
}

task<names_answer> ensure_all_started(std::vector<std::string> names, application_kind kind) {
  co_return co_await call<controller_server::ensure_all_started>(within(infinity), controller,
                                                                 names, kind);
}

task<answer<>> stop(std::string_view name) { return stop_one(std::string(name)); }

task<> stop_all() { co_await call<controller_server::stop_all>(within(infinity), controller); }

task<std::vector<application_info>> which_applications() {
  co_return co_await call<controller_server::which_applications>(controller);
}

task<> delete_env(std::string_view application, std::string_view key) {
  return detail::write_environment(std::string(application), std::string(key), std::nullopt);
}

names_answer start_on(node& n, known_applications known, std::vector<std::string> names,
                      application_kind kind, duration limit) {
  const auto started =
      beamish::start_on<controller_server>(n, {.name = controller}, std::move(known));
  if (!started.ok()) return names_answer(started.reason());
  auto all =
      n.call<controller_server::ensure_all_started>(controller, limit, std::move(names), kind);
  if (!all) return names_answer(all.reason());
  return std::move(*all);
}

answer<> stop_on(node& n, duration limit) {
  auto stopped = n.call<controller_server::stop_all>(controller, limit);
  if (!stopped) return answer<>(stopped.reason());
  n.exit(n.whereis(controller), exit_reason::shutdown());
  return answer<>(std::in_place, true);
}

}  // namespace applications

namespace {

std::vector<std::string> names_of(const known_applications& all) {
  std::vector<std::string> names;
  for (const application_spec& spec : all) names.push_back(spec.name);
  return names;
}

}  // namespace

task<> application_program::operator()() const {
  trap_exits(true);
  auto starting = applications::start_controller(all_);
  const pid controller = co_await starting;
  auto ensuring = applications::ensure_all_started(names_of(all_), application_kind::permanent);
  auto started = co_await ensuring;
  if (!started) throw exited(started.reason());
  auto end = co_await receive<exit_message>();
  if (end.from != controller) co_await applications::stop_all();
  throw exited(end.reason);
}

}  // namespace beamish::inline v0
