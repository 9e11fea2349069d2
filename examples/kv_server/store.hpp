// SPDX-License-Identifier: Apache-2.0
//
// The process that keeps the values.
//
// The table itself belongs to the specification of this child, so it is there again when the store
// is started again, as an ETS table would be that has an heir. That is safe, for a process is
// never killed inside a callback.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <beamish/beamish.hpp>

namespace kv {

using table = std::map<std::string, std::string, std::less<>>;

struct store : beamish::gen_server<store> {
  struct set {
    using reply = bool;  // whether it is new
    std::string key, value;
  };
  struct get {
    using reply = std::optional<std::string>;
    std::string key;
  };
  struct erase {
    using reply = bool;  // whether it was there
    std::string key;
  };
  struct count {
    using reply = std::size_t;
  };
  using messages = beamish::accepts<set, get, erase, count>;

  std::shared_ptr<table> values;

  bool handle_call(set& m) {
    return values->insert_or_assign(std::move(m.key), std::move(m.value)).second;
  }
  std::optional<std::string> handle_call(get& m) {
    const auto found = values->find(m.key);
    return found == values->end() ? std::nullopt : std::optional(found->second);
  }
  bool handle_call(erase& m) { return values->erase(m.key) != 0; }
  std::size_t handle_call(count&) { return values->size(); }
};

}  // namespace kv
