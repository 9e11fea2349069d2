// SPDX-License-Identifier: Apache-2.0
// tested in: application_test.cpp
#include "beamish/otp/application_controller.hpp"

#include <algorithm>

#include "beamish/otp/application_order.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

using controller = application_controller;

answer<> done() { return answer<>(std::in_place, true); }
answer<> refused(std::string_view why, const std::string& name) {
  return answer<>(exit_reason(tuple(atom(why), atom(name))));
}

term kind_term(application_kind kind) {
  switch (kind) {
    case application_kind::temporary:
      return term(atom("temporary"));
    case application_kind::transient:
      return term(atom("transient"));
    case application_kind::permanent:
      return term(atom("permanent"));
  }
  return term();
}

// The helpers: they live as long as what they do, and own what they were given.

// One that has ended meanwhile is stopped, too.
task<> stop_in_reverse(pid me, const application_names& names) {
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    auto stopped = co_await call<controller::stop_one>(within(infinity), me, *name);
    (void)stopped;
  }
}

struct start_in_order {
  task<> operator()(pid me, application_names& order, application_kind kind,
                    from<controller::ensure_all_started>& asker) const {
    application_names fresh;
    for (const std::string& name : order) {
      auto started = co_await call<controller::start>(within(infinity), me, name, kind);
      if (started) {
        fresh.push_back(name);
        continue;
      }
      const term why = started.reason().value();
      if (why == tuple(atom("already_started"), atom(name))) continue;
      co_await stop_in_reverse(me, fresh);
      asker.reply(answer<application_names>(exit_reason(tuple(atom(name), why))));
      co_return;
    }
    asker.reply(answer<application_names>(std::in_place, std::move(fresh)));
  }
};

struct stop_everything {
  task<> operator()(pid me, application_names& order, from<controller::stop_all>& asker) const {
    co_await stop_in_reverse(me, order);
    asker.reply();
  }
};

}  // namespace

controller::init_result controller::init(std::vector<application_spec> known) {
  trap_exits(true);
  for (application_spec& spec : known) {
    load each{std::make_shared<const application_spec>(std::move(spec))};
    if (auto loaded = handle_call(each); !loaded) return stop_init(loaded.reason());
  }
  return ok();
}

controller::application* controller::find(const std::string& name) {
  const auto found = known_.find(name);
  return found == known_.end() ? nullptr : &found->second;
}

bool controller::runs(const std::string& name) {
  const application* a = find(name);
  return a != nullptr && a->at == stage::running;
}

answer<> controller::handle_call(load& m) {
  const std::string& name = m.spec->name;
  if (find(name) != nullptr) return refused("already_loaded", name);
  for (const auto& [key, value] : m.spec->environment) environment_.try_emplace({name, key}, value);
  known_[name].spec = m.spec;
  return done();
}

exit_reason controller::obstacle(const std::string& name) {
  const application* a = find(name);
  if (a == nullptr) return refused("not_loaded", name).reason();
  if (a->at == stage::running) return refused("already_started", name).reason();
  if (a->at == stage::stopping) return refused("stopping", name).reason();
  for (const std::string& need : a->spec->applications)
    if (!runs(need)) return refused("not_started", need).reason();
  return exit_reason::normal();
}

void controller::handle_call(start& m, from<start> asker) {
  const exit_reason why = obstacle(m.name);
  if (!why.is_normal()) return asker.reply(answer<>(why));
  application& a = *find(m.name);
  if (a.at == stage::starting) return a.starters.push_back(std::move(asker));
  a.kind = m.kind;
  order_.push_back(a.spec->name);
  if (!a.spec->top) {
    a.at = stage::running;
    return asker.reply(done());
  }
  a.at = stage::starting;
  a.starters.push_back(std::move(asker));
  a.master = spawn_link(application_master, a.spec, self());
}

void controller::handle_call(ensure_all_started& m, from<ensure_all_started> asker) {
  auto order =
      order_of_starts(m.names, [this](const std::string& name) -> const application_names* {
        const application* a = find(name);
        return a == nullptr ? nullptr : &a->spec->applications;
      });
  if (!order) return asker.reply(answer<application_names>(order.reason()));
  spawn_link(start_in_order{}, self(), std::move(*order), m.kind, std::move(asker));
}

void controller::handle_call(stop_one& m, from<stop_one> asker) {
  application* a = find(m.name);
  if (a == nullptr || a->at == stage::loaded) return asker.reply(refused("not_started", m.name));
  if (!a->spec->top) {
    a->at = stage::loaded;
    std::erase(order_, m.name);
    return asker.reply(done());
  }
  a->stoppers.push_back(std::move(asker));
  if (a->at == stage::running) a->at = stage::stopping;
  send(a->master, stop_application{});
}

void controller::handle_call(stop_all&, from<stop_all> asker) {
  spawn_link(stop_everything{}, self(), order_, std::move(asker));
}

std::vector<application_info> controller::handle_call(which_applications&) {
  std::vector<application_info> all;
  for (auto name = order_.rbegin(); name != order_.rend(); ++name) {
    const application& a = *find(*name);
    if (a.at != stage::starting) all.push_back({*name, a.kind, a.top});
  }
  return all;
}

std::optional<term> controller::handle_call(read_environment& m) {
  const auto found = environment_.find({m.application, m.key});
  if (found == environment_.end()) return std::nullopt;
  return found->second;
}

void controller::handle_call(write_environment& m) {
  if (m.value)
    environment_.insert_or_assign({m.application, m.key}, std::move(*m.value));
  else
    environment_.erase({m.application, m.key});
}

void controller::handle_info(application_started& m) {
  application* a = find(m.name);
  if (a == nullptr || a->at != stage::starting) return;
  // One that was told to stop meanwhile has that message already.
  a->at = a->stoppers.empty() ? stage::running : stage::stopping;
  a->top = m.top;
  for (auto& asker : a->starters) asker.reply(done());
  a->starters.clear();
}

controller::outcome controller::handle_info(application_ended& m) {
  application* a = find(m.name);
  if (a == nullptr || a->at == stage::loaded) return noreply();
  return ended(*a, m.reason);
}

// A master that ended without a word was killed.
controller::outcome controller::handle_info(exit_message& m) {
  for (auto& [name, a] : known_)
    if (a.at != stage::loaded && a.master && a.master == m.from) return ended(a, m.reason);
  return noreply();
}

controller::outcome controller::ended(application& a, const exit_reason& why) {
  const std::string& name = a.spec->name;
  const bool had_started = a.at != stage::starting;
  const bool was_told = !a.stoppers.empty();
  a.at = stage::loaded;
  a.master = a.top = pid{};
  std::erase(order_, name);
  for (auto& asker : std::exchange(a.starters, {})) asker.reply(answer<>(why));
  for (auto& asker : std::exchange(a.stoppers, {})) asker.reply(done());
  if (!had_started || was_told) return noreply();
  const bool harmless = a.kind == application_kind::temporary ||
                        (a.kind == application_kind::transient && why.is_normal());
  log(harmless && why.is_expected() ? log_level::info : log_level::error,
      "application " + name + " (" + inspect(kind_term(a.kind)) +
          ") ended: " + inspect(why.value()));
  if (harmless) return noreply();
  return stop(exit_reason(tuple(atom("application_terminated"), atom(name), why.value())));
}

task<> controller::terminate() {
  while (!order_.empty()) {
    const application& a = *find(order_.back());
    order_.pop_back();
    if (!a.master) continue;
    const reference id = monitor(a.master);
    send(a.master, stop_application{});
    auto is_it = [&id](const down_message& m) { return m.id == id; };
    co_await receive_if<down_message>(is_it);
  }
}

term controller::format_status() const {
  std::vector<term> running;
  for (const std::string& name : order_) running.push_back(term(atom(name)));
  return map({{atom("applications"), static_cast<std::int64_t>(known_.size())},
              {atom("running"), list_from(running)}});
}

}  // namespace beamish::inline v0::detail
