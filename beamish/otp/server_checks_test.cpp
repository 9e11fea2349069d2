// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/server_checks.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "beamish/otp/gen_server.hpp"

namespace {

using namespace beamish;
using beamish::detail::call_fits;
using beamish::detail::cast_fits;
using beamish::detail::first_misfit;
using beamish::detail::init_way;
using beamish::detail::way_to_init;

struct ask {
  using reply = int;
};
struct tell {};
struct hear {};

struct good : gen_server<good> {
  using messages = accepts<ask, tell, hear>;
  void init(std::unique_ptr<int>) {}
  task<call_result<ask>> handle_call(ask&) { co_return reply(1); }
  task<outcome> handle_cast(tell&) { co_return noreply(); }
  task<> handle_info(hear&) { co_return; }
};

struct bad : gen_server<bad> {
  using messages = accepts<hear, ask, tell>;
  int init() { return 0; }
  std::string handle_call(ask&) { return ""; }
  int handle_cast(tell&) { return 0; }
  void handle_info(hear&) {}
};

struct later : gen_server<later> {
  using messages = accepts<ask>;
  void handle_call(ask&, from<ask>) {}
};

struct empty : gen_server<empty> {};
struct closed final : gen_server<closed> {
  void init(int) {}
};
struct members : gen_server<members> {
  int a = 0;
  std::string b;
};
struct many : gen_server<many> {
  void init(int) {}
  void init(std::string) {}
};

struct many_shapes : gen_server<many_shapes> {
  using messages = accepts<tell>;
  void handle_info(tell&) {}
  void handle_info(const std::string&) {}
  void terminate(const exit_reason&) {}
  void terminate() {}
  bool code_change(term, term) { return true; }
};
class hidden : public gen_server<hidden> {
  void terminate() {}
  void terminate(const exit_reason&) {}
  void handle_info(down_message&) {}
};
struct only_runtime : gen_server<only_runtime> {
  void handle_info(down_message&) {}
  task<> terminate(exit_reason) { co_return; }
};

}  // namespace

TEST_CASE("coroutines and plain functions may be callbacks") {
  CHECK(detail::server_fits<good, std::unique_ptr<int>>);
  CHECK(detail::server_fits<later>);
}

TEST_CASE("the message whose clause returns what it may not is named") {
  CHECK(std::is_same_v<first_misfit<call_fits, bad>, ask>);
  CHECK(std::is_same_v<first_misfit<cast_fits, bad>, tell>);
  CHECK(std::is_void_v<first_misfit<detail::info_fits, bad>>);
  CHECK(!detail::init_result_fits<bad>());
  CHECK(!detail::server_fits<bad>);
}

TEST_CASE("arguments go to init, or are the members, or one term") {
  CHECK(way_to_init<good, std::unique_ptr<int>>() == init_way::init);
  CHECK(way_to_init<empty>() == init_way::nothing);
  CHECK(way_to_init<empty, std::string>() == init_way::one_term);
  CHECK(way_to_init<empty, int, int>() == init_way::none);
  CHECK(way_to_init<members, int, std::string>() == init_way::members);
  CHECK(way_to_init<members, int>() == init_way::members);
}

TEST_CASE("a server with an init takes what that takes, and nothing else") {
  CHECK(way_to_init<many, int>() == init_way::init);
  CHECK(way_to_init<many, const char*>() == init_way::init);
  CHECK(way_to_init<many>() == init_way::none);
  CHECK(way_to_init<good, std::string>() == init_way::none);
  CHECK(way_to_init<closed, std::string>() == init_way::none);
}

TEST_CASE("callbacks that could never be called are noticed, whatever else has their name") {
  CHECK(detail::shapes_fit<many_shapes>);
  CHECK(detail::shapes_fit<only_runtime>);
  CHECK(detail::shapes_fit<empty>);
  CHECK(!detail::terminate_fits<hidden>());
  CHECK(!detail::handle_info_fits<hidden>());
  CHECK(detail::handle_cast_fits<hidden>());
}
