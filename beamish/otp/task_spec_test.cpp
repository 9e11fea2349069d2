// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/task_spec.hpp"

#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"
#include "beamish/term/inspect.hpp"

using namespace beamish;

TEST_CASE("T15 a task's child_spec is temporary by default") {
  const auto spec = task_spec([] {});
  CHECK(spec.id == term(atom("Elixir.Task")));
  CHECK(spec.restart == restart_kind::temporary);
  CHECK(!spec.shutdown);
  CHECK(!spec.type);
  CHECK(inspect(to_term(spec))
            .find("%{id: Task, restart: :temporary, start: {Task, :start_link, [") == 0);
}

TEST_CASE("T15 each start of a task's child_spec runs the function anew, linked") {
  sim::in_all_worlds([]() -> task<> {
    const pid me = self();
    auto spec = task_spec(
        [me](const std::string& text) -> task<> {
          send(me, text);
          co_await receive<int>();
        },
        std::string("hello"));
    spec.restart = restart_kind::permanent;
    for (int i = 0; i < 2; ++i) {
      auto starting = spec.start_link();
      auto started = co_await starting;
      REQUIRE(started.ok());
      auto text = co_await receive<std::string>();
      CHECK(text == "hello");
      auto asked = process_info(self());
      auto info = co_await asked;
      REQUIRE(info->links.size() == 1);
      const pid child = info->links[0];
      const reference end = monitor(child);
      send(child, 1);
      auto down = co_await receive<down_message>();
      CHECK(down.id == end);
    }
  });
}
