// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/keywords.hpp"

#include <algorithm>
#include <vector>

namespace beamish::inline v0 {

std::optional<keywords> keywords::from(const term& from) {
  auto is_entry = [](const term& e) {
    return e.is_tuple() && e.size() == 2 && e.elements()[0].is_atom();
  };
  if (!from.is_proper_list() || !std::ranges::all_of(from.elements(), is_entry))
    return std::nullopt;
  return keywords(term(from));
}

const term* keywords::find(std::string_view key) const noexcept {
  auto all = list_.elements();
  for (std::size_t i = all.size(); i-- > 0;) {
    auto entry = all[i].elements();
    if (entry[0].is_atom(key)) return &entry[1];
  }
  return nullptr;
}

namespace detail {

namespace {

term atoms(std::span<const std::string_view> names) {
  std::vector<term> out;
  for (std::string_view name : names) out.push_back(atom(name));
  return list_from(out);
}

}  // namespace

std::string unknown_keys_error(const keywords& given, std::span<const std::string_view> known) {
  std::vector<term> unknown;
  for (const term& entry : given.as_term().elements()) {
    const term& key = entry.elements()[0];
    if (std::ranges::find(known, *key.atom_name()) == known.end()) unknown.push_back(key);
  }
  if (unknown.empty()) return {};
  return "unknown keys " + inspect(list_from(unknown)) + " in " + inspect(given.as_term()) +
         ", the allowed keys are: " + inspect(atoms(known));
}

std::string missing_keys_error(const keywords& given, std::span<const std::string_view> enforced,
                               std::string_view module) {
  std::vector<std::string_view> missing;
  for (std::string_view key : enforced) {
    if (given.find(key) == nullptr) missing.push_back(key);
  }
  if (missing.empty()) return {};
  return "the following keys must also be given when building struct " + std::string(module) +
         ": " + inspect(atoms(missing));
}

}  // namespace detail
}  // namespace beamish::inline v0
