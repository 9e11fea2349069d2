// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/conductor.hpp"

#include <set>

#include "beamish/sim/trial.hpp"

namespace differential {

using namespace beamish;

namespace {

// As a node without distribution is called in OTP: scenarios say it.
constexpr std::string_view node_of_play = "nonode@nohost";
constexpr std::chrono::seconds patience(5);

class conductor {
 public:
  conductor(stage& s, duration quiet) : stage_(s), quiet_(quiet) {}

  task<> play(const term& lines) {
    stage_.conductor = self();
    for (const term& line : lines.elements()) {
      const auto parts = line.elements();
      const std::string_view word = *parts[0].atom_name();
      if (word == "start") {
        co_await start(parts[1]);
      } else if (word == "step") {
        const std::string who(*parts[1].as_binary());
        tell(who, {parts[2]});
        co_await await(who);
        co_await settle_and_turn();
      } else if (word == "begin") {
        for (const term& one : parts[1].elements()) begin(one);
      } else if (word == "join") {
        co_await join();
        co_await settle_and_turn();
      } else {
        co_await beamish::sleep(milliseconds_in(parts[1]));
        co_await settle_and_turn();
      }
    }
    co_await settle();
    co_await leftovers();
    co_await sweep();
  }

 private:
  task<> start(const term& names) {
    for (const term& one : names.elements()) {
      const std::string name(*one.as_binary());
      const pid made = spawn(play_part, player(stage_, name));
      co_await watch(stage_, name, made, role::player);
    }
  }

  void begin(const term& scripted) {
    const auto parts = scripted.elements();
    const auto steps = parts[1].elements();
    tell(std::string(*parts[0].as_binary()), std::vector<term>(steps.begin(), steps.end()));
  }

  void tell(const std::string& who, std::vector<term> steps) {
    const auto value = stage_.value_of(who);
    if (!value || !value->is_pid()) return stage_.log(who, "is not there");
    send<script>(*value->as_pid(), std::move(steps));
    busy_.insert(who);
  }

  // Until it has done its steps, or has ended.
  task<> await(const std::string& who) {
    while (busy_.contains(who) && !dead_.contains(who)) {
      auto got = co_await receive<done, ended>(patience);
      if (!got) {
        stage_.log(who, "is stuck");
        break;
      }
      hear(*got);
    }
    busy_.erase(who);
  }

  task<> join() {
    const std::set<std::string> all = busy_;
    for (const std::string& who : all) co_await await(who);
  }

  void hear(const std::variant<done, ended>& got) {
    const auto* end = std::get_if<ended>(&got);
    if (end != nullptr) dead_.insert(end->name);
    busy_.erase(end != nullptr ? end->name : std::get<done>(got).name);
  }

  // Until nothing happens any more, but for timers. In a simulated world time goes on only when
  // nothing else can happen.
  task<> settle() {
    co_await beamish::sleep(quiet_);
    for (;;) {
      auto got = co_await receive<done, ended>(duration(0));
      if (!got) break;
      hear(*got);
    }
  }

  task<> settle_and_turn() {
    co_await settle();
    stage_.next_phase();
  }

  // What nobody received.
  task<> leftovers() {
    const term rest = tuple(atom("rest"), list(), list(), "rest", true);
    const std::vector<birth> all = stage_.all_born();
    for (const birth& one : all) {
      if (dead_.contains(one.name) || one.part != role::player) continue;
      if (busy_.contains(one.name)) stage_.log(one.name, "is busy");
    }
    for (const birth& one : all) {
      if (dead_.contains(one.name) || one.part != role::player || busy_.contains(one.name))
        continue;
      tell(one.name, {rest});
      co_await await(one.name);
    }
  }

  task<> sweep() {
    stage_.close();
    stage_.forget_kept();
    for (const birth& one : stage_.all_born()) {
      const reference gone = monitor(one.process);
      exit(one.process, exit_reason::kill());
      co_await receive_if<down_message>([&](const down_message& d) { return d.id == gone; });
    }
  }

  stage& stage_;
  duration quiet_;
  std::set<std::string> busy_, dead_;
};

struct first_of_play {
  first_of_play(stage& s, term l, duration q, sim::end_note n)
      : where(&s), lines(std::move(l)), quiet(q), note(std::move(n)) {}
  task<> operator()() {
    conductor c(*where, quiet);
    co_await c.play(lines);
  }
  stage* where;
  term lines;
  duration quiet;
  sim::end_note note;
};

sim::launcher launcher_of(stage& s, const term& lines, duration quiet) {
  return [&s, lines, quiet](sim::world& place, sim::end_note note) {
    place.node(node_of_play).spawn(first_of_play(s, lines, quiet, std::move(note)));
  };
}

sim::trial_options options() {
  sim::trial_options o;
  o.leftovers = true;
  o.deadline = std::chrono::seconds(60);
  return o;
}

played result_of(const stage& s, const sim::verdict& v) {
  played p;
  p.events = s.events();
  for (const std::string& line : v.complaints) p.complaint += line + "; ";
  return p;
}

}  // namespace

played play_simulated(const term& lines, std::uint64_t seed) {
  stage s;
  const auto launch = launcher_of(s, lines, std::chrono::milliseconds(1));
  return result_of(s, sim::run_in_simulation(launch, options(), seed));
}

played play_real(const term& lines, duration quiet) {
  stage s;
  const auto launch = launcher_of(s, lines, quiet);
  return result_of(s, sim::run_in_real_world(launch, options()));
}

}  // namespace differential
