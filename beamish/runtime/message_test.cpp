// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/message.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

using namespace beamish;
using namespace beamish::detail;

namespace {

struct hidden {
  int x;
};
struct alignas(32) wide {
  double first, second;
};
struct refuses {
  explicit refuses(bool yes) {
    if (yes) throw std::runtime_error("no");
  }
};
struct pair_of_ints {
  int a, b;
};

}  // namespace

namespace message_test {
struct visible {
  int x;
};
}  // namespace message_test

TEST_CASE("a message type is known by its descriptor") {
  CHECK(same_message(&message_type_of<int>, &message_type_of<int>));
  CHECK(!same_message(&message_type_of<int>, &message_type_of<long>));
  CHECK(!same_message(&message_type_of<int>, nullptr));
  CHECK(same_message(nullptr, nullptr));
}

TEST_CASE("two descriptors of one named type are the same, those of anonymous types are not") {
  const message_type copy = message_type_of<message_test::visible>;
  CHECK(same_message(&copy, &message_type_of<message_test::visible>));
  CHECK(!copy.anonymous);
  const message_type twin = message_type_of<hidden>;
  CHECK(twin.anonymous);
  CHECK(!same_message(&twin, &message_type_of<hidden>));
  message_type renamed = copy;
  renamed.name = "another";
  CHECK(!same_message(&renamed, &message_type_of<message_test::visible>));
}

TEST_CASE("raw names tell types apart") {
  CHECK(raw_name<int>() == "int");
  CHECK(raw_name<message_test::visible>().find("visible") != std::string_view::npos);
  CHECK(in_anonymous_namespace(raw_name<hidden>()));
  CHECK(!in_anonymous_namespace(raw_name<message_test::visible>()));
  CHECK(hash_of("a") != hash_of("b"));
  CHECK(hash_of("") == 14695981039346656037ull);
}

TEST_CASE("a node holds its message at the place that its type names") {
  signal* s = make_node<wide>(plain_type<wide>, wide{1, 2});
  CHECK(payload_of<wide>(*s).second == 2);
  CHECK(reinterpret_cast<std::uintptr_t>(s->payload()) % alignof(wide) == 0);
  s->type->dispose(s);
  signal* c = make_node<char>(plain_type<char>, 'x');
  CHECK(payload_of<char>(*c) == 'x');
  c->type->dispose(c);
}

TEST_CASE("a message is built from its arguments, with parentheses or braces") {
  signal* text = make_node<std::string>(plain_type<std::string>, std::size_t{2}, 'z');
  CHECK(payload_of<std::string>(*text) == "zz");
  text->type->dispose(text);
  signal* two = make_node<pair_of_ints>(plain_type<pair_of_ints>, 1, 2);
  CHECK(payload_of<pair_of_ints>(*two).b == 2);
  two->type->dispose(two);
}

TEST_CASE("disposing of a node destroys its message, and a failed one leaves nothing") {
  auto witness = std::make_shared<int>(1);
  signal* s = make_node<std::shared_ptr<int>>(plain_type<std::shared_ptr<int>>, witness);
  CHECK(witness.use_count() == 2);
  s->type->dispose(s);
  CHECK(witness.use_count() == 1);
  CHECK_THROWS_AS(make_node<refuses>(plain_type<refuses>, true), std::runtime_error);
}
