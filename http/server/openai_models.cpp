#include "http/server/openai_models.hpp"

#include "http/server/ask.hpp"
#include "http/server/routes.hpp"
#include "http/server/views.hpp"

namespace easel::server {

void openai_models::list(const exchange_ptr& asked) const {
  ask<actors::models_answer>(front_, asked, actors::list_models{}, [](exchange& x, actors::models_answer& found) {
    auto data = nlohmann::json::array();
    for (const auto& model : found.models)
      if (model.offers.contains(found.of_tier))
        data.push_back(view_of(model, found.of_tier));
    x.send({}, dump({{"object", "list"}, {"data", std::move(data)}}));
  });
}

void openai_models::show(const exchange_ptr& asked, std::string_view name) const {
  const auto decoded = percent_decode(name);
  ask<actors::models_answer>(front_, asked, actors::list_models{},
                             [wanted = decoded.value_or("")](exchange& x, actors::models_answer& found) {
                               for (const auto& model : found.models)
                                 if (model.name == wanted && model.offers.contains(found.of_tier))
                                   return x.send({}, dump(view_of(model, found.of_tier)));
                               actors::refusal unknown;
                               unknown.reason = actors::refusal::why::model_not_found;
                               send_problem(x, describe(unknown));
                             });
}

} // namespace easel::server
