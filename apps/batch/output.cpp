// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <system_error>
#include <utility>

#include "apps/batch/attribution.hpp"
#include "apps/batch/json.hpp"

namespace beamish::apps {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

// Whole lines, each with the command's name before it.
class lines_output final : public command_output {
 public:
  using emitter = std::function<bool(output_stream, std::string_view)>;
  lines_output(line_prefixes prefixes, emitter emit)
      : lines_(std::move(prefixes)), emit_(std::move(emit)) {}

  bool take(output_stream stream, std::string_view bytes) override {
    return emit_(stream, lines_.take(stream, bytes));
  }
  bool finish() override {
    const bool out = emit_(output_stream::out, lines_.finish(output_stream::out));
    return emit_(output_stream::err, lines_.finish(output_stream::err)) && out;
  }

 private:
  attribution lines_;
  const emitter emit_;
};

class no_output final : public command_output {
 public:
  bool take(output_stream, std::string_view) override { return true; }
  bool finish() override { return true; }
};

// The bytes as they are. A further attempt starts its files anew.
class file_output final : public command_output {
 public:
  file_output(batch_output& all, const std::string& directory, const batch_entry& entry)
      : all_(all),
        out_(output_path(directory, entry, output_stream::out)),
        err_(output_path(directory, entry, output_stream::err)) {}

  bool take(output_stream stream, std::string_view bytes) override {
    const file& f = stream == output_stream::out ? out_ : err_;
    if (!f.fd) return fail(f, f.error);
    while (!bytes.empty()) {
      const ssize_t count = write(f.fd.get(), bytes.data(), bytes.size());
      if (count >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno != EINTR) {
        return fail(f, errno);
      }
    }
    return true;
  }

  bool finish() override { return check(out_) && check(err_); }

 private:
  struct file {
    explicit file(std::string name)
        : path(std::move(name)),
          fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)),
          error(fd ? 0 : errno) {}
    const std::string path;
    const detail::unique_fd fd;
    const int error;  // of open()
  };

  bool check(const file& f) { return f.error == 0 || fail(f, f.error); }
  bool fail(const file& f, int error) {
    all_.set_problem("cannot write " + f.path + ": " + reason(error));
    return false;
  }

  batch_output& all_;
  file out_;
  file err_;
};

line_prefixes prefixes_of(const batch_entry& entry) {
  const std::string name = "[" + entry.name() + "] ";
  return {name, name + "! "};
}

}  // namespace

batch_output::batch_output(const batch_request& request, std::size_t count, console& screen)
    : request_(request), screen_(screen) {
  if (!request.keep_order) return;
  order_ =
      std::make_unique<ordered_output>(count, [this](output_stream stream, std::string_view lines) {
        return screen_.write(stream, lines);
      });
}

std::string batch_output::prepare() const {
  if (request_.output.empty() || mkdir(request_.output.c_str(), 0777) == 0) return {};
  const int error = errno;
  struct stat status = {};
  const bool there = stat(request_.output.c_str(), &status) == 0;
  if (there && !S_ISDIR(status.st_mode)) return request_.output + " is a file, not a directory";
  if (there) return {};
  return "cannot make the directory " + request_.output + ": " + reason(error);
}

std::unique_ptr<command_output> batch_output::open(const batch_entry& entry) {
  if (!request_.output.empty()) return std::make_unique<file_output>(*this, request_.output, entry);
  if (request_.form == batch_request::format::json) return std::make_unique<no_output>();
  if (request_.form == batch_request::format::jsonl) {
    const auto tell = [this, &entry](output_stream stream, std::string_view lines) {
      return lines.empty() || screen_.write(output_stream::out, output_event(entry, stream, lines));
    };
    return std::make_unique<lines_output>(line_prefixes{}, tell);
  }
  const auto emit = [this, &entry](output_stream stream, std::string_view lines) {
    return show(entry, stream, lines);
  };
  return std::make_unique<lines_output>(prefixes_of(entry), emit);
}

bool batch_output::end(const batch_entry& entry) {
  return order_ == nullptr || order_->end(entry.number - 1);
}

bool batch_output::say(const batch_entry& entry, std::string_view lines) {
  return show(entry, output_stream::err, lines);
}

bool batch_output::show(const batch_entry& entry, output_stream stream, std::string_view lines) {
  if (order_ == nullptr) return screen_.write(stream, lines);
  return order_->add(entry.number - 1, stream, lines);
}

std::string batch_output::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_.empty() && order_ != nullptr ? order_->problem() : problem_;
}

void batch_output::set_problem(std::string text) {
  const std::lock_guard lock(mutex_);
  if (problem_.empty()) problem_ = std::move(text);
}

}  // namespace beamish::apps
