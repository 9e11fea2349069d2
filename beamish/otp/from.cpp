// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/from.hpp"

#include <exception>
#include <stdexcept>

#include "beamish/otp/server_box.hpp"
#include "beamish/runtime/current.hpp"

namespace beamish::inline v0::detail {

// An exception may be about to end the server: then its reason is the answer.
void drop_obligation(request_base* node) noexcept {
  context* here = current_context();
  const bool by_exception = std::uncaught_exceptions() != 0 && here != nullptr &&
                            here->as_thread == nullptr && here->current != nullptr &&
                            here->current->type->is_server && here->dying == nullptr;
  if (!by_exception) return request_dropped(node);
  auto& box = *static_cast<server_box*>(here->current->body);
  node->next = std::exchange(box.orphans, node);
}

void refuse_second_reply() {
  throw std::logic_error("from: this call is answered already, or its `from` was moved away");
}

}  // namespace beamish::inline v0::detail
