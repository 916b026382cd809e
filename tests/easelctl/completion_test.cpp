#include "tools/easelctl/completion.hpp"

#include "tools/easelctl/command_line.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

BOOST_AUTO_TEST_SUITE(completion)

using namespace easel;
using namespace easel::easelctl;

namespace {

using names = std::vector<std::string>;

const usage_table& table() {
  static const auto read = read_usage(usage());
  return read;
}

const usage_command* find(const std::string& text) {
  for (const auto& one : table().commands) {
    std::string words;
    for (const auto& word : one.words)
      words += (words.empty() ? "" : " ") + word;
    if (words == text)
      return &one;
  }
  return nullptr;
}

bool has(const names& all, const std::string& one) { return std::find(all.begin(), all.end(), one) != all.end(); }

/// What bash offers when TAB is pressed at the end of these words.
names offered(const std::string& line) {
  names words{"easelctl"};
  std::istringstream in(line);
  for (std::string word; in >> word;)
    words.push_back(word);
  if (line.empty() || line.back() == ' ')
    words.emplace_back("");
  const auto script = std::filesystem::temp_directory_path() / ("easelctl-completion-" + std::to_string(::getpid()));
  {
    std::ofstream out(script);
    out << "compopt() { :; }\n" << bash_completion(table()) << "COMP_WORDS=(";
    for (const auto& word : words)
      out << " '" << word << '\'';
    out << " )\nCOMP_CWORD=" << words.size() - 1 << "\n_easelctl\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  }
  const auto command = "bash --norc " + script.string() + " 2>&1";
  auto* program = ::popen(command.c_str(), "r");
  BOOST_REQUIRE(program != nullptr);
  std::string text;
  std::array<char, 4096> buffer{};
  while (const auto got = std::fread(buffer.data(), 1, buffer.size(), program))
    text.append(buffer.data(), got);
  BOOST_TEST(::pclose(program) == 0, text);
  std::filesystem::remove(script);
  names out;
  std::istringstream lines(text);
  for (std::string one; std::getline(lines, one);)
    out.push_back(one);
  return out;
}

/// A value that the parser takes for an option or field.
std::string sample(const std::string& name) {
  if (const auto found = table().choices.find(name); found != table().choices.end())
    return found->second.front();
  const auto& value = table().values.at(name);
  if (value == "ACCOUNT")
    return to_string(account_id{});
  if (value == "DATE")
    return "2026-11-26";
  if (value == "SPAN")
    return "30s";
  if (value == "WHEN")
    return "-5m";
  return value == "N" || value == "NUMBER" ? "1" : "x";
}

/// The usage's line of a command, with values: "account tier acct_… paid --reason x".
names filled(const usage_command& command, const std::string& line) {
  names out = command.words;
  std::istringstream in(line);
  std::string word;
  for (std::size_t i = 0; i < command.words.size(); ++i)
    in >> word;
  bool is_value = false;
  while (in >> word) {
    std::erase_if(word, [](char c) { return c == '[' || c == ']'; });
    if (is_value || word.starts_with("--") || word.find('=') != std::string::npos) {
      is_value = word.starts_with("--") && table().values.count(word) > 0;
      continue; // options and fields are taken from the table
    }
    const bool is_choice = word.find('|') != std::string::npos;
    out.push_back(is_choice                                     ? word.substr(0, word.find('|'))
                  : word == "ACCOUNT"                           ? to_string(account_id{})
                  : word == "KEY"                               ? to_string(key_id{})
                  : word == "BACKUP"                            ? to_string(uuid{})
                  : word == "ID" && out[0] == "privacy-request" ? to_string(persistence::privacy_request_id{})
                  : word == "ID"                                ? to_string(generation_id{})
                  : word == "N" || word == "NUMBER"             ? "1"
                                                                : "ada");
  }
  for (const auto& field : command.fields)
    out.push_back(field + '=' + sample(field));
  for (const auto& option : command.options) {
    out.push_back(option);
    if (table().values.count(option) > 0)
      out.push_back(sample(option));
  }
  return out;
}

/// The syntax part of each line of the usage text that is a command, in the table's order of lines.
names command_lines() {
  names out;
  std::istringstream in{std::string(usage())};
  for (std::string line; std::getline(in, line);)
    if (line.size() > 2 && line.starts_with("  ") && line[2] >= 'a' && line[2] <= 'z')
      out.push_back(line.substr(2, line.find("  ", 2) - 2));
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_table_has_the_words_options_and_values_of_the_usage) {
  BOOST_TEST(table().commands.size() >= command_lines().size());
  const auto* create = find("account create");
  BOOST_REQUIRE(create);
  BOOST_TEST(create->options == (names{"--tier", "--gift", "--reason"}), boost::test_tools::per_element());
  BOOST_TEST(table().choices.at("--tier") == (names{"free", "paid"}), boost::test_tools::per_element());
  const auto* tier = find("account tier");
  BOOST_REQUIRE(tier);
  BOOST_TEST(tier->choices == (names{"free", "paid"}), boost::test_tools::per_element());
  BOOST_TEST(has(table().choices.at("--kind"), "objection"));
  BOOST_TEST(has(table().choices.at("kind"), "complaint"));
  BOOST_TEST(has(table().choices.at("--sort"), "stalled"));
  const auto* pause = find("act drain_upstream");
  BOOST_REQUIRE(pause);
  BOOST_TEST(pause->fields == (names{"to", "label", "minutes"}), boost::test_tools::per_element());
  BOOST_TEST(has(pause->options, "--url"));
  BOOST_TEST(has(find("tree")->options, "--url"));
  BOOST_TEST(!has(create->options, "--url"));
  BOOST_TEST(!has(find("operator list")->options, "--url"));
}

BOOST_AUTO_TEST_CASE(each_command_of_the_table_is_understood_with_each_of_its_options) {
  for (const auto& command : table().commands) {
    const auto lines = command_lines();
    // The line that it stands on: its words, or alternatives of which it is one.
    const auto line = std::find_if(lines.begin(), lines.end(), [&](const std::string& text) {
      std::istringstream in(text);
      return std::all_of(command.words.begin(), command.words.end(), [&](const std::string& word) {
        std::string there;
        in >> there;
        return ('|' + there + '|').find('|' + word + '|') != std::string::npos;
      });
    });
    BOOST_REQUIRE(line != lines.end());
    const auto words = filled(command, *line);
    const auto parsed = parse_command_line(words);
    BOOST_TEST(parsed.has_value(), *line << ": " << (parsed ? "" : parsed.error()));
  }
}

BOOST_AUTO_TEST_CASE(bash_completes_each_command_word_by_word_and_offers_each_of_its_options) {
  for (const auto& command : table().commands) {
    std::string line;
    for (const auto& word : command.words) {
      BOOST_TEST(has(offered(line + word.substr(0, word.size() - 1)), word), line << word);
      line += word + ' ';
    }
    const auto more = offered(line);
    for (const auto& option : command.options)
      BOOST_TEST(has(more, option), line << option);
    for (const auto& choice : command.choices)
      BOOST_TEST(has(more, choice), line << choice);
    for (const auto& field : command.fields)
      BOOST_TEST(has(more, field + '='), line << field);
  }
}

BOOST_AUTO_TEST_CASE(bash_completes_values_and_knows_a_value_from_a_command) {
  BOOST_TEST(offered("account create --tier p") == (names{"paid"}), boost::test_tools::per_element());
  BOOST_TEST(has(offered("--config some.toml acc"), "account"));
  BOOST_TEST(has(offered("account create --tier free --re"), "--reason"));
  BOOST_TEST(has(offered("act set_log_level level = de"), "debug")); // bash takes '=' for a word
  BOOST_TEST(has(offered("act set_log_level level ="), "warning"));
  BOOST_TEST(has(offered("act pause_upstream to = kie la"), "label="));
  BOOST_TEST(!has(offered("account create --reason "), "--tier"));
  BOOST_TEST(has(offered("completion "), "bash"));
}

BOOST_AUTO_TEST_SUITE_END()
