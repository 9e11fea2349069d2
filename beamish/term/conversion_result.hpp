// SPDX-License-Identifier: Apache-2.0
//
// The outcome of making a value from a term: the value, or one sentence that says where it went
// wrong.
//
//     auto r = conversion_result<int>::failure("expected an integer, found :abc");
//     r.has_value()      //=> false
//     r.error()          //=> "expected an integer, found :abc"
//     r.value()          //=> throws expected an integer
//
// value() of a failure throws argument_error with the same sentence.
// tested in: conversion_test.cpp
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace beamish::inline v0 {

// Elixir's ArgumentError.
class argument_error : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
  argument_error(const argument_error&) = default;
  ~argument_error() override;
};

namespace detail {
[[noreturn]] void throw_argument_error(const std::string& what);
}

template <class T>
class conversion_result {
 public:
  conversion_result(T value) : value_(std::move(value)) {}

  static conversion_result failure(std::string error) {
    conversion_result r;
    r.error_ = std::move(error);
    return r;
  }

  bool has_value() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & {
    check();
    return *value_;
  }
  const T& value() const& {
    check();
    return *value_;
  }
  T value() && {
    check();
    return std::move(*value_);
  }

  // REQUIRES: has_value().
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Empty unless it failed.
  const std::string& error() const noexcept { return error_; }

 private:
  conversion_result() = default;
  void check() const {
    if (!value_) detail::throw_argument_error(error_);
  }

  std::optional<T> value_;
  std::string error_;
};

}  // namespace beamish::inline v0
