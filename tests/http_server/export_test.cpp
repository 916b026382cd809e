#include "http/server/export_archive.hpp"
#include "policies/export_volumes.hpp"
#include "policies/inventory.hpp"
#include "policies/recipients.hpp"
#include "server_fixture.hpp"
#include "unzipped.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

BOOST_AUTO_TEST_SUITE(export_of_data)

using namespace easel;
using namespace easel::tests;

namespace {

const instant made_at(std::chrono::seconds(1'795'000'000));

/// Of a copy of `files` files.
actors::export_file file_number(std::size_t number, std::size_t files = 1) {
  actors::export_file out;
  out.number = number;
  out.of.plan = {made_at, std::vector<persistence::export_volume>(files)};
  for (std::size_t i = 1; i < files; ++i) {
    auto& volume = out.of.plan.volumes[i];
    volume.images = 1;
    volume.first = std::chrono::year(2026) / std::chrono::October;
    volume.last = std::chrono::year(2026) / std::chrono::November;
    volume.until = generation_id{};
  }
  return out;
}

persistence::export_portion rows(std::string document, std::string table, std::vector<std::string> texts,
                                 bool ends = false) {
  persistence::export_portion out;
  out.document = std::move(document);
  out.table = std::move(table);
  out.rows = std::move(texts);
  out.ends_document = ends;
  return out;
}

persistence::export_portion image(std::string name, blob bytes) {
  persistence::export_portion out;
  out.document = "images/";
  out.file = std::move(name);
  out.bytes = std::move(bytes);
  out.made_at = made_at;
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(RIGHT_1_parts_become_documents_and_files_whole_and_in_order) {
  server::export_archive archive(file_number(1), {});
  const auto picture = sample_bytes(300'000);
  std::string bytes = archive.take();
  for (const auto& part :
       {rows("account.json", "account", {R"({"id":"acct_1"})"}), rows("account.json", "person", {R"({"email":"ä"})"}),
        rows("account.json", "strike", {}, true), rows("generations.json", "generation", {R"({"n":1})", R"({"n":2})"}),
        rows("generations.json", "generation", {R"({"n":3})"}, true), image("a.png", picture),
        image("b.png", make_blob("x"))}) {
    archive.add(part);
    bytes += archive.take();
  }
  BOOST_TEST(!unzipped(bytes).has_value()); // without its directory it is taken for whole by nobody
  archive.close();
  bytes += archive.take();

  const auto files = unzipped(bytes);
  BOOST_REQUIRE(files.has_value());
  BOOST_TEST(files->size() == 7);
  const auto account = json::parse(files->at("account.json"));
  BOOST_TEST(account["account"][0]["id"] == "acct_1");
  BOOST_TEST(account["person"][0]["email"] == "ä");
  BOOST_TEST(account["strike"].empty());
  BOOST_TEST(json::parse(files->at("generations.json"))["generation"].size() == 3);
  BOOST_TEST((files->at("images/a.png") == *picture));
  BOOST_TEST(files->at("images/b.png") == "x");
}

BOOST_AUTO_TEST_CASE(RIGHT_1_each_exported_field_is_explained_and_each_recipient_named) {
  std::set<std::string> explained;
  policies::retention_windows windows;
  windows.privacy_request = std::chrono::hours(24 * 365);
  const auto fields = json::parse(server::export_fields(windows));
  for (const auto& field : fields["fields"]) {
    explained.insert(field["table"].get<std::string>() + '.' + field["field"].get<std::string>());
    if (field["table"] == "privacy_request")
      BOOST_TEST(field["kept"] == "365 days after it was closed");
  }
  for (const auto& field : policies::data_inventory()) {
    std::string name(field.column);
    if (name.ends_with("_sealed"))
      name.resize(name.size() - 7);
    BOOST_TEST(explained.contains(std::string(field.table) + '.' + name) == !field.exported.empty(),
               field.table << '.' << field.column);
  }
  const auto readme = server::export_readme(file_number(1));
  const auto recipients = json::parse(server::export_recipients());
  BOOST_TEST(recipients["deletion_here_reaches_them"] == false);
  for (const auto* name : {"OpenAI", "sub2api", "kie.ai", "Google", "Stripe", "Cloudflare"}) {
    BOOST_TEST(readme.find(name) != std::string::npos, name);
    BOOST_TEST(server::export_recipients().find(name) != std::string::npos, name);
  }
  BOOST_TEST(recipients["recipients"].size() == policies::known_recipients().size());
  for (const auto& field : policies::data_inventory())
    if (!field.exported.empty())
      BOOST_TEST(readme.find(std::string(field.exported)) != std::string::npos, field.exported);
  BOOST_TEST(server::export_file_name(file_number(1)) == "gpt-image-ai-2026-11-18.zip");
}

BOOST_AUTO_TEST_CASE(RIGHT_1_each_file_of_several_names_all_of_them) {
  for (const std::size_t number : {1, 2, 3}) {
    const auto file = file_number(number, 3);
    const auto readme = server::export_readme(file);
    for (const std::size_t other : {1, 2, 3})
      BOOST_TEST(readme.find(server::export_volume_path(file.of.id, other) + "   ") != std::string::npos);
    BOOST_TEST(readme.find("until 2026-11-19T11:06:40.000Z") != std::string::npos);
    BOOST_TEST(readme.find("images of 2026-10 to 2026-11") != std::string::npos);
    BOOST_TEST((readme.find("Stripe") != std::string::npos) == (number == 1));
    server::export_archive archive(file, {});
    auto bytes = archive.take();
    archive.close();
    bytes += archive.take();
    const auto files = unzipped(bytes);
    BOOST_REQUIRE(files.has_value());
    BOOST_TEST(files->contains("README.txt"));
    BOOST_TEST(files->contains("recipients.json") == (number == 1));
    BOOST_TEST(files->contains("fields.json") == (number == 1));
  }
  BOOST_TEST(server::export_file_name(file_number(3, 12)) == "gpt-image-ai-2026-11-18-3-of-12.zip");
}

BOOST_AUTO_TEST_CASE(RIGHT_1_what_zip_adds_is_less_than_the_plan_reserves) {
  server::export_archive archive(file_number(2, 3), {});
  constexpr int images = 2000;
  std::string name = "2026-11-18_" + to_string(generation_id{}) + "_10.jpeg";
  std::int64_t content = 0, whole = static_cast<std::int64_t>(archive.take().size());
  const auto bytes = sample_bytes(300);
  for (int i = 0; i < images; ++i) {
    name[12] = static_cast<char>('a' + i % 26);
    archive.add(image(name, bytes));
    content += static_cast<std::int64_t>(bytes->size());
    whole += static_cast<std::int64_t>(archive.take().size());
  }
  archive.close();
  whole += static_cast<std::int64_t>(archive.take().size());
  BOOST_TEST(whole > content);
  BOOST_TEST(whole <= content + images * policies::zip_bytes_of_image + policies::zip_bytes_of_volume);
}

BOOST_AUTO_TEST_CASE(many_files_cost_little_beyond_themselves) {
  server::export_archive archive(file_number(1), {});
  BOOST_TEST(archive.take().size() < 65'536u); // what every export begins with
  archive.add(rows("account.json", "account", {}, true));
  (void)archive.take();
  std::size_t largest = 0;
  const auto bytes = make_blob(std::string(1000, 'x'));
  for (int i = 0; i < 10'000; ++i) {
    archive.add(image(std::to_string(i) + ".png", bytes));
    largest = std::max(largest, archive.take().size());
  }
  BOOST_TEST(largest < 4096u); // nothing is gathered
  archive.close();
  BOOST_TEST(archive.take().size() < 2'000'000u); // the directory
}

BOOST_AUTO_TEST_SUITE_END()
