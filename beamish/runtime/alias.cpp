// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/alias.hpp"

#include <algorithm>

#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/self.hpp"

namespace beamish::inline v0 {

reference alias(alias_kind kind) {
  if (kind != alias_kind::explicit_unalias && kind != alias_kind::reply)
    throw argument_error("alias: this kind ends with a monitor: make it by monitor()");
  detail::self_access self;
  const reference id = detail::next_reference(*self);
  detail::extra_of(*self).aliases.push_back({detail::count_of(id), kind});
  return id;
}

bool unalias(const reference& a) {
  detail::self_access self;
  if (self->extra == nullptr || detail::owner_of(a) != detail::pid_of(*self)) return false;
  return std::erase_if(self->extra->aliases, [&](const detail::alias_entry& e) {
           return e.count == detail::count_of(a);
         }) != 0;
}

namespace detail {

pid owner_of(const reference& r) noexcept { return pid{r.node, r.words[0], r.words[1]}; }

std::uint64_t count_of(const reference& r) noexcept {
  return (std::uint64_t{r.words[2]} << 32) | r.words[3];
}

reference next_reference(process_slot& slot) noexcept {
  const std::uint64_t count = slot.next_reference++;
  reference r;
  r.node = slot.node->index;
  r.words[0] = slot.id;
  r.words[1] = slot.serial.load(std::memory_order_relaxed);
  r.words[2] = static_cast<std::uint32_t>(count >> 32);
  r.words[3] = static_cast<std::uint32_t>(count);
  return r;
}

void address_to_alias(signal& s, const reference& alias) {
  s.context = pool_new<alias_context>(alias_context{alias});
  s.flags = static_cast<std::uint16_t>(s.flags | signal_to_alias);
}

void drop_context(signal& s) noexcept {
  if ((s.flags & signal_to_alias) == 0) return;
  pool_delete(static_cast<alias_context*>(s.context));
  s.context = nullptr;
  s.flags = static_cast<std::uint16_t>(s.flags & ~signal_to_alias);
}

bool accept_alias(process_slot& slot, signal& s) noexcept {
  const reference id = static_cast<alias_context*>(s.context)->id;
  drop_context(s);
  if (slot.extra == nullptr) return false;
  auto& aliases = slot.extra->aliases;
  auto at = std::find_if(aliases.begin(), aliases.end(),
                         [&](const alias_entry& e) { return e.count == count_of(id); });
  if (at == aliases.end()) return false;
  const alias_kind kind = at->kind;
  if (kind == alias_kind::explicit_unalias || kind == alias_kind::demonitor) return true;
  aliases.erase(at);
  if (kind == alias_kind::reply_demonitor) {
    if (monitor_record* r = find_monitor(slot, id)) stop_monitor(slot, r);
  }
  return true;
}

}  // namespace detail
}  // namespace beamish::inline v0
