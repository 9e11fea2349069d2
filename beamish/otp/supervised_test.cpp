// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/supervised.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "beamish/otp/gen_server.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace beamish::detail;
using namespace std::chrono_literals;

namespace {

struct shelf : gen_server<shelf> {
  void init(std::shared_ptr<int>) {}
};

child_specification any(std::string_view id) {
  return child_started_by(id, [] { return child_result::ignored(); });
}

std::string ids(const supervised_children& all) {
  std::string text;
  for (const supervised_child* c = all.oldest(); c != nullptr; c = c->younger)
    text += inspect(c->id);
  return text;
}

}  // namespace

TEST_CASE("children keep their order, and are found by id and by process") {
  supervised_children all(true);
  for (const char* id : {"a", "b", "c", "d"}) all.add(any(id));
  CHECK(ids(all) == ":a:b:c:d");
  all.remove(*all.find(term(atom("b"))));
  all.remove(*all.find(term(atom("d"))));
  all.add(any("b"));
  CHECK(ids(all) == ":a:c:b");
  CHECK(all.find(term(atom("d"))) == nullptr);
  supervised_child& a = *all.find(term(atom("a")));
  all.runs(a, pid{1, 7, 3});
  CHECK(all.find(pid{1, 7, 3}) == &a);
  CHECK(all.find(pid{1, 7, 4}) == nullptr);
  all.runs(a, pid{1, 8, 0});
  CHECK(all.find(pid{1, 7, 3}) == nullptr);
  CHECK(all.find(pid{1, 8, 0}) == &a);
  CHECK(all.size() == 3);
}

TEST_CASE("ten thousand children are found, whichever were removed") {
  supervised_children all(false);
  constexpr std::uint32_t many = 10'000;
  for (std::uint32_t i = 0; i < many; ++i) {
    supervised_child& c = all.add(any("x"));
    // Neighbouring ids, few different ones and equal ones with another serial.
    all.runs(c, pid{1, i % 997 * (1 + i % 3 * 4096), i});
  }
  const auto process = [](std::uint32_t i) { return pid{1, i % 997 * (1 + i % 3 * 4096), i}; };
  for (std::uint32_t i = 0; i < many; i += 2) all.remove(*all.find(process(i)));
  for (std::uint32_t i = 0; i < many; ++i) {
    const supervised_child* c = all.find(process(i));
    REQUIRE((c != nullptr) == (i % 2 == 1));
    if (c != nullptr) REQUIRE(c->process == process(i));
  }
  CHECK(all.size() == many / 2);
}

TEST_CASE("a ticket is of one restart: another state or another restart ends it") {
  supervised_children all(true);
  supervised_child& a = all.add(any("a"));
  all.runs(a, pid{1, 7, 3});
  all.restarts(a);
  const std::uint64_t first = a.ticket();
  CHECK(all.waiting(first) == &a);
  CHECK(all.find(pid{1, 7, 3}) == &a);
  all.restarts(a);
  CHECK(all.waiting(first) == nullptr);
  CHECK(all.waiting(a.ticket()) == &a);
  const std::uint64_t second = a.ticket();
  all.stopped(a);
  CHECK(all.waiting(second) == nullptr);
  CHECK(all.find(pid{1, 7, 3}) == nullptr);
}

TEST_CASE("what a specification leaves open has the defaults of OTP") {
  supervised_children all(true);
  const supervised_child& worker = all.add(any("a"));
  CHECK(worker.restart == restart_kind::permanent);
  CHECK(worker.type == child_type::worker);
  CHECK(worker.shutdown() == 5s);
  auto spec = any("b");
  spec.type = child_type::supervisor;
  CHECK(all.add(std::move(spec)).shutdown() == infinity);
}

TEST_CASE("a child keeps whatever time it has to shut down; only unusual ones need details") {
  supervised_children all(true);
  const auto with = [&all](std::string_view id, duration limit, child_type type) {
    auto spec = any(id);
    spec.shutdown = limit;
    spec.type = type;
    return &all.add(std::move(spec));
  };
  for (const child_type type : {child_type::worker, child_type::supervisor}) {
    for (const duration limit : {duration(0), duration(5s), infinity}) {
      const supervised_child* child = with("usual", limit, type);
      CHECK(child->shutdown() == limit);
      CHECK(child->details == nullptr);
    }
    for (const duration limit : {duration(1), duration(5s) - duration(1), duration(1h)})
      CHECK(with("unusual", limit, type)->shutdown() == limit);
  }
}

TEST_CASE("a child keeps its pauses and an unusual time beside each other, whatever happens") {
  supervised_children all(true);
  auto spec = any("a");
  spec.shutdown = 20ms;
  spec.backoff = restart_backoff{.first = 100ms, .max = 1s, .jitter = 0};
  supervised_child& a = all.add(std::move(spec));
  CHECK(a.pauses());
  all.runs(a, pid{1, 7, 3});
  all.restarts(a);
  CHECK(a.shutdown() == 20ms);
  all.stopped(a);
  CHECK(a.ticket() == 0);
  CHECK(a.shutdown() == 20ms);
  CHECK(duration(a.details->backoff->next(0, 0)) == 100ms);

  supervised_child& usual = all.add(any("b"));
  all.restarts(usual);
  CHECK_FALSE(usual.pauses());
  CHECK(usual.shutdown() == 5s);
}

TEST_CASE("types and significance are told apart") {
  supervised_children all(true);
  for (const child_type type : {child_type::worker, child_type::supervisor}) {
    for (const bool significant : {false, true}) {
      auto spec = any("a");
      spec.type = type;
      spec.significant = significant;
      spec.restart = restart_kind::transient;
      const supervised_child& child = all.add(std::move(spec));
      CHECK(child.type == type);
      CHECK(child.significant == significant);
      CHECK(child.restart == restart_kind::transient);
    }
  }
}

TEST_CASE("a temporary child that has started keeps nothing to start it again") {
  supervised_children all(true);
  auto spec = any("a");
  spec.restart = restart_kind::temporary;
  supervised_child& a = all.add(std::move(spec));
  CHECK(a.origin.starts());
  all.runs(a, pid{1, 7, 3});
  CHECK_FALSE(a.origin.starts());
}

TEST_CASE("a child shows its module when its starter has gone") {
  supervised_children all(true);
  const auto argument = std::make_shared<int>(1);
  auto spec = child_spec<shelf>({.restart = restart_kind::temporary}, argument);
  supervised_child& a = all.add(std::move(spec));
  CHECK(inspect(to_term(a.info(0))) == "{Shelf, :undefined, :worker, [Shelf]}");
  CHECK(argument.use_count() == 2);
  all.runs(a, pid{1, 7, 3});
  CHECK(argument.use_count() == 1);
  CHECK(a.info(0).module == elixir_module("Shelf"));
  a.origin.forget_starter();
  CHECK(a.info(0).module == elixir_module("Shelf"));
  all.remove(a);

  all.add(child_spec<shelf>(argument));
  CHECK(argument.use_count() == 2);
  all.remove(*all.oldest());
  CHECK(argument.use_count() == 1);
}

TEST_CASE("times are shown as people say them") {
  CHECK(text_of_time(0ms) == "0 ms");
  CHECK(text_of_time(250ms) == "250 ms");
  CHECK(text_of_time(1600ms) == "1.6 s");
  CHECK(text_of_time(5s) == "5 s");
  CHECK(text_of_time(3600s) == "3600 s");
}

TEST_CASE("the status of a child says how long it waits for its restart") {
  supervised_children all(true);
  supervised_child& a = all.add(any("a"));
  all.runs(a, pid{1, 7, 3});
  all.restarts(a);
  CHECK(a.info(0).status() == "restarting");
  a.details->due = duration(2s).count();
  CHECK(a.info(duration(400ms).count()).status() == "restarting (in 1.6 s)");
  CHECK(a.info(duration(3s).count()).status() == "restarting (in 0 ms)");
}

TEST_CASE("ids of every kind are told apart and found, also when others have gone") {
  supervised_children all(true);
  const auto spec = [](term id) {
    auto one = any("any");
    one.id = std::move(id);
    return one;
  };
  std::vector<term> some{term(1.0),
                         term(atom("1")),
                         term("1"),
                         term(),
                         list(1),
                         map({{1, 1}}),
                         tuple(),
                         term(pid{1, 2, 3}),
                         tuple(tuple(tuple(tuple(1), 2), 3), 4)};
  for (int i = 0; i < 200; ++i) {
    some.push_back(term(i));
    some.push_back(tuple(atom("room"), i));
    some.push_back(term("a name that needs more than sixteen bytes, number " + std::to_string(i)));
  }
  for (const term& id : some) {
    CHECK(all.find(id) == nullptr);
    all.add(spec(id));
  }
  for (const term& id : some) CHECK(all.find(id)->id == id);
  for (std::size_t i = 0; i < some.size(); i += 2) all.remove(*all.find(some[i]));
  for (std::size_t i = 0; i < some.size(); ++i)
    CHECK((all.find(some[i]) != nullptr) == (i % 2 == 1));
}
