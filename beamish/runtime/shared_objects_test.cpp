// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/shared_objects.hpp"

#include <doctest/doctest.h>

using namespace beamish::detail;

namespace {
struct counted : shared_object {
  explicit counted(int& n) : living(n) { ++living; }
  ~counted() override { --living; }
  int& living;
};
}  // namespace

TEST_CASE("a shared object is found by its name until its maker takes it away") {
  int living = 0;
  shared_objects all;
  CHECK(all.find("rooms") == nullptr);
  all.put("rooms", std::make_shared<counted>(living));
  auto first = all.find("rooms");
  CHECK(first != nullptr);
  all.put("rooms", std::make_shared<counted>(living));
  const auto second = all.find("rooms");
  CHECK(second != first);
  all.erase("rooms", first.get());
  CHECK(all.find("rooms") == second);
  CHECK(living == 2);
  first.reset();
  CHECK(living == 1);
  all.erase("rooms", second.get());
  CHECK(all.find("rooms") == nullptr);
  CHECK(living == 1);
}

TEST_CASE("what is left of shared objects ends with their node") {
  int living = 0;
  shared_objects all;
  all.put("rooms", std::make_shared<counted>(living));
  all.put("tables", std::make_shared<counted>(living));
  CHECK(living == 2);
  all.clear();
  CHECK(living == 0);
  CHECK(all.find("rooms") == nullptr);
}

TEST_CASE("a published object is closed and taken away at its end, and no other is") {
  int living = 0;
  shared_objects all;
  auto object = std::make_shared<counted>(living);
  {
    const published there(all, "rooms", object);
    CHECK(all.find("rooms") == object);
    CHECK(!object->closed());
  }
  CHECK(object->closed());
  CHECK(all.find("rooms") == nullptr);
  const auto later = std::make_shared<counted>(living);
  {
    const published first(all, "rooms", object);
    all.put("rooms", later);
  }
  CHECK(all.find("rooms") == later);
  CHECK(!later->closed());
}
