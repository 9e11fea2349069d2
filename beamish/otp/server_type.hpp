// SPDX-License-Identifier: Apache-2.0
//
// The static side of a server type: what the engine calls, made from the callbacks that are there.
//
//     server_type_of<library>                     // one object per server type
//     make_server_box<library>(shelf)             // a server that has not started yet
// tested in: gen_server_test.cpp
#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include "beamish/otp/call_cycle.hpp"
#include "beamish/otp/server_checks.hpp"
#include "beamish/otp/sys_messages.hpp"
#include "beamish/runtime/process_extra.hpp"

namespace beamish::inline v0 {

namespace detail {

// What init returned: nothing, or an init_result.
template <class S>
struct apply_init_result {
  void operator()(server_box& box) const {
    box.apply_init(init_kind::ok, exit_reason(), next_step());
  }
  template <class R>
  void operator()(server_box& box, R&& result) const {
    if constexpr (std::is_same_v<std::remove_cvref_t<R>, basic_init_result<S>>)
      box.apply_init(result.what, std::move(result.reason), std::move(result.step));
  }
};

struct ignore_result {
  template <class... R>
  void operator()(server_box&, R&&...) const {}
};

// Keeps the reason for a terminate that is a coroutine.
struct ignore_result_of_end : ignore_result {
  explicit ignore_result_of_end(std::shared_ptr<const exit_reason> r) : kept(std::move(r)) {}
  std::shared_ptr<const exit_reason> kept;
};

template <class S>
void drop_server(process_slot& slot) noexcept {
  auto* object = static_cast<server_object<S>*>(static_cast<server_box*>(slot.body));
  drop_box(*object);
  pool_delete(object);
}

template <class S>
S& server_in(server_box& box) noexcept {
  return static_cast<server_object<S>&>(box).server;
}

// The arguments of init, until it has run.
template <class S, class... Args>
struct typed_start final : server_start {
  template <class... As>
  explicit typed_start(As&&... as) : arguments(std::forward<As>(as)...) {}
  std::tuple<Args...> arguments;

  void init(server_box& box) override {
    std::apply([&](Args&... args) { run_init(static_cast<server_object<S>&>(box), args...); },
               arguments);
  }

  static void run_init(server_object<S>& object, Args&... args) {
    constexpr init_way way = way_to_init<S, Args...>();
    if constexpr (way == init_way::init) {
      make(object);
      settle(
          object, [&] { return object.server.init(std::move(args)...); }, apply_init_result<S>{});
      return;
    } else if constexpr (way == init_way::members) {
      make(object, behaviour_of<S>{}, std::move(args)...);
    } else {
      make(object);
      if constexpr (way == init_way::one_term)
        extra_of(object.slot()).default_state = term((to_term(args), ...));
    }
    apply_init_result<S>{}(object);
  }

// The members that no argument was given for have their defaults, on purpose.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
  template <class... Parts>
  static void make(server_object<S>& object, Parts&&... parts) {
    ::new (&object.server) S{std::forward<Parts>(parts)...};
    object.constructed = true;
  }
#pragma GCC diagnostic pop
};

template <class S>
bool dispatch_server(server_box& box, signal& s) {
  return dispatch_to(box, server_in<S>(box), s, typename messages_of<S>::type{});
}
template <class S>
bool timeout_server(server_box& box) {
  if constexpr (has_info_clause<S, timeout_message>) {
    timeout_message m;
    settle(box, [&] { return server_in<S>(box).handle_info(m); }, apply_outcome<S>{});
    return true;
  }
  return false;
}
template <class S>
void terminate_server(server_box& box, const exit_reason& reason) {
  if (!static_cast<server_object<S>&>(box).constructed) return;
  if constexpr (terminates_with_reason<S>) {
    if constexpr (is_task<decltype(server_in<S>(box).terminate(reason))>) {
      auto kept = std::make_shared<const exit_reason>(reason);
      settle(box, [&] { return server_in<S>(box).terminate(*kept); }, ignore_result_of_end(kept));
    } else {
      settle(box, [&] { return server_in<S>(box).terminate(reason); }, ignore_result{});
    }
  } else {
    settle(box, [&] { return server_in<S>(box).terminate(); }, ignore_result{});
  }
}
// %Library{books: []}; a member without a term shape as #Name<...>, and a class whose members can't
// be seen as #library.
template <class S>
term state_of_server(const S& s) {
  if constexpr (hook::encodes<S> || can_show_fields<S>())
    return to_printable_term(s);
  else
    return opaque(short_type_name<S>());
}
template <class S>
term plain_state_of_server(server_box& box) {
  const S& s = server_in<S>(box);
  if constexpr (std::is_empty_v<S>) {
    const term& given = extra_of(box.slot()).default_state;
    return given == term() ? state_of_server(s) : given;
  } else {
    return state_of_server(s);
  }
}
template <class S>
void format_server(server_box& box, server_status& status) {
  if constexpr (formats_whole_status<S>) {
    status.state = plain_state_of_server<S>(box);
    status = server_in<S>(box).format_status(std::move(status));
  } else if constexpr (formats_status<S>) {
    status.state = server_in<S>(box).format_status();
  } else {
    status.state = plain_state_of_server<S>(box);
  }
}
// What functions that sys runs inside see: the server, or what it says is its state.
template <class S>
void* state_for_functions(server_box& box) {
  S& s = server_in<S>(box);
  if constexpr (requires { typename S::inner_state; })
    return &s.state_for_functions();
  else
    return &s;
}
template <class S>
struct state_for_functions_of {
  using type = S;
};
template <class S>
  requires requires { typename S::inner_state; }
struct state_for_functions_of<S> {
  using type = typename S::inner_state;
};
template <class S>
bool change_server(server_box& box, const term& old, const term& extra) {
  if constexpr (changes_code<S>) return server_in<S>(box).code_change(old, extra);
  return true;
}

// What is the same for every kind of server.
template <class S>
constexpr server_type make_basic_server_type() {
  server_type t(body_type{&run_server, &drop_server<S>, short_type_name<S>(), true});
  t.describe = &describe_server;
  t.waits_in_call = &publish_call;
  t.formats_all = formats_whole_status<S>;
  t.state = &state_for_functions<S>;
  t.state_type = &state_type_of<typename state_for_functions_of<S>::type>;
  t.code_change = &change_server<S>;
  if constexpr (requires { S::outside_budget; }) t.outside_budget = S::outside_budget;
  if constexpr (requires { S::ends_on_unknown_call; })
    t.ends_on_unknown_call = S::ends_on_unknown_call;
  return t;
}

template <class S>
constexpr server_type make_server_type() {
  server_type t = make_basic_server_type<S>();
  t.dispatch = &dispatch_server<S>;
  t.handle_timeout = &timeout_server<S>;
  if constexpr (terminates_with_reason<S> || terminates_plainly<S>)
    t.terminate = &terminate_server<S>;
  t.format = &format_server<S>;
  return t;
}
template <class S>
inline constexpr server_type server_type_of = make_server_type<S>();

template <class S, class... Args>
server_box* make_server_box(Args&&... args) {
  auto* box = pool_new<server_object<S>>();
  try {
    box->start =
        std::make_unique<typed_start<S, std::decay_t<Args>...>>(std::forward<Args>(args)...);
  } catch (...) {
    pool_delete(box);
    throw;
  }
  return box;
}

template <class S>
void free_server_box(server_box* box) noexcept {
  pool_delete(static_cast<server_object<S>*>(box));
}

}  // namespace detail
}  // namespace beamish::inline v0
