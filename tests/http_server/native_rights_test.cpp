#include "server_fixture.hpp"
#include "unzipped.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <thread>

namespace native_rights {

using namespace easel;
using namespace easel::tests;

namespace {

const std::string in_person = "Cookie: __Host-sid=" + std::string(43, 'a') + "\r\nSec-Fetch-Site: same-origin\r\n";
const std::string json_in_person = in_person + "Content-Type: application/json\r\n";

account_id somebody() {
  account_id id;
  id.value.bytes = {1, 0x9a, 0xb0, 0, 0, 7, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 7};
  return id;
}

struct rights_fixture : server_fixture {
  /// Sends a request and lets the session in.
  std::unique_ptr<raw_client> proved(const std::string& request, bool recently = false) {
    auto client = std::make_unique<raw_client>(listener->port());
    client->send(request);
    auto question = front.questions.take();
    BOOST_TEST(std::get<actors::prove_person>(question.what).recently == recently);
    question.reply(actors::proven_person{somebody()});
    return client;
  }
  raw_response refused(const std::string& request, actors::refusal::why why) {
    auto client = connect();
    client.send(request);
    front.questions.take().reply(easel::unexpected(actors::refusal{why, std::nullopt, std::nullopt}));
    return client.read();
  }
};

std::string deletion(const std::string& body = R"({"confirm":"delete"})") {
  return request_text("DELETE", "/v1/account",
                      json_in_person + "Content-Length: " + std::to_string(body.size()) + "\r\n")
         + body;
}

/// A copy of as many files: of images in all but the first, of the month of its number.
persistence::export_row copy_of(std::size_t files) {
  persistence::export_row row;
  row.id.value.bytes = {1, 0x9a, 0xb0, 0, 0, 9, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 9};
  row.plan.made_at = instant(std::chrono::seconds(1'795'000'000));
  for (std::size_t i = 0; i < files; ++i) {
    persistence::export_volume volume;
    if (i > 0) {
      volume.images = 2;
      volume.bytes = 3'000'000;
      volume.first = volume.last = std::chrono::year(2026) / static_cast<int>(i);
      volume.until = generation_id{};
    }
    row.plan.volumes.push_back(volume);
  }
  return row;
}

/// Parts that come when they are asked for.
class scripted_source final : public actors::export_source {
public:
  using reply = actors::rights_reply<persistence::export_portion>;
  scripted_source(hand_over<reply>& asked, std::atomic<bool>& gone, actors::export_file file = {copy_of(1), 1})
      : asked_(asked), gone_(gone), file_(std::move(file)) {}
  ~scripted_source() override { gone_ = true; }
  [[nodiscard]] const actors::export_file& file() const override { return file_; }
  void next(reply done) override { asked_.put(std::move(done)); }

private:
  hand_over<reply>& asked_;
  std::atomic<bool>& gone_;
  actors::export_file file_;
};

/// A copy under way, which asks `asked` for each portion and says when it is `gone`.
std::unique_ptr<raw_client> begin_export(rights_fixture& at, hand_over<scripted_source::reply>& asked,
                                         std::atomic<bool>& gone) {
  auto client = at.proved(request_text("GET", "/v1/account/export", in_person), true);
  at.rights.copies.take().reply(std::make_shared<scripted_source>(asked, gone));
  return client;
}

std::string all_chunks(raw_client& from) {
  std::string archive;
  for (auto chunk = from.read_chunk(); !chunk.empty(); chunk = from.read_chunk())
    archive += chunk;
  return archive;
}

persistence::export_portion picture(int n, blob bytes) {
  persistence::export_portion out;
  out.document = "images/";
  out.file = std::to_string(n) + ".png";
  out.bytes = std::move(bytes);
  return out;
}

} // namespace

} // namespace native_rights

BOOST_FIXTURE_TEST_SUITE(native_rights, rights_fixture)

BOOST_AUTO_TEST_CASE(RIGHT_3_deletion_answers_with_a_receipt_and_takes_the_cookie) {
  auto client = proved(deletion(), true);
  auto wish = rights.erasures.take();
  BOOST_TEST((wish.who == somebody()));
  persistence::erasure_receipt receipt;
  receipt.clause = "RIGHT-3";
  receipt.counts = {{"image", 3}};
  receipt.number = 7;
  receipt.hash.fill(0xab);
  wish.reply(receipt);
  const auto got = client->read();
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.header("set-cookie") == server::forget_session().value());
  const auto body = json::parse(got.body);
  BOOST_TEST(body["object"] == "erasure_receipt");
  BOOST_TEST(body["clause"] == "RIGHT-3");
  BOOST_TEST(body["counts"]["image"] == 3);
  BOOST_TEST(body["number"] == 7);
  BOOST_TEST(body["hash"].get<std::string>().substr(0, 4) == "abab");
  BOOST_TEST(body["previous"] == std::string(64, '0'));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_nothing_is_deleted_without_the_word_for_it_and_a_recent_sign_in) {
  for (const auto* body :
       {"{}", R"({"confirm":"yes"})", R"({"confirm":true})", R"({"confirm":"delete","all":1})", ""}) {
    const auto got = exchange(deletion(body));
    BOOST_TEST(got.status == 400, body);
  }
  const auto late = refused(deletion(), actors::refusal::why::recent_sign_in_required);
  BOOST_TEST(late.status == 403);
  BOOST_TEST(json::parse(late.body)["code"] == "recent_sign_in_required");
  BOOST_TEST(refused(deletion(), actors::refusal::why::session_required).status == 403);
  auto foreign = deletion();
  foreign.replace(foreign.find("same-origin"), 11, "cross-site");
  BOOST_TEST(exchange(foreign).status == 403);
  BOOST_TEST(rights.erasures.empty());
}

BOOST_AUTO_TEST_CASE(what_the_database_cannot_do_now_is_said) {
  auto client = proved(deletion(), true);
  rights.erasures.take().reply(
    easel::unexpected(actors::rights_refusal{actors::rights_refusal::why::unavailable, std::chrono::seconds(1)}));
  BOOST_TEST(client->read().status == 503);
  auto gone = proved(deletion(), true);
  rights.erasures.take().reply(
    easel::unexpected(actors::rights_refusal{actors::rights_refusal::why::gone, std::nullopt}));
  BOOST_TEST(gone->read().status == 401);
}

BOOST_AUTO_TEST_CASE(what_would_be_lost_is_shown_before) {
  auto client = proved(request_text("GET", "/v1/account/deletion", in_person));
  rights.previews.take().reply(persistence::erasure_preview{credits::unchecked(12), 5, 6, 1, 2});
  const auto body = json::parse(client->read().body);
  BOOST_TEST(body["credits"] == 12);
  BOOST_TEST(body["pictures"] == 6);
  BOOST_TEST(body["api_keys"] == 1);
}

BOOST_AUTO_TEST_CASE(RIGHT_4_a_restriction_is_shown_made_and_lifted) {
  persistence::restriction_row row;
  row.begun_at = instant(std::chrono::seconds(1'795'000'000));
  row.objection = secret_text("Nobody shall draw for me.");
  auto making = proved(
    request_text("POST", "/v1/account/restriction", json_in_person, R"({"objection":"Nobody shall draw for me."})"));
  auto wish = rights.restrictings.take();
  BOOST_TEST(wish.objection.value().reveal() == "Nobody shall draw for me.");
  wish.reply(row);
  auto body = json::parse(making->read().body);
  BOOST_TEST(body["restricted"] == true);
  BOOST_TEST(body["since"] == to_string(row.begun_at));
  BOOST_TEST(body["objection"] == "Nobody shall draw for me.");

  auto looking = proved(request_text("GET", "/v1/account/restriction", in_person));
  rights.looks.take().reply(std::vector{row});
  BOOST_TEST(json::parse(looking->read().body)["restricted"] == true);
  row.lifted_at = row.begun_at;
  auto looking_again = proved(request_text("GET", "/v1/account/restriction", in_person));
  rights.looks.take().reply(std::vector{row});
  body = json::parse(looking_again->read().body);
  BOOST_TEST(body["restricted"] == false);
  BOOST_TEST(body["objection"].is_null());

  auto lifting = proved(request_text("DELETE", "/v1/account/restriction", in_person));
  rights.lifts.take().reply({});
  BOOST_TEST(json::parse(lifting->read().body)["restricted"] == false);

  auto bare = proved(request_text("POST", "/v1/account/restriction", json_in_person, "{}"));
  BOOST_TEST(!rights.restrictings.take().objection.has_value());
  const auto long_text = R"({"objection":")" + std::string(1001, 'x') + R"("})";
  BOOST_TEST(exchange(request_text("POST", "/v1/account/restriction", json_in_person, long_text)).status == 400);
}

BOOST_AUTO_TEST_CASE(RIGHT_1_a_part_is_asked_for_when_the_one_before_was_written) {
  hand_over<scripted_source::reply> asked;
  std::atomic<bool> gone{false};
  const auto client = begin_export(*this, asked, gone);
  const auto head = client->read_head();
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.header("content-type") == "application/zip");
  BOOST_TEST(head.header("content-disposition").starts_with("attachment; filename=\"gpt-image-ai-"));
  BOOST_TEST(head.header("transfer-encoding") == "chunked");

  persistence::export_portion account;
  account.document = "account.json";
  account.table = "account";
  account.rows = {R"({"id":"acct_1"})"};
  account.ends_document = true;
  asked.take()(account);
  const auto bytes = sample_bytes(1'000'000);
  asked.take()(picture(1, bytes));
  asked.take()(picture(2, bytes));
  asked.take()(persistence::export_portion{});
  const auto archive = all_chunks(*client);
  BOOST_TEST(!client->is_cut_off());
  const auto files = unzipped(archive);
  BOOST_REQUIRE(files.has_value());
  BOOST_TEST(json::parse(files->at("account.json"))["account"][0]["id"] == "acct_1");
  BOOST_TEST((files->at("images/1.png") == *bytes));
  BOOST_TEST((files->at("images/2.png") == *bytes));
  BOOST_TEST(files->contains("README.txt"));
  const auto line = log.take();
  BOOST_TEST(line.route == "GET /v1/account/export");
  while (!gone)
    std::this_thread::yield();
  BOOST_TEST(asked.empty()); // nothing was asked for after the end
  client->send(request_text("GET", "/healthz"));
  BOOST_TEST(client->read().status == 200); // on the same connection
}

BOOST_AUTO_TEST_CASE(RIGHT_1_whoever_hangs_up_ends_the_export) {
  hand_over<scripted_source::reply> asked;
  std::atomic<bool> gone{false};
  const auto client = begin_export(*this, asked, gone);
  client->read_head();
  client->hang_up();
  for (int parts = 0; !gone;)
    if (asked.empty())
      std::this_thread::yield();
    else
      asked.take()(picture(parts++, sample_bytes(100'000)));
  BOOST_TEST(log.take().route == "GET /v1/account/export"); // the answer ended, and with it what held the source
}

BOOST_AUTO_TEST_CASE(RIGHT_1_an_export_that_cannot_go_on_is_not_taken_for_whole) {
  hand_over<scripted_source::reply> asked;
  std::atomic<bool> gone{false};
  const auto client = begin_export(*this, asked, gone);
  client->read_head();
  asked.take()(picture(1, sample_bytes(1000)));
  asked.take()(easel::unexpected(actors::rights_refusal{}));
  const auto archive = all_chunks(*client);
  BOOST_TEST(client->is_cut_off()); // whoever only speaks HTTP can see it
  BOOST_TEST(!unzipped(archive).has_value());
  BOOST_TEST(log.take().route == "GET /v1/account/export");
  while (!gone)
    std::this_thread::yield();
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(RIGHT_1_an_export_under_way_when_the_server_ends_is_not_taken_for_whole) {
  hand_over<scripted_source::reply> asked;
  std::atomic<bool> gone{false};
  const auto client = begin_export(*this, asked, gone);
  client->read_head();
  asked.take()(picture(1, sample_bytes(1000)));
  auto unanswered = asked.take();
  listener.reset();
  (void)all_chunks(*client);
  BOOST_TEST(client->is_cut_off());
  unanswered(persistence::export_portion{}); // and what comes too late reaches nobody
}

BOOST_AUTO_TEST_CASE(RIGHT_1_exports_have_bounds_that_a_person_is_told_of) {
  using why = actors::rights_refusal::why;
  auto running = proved(request_text("GET", "/v1/account/export", in_person), true);
  rights.copies.take().reply(easel::unexpected(actors::rights_refusal{why::export_running, std::chrono::seconds(90)}));
  const auto busy = running->read();
  BOOST_TEST(busy.status == 409);
  BOOST_TEST(busy.header("retry-after") == "90");
  BOOST_TEST(json::parse(busy.body)["code"] == "export_running");

  auto spent = proved(request_text("GET", "/v1/account/export", in_person + "Accept: text/html\r\n"), true);
  rights.copies.take().reply(easel::unexpected(actors::rights_refusal{why::exports_spent, std::chrono::hours(3)}));
  const auto page = spent->read();
  BOOST_TEST(page.status == 429);
  BOOST_TEST(page.header("content-type") == "text/html; charset=utf-8");
  BOOST_TEST(page.body.find("as a day allows") != std::string::npos);

  auto looking = proved(request_text("HEAD", "/v1/account/export", in_person), true);
  BOOST_TEST(looking->read(true).status == 200);
  BOOST_TEST(rights.copies.empty()); // whoever only looks uses up no copy
}

BOOST_AUTO_TEST_CASE(RIGHT_1_a_copy_wants_a_recent_sign_in_and_leads_there) {
  using why = actors::refusal::why;
  for (const std::string& target :
       {std::string("/v1/account/export"), "/v1/account/exports/" + to_string(copy_of(1).id) + "/volumes/1"}) {
    const auto got = refused(request_text("GET", target, in_person), why::recent_sign_in_required);
    BOOST_TEST(got.status == 403);
    BOOST_TEST(json::parse(got.body)["code"] == "recent_sign_in_required");
    const auto page =
      refused(request_text("GET", target, in_person + "Accept: text/html\r\n"), why::recent_sign_in_required);
    BOOST_TEST(page.status == 403);
    BOOST_TEST(page.body.find("href=\"/sign-in\"") != std::string::npos);
    BOOST_TEST(page.body.find("a sign-in of the last few minutes") != std::string::npos);
  }
  BOOST_TEST(rights.copies.empty());
  BOOST_TEST(rights.openings.empty());
}

BOOST_AUTO_TEST_CASE(RIGHT_1_a_further_file_has_a_name_of_its_own_and_images_alone) {
  hand_over<scripted_source::reply> asked;
  std::atomic<bool> gone{false};
  const auto copy = copy_of(3);
  const auto where = "/v1/account/exports/" + to_string(copy.id) + "/volumes/2";
  auto client = proved(request_text("GET", where, in_person), true);
  auto wish = rights.openings.take();
  BOOST_TEST((wish.who == somebody()));
  BOOST_TEST((wish.of == copy.id));
  BOOST_TEST(wish.number == 2u);
  wish.reply(std::shared_ptr<actors::export_source>(
    std::make_shared<scripted_source>(asked, gone, actors::export_file{copy, 2})));
  const auto head = client->read_head();
  BOOST_TEST(head.header("content-disposition") == "attachment; filename=\"gpt-image-ai-2026-11-18-2-of-3.zip\"");
  asked.take()(picture(1, sample_bytes(1000)));
  asked.take()(persistence::export_portion{});
  const auto files = unzipped(all_chunks(*client));
  BOOST_REQUIRE(files.has_value());
  BOOST_TEST(files->size() == 2u);
  BOOST_TEST(files->contains("images/1.png"));
  BOOST_TEST(files->at("README.txt").find("This is file 2 of 3.") != std::string::npos);
  BOOST_TEST(log.take().route == "GET /v1/account/exports/{id}/volumes/{number}");
}

BOOST_AUTO_TEST_CASE(RIGHT_1_a_file_that_there_is_not_is_answered_alike_whatever_is_wrong) {
  const auto id = to_string(copy_of(1).id);
  auto unknown = proved(request_text("GET", "/v1/account/exports/" + id + "/volumes/7", in_person), true);
  rights.openings.take().reply(
    easel::unexpected(actors::rights_refusal{actors::rights_refusal::why::no_such_volume, std::nullopt}));
  const auto answer = unknown->read();
  BOOST_TEST(answer.status == 404);
  const auto code = json::parse(answer.body)["code"];
  for (const auto& name : {id + "/volumes/0", id + "/volumes/02", id + "/volumes/-1", id + "/volumes/1x",
                           id + "/volumes/99999999999", std::string("export_x/volumes/1")}) {
    auto client = proved(request_text("GET", "/v1/account/exports/" + name, in_person), true);
    const auto got = client->read();
    BOOST_TEST(got.status == 404, name);
    BOOST_TEST(json::parse(got.body)["code"] == code, name);
  }
  auto looking = proved(request_text("HEAD", "/v1/account/exports/" + id + "/volumes/1", in_person), true);
  BOOST_TEST(looking->read(true).status == 200);
  BOOST_TEST(rights.openings.empty());
}

BOOST_AUTO_TEST_CASE(RIGHT_1_the_files_of_a_copy_are_listed) {
  auto client = proved(request_text("GET", "/v1/account/exports", in_person));
  auto wish = rights.listings.take();
  BOOST_TEST((wish.who == somebody()));
  const auto copy = copy_of(2);
  wish.reply(std::vector{copy});
  const auto body = json::parse(client->read().body);
  BOOST_TEST(body["object"] == "list");
  const auto& listed = body["data"][0];
  BOOST_TEST(listed["id"] == to_string(copy.id));
  BOOST_TEST(listed["made_at"] == "2026-11-18T11:06:40.000Z");
  BOOST_TEST(listed["expires_at"] == "2026-11-19T11:06:40.000Z");
  BOOST_TEST(listed["volumes"].size() == 2u);
  BOOST_TEST(listed["volumes"][0]["documents"] == true);
  BOOST_TEST(listed["volumes"][0]["first_month"].is_null());
  const auto& second = listed["volumes"][1];
  BOOST_TEST(second["documents"] == false);
  BOOST_TEST(second["images"] == 2);
  BOOST_TEST(second["image_bytes"] == 3'000'000);
  BOOST_TEST(second["first_month"] == "2026-01");
  BOOST_TEST(second["url"] == "/v1/account/exports/" + to_string(copy.id) + "/volumes/2");
}

BOOST_AUTO_TEST_SUITE_END()
