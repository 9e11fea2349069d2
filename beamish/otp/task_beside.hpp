// SPDX-License-Identifier: Apache-2.0
//
// What functions return that are given a function and will be awaited.
//
// On g++ 12 a lambda whose captures need a destructor is destroyed twice where it stands as a
// temporary in an expression with co_await. Such a call gives a named_task, which may only be
// awaited as a named object there: auto asking = a.get([text] { ... }); auto got = co_await asking;
// tested in: agent_test.cpp
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "beamish/runtime/message.hpp"
#include "beamish/runtime/task.hpp"

namespace beamish::inline v0::detail {

template <class T>
class named_task : public task<T> {
 public:
  using must_be_named = void;
  explicit named_task(task<T>&& t) noexcept : task<T>(std::move(t)) {}
};

// Lambdas, and what holds one, are known by their names; aggregates are no better.
template <class A>
inline constexpr bool safe_beside_co_await =
    std::is_lvalue_reference_v<A> || std::is_trivially_destructible_v<std::remove_cvref_t<A>> ||
    (!std::is_aggregate_v<std::remove_cvref_t<A>> &&
     raw_name<std::remove_cvref_t<A>>().find("lambda") == std::string_view::npos);

// As: the arguments, as references.
template <class T, class... As>
using task_beside = std::conditional_t<(safe_beside_co_await<As> && ...), task<T>, named_task<T>>;

}  // namespace beamish::inline v0::detail
