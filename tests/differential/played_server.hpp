// SPDX-License-Identifier: Apache-2.0
//
// A server of a play: every message that it gets says what its callback does and returns.
#pragma once

#include "tests/differential/player.hpp"

namespace differential {

// What a callback returns, once it has done what it was told: one of OTP's shapes, without state.
class decision {
 public:
  enum class kind : std::uint8_t { go_on, reply, stop, any };
  decision(kind k, beamish::term v) : what(k), value(std::move(v)) {}

  kind what;
  beamish::term value;                    // the reply, the reason, or any term
  std::optional<beamish::term> reply;     // of a stop with a reply
  std::optional<beamish::term> and_then;  // a time in ms, hibernate, or {continue, x}
};

struct played_server : beamish::gen_server<played_server> {
  // A call that is answered by its callback, and one whose answer is kept for later.
  struct ask {
    using reply = beamish::term;
    explicit ask(beamish::term t) : instruction(std::move(t)) {}
    beamish::term instruction;
  };
  struct ask_later {
    using reply = beamish::term;
    explicit ask_later(beamish::term t) : instruction(std::move(t)) {}
    beamish::term instruction;
  };
  struct tell {
    explicit tell(beamish::term t) : instruction(std::move(t)) {}
    beamish::term instruction;
  };
  struct go_on {
    explicit go_on(beamish::term t) : instruction(std::move(t)) {}
    beamish::term instruction;
  };
  using messages = beamish::accepts<ask, ask_later, tell, beamish::term>;

  beamish::task<init_result> init(player who, beamish::term instruction, beamish::term options);
  beamish::task<call_result<ask>> handle_call(ask& m);
  beamish::task<outcome> handle_call(ask_later& m, beamish::from<ask_later> caller);
  beamish::task<outcome> handle_cast(tell& m);
  beamish::task<outcome> handle_info(beamish::term& m);
  outcome handle_info(beamish::down_message& m);
  outcome handle_info(beamish::exit_message& m);
  outcome handle_info(beamish::timeout_message& m);
  beamish::task<outcome> handle_continue(go_on& m);
  beamish::task<> terminate(const beamish::exit_reason& reason);
  bool code_change(const beamish::term& old, const beamish::term& extra);

  std::optional<player> me;
  std::optional<beamish::term> at_end;
  // A log that several servers write, where the order of what they do is known.
  std::string diary;
  std::map<beamish::term, beamish::from<ask_later>> kept;

 private:
  beamish::from<ask_later>& kept_as(const beamish::term& key);
  void log(std::string_view callback, const beamish::term& what) const;
  beamish::task<decision> act(beamish::term instruction);
  beamish::task<outcome> decide(beamish::term instruction);
};

// The value of that option; null if it isn't given.
const beamish::term* option(const beamish::term& options, std::string_view key);

// The obligation to answer, on its way from a server to another process.
struct handed_over {
  explicit handed_over(beamish::from<played_server::ask_later> c) : caller(std::move(c)) {}
  beamish::from<played_server::ask_later> caller;
};

}  // namespace differential
