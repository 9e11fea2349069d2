// SPDX-License-Identifier: Apache-2.0
// tested in: task_handler_test.cpp
#include "beamish/jobs/task_record.hpp"

#include "beamish/runtime/process.hpp"

namespace beamish::inline v0::detail {

namespace {

const task_settings by_default;

}  // namespace

const task_settings& task_record::options() const noexcept {
  return special ? *special : by_default;
}

void task_record::fail(const std::exception_ptr& why) {
  failure = exit_reason::from_exception(why);
  ending.store(outcome::failed, std::memory_order_release);
}

void task_record::enter() {
  if (const std::string& label = options().label; !label.empty()) set_label(term(label));
}

void task_record::reopen() noexcept {
  ending.store(outcome::open, std::memory_order_relaxed);
  step.store(stage::given, std::memory_order_relaxed);
  unwanted.store(false, std::memory_order_relaxed);
  returned.store(false, std::memory_order_relaxed);
}

std::unique_ptr<task_settings> special_settings(const task_options& o) {
  const task_options usual;
  const bool is_usual = o.priority == usual.priority && o.weight == usual.weight &&
                        o.timeout == usual.timeout && o.retries == usual.retries &&
                        o.delay == usual.delay && o.at == usual.at && o.key.empty() &&
                        o.label.empty();
  return is_usual ? nullptr : std::make_unique<task_settings>(settings_of(o));
}

namespace {

struct record_thread final : thread_function {
  explicit record_thread(task_record& r) : record(&r) {}
  ~record_thread() override { record->inside.store(false, std::memory_order_release); }
  void run() override { record->run_on_thread(); }
  task_ref record;
};

}  // namespace

monitored start_on_thread(task_record& record, const body_type& type) {
  monitored m;
  std::unique_ptr<thread_function> function = std::make_unique<record_thread>(record);
  record.inside.store(true, std::memory_order_relaxed);
  m.process = spawn_thread_with(function, type, bond::owner, m.id, self());
  return m;
}

}  // namespace beamish::inline v0::detail
