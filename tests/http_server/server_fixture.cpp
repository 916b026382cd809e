#include "server_fixture.hpp"

namespace easel::tests {

server_fixture::server_fixture(server::api_settings api, server::listener_settings net,
                               std::shared_ptr<server::address_limits> limits, policies::billing_catalogue offers) {
  net.port = 0;
  billing.offers = std::move(offers);
  auto opened = server::listener::open(net, server::public_api(front, door, rights, billing, api, std::move(limits)),
                                       [this](persistence::access_record record) { log.put(std::move(record)); });
  if (!opened)
    throw std::runtime_error(opened.error());
  listener = std::move(*opened);
}

server_fixture::~server_fixture() = default;

raw_client server_fixture::connect(int receive_buffer) { return raw_client(listener->port(), receive_buffer); }

raw_response server_fixture::exchange(std::string_view bytes, bool without_body) {
  raw_client client(listener->port());
  client.send(bytes);
  return client.read(without_body);
}

generation_id sample_id(std::uint8_t n) {
  generation_id id;
  id.value.bytes = {1, 0x9a, 0xb0, 0, 0, n, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, n};
  return id;
}

actors::generation_view sample_view(generation_state state) {
  actors::generation_view view;
  auto& row = view.row;
  row.id = sample_id();
  row.state = state;
  row.of_tier = tier::free;
  row.plan.model = "gpt-image-2";
  row.plan.slug = "upstream-slug";
  row.plan.size = "1024x1024";
  row.plan.quality = "medium";
  row.plan.background = "opaque";
  row.plan.price_each = credits::unchecked(4);
  row.prompt = secret_text("a paper boat");
  row.created_at = instant(std::chrono::seconds(1'795'000'000));
  row.expires_at = row.created_at + std::chrono::hours(24 * 30);
  return view;
}

persistence::image_row sample_image(std::int16_t index, std::int64_t bytes) {
  persistence::image_row image;
  image.id.value.bytes = {1, 0x9a, 0xb0, 0, 0, 1, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(index)};
  image.index = index;
  image.format = image_format::webp;
  image.width = 1024;
  image.height = 768;
  image.bytes = bytes;
  image.created_at = instant(std::chrono::seconds(1'795'000'009));
  return image;
}

actors::generation_event sample_end(const std::vector<blob>& images, std::uint64_t sequence) {
  auto view = sample_view(generation_state::completed);
  view.row.ended_at = instant(std::chrono::seconds(1'795'000'010));
  view.row.charged = credits::unchecked(4 * static_cast<std::int64_t>(images.size()));
  for (std::size_t i = 0; i < images.size(); ++i)
    view.row.images.push_back(sample_image(static_cast<std::int16_t>(i), static_cast<std::int64_t>(images[i]->size())));
  return {sequence, actors::generation_event::ended{view, images}};
}

actors::generation_event sample_failure(failure reason, generation_state state) {
  auto view = sample_view(state);
  view.row.reason = reason;
  return {5, actors::generation_event::ended{view, {}}};
}

blob sample_bytes(std::size_t size, unsigned seed) {
  std::string bytes(size, '\0');
  std::uint32_t x = seed;
  for (char& c : bytes) {
    x = x * 1'664'525u + 1'013'904'223u;
    c = static_cast<char>(x >> 24);
  }
  return make_blob(std::move(bytes));
}

} // namespace easel::tests
