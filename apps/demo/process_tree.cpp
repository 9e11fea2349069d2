// SPDX-License-Identifier: Apache-2.0
#include "apps/demo/process_tree.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "apps/terminal/text.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/spawn.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::apps {
namespace {

constexpr std::size_t widest_name = 50;

struct told {
  pid process;
  std::optional<process_picture> picture;
};
struct patience_over {};
struct processes_seen {
  std::vector<process_row> rows;
};

task<> ask(pid process, pid asker) {
  auto picture = co_await process_info(process);
  send(asker, told{process, std::move(picture)});
}

// Does the asking, so that nothing of it stays in the mailbox of the one who wants to know.
task<> gather(std::vector<pid> processes, duration patience, pid asker) {
  std::vector<process_row> rows;
  std::vector<pid> asking;
  for (const pid p : processes) {
    rows.push_back({.process = p});
    asking.push_back(spawn(ask, p, self()));
  }
  send_after(patience, self(), patience_over{});
  for (std::size_t open = rows.size(); open > 0; --open) {
    auto message = co_await receive<told, patience_over>();
    auto* const answer = std::get_if<told>(&message);
    if (answer == nullptr) break;
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const process_row& r) {
      return r.process == answer->process;
    });
    if (!answer->picture) {
      rows.erase(row);
      continue;
    }
    row->answered = true;
    row->picture = std::move(*answer->picture);
  }
  for (const pid p : asking) beamish::exit(p, exit_reason::kill());
  send(asker, processes_seen{std::move(rows)});
}

std::string name_of(const process_row& row) {
  if (!row.answered) return "?";
  const process_picture& p = row.picture;
  if (!p.registered_name.empty()) return p.registered_name;
  const std::string call = p.initial_call.empty() ? "?" : short_call(p.initial_call);
  return p.label == term() ? call : call + " " + inspect(p.label);
}

std::string activity_of(const process_row& row) {
  if (!row.answered) return "busy: has not answered";
  const process_picture& p = row.picture;
  if (p.status == process_status::running) return "runs";
  if (p.waits_for == "its thread") return "runs on a thread of its own";
  const std::string what = p.waits_for.empty() ? "its turn" : p.waits_for;
  return (p.status == process_status::hibernating ? "hibernates, waits for " : "waits for ") + what;
}

struct cell_row {
  std::string pid;
  std::string name;
  std::string links;
  std::string mailbox;
  std::string activity;
};

std::string links_of(const process_row& row) {
  std::string text;
  for (const pid p : row.picture.links) text += (text.empty() ? "" : " ") + inspect(p);
  return text.empty() ? "-" : text;
}

class tree_drawing {
 public:
  tree_drawing(const std::vector<process_row>& rows, bool ascii) : ascii_(ascii) {
    for (const process_row& row : rows) by_pid_[row.process] = &row;
    for (const process_row& row : rows) children_[parent_of(row)].push_back(&row);
  }

  std::vector<std::string> draw() {
    cells_.push_back({"process", "name or initial call", "links", "mailbox", "does"});
    for (const process_row* root : children_[pid{}]) add(*root, "", "");
    std::size_t width[4] = {};
    for (const cell_row& c : cells_) {
      const std::string* columns[] = {&c.pid, &c.name, &c.links, &c.mailbox};
      for (std::size_t i = 0; i < 4; ++i) width[i] = std::max(width[i], text_width(*columns[i]));
    }
    width[1] = std::min(width[1], widest_name);
    std::vector<std::string> lines;
    for (const cell_row& c : cells_) {
      lines.push_back(pad_right(c.pid, width[0]) + "  " +
                      pad_right(cut(c.name, width[1], ascii_), width[1]) + "  " +
                      pad_right(c.links, width[2]) + "  " + pad_left(c.mailbox, width[3]) + "  " +
                      c.activity);
    }
    return lines;
  }

 private:
  // The nearest ancestor that is shown: those that have ended are not.
  pid parent_of(const process_row& row) const {
    for (const pid ancestor : row.picture.ancestors) {
      if (by_pid_.contains(ancestor)) return ancestor;
    }
    return {};
  }

  void add(const process_row& row, const std::string& first, const std::string& rest) {
    cells_.push_back({first + inspect(row.process), visible(name_of(row)), links_of(row),
                      row.answered ? std::to_string(row.picture.message_queue_len) : "?",
                      visible(activity_of(row))});
    const auto& below = children_[row.process];
    for (const process_row* child : below) {
      const bool last = child == below.back();
      const char* const branch = ascii_ ? (last ? "`- " : "|- ") : (last ? "└─ " : "├─ ");
      const char* const beside = last ? "   " : ascii_ ? "|  " : "│  ";
      add(*child, rest + branch, rest + beside);
    }
  }

  const bool ascii_;
  std::map<pid, const process_row*> by_pid_;
  std::map<pid, std::vector<const process_row*>> children_;
  std::vector<cell_row> cells_;
};

}  // namespace

task<std::vector<process_row>> look_at_processes(duration patience) {
  spawn(gather, processes(), patience, self());
  auto seen = co_await receive<processes_seen>();
  co_return std::move(seen.rows);
}

namespace {

// As g++ writes a lambda: by the function that it stands in, `outer::f(int)::<lambda()>`.
std::string lambda_by_function(std::string_view function) {
  if (const std::size_t close = function.rfind(')'); close != function.npos) {
    int depth = 0;
    std::size_t at = close;
    do {
      depth += function[at] == ')' ? 1 : function[at] == '(' ? -1 : 0;
    } while (depth != 0 && at-- != 0);
    if (depth == 0) function = function.substr(0, at);
  }
  const std::size_t scope = function.rfind("::");
  return "lambda in " + std::string(scope == function.npos ? function : function.substr(scope + 2));
}

}  // namespace

std::string short_call(std::string_view initial_call) {
  if (const std::size_t at = initial_call.find("::<lambda("); at != initial_call.npos)
    return lambda_by_function(initial_call.substr(0, at));
  std::string text(initial_call);
  if (const std::size_t at = text.find("(lambda at "); at != text.npos) {
    text = text.substr(at + 1, text.rfind(':') - at - 1);  // without the column
    const std::size_t path = std::string("lambda at ").size();
    if (const std::size_t slash = text.rfind('/'); slash != text.npos)
      text.erase(path, slash + 1 - path);
    return text;
  }
  for (const std::string_view noise :
       {"beamish::", "detail::", "(anonymous namespace)::", "{anonymous}::", "std::"}) {
    for (std::size_t at = text.find(noise); at != text.npos; at = text.find(noise, at))
      text.erase(at, noise.size());
  }
  return text;
}

std::vector<std::string> draw_processes(const std::vector<process_row>& rows, bool ascii) {
  return tree_drawing(rows, ascii).draw();
}

}  // namespace beamish::apps
