// SPDX-License-Identifier: Apache-2.0
//
// What the processes of one play share: its log, and what its names mean.
//
//     stage s;
//     s.log("a", "link b -> true");
//     s.bind("b", term(p));
//
// Threads: any. It is no process: to log something sends no message.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "beamish/beamish.hpp"

namespace differential {

struct event {
  int phase;
  std::string who;
  std::string text;
};

// What a process of a play is: one that does steps, a server that may still be in its init, or
// another.
enum class role : std::uint8_t { player, server, other };

struct birth {
  std::string name;
  beamish::pid process;
  role part;
};

class stage {
 public:
  void log(std::string_view who, std::string_view text);
  std::vector<event> events() const;
  void next_phase();
  // What happens from now on is not logged.
  void close();

  void bind(const std::string& name, const beamish::term& value);
  std::optional<beamish::term> value_of(const std::string& name) const;
  // What a value is called; the first of several names.
  std::string name_of(const beamish::term& value) const;
  // A process that the play is about. See `watch`.
  void born(const std::string& name, beamish::pid process, role part);
  std::vector<birth> all_born() const;

  // A term with what its names mean; what is bound to nothing yet stays.
  beamish::term fill(const beamish::term& t) const;

  // How often this has been asked for that name, from 1.
  int next_start(const std::string& name);

  // What is no term but can be called by name, too: an obligation to answer, a request.
  void keep(const std::string& name, std::shared_ptr<void> object);
  // The one that a term {$var, name} stands for; null if there is none.
  std::shared_ptr<void> kept(const beamish::term& variable) const;
  void forget_kept();

  // A name that means nothing yet.
  bool is_unbound(const beamish::term& t) const;

  beamish::pid conductor;

 private:
  mutable std::mutex mutex_;
  std::vector<event> events_;
  std::vector<birth> born_;
  std::map<std::string, beamish::term> names_;
  std::map<std::string, std::shared_ptr<void>> kept_;
  std::map<std::string, int> starts_;
  int phase_ = 0;
  bool open_ = true;
};

// Adds a process to a stage. When this returns, its end will be logged.
beamish::task<> watch(stage& s, const std::string& name, beamish::pid process, role part);
// What the conductor hears then.
struct ended {
  explicit ended(std::string n) : name(std::move(n)) {}
  std::string name;
};

// As it stands in the log. What is only spelled otherwise in OTP is made common: an exception is
// shown by its message, without its stack; the arguments of a failed call without the message.
std::string show(const beamish::term& t);

bool matches(const beamish::term& pattern, const beamish::term& value);

}  // namespace differential
