// SPDX-License-Identifier: Apache-2.0
//
// All that the server knows of the operating system: sockets, and a poller that says which of them
// can go on. Nothing here waits but poller::wait and ask.
#pragma once

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <beamish/beamish.hpp>

namespace kv {

// Closes itself.
class descriptor {
 public:
  descriptor(int number, const char* what) : number_(number) {
    if (number < 0) throw std::system_error(errno, std::generic_category(), what);
  }
  ~descriptor() { ::close(number_); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int number() const noexcept { return number_; }

 private:
  int number_;
};

// Copies are the same socket, which is closed with the last of them.
class socket {
 public:
  socket() = default;
  static socket listening(std::uint16_t port);  // 0: a free one
  static socket connected(std::uint16_t port);

  std::uint16_t port() const;
  // Empty: nobody waits.
  std::optional<socket> accept() const;
  // Appends what has arrived. False if the other side is gone.
  bool read(std::string& to) const;
  // Takes out what there is room for. False if the other side is gone.
  bool write(std::string& from) const;
  // The client's part: sends a line, and waits for the answer up to `end`. Blocks.
  std::string ask(std::string_view line, std::string_view end = "\n") const;

  int number() const noexcept { return fd_->number(); }

 private:
  explicit socket(int number, const char* what)
      : fd_(std::make_shared<const descriptor>(number, what)) {}
  std::shared_ptr<const descriptor> fd_;
};

// What a process is sent when the socket that it watches can go on.
struct ready {};

// Each `watch` is answered once, with a `ready` to the process that asked.
class poller {
 public:
  poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC), "epoll"), stop_(::eventfd(0, EFD_CLOEXEC), "") {
    control(EPOLL_CTL_ADD, stop_.number(), EPOLLIN, of_stop);
  }
  enum class until { readable, writable };
  void watch(const socket& s, until what) const;
  // Blocks until somebody was told; false once it is stopped.
  bool wait() const;
  void stop() const noexcept { ::eventfd_write(stop_.number(), 1); }

 private:
  static constexpr std::uint64_t of_stop = ~std::uint64_t{0};
  bool control(int how, int number, std::uint32_t events, std::uint64_t who) const {
    epoll_event event{events, {}};
    event.data.u64 = who;
    return ::epoll_ctl(epoll_.number(), how, number, &event) == 0;
  }
  descriptor epoll_, stop_;
};

// ----

inline sockaddr_in local_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline socket socket::listening(std::uint16_t port) {
  socket s(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  const int yes = 1;
  ::setsockopt(s.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = local_address(port);
  if (::bind(s.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(s.number(), SOMAXCONN) != 0)
    throw std::system_error(errno, std::generic_category(), "port " + std::to_string(port));
  return s;
}

inline socket socket::connected(std::uint16_t port) {
  socket s(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const sockaddr_in address = local_address(port);
  if (::connect(s.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::system_error(errno, std::generic_category(), "connect");
  return s;
}

inline std::uint16_t socket::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(number(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

inline std::optional<socket> socket::accept() const {
  for (;;) {
    const int fd = ::accept4(number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && errno == EAGAIN) return std::nullopt;
    if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    return socket(fd, "accept");
  }
}

inline bool socket::read(std::string& to) const {
  char block[16'384];
  const ssize_t got = ::recv(number(), block, sizeof block, MSG_DONTWAIT);
  if (got > 0) to.append(block, static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

inline bool socket::write(std::string& from) const {
  while (!from.empty()) {
    const ssize_t sent = ::send(number(), from.data(), from.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    from.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

inline std::string socket::ask(std::string_view line, std::string_view end) const {
  std::string text(line);
  if (!write(text += '\n')) return "";
  char block[4096];
  while (!text.ends_with(end)) {
    const ssize_t got = ::recv(number(), block, sizeof block, 0);
    if (got <= 0) return "";
    text.append(block, static_cast<std::size_t>(got));
  }
  return text.substr(0, text.size() - end.size());
}

// A process of this node is told by two of the three parts of its pid, which fit beside a socket.
inline void poller::watch(const socket& s, until what) const {
  const beamish::pid me = beamish::self();
  const std::uint64_t who = std::uint64_t{me.id} << 32 | me.serial;
  const std::uint32_t events = (what == until::readable ? EPOLLIN : EPOLLOUT) | EPOLLONESHOT;
  if (!control(EPOLL_CTL_MOD, s.number(), events, who) &&
      !control(EPOLL_CTL_ADD, s.number(), events, who))
    throw std::system_error(errno, std::generic_category(), "epoll");
}

inline bool poller::wait() const {
  epoll_event events[256];
  const int count = ::epoll_wait(epoll_.number(), events, 256, -1);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t who = events[i].data.u64;
    if (who == of_stop) return false;
    // A process that has ended meanwhile hears nothing.
    beamish::send(beamish::pid{beamish::self().node, static_cast<std::uint32_t>(who >> 32),
                               static_cast<std::uint32_t>(who)},
                  ready{});
  }
  return true;
}

}  // namespace kv
