// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/child_spec.hpp"

#include <thread>

#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

struct stack : gen_server<stack> {
  struct top {
    using reply = std::string;
  };
  using messages = accepts<top>;
  std::vector<std::string> items;
  void init(std::vector<std::string> first) { items = std::move(first); }
  std::string handle_call(top&) { return items.back(); }
};

struct brief_task : gen_server<brief_task> {
  static constexpr auto restart = restart_kind::temporary;
  static constexpr auto shutdown = shutdown_limit::after(2s);
  static constexpr auto type = child_type::supervisor;
};

struct owner_of_a_thing : gen_server<owner_of_a_thing> {
  struct value {
    using reply = int;
  };
  using messages = accepts<value>;
  std::unique_ptr<int> thing;
  void init(std::unique_ptr<int> t) { thing = std::move(t); }
  int handle_call(value&) { return *thing; }
};

struct shared : gen_server<shared> {
  void init(std::shared_ptr<int>) {}
};

// Of one server that is started with these arguments.
template <class... Args>
constexpr std::size_t starter_size = sizeof(detail::copying_starter<stack, Args...>);

}  // namespace

TEST_CASE("a starter with one word of arguments is in the smallest class of the pool") {
  CHECK(starter_size<> <= 32);
  CHECK(starter_size<long> <= 32);
  CHECK(starter_size<void*> <= 32);
}

namespace {

struct alignas(64) lined_up {
  int value = 1;
  bool stands_right() const { return reinterpret_cast<std::uintptr_t>(this) % 64 == 0; }
};
struct keeps_lines : gen_server<keeps_lines> {
  void init(const lined_up& given) {
    if (!given.stands_right()) beamish::exit(atom("crooked"));
  }
};

}  // namespace

TEST_CASE("arguments stand where their alignment wants them, in a starter and on the way to init") {
  sim::in_all_worlds([]() -> task<> {
    auto spec = child_spec<keeps_lines>(lined_up{});
    auto starting = spec.start_link();
    auto child = co_await starting;
    REQUIRE(child.ok());
    co_await stop(child.process());
    auto plain = co_await start<keeps_lines>(lined_up{});
    co_await stop(plain);
  });
}

TEST_CASE("a starter lives as long as one of its owners") {
  const auto argument = std::make_shared<int>(1);
  auto spec = child_spec<shared>(argument);
  auto copy = spec;
  CHECK(argument.use_count() == 2);
  spec = child_spec<shared>(std::shared_ptr<int>());
  CHECK(argument.use_count() == 2);
  const auto moved = std::move(copy);
  copy = moved;
  copy = *&copy;
  CHECK(argument.use_count() == 2);
  copy = spec;
  CHECK(argument.use_count() == 2);
  {
    const auto starter = detail::shared_starter(moved.starter().get());
  }
  CHECK(argument.use_count() == 2);
  spec = moved;
  const auto ended = std::exchange(spec, copy);
  CHECK(argument.use_count() == 2);
}

TEST_CASE("copies of a specification come and go on several threads") {
  const auto argument = std::make_shared<int>(1);
  {
    std::vector<std::thread> threads;
    const auto spec = child_spec<shared>(argument);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([spec] {
        for (int round = 0; round < 10'000; ++round) {
          auto copy = spec;
          const auto again = std::exchange(copy, spec);
        }
      });
    }
    for (std::thread& t : threads) t.join();
    CHECK(argument.use_count() == 2);
  }
  CHECK(argument.use_count() == 1);
}

TEST_CASE("two supervisors start children of one specification") {
  sim::in_all_worlds([]() -> task<> {
    const auto argument = std::make_shared<int>(1);
    auto spec = child_spec<shared>({.restart = restart_kind::temporary}, argument);
    for (int i = 0; i < 2; ++i) {
      spawn_monitor([spec]() -> task<> {
        const auto shop = co_await dynamic_supervisor::start_link();
        for (int n = 0; n < 10; ++n) {
          auto child = co_await shop.start_child(spec);
          CHECK(child.ok());
        }
        auto rows = co_await shop.which_children();
        CHECK(rows.back().module == elixir_module("Shared"));
        co_await stop(shop.process());
      });
    }
    for (int i = 0; i < 2; ++i) {
      auto down = co_await receive<down_message>();
      CHECK(down.reason.is_normal());
    }
  });
}

TEST_CASE("G47 the default child_spec has an id and a start; more only if it was set") {
  const auto spec = child_spec<stack>(std::vector<std::string>{"hello"});
  CHECK(inspect(to_term(spec)) == "%{id: Stack, start: {Stack, :start_link, [[\"hello\"]]}}");
  auto changed = spec;
  changed.id = atom("my_stack");
  changed.restart = restart_kind::transient;
  changed.shutdown = brutal_kill;
  CHECK(inspect(to_term(changed)) ==
        "%{id: :my_stack, restart: :transient, shutdown: :brutal_kill, "
        "start: {Stack, :start_link, [[\"hello\"]]}}");
  CHECK(!spec.restart);
  CHECK(inspect(to_term(child_spec<brief_task>(term(atom("x"))))) ==
        "%{id: BriefTask, restart: :temporary, shutdown: 2000, "
        "start: {BriefTask, :start_link, [:x]}, type: :supervisor}");
}

TEST_CASE("G47 a child_spec starts its server, linked, as often as it is asked") {
  sim::in_all_worlds([]() -> task<> {
    const auto spec =
        child_spec<stack>({.name = "stack"}, std::vector<std::string>{"bottom", "top"});
    for (int i = 0; i < 2; ++i) {
      auto starting = spec.start_link();
      auto started = co_await starting;
      REQUIRE(started.ok());
      CHECK(whereis("stack") == *started);
      auto top = co_await call<stack::top>("stack");
      CHECK(top == "top");
      auto mine = process_info(self());
      auto info = co_await mine;
      CHECK(info->links == std::vector<pid>{*started});
      co_await stop("stack");
    }
    auto starting = spec.start_link();
    auto first = co_await starting;
    auto starting_again = spec.start_link();
    auto second = co_await starting_again;
    CHECK(second.reason().value() == tuple(atom("already_started"), *first));
    co_await stop("stack");
  });
}

TEST_CASE("G47 arguments that can't be copied are made anew at each start") {
  sim::in_all_worlds([]() -> task<> {
    const auto spec = child_spec<owner_of_a_thing>(
        made_by([] { return std::make_tuple(std::make_unique<int>(5)); }));
    for (int i = 0; i < 2; ++i) {
      auto starting = spec.start_link();
      auto started = co_await starting;
      const int value = co_await call<owner_of_a_thing::value>(*started);
      CHECK(value == 5);
      co_await stop(*started);
    }
  });
}
