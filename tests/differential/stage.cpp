// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/stage.hpp"

#include "beamish/term/inspect.hpp"

namespace differential {

using namespace beamish;

void stage::log(std::string_view who, std::string_view text) {
  std::lock_guard lock(mutex_);
  if (open_) events_.push_back({phase_, std::string(who), std::string(text)});
}

std::vector<event> stage::events() const {
  std::lock_guard lock(mutex_);
  return events_;
}

void stage::next_phase() {
  std::lock_guard lock(mutex_);
  ++phase_;
}

void stage::close() {
  std::lock_guard lock(mutex_);
  open_ = false;
}

void stage::bind(const std::string& name, const term& value) {
  std::lock_guard lock(mutex_);
  names_[name] = value;
}

std::optional<term> stage::value_of(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto at = names_.find(name);
  if (at == names_.end()) return std::nullopt;
  return at->second;
}

std::string stage::name_of(const term& value) const {
  std::lock_guard lock(mutex_);
  for (const auto& [name, meant] : names_) {
    if (meant == value) return name;
  }
  return "";
}

void stage::born(const std::string& name, pid process, role part) {
  bind(name, term(process));
  std::lock_guard lock(mutex_);
  born_.push_back({name, process, part});
}

namespace {

struct watching {};

// Whom a watcher watches for whom; the stage outlives all processes of its play.
struct watcher {
  watcher(stage& s, std::string n, pid p, pid c, role r)
      : where(&s), name(std::move(n)), process(p), caller(c), part(r) {}
  stage* where;
  std::string name;
  pid process, caller;
  role part;

  task<> operator()() {
    monitor(process);
    // Answered behind the monitor, which is on its way. A server in its init can't answer yet.
    if (part != role::server) {
      auto asked = process_info(process);
      co_await asked;
    }
    send(caller, watching());
    const down_message down = co_await receive<down_message>();
    where->log(name, "ends " + show(down.reason.value()));
    send(where->conductor, ended(name));
  }
};

}  // namespace

task<> watch(stage& s, const std::string& name, pid process, role part) {
  s.log(name, "is " + inspect(term(process)));
  spawn(watcher(s, name, process, self(), part));
  co_await receive<watching>();
  s.born(name, process, part);
}

std::vector<birth> stage::all_born() const {
  std::lock_guard lock(mutex_);
  return born_;
}

int stage::next_start(const std::string& name) {
  std::lock_guard lock(mutex_);
  return ++starts_[name];
}

void stage::keep(const std::string& name, std::shared_ptr<void> object) {
  std::lock_guard lock(mutex_);
  kept_[name] = std::move(object);
}

std::shared_ptr<void> stage::kept(const term& variable) const {
  if (!variable.is_tuple() || variable.size() != 2) return nullptr;
  const auto name = variable.elements()[1].as_binary();
  std::lock_guard lock(mutex_);
  const auto at = kept_.find(std::string(name.value_or("")));
  return at == kept_.end() ? nullptr : at->second;
}

void stage::forget_kept() {
  std::map<std::string, std::shared_ptr<void>> old;
  std::lock_guard lock(mutex_);
  old.swap(kept_);
}

bool stage::is_unbound(const term& t) const {
  return t.is_tuple() && t.size() == 2 && t.elements()[0].is_atom("$var") && kept(t) == nullptr;
}

namespace {

// The same tuple or list with `change` applied to its elements.
template <class Change>
term rebuilt(const term& t, Change change) {
  std::vector<term> parts;
  for (const term& element : t.elements()) parts.push_back(change(element));
  return t.is_tuple() ? tuple_from(parts) : list_from(parts);
}

bool is_row(const term& t) { return t.is_tuple() || t.is_proper_list(); }

}  // namespace

term stage::fill(const term& t) const {
  if (!is_row(t)) return t;
  if (t.is_tuple() && t.size() == 2 && t.elements()[0].is_atom("$var")) {
    const auto value = value_of(std::string(*t.elements()[1].as_binary()));
    return value ? *value : t;
  }
  return rebuilt(t, [this](const term& part) { return fill(part); });
}

namespace {

term common(const term& t) {
  if (!is_row(t)) return t;
  const auto parts = t.elements();
  if (t.is_tuple() && t.size() == 2 && parts[1].is_proper_list()) {
    if (const term* message = parts[0].find(atom("message"));
        message != nullptr && parts[0].is_struct()) {
      // What was wrong with an argument is said in other words.
      const bool is_argument =
          parts[0].struct_module()->name().find("argument_error") != std::string::npos;
      if (is_argument) return tuple(atom("raised"), atom("ArgumentError"));
      return tuple(atom("raised"), *message);
    }
    if (parts[0].is_tuple() && parts[0].size() == 2 && parts[0].elements()[0].is_atom("nocatch"))
      return tuple(atom("uncaught"), common(parts[0].elements()[1]));
  }
  if (t.is_tuple() && t.size() == 3 && parts[0].is_atom("gen_server") && parts[1].is_atom("call") &&
      parts[2].size() == 3) {
    const auto arguments = parts[2].elements();
    return tuple(parts[0], parts[1], list(common(arguments[0]), atom("message"), arguments[2]));
  }
  if (t.is_tuple() && t.size() == 3 && parts[0].is_atom("task") && parts[2].is_proper_list()) {
    const auto arguments = parts[2].elements();
    if (parts[1].is_atom("async_stream"))
      return tuple(parts[0], atom("stream"), list(arguments[0]));
    if (arguments.size() == 2) return tuple(parts[0], parts[1], list(atom("task"), arguments[1]));
  }
  return rebuilt(t, &common);
}

}  // namespace

std::string show(const term& t) { return inspect(common(t)); }

bool matches(const term& pattern, const term& value) {
  if (pattern.is_atom("_")) return true;
  if (!is_row(pattern)) return pattern == value;
  if (pattern.is_tuple() != value.is_tuple() || !is_row(value) || pattern.size() != value.size())
    return false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (!matches(pattern.elements()[at], value.elements()[at])) return false;
  }
  return true;
}

}  // namespace differential
