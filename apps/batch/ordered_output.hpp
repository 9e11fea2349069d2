// SPDX-License-Identifier: Apache-2.0
// Lets the output of many commands out in the order of their numbers, whenever it comes.
//
//   ordered_output order(3, emit);
//   order.add(1, output_stream::out, "[2] b\n");     // kept: 0 has not ended
//   order.add(0, output_stream::out, "[1] a\n");     // out at once
//   order.end(0);                                    // lets [2] b out
//
// The first command that has not ended writes through; what others write is kept, in memory up to
// a bound, and then in a temporary file without a name.
// Threads: any. Lines of one command and stream keep their order. Failure: add and end give false
// once `emit` has, or when the temporary file can't be written (`problem` says why).

#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "beamish/runtime/os_process.hpp"

namespace beamish::apps {

class ordered_output {
 public:
  using emitter = std::function<bool(output_stream, std::string_view)>;
  static constexpr std::size_t most_in_memory = std::size_t{16} << 20;

  ordered_output(std::size_t count, emitter emit, std::size_t in_memory = most_in_memory);

  bool add(std::size_t index, output_stream stream, std::string_view lines);
  bool end(std::size_t index);

  // Why the temporary file can't be used; empty if all is well.
  std::string problem() const;

 private:
  struct piece {
    output_stream stream;
    std::string text;  // empty: it is in the file
    std::size_t offset = 0;
    std::size_t length = 0;
  };
  struct item {
    std::vector<piece> kept;
    bool ended = false;
  };

  bool keep(item& of, output_stream stream, std::string_view lines);
  bool file_failed();  // false; keeps errno
  bool put_into_file(std::string_view lines);
  bool let_out(item& of);
  bool let_out(const piece& p);

  const emitter emit_;
  const std::size_t in_memory_;
  mutable std::mutex mutex_;  // guards what follows, and the order of the calls of emit
  std::vector<item> items_;
  std::size_t turn_ = 0;    // the first one that has not ended
  std::size_t memory_ = 0;  // bytes kept there
  detail::unique_fd file_;
  std::size_t file_size_ = 0;
  bool good_ = true;
  int file_error_ = 0;  // an errno
};

}  // namespace beamish::apps
