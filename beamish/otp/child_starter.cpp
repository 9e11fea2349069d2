// SPDX-License-Identifier: Apache-2.0
// tested in: child_spec_test.cpp
#include "beamish/otp/child_starter.hpp"

namespace beamish::inline v0::detail {

server_box* child_starter::make_box(const void*) const { return nullptr; }

task<child_result> child_starter::start() const {
  throw std::logic_error("this starter makes servers");
  co_return child_result::ignored();
}

atom module_of(const starter_kind& kind, const term& id) {
  if (!kind.module.empty()) return elixir_module(kind.module);
  return id.as_atom().value_or(atom("process"));
}

child_starting::child_starting(const child_starter& starter, const extra_arguments* extra) {
  try {
    const starter_kind& kind = starter.kind();
    if (kind.type == nullptr) {
      kept_ = shared_starter(&starter);
      function_ = starter.start();
      return;
    }
    start_options options;
    if (const child_name* named = starter.name.get()) {
      kept_ = shared_starter(&starter);
      options.name = named->name;
      if (named->by_registry) options.registry_name = &*named->by_registry;
    }
    const void* values = extra == nullptr ? nullptr : extra->values.get();
    server_.emplace(*kind.type, starter.make_box(values), kind.drop, options, bond::link);
    server_->within_starter();
  } catch (...) {
    fail();
  }
}

bool child_starting::begin(process_slot& self) noexcept {
  if (!server_) return failure_.has_value();
  try {
    return !server_->begin(self);
  } catch (...) {
    fail();
    return true;
  }
}

void child_starting::fail() noexcept {
  failure_ = exit_reason::from_exception(std::current_exception());
}

child_result child_starting::server::await_resume() {
  start_answer a = end();
  switch (a.what) {
    case start_answer::kind::ok:
      return child_result::started(a.process);
    case start_answer::kind::ignored:
      return child_result::ignored();
    case start_answer::kind::error:
      break;
  }
  return child_result::failed(std::move(a.reason));
}

child_result child_starting::await_resume() noexcept {
  try {
    if (failure_) return child_result::failed(std::move(*failure_));
    if (server_) return server_->await_resume();
    return function_.await_resume();
  } catch (...) {
    return child_result::failed(exit_reason::from_exception(std::current_exception()));
  }
}

}  // namespace beamish::inline v0::detail
