#pragma once

#include "actors/front_door.hpp"
#include "http/server/answers.hpp"
#include "http/server/credentials.hpp"

namespace easel::server {

/// Asks one question and hands a good answer to `then(exchange&, Answer&)`; everything else becomes a problem.
/// A reply that is dropped unanswered ends in the exchange's own 500.
template <class Answer, class Then>
void ask(actors::front_door& front, exchange_ptr asked, actors::query what, Then then) {
  auto who = read_credential(*asked);
  if (!who)
    return send_problem(*asked, who.error());
  front.ask(std::move(*who), std::move(what),
            [asked = std::move(asked), then = std::move(then)](expected<actors::query_answer, actors::refusal> got) {
              // Runs on an actor's thread, which must not die of an answer that cannot be built.
              try {
                if (!got)
                  return send_problem(*asked, describe(got.error()));
                if (auto* answer = std::get_if<Answer>(&*got))
                  return then(*asked, *answer);
              } catch (const std::exception&) {
              }
              send_problem(*asked, internal_error());
            });
}

} // namespace easel::server
