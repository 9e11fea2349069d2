// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <vector>

#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;

namespace {

void clear(const std::string& path) {
  const auto names = list_directory(path);
  if (!names.ok()) return;
  for (const std::string& name : *list_directory(path)) {
    if (!remove_file(path + "/" + name).ok()) clear(path + "/" + name);
  }
  CHECK(remove_directory(path).ok());
}

// A directory of its own for a test, in whatever world.
class scratch {
 public:
  explicit scratch(bool simulated = false) {
    if (simulated) {
      path_ = "/scratch";
      REQUIRE(create_directory(path_).ok());
      return;
    }
    char pattern[] = "/tmp/beamish_file_XXXXXX";
    REQUIRE(::mkdtemp(pattern) != nullptr);
    path_ = pattern;
  }
  ~scratch() { clear(path_); }
  std::string operator/(const char* name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

using names = std::vector<std::string>;

void use_every_function(const scratch& in) {
  auto log = file::open(in / "log", open_mode::append);
  REQUIRE(log.ok());
  CHECK(log->append("one\n").ok());
  CHECK(log->append("two\n").ok());
  CHECK(log->sync().ok());
  CHECK(*log->size() == 8);
  CHECK(*log->read_at(4, 3) == "two");
  CHECK(*log->read_at(4, 100) == "two\n");
  CHECK(*log->read_at(100, 1) == "");
  CHECK(*log->read_all() == "one\ntwo\n");
  CHECK(log->truncate(4).ok());
  CHECK(log->append("three\n").ok());
  CHECK(*read_file(in / "log") == "one\nthree\n");

  auto table = file::open(in / "table.new", open_mode::create_new);
  REQUIRE(table.ok());
  CHECK(table->write_at(3, "def").ok());
  CHECK(table->write_at(0, "ab").ok());
  CHECK(*table->read_all() == std::string("ab\0def", 6));
  CHECK(table->truncate(8).ok());
  CHECK(*table->read_all() == std::string("ab\0def\0\0", 8));
  CHECK(table->sync().ok());
  CHECK(file::open(in / "table.new", open_mode::create_new).error().name() == "eexist");
  CHECK(rename_file(in / "table.new", in / "log").ok());
  CHECK(sync_directory(in.path()).ok());
  CHECK(*read_file(in / "log") == std::string("ab\0def\0\0", 8));
  CHECK(*log->read_all() == "one\nthree\n");  // who has it open keeps what it was

  CHECK(create_directory(in / "more").ok());
  CHECK(file::open(in / "more/x", open_mode::write).ok());
  CHECK(*list_directory(in.path()) == names{"log", "more"});
  CHECK(*list_directory(in / "more") == names{"x"});
  CHECK(file_exists(in / "more/x"));
  CHECK(!file_exists(in / "more/y"));
  CHECK(remove_file(in / "more/x").ok());
  CHECK(remove_directory(in / "more").ok());
  CHECK(!file_exists(in / "more"));
  auto emptied = file::open(in / "log", open_mode::truncate);
  CHECK(*emptied->size() == 0);
}

}  // namespace

TEST_CASE("files: the same functions do the same in the real and in a simulated world") {
  sim::in_all_worlds([](sim::world& w) {
    const scratch in(w.simulated());
    use_every_function(in);
  });
}

TEST_CASE("files: from a blocking function and from a thread body it is the same disk") {
  sim::in_all_worlds([](sim::world& w) -> task<> {
    const scratch in(w.simulated());
    const std::string path = in / "log";
    auto write = blocking([path] {
      auto log = file::open(path, open_mode::append);
      log->append("blocking\n").value();
      return log->sync().ok();
    });
    bool synced = co_await write;
    CHECK(synced);
    auto body = spawn_thread_monitor(
        [path] { file::open(path, open_mode::append)->append("thread\n").value(); });
    auto down = co_await receive<down_message>();
    CHECK(down.id == body.id);
    CHECK(*read_file(path) == "blocking\nthread\n");
  });
}

TEST_CASE("files: what the system refuses is an error that says what, where and why") {
  sim::in_all_worlds([](sim::world& w) {
    const scratch in(w.simulated());
    const auto missing = file::open(in / "no/such", open_mode::write);
    CHECK(!missing.ok());
    CHECK(missing.error().number == ENOENT);
    CHECK(missing.error().name() == "enoent");
    CHECK(missing.error().text() ==
          "open(\"" + (in / "no/such") + "\"): No such file or directory (enoent)");
    CHECK(file::open(in.path(), open_mode::read).error().name() == "eisdir");
    CHECK(file::open(in.path(), open_mode::write).error().name() == "eisdir");
    CHECK(file::open("", open_mode::read).error().name() == "enoent");
    CHECK(file::open(std::string(in / "a") + '\0' + "b", open_mode::write).error().name() ==
          "einval");
    CHECK(file::open(in / std::string(300, 'x').c_str(), open_mode::write).error().name() ==
          "enametoolong");
    CHECK(read_file(in / "no").error().name() == "enoent");
    CHECK(rename_file(in / "no", in / "other").error().text().starts_with("rename(\""));
    CHECK(remove_file(in / "no").error().name() == "enoent");
    CHECK(remove_file(in.path()).error().name() == "eisdir");
    CHECK(remove_directory(in / "no").error().name() == "enoent");
    CHECK(create_directory(in.path()).error().name() == "eexist");
    CHECK(list_directory(in / "no").error().name() == "enoent");
    CHECK(sync_directory(in / "no").error().name() == "enoent");
    CHECK(file::open(in / "file", open_mode::write).ok());
    CHECK(list_directory(in / "file").error().name() == "enotdir");
    CHECK(file::open(in / "file/x", open_mode::read).error().name() == "enotdir");
    CHECK(remove_directory(in.path()).error().name() == "enotempty");
  });
}

TEST_CASE("files: a value that isn't there is thrown as the error, and ends the process") {
  {
    auto got = read_file("/no/such");
    CHECK_THROWS_AS(got.value(), file_failure);
    try {
      (void)got->size();
    } catch (const file_failure& f) {
      CHECK(f.error().name() == "enoent");
      CHECK(std::string(f.what()) == "open(\"/no/such\"): No such file or directory (enoent)");
    }
  }
  sim::in_all_worlds([]() -> task<> {
    auto reader = spawn_monitor([] { (void)*read_file("/no/such"); });
    auto down = co_await receive<down_message>();
    CHECK(down.id == reader.id);
    REQUIRE(down.reason.exception() != nullptr);
    CHECK(down.reason.exception()->what.ends_with("(enoent)"));
  });
}

TEST_CASE("files: bad use is a logic_error that says what to do") {
  sim::in_all_worlds([](sim::world& w) {
    const scratch in(w.simulated());
    file closed;
    CHECK(!closed.is_open());
    CHECK_THROWS_WITH_AS((void)closed.sync(),
                         "file::sync of a file that is not open: it was moved from, or never "
                         "opened",
                         std::logic_error);
    file open = *file::open(in / "log", open_mode::append);
    CHECK(open.is_open());
    CHECK(open.path() == in / "log");
    closed = std::move(open);
    CHECK_THROWS_AS((void)open.append("x"), std::logic_error);
    CHECK_THROWS_AS((void)open.read_all(), std::logic_error);
    CHECK(closed.append("x").ok());
    CHECK_THROWS_AS((void)closed.write_at(0, "x"), std::logic_error);
    file reader = *file::open(in / "log", open_mode::read);
    CHECK_THROWS_AS((void)reader.append("x"), std::logic_error);
    CHECK_THROWS_AS((void)reader.write_at(0, "x"), std::logic_error);
    CHECK_THROWS_AS((void)reader.truncate(0), std::logic_error);
    file table = *file::open(in / "table", open_mode::write);
    CHECK_THROWS_AS((void)table.append("x"), std::logic_error);
  });
}

TEST_CASE("files: on the machine, a full device and a refused permission are errors") {
  auto full = file::open("/dev/full", open_mode::append);
  REQUIRE(full.ok());
  CHECK(full->append("x").error().name() == "enospc");
  const scratch in;
  CHECK(file::open(in / "secret", open_mode::write).ok());
  REQUIRE(::chmod((in / "secret").c_str(), 0) == 0);
  const int me = ::setfsuid(65534);  // root may open everything: for this thread's files, nobody
  CHECK(file::open(in / "secret", open_mode::read).error().name() == "eacces");
  ::setfsuid(static_cast<uid_t>(me));
}

TEST_CASE("files: on the machine, a descriptor is closed by the destructor and by exec") {
  const scratch in;
  const auto flags = [](int fd) { return ::fcntl(fd, F_GETFD); };
  int free_before = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(free_before);
  {
    auto log = file::open(in / "log", open_mode::append);
    CHECK(flags(free_before) == FD_CLOEXEC);
    file moved = std::move(*log);
    CHECK(flags(free_before) == FD_CLOEXEC);
  }
  CHECK(flags(free_before) == -1);
}

TEST_CASE("files: what is larger than one call takes is read and written whole") {
  const scratch in;
  std::string large;
  for (int i = 0; large.size() < (3u << 20); ++i) large += std::to_string(i);
  auto log = file::open(in / "log", open_mode::append);
  REQUIRE(log.ok());
  CHECK(log->append(large).ok());
  CHECK((*log->read_all() == large));
}
