// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/pry.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <mutex>
#include <system_error>

#include "beamish/otp/gen_server.hpp"
#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0 {

namespace detail {

bool read_line_from(int in, int given_up, std::string& line) {
  constexpr std::size_t longest = 4096;
  line.clear();
  for (;;) {
    pollfd watched[2] = {{in, POLLIN, 0}, {given_up, POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    if (watched[1].revents != 0) return false;
    char c = 0;
    const ssize_t got = ::read(in, &c, 1);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return !line.empty();
    if (c == '\n' || line.size() == longest) return true;
    line += c;
  }
}

}  // namespace detail

namespace {

namespace halt = detail::halt;
using detail::current_context;
using detail::node_core;
using detail::process_slot;
using detail::read_line_from;
using detail::run_server;
using detail::server_box;
using detail::signal;
using detail::signal_kind;

// In a program that was started with its standard input closed, the number belongs to whatever was
// opened first: an eventfd or the like, which is no kind of file.
bool has_standard_input() noexcept {
  struct stat about;
  return ::fstat(STDIN_FILENO, &about) == 0 && (about.st_mode & S_IFMT) != 0;
}

bool ask_standard(void*, std::string_view text, int given_up, std::string& line) {
  pollfd gone{given_up, POLLIN, 0};
  if (::poll(&gone, 1, 0) == 1) return false;
  const auto print = [](std::string_view what) {
    std::fwrite(what.data(), 1, what.size(), stdout);
    std::fflush(stdout);
  };
  print(text);
  if (has_standard_input() && read_line_from(STDIN_FILENO, given_up, line)) return true;
  print("\n");
  return false;
}

// Shared by the process that asks and the thread that waits for the line.
class question {
 public:
  explicit question(pry_port port) : port_(port), given_up_(::eventfd(0, EFD_CLOEXEC)) {
    if (given_up_ < 0)
      throw std::system_error(errno, std::generic_category(), "pry: no file descriptor left");
  }
  ~question() { ::close(given_up_); }
  question(const question&) = delete;
  question& operator=(const question&) = delete;

  bool ask() { return port_.ask(port_.user, text, given_up_, line); }
  void give_up() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(given_up_, &one, sizeof one);
  }

  std::string text, line;

 private:
  pry_port port_;
  int given_up_;
};

struct your_turn {
  reference id;
};

// One per node: who may ask now, and who waits to.
class desk {
 public:
  void set_port(pry_port port) {
    std::lock_guard lock(mutex_);
    if (port.ask == nullptr) port.ask = &ask_standard;
    port_ = port;
    closed_ = false;
  }
  void close() noexcept {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  bool is_closed() noexcept {
    std::lock_guard lock(mutex_);
    return closed_;
  }
  pry_port port() noexcept {
    std::lock_guard lock(mutex_);
    return port_;
  }
  // True if it is the caller's turn at once; otherwise `your_turn` comes.
  bool enter(const reference& id) {
    std::lock_guard lock(mutex_);
    line_.reserve(line_.size() + 1);
    signal* call =
        line_.empty() ? nullptr : make_node<your_turn>(detail::plain_type<your_turn>, id);
    line_.push_back({id, self(), call});
    return call == nullptr;
  }
  // Also by a process that dies, so it must not need memory.
  void leave(const reference& id) noexcept {
    signal* call = nullptr;
    pid next;
    {
      std::lock_guard lock(mutex_);
      const auto at =
          std::find_if(line_.begin(), line_.end(), [&](const visitor& v) { return v.id == id; });
      const bool was_first = at == line_.begin();
      if (at->call != nullptr) at->call->type->dispose(at->call);
      line_.erase(at);
      if (was_first && !line_.empty()) {
        next = line_.front().process;
        call = std::exchange(line_.front().call, nullptr);
      }
    }
    if (call != nullptr) deliver(self(), next, call);
  }

 private:
  struct visitor {
    reference id;
    pid process;
    signal* call;  // made beforehand; null for the first in the line
  };
  std::mutex mutex_;
  std::vector<visitor> line_;
  pry_port port_{&ask_standard, nullptr};
  bool closed_ = false;
};

std::shared_ptr<desk> desk_of(node_core& node) {
  std::lock_guard lock(node.pry_mutex);
  if (!node.pry_desk) node.pry_desk = std::make_shared<desk>();
  return std::static_pointer_cast<desk>(node.pry_desk);
}

// The place of a process in the line, until it goes or dies.
class turn {
 public:
  explicit turn(std::shared_ptr<desk> d) : desk_(std::move(d)), id_(make_reference()) {
    at_once_ = desk_->enter(id_);
  }
  ~turn() {
    if (asks) asks->give_up();
    desk_->leave(id_);
  }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;
  bool at_once() const noexcept { return at_once_; }
  const reference& id() const noexcept { return id_; }

  std::shared_ptr<question> asks;

 private:
  std::shared_ptr<desk> desk_;
  reference id_;
  bool at_once_;
};

using value_list = std::vector<std::pair<std::string, term>>;

std::string name_list(const value_list& values) {
  std::string all;
  for (const auto& [name, value] : values) all += (all.empty() ? "" : ", ") + name;
  return all.empty() ? "nothing" : all;
}

// What a process that has stopped has to tell.
struct sight {
  std::string place;
  const value_list& values;
  bool is_server;

  std::string headline() const {
    const pid me = self();
    const std::string name = current_context()->node->names.name_of(me);
    return inspect(term(me)) + (name.empty() ? "" : " (" + inspect(term(name)) + ")") +
           " has stopped " + place + "; it shows " + name_list(values) + " (try help)\n";
  }
  std::string all() const {
    std::string text;
    for (const auto& [name, value] : values) text += name + " = " + inspect(value) + "\n";
    return text;
  }
  // What to print; null if the process goes on.
  std::string answer(const std::string& word) const {
    if (word == "values") return all();
    if (word == "step" || word == "next") return "only a server can step: this is none\n";
    if (word == "help") {
      return "shown:       " + name_list(values) +
             "\n"
             "values       prints all that is shown\n"
             "step, next   goes on, and stops before the server's next message\n"
             "continue, c  goes on\n"
             "the end of the input goes on, and never asks again\n";
    }
    for (const auto& [name, value] : values) {
      if (name == word) return inspect(value) + "\n";
    }
    return inspect(term(word)) + " is neither shown nor a command; known: " + name_list(values) +
           ", values, step, next, continue, c, help\n";
  }
};

std::string word_in(const std::string& line) {
  constexpr const char* blanks = " \t\r";
  const auto begin = line.find_first_not_of(blanks);
  if (begin == line.npos) return {};
  return line.substr(begin, line.find_last_not_of(blanks) + 1 - begin);
}

// Talks with the person. True: step; false: go on.
task<bool> converse(desk& at, turn& mine, const sight& what) {
  std::string text = what.headline();
  for (;;) {
    mine.asks = std::make_shared<question>(at.port());
    mine.asks->text = text + "pry(" + inspect(term(self())) + ")> ";
    auto job = blocking([asked = mine.asks] { return asked->ask(); });
    const bool answered = co_await job;
    if (!answered) {
      at.close();
      co_return false;
    }
    const std::string word = word_in(mine.asks->line);
    if (word == "continue" || word == "c") co_return false;
    if (what.is_server && (word == "step" || word == "next")) co_return true;
    text = word.empty() ? std::string() : what.answer(word);
  }
}

task<bool> look(const sight& what) {
  const std::shared_ptr<desk> at = desk_of(*current_context()->node);
  if (at->is_closed()) co_return false;
  turn mine(at);
  if (!mine.at_once()) {
    auto called = [&mine](const your_turn& t) { return t.id == mine.id(); };
    co_await receive_if<your_turn>(called);
  }
  if (at->is_closed()) co_return false;
  bool failed = false;
  bool steps = false;
  try {
    steps = co_await converse(*at, mine, what);
  } catch (const std::exception&) {
    failed = true;
  }
  if (failed) at->close();
  co_return steps;
}

// The server that is the current process, if it is one.
server_box* current_server() {
  process_slot& slot = *current_context()->current;
  return slot.type->run == &run_server ? static_cast<server_box*>(slot.body) : nullptr;
}

void decide(server_box& box, bool steps) noexcept {
  if (steps)
    box.add_halt(halt::pried);
  else
    box.end_halt(halt::pried);
}

const char* place_before(const signal& s) {
  if (s.type->kind == signal_kind::call) return "before a call";
  if (s.type->kind == signal_kind::cast) return "before a cast";
  return "before a message";
}

task<> look_at_message(server_box& box, signal& s) {
  bool steps = false;
  try {
    value_list values;
    values.emplace_back("message", shown_message(s));
    values.emplace_back("state", shown_state(box));
    const sight what{place_before(s), values, true};
    steps = co_await look(what);
  } catch (const std::exception&) {
    // Without memory or descriptors nobody can be asked.
  }
  decide(box, steps);
  if (steps) box.add_halt(halt::passes);
}

struct nothing_to_apply {
  void operator()(server_box&) const {}
};

// `point` outlives the await.
task<> look_at_point(std::string place, const value_list& values) {
  const sight what{std::move(place), values, current_server() != nullptr};
  const bool steps = co_await look(what);
  if (server_box* box = current_server()) decide(*box, steps);
}

}  // namespace

void detail::begin_pry(server_box& box) noexcept {
  try {
    using callback = running_callback_of<void, nothing_to_apply>;
    box.await(pool_new<callback>(look_at_message(box, *box.slot().queue), nothing_to_apply{}));
  } catch (const std::bad_alloc&) {
    box.end_halt(halt::pried);
  }
}

void pry_through(pry_port port) {
  self();  // throws outside of a process
  desk_of(*current_context()->node)->set_port(port);
}

task<> pry_point::stop() const& {
  self();  // throws outside of a process
  const std::string_view file = at_.file_name();
  const auto name = file.substr(file.rfind('/') + 1);
  return look_at_point("at " + place_ + ", " + std::string(name) + ":" + std::to_string(at_.line()),
                       values_);
}

}  // namespace beamish::inline v0
