#include "config/checks.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace easel::config {
namespace {

using findings = std::vector<finding>;

constexpr int shortest_edge = 64;
constexpr int longest_edge = 4096;

bool is_edge(std::string_view text) {
  int edge = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), edge);
  return error == std::errc{} && end == text.data() + text.size() && edge >= shortest_edge && edge <= longest_edge;
}

bool is_size(std::string_view text) {
  const auto cross = text.find('x');
  return text == "auto"
         || (cross != std::string_view::npos && is_edge(text.substr(0, cross)) && is_edge(text.substr(cross + 1)));
}

bool holds(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

void check_prices(const std::string& path, const policies::offer& offer, findings& out) {
  for (const auto& [which, price] : offer.prices) {
    const auto& [size, quality] = which;
    if (!holds(offer.sizes, size) || !holds(offer.qualities, quality))
      out.push_back({path + ".prices", "has a price for " + size + " in " + quality + ", which is not offered"});
  }
  for (const auto& size : offer.sizes) {
    const auto sold = std::any_of(offer.qualities.begin(), offer.qualities.end(), [&](const auto& quality) {
      return offer.prices.count({size, quality}) != 0;
    });
    if (!sold)
      out.push_back({path + ".prices", "has no price for " + size});
  }
  if (!offer.sizes.empty() && !offer.qualities.empty()
      && offer.prices.count({offer.sizes.front(), offer.qualities.front()}) == 0)
    out.push_back({path + ".prices", "has no price for the default size and quality"});
}

void check_offer(const std::string& path, const policies::offer& offer, findings& out) {
  if (offer.slug.empty())
    out.push_back({path + ".slug", "is required: the upstream's name for the model"});
  if (offer.sizes.empty())
    out.push_back({path + ".sizes", "is required: at least one, the first is the default"});
  for (const auto& size : offer.sizes)
    if (!is_size(size))
      out.push_back(
        {path + ".sizes", "must be \"auto\" or WIDTHxHEIGHT with edges from 64 to 4096; \"" + size + "\" is neither"});
  if (offer.qualities.empty())
    out.push_back({path + ".qualities", "is required: at least one, the first is the default"});
  if (offer.formats.empty())
    out.push_back({path + ".formats", "is required: at least one, the first is the default"});
  if (offer.prompt_limit < 1)
    out.push_back({path + ".prompt_limit", "is required: the longest prompt in code points"});
  check_prices(path, offer, out);
}

} // namespace

std::vector<finding> check_catalogue(const policies::catalogue& catalogue) {
  findings out;
  if (catalogue.models.empty())
    out.push_back({"model", "at least one model is required"});
  std::set<std::string> names;
  for (std::size_t i = 0; i < catalogue.models.size(); ++i) {
    const auto& model = catalogue.models[i];
    const auto path = "model[" + std::to_string(i) + ']';
    if (model.name.empty())
      out.push_back({path + ".name", "is required"});
    else if (!names.insert(model.name).second)
      out.push_back({path + ".name", "names another model already: \"" + model.name + '"'});
    if (model.offers.empty())
      out.push_back({path, "must be offered to a tier: [model.free] or [model.paid]"});
    for (const auto& [which, offer] : model.offers)
      check_offer(path + '.' + std::string(to_string(which)), offer, out);
  }
  for (auto which : all_tiers)
    if (!catalogue.models.empty() && catalogue.models.front().offers.count(which) == 0)
      out.push_back({"model[0]", "is the default of requests that name none, so every tier needs an offer of it; "
                                   + std::string(to_string(which)) + " has none"});
  return out;
}

} // namespace easel::config
