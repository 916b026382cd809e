#include "actors/call_messages.hpp"

namespace easel::actors {

void refuse(const any_call& c, const refusal& why) {
  if (const auto* create = std::get_if<create_call>(&c))
    create->waiter->refused(why);
  else if (const auto* watch = std::get_if<watch_call>(&c))
    watch->waiter->refused(why);
  else
    std::get<ask_call>(c).waiter->answer(easel::unexpected(why));
}

void refuse(const any_call& c, refusal::why reason) { refuse(c, because(reason)); }

} // namespace easel::actors
