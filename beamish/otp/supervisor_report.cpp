// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/supervisor_report.hpp"

#include "beamish/runtime/log_event.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

constexpr unsigned told_in_a_second = 20;
constexpr std::int64_t one_second = 1'000'000'000;

std::string name_of_child(const supervised_child& child) {
  std::string text = "child " + inspect(child.id);
  if (child.process) text += " (" + inspect(term(child.process)) + ")";
  return text;
}

std::string_view type_name(child_type type) noexcept {
  return type == child_type::supervisor ? "supervisor" : "worker";
}

std::string_view restart_name(restart_kind kind) noexcept {
  static constexpr std::string_view names[] = {"permanent", "transient", "temporary"};
  return names[static_cast<int>(kind)];
}

term shown(duration shutdown) {
  if (shutdown == killed_at_once) return term(atom("brutal_kill"));
  return limit_term(shutdown);
}

// The child as fields.
term shown(const supervised_child& child) {
  return keyword({{"id", term(inspect(child.id))},
                  {"pid", child.process ? term(child.process) : term()},
                  {"restart", term(atom(restart_name(child.restart)))},
                  {"shutdown", shown(child.shutdown())},
                  {"type", term(atom(type_name(child.type)))}});
}

term shown(const exit_reason& why) { return term(inspect(why)); }

std::string window_text(const restart_window& w) {
  if (w.most() == restart_window::no_limit) return "";
  return " (restart " + std::to_string(w.count()) + " of at most " + std::to_string(w.most()) +
         " within " + text_of_time(duration(w.period())) + ")";
}

std::string limit_text(const restart_window& w) {
  return "restart " + std::to_string(w.count()) + " within " + text_of_time(duration(w.period())) +
         " is more than the " + std::to_string(w.most()) +
         " allowed; stopping all children and itself";
}

std::string next_text(const supervised_child& child, supervisor_report::next then,
                      const restart_window& window) {
  switch (then) {
    case supervisor_report::next::starts_again:
      return "starting it again" + window_text(window);
    case supervisor_report::next::pauses:
      return "starting it again in " +
             text_of_time(duration(child.details->due - current_node().now())) +
             window_text(window);
    case supervisor_report::next::drops_it:
      return "it is not started again";
    case supervisor_report::next::gives_up:
      return limit_text(window);
  }
  return "";
}

}  // namespace

std::string supervisor_report::title() const {
  const pid me = self();
  std::string name = current_node().names.name_of(me);
  name = name.empty() ? module_ : '"' + name + '"';
  return "supervisor " + inspect(term(me)) + (name.empty() ? "" : " (" + name + ")") + ": ";
}

void supervisor_report::write(log_level level, std::string_view what, const term& child,
                              const term& reason, const std::string& text) const {
  node_core& core = current_node();
  if (!logs(core, level)) return;
  const std::string line = title() + text;
  log_event event{level, "supervisor_report", core.wall_clock(), self(), line};
  event.domain = list(atom("otp"), atom("sasl"));
  const std::string name = core.names.name_of(event.process);
  const term supervisor = name.empty() ? term(module_) : term(atom(name));
  event.report = keyword({{"report", term(atom(what))},
                          {"supervisor", supervisor},
                          {"child", child},
                          {"reason", reason}});
  emit(core, event);
}

bool supervisor_report::may_tell() {
  const std::int64_t now = current_node().now();
  if (now - second_ >= one_second) {
    second_ = now;
    told_ = 0;
    if (const unsigned left_out = std::exchange(untold_, 0); left_out != 0) {
      write(log_level::error, "left_out", term(), term(),
            std::to_string(left_out) +
                " more children ended or failed to start since the last report");
    }
  }
  if (told_ < told_in_a_second) return ++told_, true;
  ++untold_;
  return false;
}

void supervisor_report::ended(const supervised_child& child, const exit_reason& why, next then,
                              const restart_window& window) {
  if (then != next::gives_up && !may_tell()) return;
  write(log_level::error, then == next::gives_up ? "shutdown" : "child_terminated", shown(child),
        shown(why),
        name_of_child(child) + " ended: " + inspect(why) + "; " + next_text(child, then, window));
}

void supervisor_report::gives_up(const supervised_child& child, const restart_window& window) {
  write(log_level::error, "shutdown", shown(child), term(atom("reached_max_restart_intensity")),
        name_of_child(child) + ": " + limit_text(window));
}

void supervisor_report::start_failed(const term& id, const exit_reason& why, bool tries_again) {
  if (!may_tell()) return;
  write(log_level::error, "start_error", keyword({{"id", term(inspect(id))}}), shown(why),
        "child " + inspect(id) + " did not start: " + inspect(why) +
            (tries_again ? "; trying again" : ""));
}

void supervisor_report::stop_failed(const supervised_child& child, const exit_reason& why) {
  write(log_level::error, "shutdown_error", shown(child), shown(why),
        name_of_child(child) + " was stopped, and ended with another reason: " + inspect(why) +
            "; going on");
}

void supervisor_report::stops_failed(std::size_t children, const exit_reason& why) {
  write(log_level::error, "shutdown_error", term(), shown(why),
        std::to_string(children) + " children were stopped, and ended with another reason: " +
            inspect(why) + "; going on");
}

void supervisor_report::waits_for(const supervised_child& child, duration waited, duration left,
                                  std::size_t others) {
  std::string rest = "waiting as long as it takes";
  if (left != infinity)
    rest = left.count() > 0 ? "it is killed in " + text_of_time(left) : "it is killed now";
  if (others != 0) rest += "; so have " + std::to_string(others) + " others";
  write(log_level::warning, "waiting", shown(child), term(),
        name_of_child(child) + " has been stopping for " + text_of_time(waited) + "; " + rest);
}

void supervisor_report::waits_for_killed(const supervised_child& child) {
  write(log_level::warning, "waiting", shown(child), term(),
        name_of_child(child) +
            " was killed, but its code still runs; waiting until it waits or returns");
}

void supervisor_report::started(const supervised_child& child) {
  if (!logs(current_node(), log_level::debug)) return;
  write(log_level::debug, "progress", shown(child), term(), "started " + name_of_child(child));
}

}  // namespace beamish::inline v0::detail
