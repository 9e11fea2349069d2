// SPDX-License-Identifier: Apache-2.0
// tested in: crash_report_test.cpp
#include "beamish/runtime/log.hpp"

#include <chrono>
#include <cstdio>

#include "beamish/runtime/json.hpp"
#include "beamish/runtime/log_sink.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/self.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

using namespace detail;

namespace {

void write_line(const std::string& line) { std::fwrite(line.data(), 1, line.size(), stderr); }

void print_text(void*, const log_entry& entry) { print_to_standard_error(entry.level, entry.text); }

void print_object(void*, const log_entry& entry) { write_line(entry.text + "\n"); }

}  // namespace

void log(log_level level, std::string_view text) {
  node_core& core = current_node();
  if (logs(core, level)) emit(core, {level, "log", core.wall_clock(), self(), text});
}

namespace detail {

std::string_view name_of(log_level level) noexcept {
  static constexpr std::string_view names[] = {"debug", "info",     "notice", "warning",
                                               "error", "critical", "alert",  "emergency"};
  return names[static_cast<int>(level)];
}

log_function with_default_sink(const log_function& wanted) noexcept {
  if (wanted.call != nullptr) return wanted;
  return {wanted.form == log_form::json ? &print_object : &print_text, nullptr, wanted.form,
          wanted.least};
}

bool logs(const node_core& core, log_level level) noexcept {
  return core.log != nullptr && level >= core.log->least.load(std::memory_order_relaxed);
}

std::string utc_time(std::int64_t nanoseconds) {
  using namespace std::chrono;
  const sys_time<microseconds> at{
      duration_cast<microseconds>(std::chrono::nanoseconds(nanoseconds))};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                int(time.minutes().count()), int(time.seconds().count()),
                int(time.subseconds().count()));
  return text;
}

void begin_json_entry(json_object& entry, const node_core& core, std::string_view kind,
                      log_level level, std::int64_t time) {
  entry.number("v", 1).text("kind", kind).text("time", utc_time(time));
  entry.text("level", name_of(level)).text("node", core.name);
}

void print_to_standard_error(log_level level, std::string_view text) {
  write_line("[" + std::string(name_of(level)) + "] " + std::string(text) + "\n");
}

void write_log(node_core& core, const log_entry& entry) noexcept {
  if (!logs(core, entry.level)) return;
  try {
    log_event event{entry.level, "log", core.wall_clock(), entry.process, entry.text};
    event.domain = list(atom("otp"));
    emit(core, event);
  } catch (...) {
    // Without memory for the entry nobody can be told.
  }
}

bool logs_here(log_level level) { return logs(current_node(), level); }

void log_warning(node_core& core, std::string text) noexcept {
  write_log(core, {log_level::warning, pid{}, std::move(text)});
}

void report_stuck(node_core& core, std::uint32_t id, std::int64_t nanoseconds) noexcept {
  try {
    const process_slot* slot = core.find(id);
    const pid p{core.index, id, slot == nullptr ? 0 : slot->serial.load()};
    const std::string name = core.names.name_of(p);
    log_warning(core,
                "process " + inspect(term(p)) + (name.empty() ? "" : " (" + name + ")") +
                    " has held its worker for " + std::to_string(nanoseconds / 1'000'000) +
                    " ms; a spare worker takes over the others. Use blocking() or spawn_thread "
                    "for what may block");
  } catch (...) {
  }
}

}  // namespace detail
}  // namespace beamish::inline v0
