#include "tools/easelctl/completion.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

namespace easel::easelctl {

namespace {

using word_list = std::vector<std::string>;

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_large(char c) { return c >= 'A' && c <= 'Z'; }

word_list split(const std::string& text, char at) {
  word_list out;
  std::istringstream in(text);
  for (std::string piece; std::getline(in, piece, at);)
    if (!piece.empty())
      out.push_back(piece);
  return out;
}

/// The part of a line before its explanation, without brackets.
std::string syntax_of(const std::string& line) {
  auto out = line.substr(2, line.find("  ", 2) - 2);
  std::erase_if(out, [](char c) { return c == '[' || c == ']'; });
  return out;
}

/// "a, b or c" as a list; empty when it says more than that.
word_list words_in(const std::string& explanation) {
  word_list out;
  for (const auto& word : split(explanation, ' ')) {
    if (word == "or")
      continue;
    const auto plain = word.substr(0, word.find_last_not_of(',') + 1);
    if (plain.empty() || !std::all_of(plain.begin(), plain.end(), is_small))
      return {};
    out.push_back(plain);
  }
  return out.size() < 2 ? word_list{} : out;
}

/// Splits a|b into alternatives; nothing for a single value in capitals.
word_list alternatives(const std::string& word) {
  return word.find('|') == std::string::npos && is_large(word[0]) ? word_list{} : split(word, '|');
}

class usage_reader {
public:
  usage_table read(std::string_view text) {
    std::istringstream in{std::string(text)};
    for (std::string line; std::getline(in, line);)
      take(line);
    // What a value is may be explained after its use.
    for (const auto& [name, value] : out_.values)
      if (const auto found = explained_.find(value); found != explained_.end())
        out_.choices[name] = found->second;
    return std::move(out_);
  }

private:
  void take(const std::string& line) {
    if (line.empty()) {
      through_listener_ = false; // until a heading says that its commands speak with the running server
    } else if (!line.starts_with("  ")) {
      through_listener_ |= line.find("through") != std::string::npos && line.find("listener") != std::string::npos;
    } else if (line.size() > 2 && is_small(line[2])) {
      add(split(syntax_of(line), ' '));
    } else if (line.size() > 2 && line[2] != ' ') {
      explain(line);
    }
  }

  // "  KIND            access, …" and "  --sort ORDER    mailbox, …"; an option of every command has no command's line.
  void explain(const std::string& line) {
    const auto words = split(syntax_of(line), ' ');
    const auto at = line.find_first_not_of(' ', std::min(line.find("  ", 2), line.size()));
    if (at == std::string::npos)
      return;
    const auto& name = words.back();
    if (const auto list = words_in(line.substr(at)); !list.empty())
      explained_[name] = list;
    if (words.size() == 2)
      out_.values.emplace(words[0], words[1]);
  }

  void add(const word_list& words) {
    word_list firsts{""};
    std::size_t at = 0;
    for (; at < words.size() && is_small(words[at][0]) && words[at].find('=') == std::string::npos; ++at) {
      word_list longer;
      for (const auto& first : firsts)
        for (const auto& next : alternatives(words[at]))
          longer.push_back(first.empty() ? next : first + ' ' + next);
      firsts = std::move(longer);
    }
    usage_command rest;
    for (; at < words.size(); ++at)
      at += take_part(words, at, rest);
    if (through_listener_)
      rest.options.emplace_back("--url");
    for (const auto& first : firsts) {
      rest.words = split(first, ' ');
      out_.commands.push_back(rest);
    }
  }

  /// How many words more belonged to it.
  std::size_t take_part(const word_list& words, std::size_t at, usage_command& into) {
    const auto& word = words[at];
    if (word.starts_with("--")) {
      into.options.push_back(word);
      if (at + 1 == words.size() || words[at + 1].starts_with("--"))
        return 0;
      note(word, words[at + 1]);
      return 1;
    }
    if (const auto equals = word.find('='); equals != std::string::npos) {
      into.fields.push_back(word.substr(0, equals));
      note(into.fields.back(), word.substr(equals + 1));
      return 0;
    }
    const auto more = alternatives(word);
    into.choices.insert(into.choices.end(), more.begin(), more.end());
    return 0;
  }

  void note(const std::string& name, const std::string& value) {
    out_.values[name] = value;
    if (const auto list = alternatives(value); !list.empty())
      out_.choices[name] = list;
  }

  usage_table out_;
  std::map<std::string, word_list> explained_;
  bool through_listener_ = false;
};

std::string joined(const word_list& all, const char* between) {
  std::string out;
  for (const auto& one : all)
    out += (out.empty() ? "" : between) + one;
  return out;
}

bool is_file(const std::string& value) { return value == "FILE" || value.ends_with(".pem"); }

/// Each beginning of a command → what may be its next word.
std::map<std::string, word_list> next_words(const usage_table& table) {
  std::map<std::string, word_list> out;
  for (const auto& command : table.commands) {
    std::string before;
    for (const auto& word : command.words) {
      auto& next = out[before];
      if (std::find(next.begin(), next.end(), word) == next.end())
        next.push_back(word);
      before += ' ' + word;
    }
  }
  return out;
}

/// Each command, which may have several lines → what may stand after its words.
std::map<std::string, word_list> next_values(const usage_table& table) {
  std::map<std::string, word_list> out;
  const auto add = [](word_list& to, const std::string& one) {
    if (std::find(to.begin(), to.end(), one) == to.end())
      to.push_back(one);
  };
  for (const auto& command : table.commands) {
    auto& may = out[' ' + joined(command.words, " ")];
    for (const auto& choice : command.choices)
      add(may, choice);
    for (const auto& field : command.fields)
      add(may, field + '=');
    for (const auto& option : command.options)
      add(may, option);
  }
  return out;
}

void print_commands(std::ostream& out, const usage_table& table) {
  out << "  case \"$said\" in\n";
  for (const auto& [before, words] : next_words(table))
    out << "    \"" << before << "\") may=\"" << joined(words, " ") << "\" ;;\n";
  for (const auto& [words, may] : next_values(table))
    out << "    \"" << words << "\"|\"" << words << " \"*) may=\"" << joined(may, " ") << "\" ;;\n";
  out << "  esac\n";
}

void print_values(std::ostream& out, const usage_table& table, bool of_options) {
  for (const auto& [name, value] : table.values) {
    if (name.starts_with("--") != of_options)
      continue;
    const auto found = table.choices.find(name);
    if (found == table.choices.end() && !is_file(value) && !of_options)
      continue;
    out << "    " << name << ") ";
    if (found != table.choices.end())
      out << "COMPREPLY=($(compgen -W \"" << joined(found->second, " ") << "\" -- \"$cur\")); ";
    else if (is_file(value))
      out << "COMPREPLY=($(compgen -f -- \"$cur\")); ";
    out << "return ;;\n";
  }
}

} // namespace

usage_table read_usage(std::string_view text) { return usage_reader().read(text); }

std::string bash_completion(const usage_table& table) {
  word_list with_value;
  for (const auto& [name, value] : table.values)
    if (name.starts_with("--"))
      with_value.push_back(name);
  std::ostringstream out;
  out << "# Completion of easelctl for bash: source <(easelctl completion bash)\n"
         "# For zsh: autoload -U bashcompinit && bashcompinit && source <(easelctl completion bash)\n"
         "_easelctl() {\n"
         "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" said=\"\" may=\"\" i\n"
         "  COMPREPLY=()\n"
         "  case \"$prev\" in\n";
  print_values(out, table, true);
  out << "  esac\n"
         "  # In FIELD=VALUE the shell takes the equals sign for a word.\n"
         "  local field=\"\"\n"
         "  if [[ $cur == = ]]; then field=\"$prev\"; cur=\"\"\n"
         "  elif [[ $prev == = ]]; then field=\"${COMP_WORDS[COMP_CWORD-2]}\"; fi\n"
         "  if [[ -n $field ]]; then\n"
         "    case \"$field\" in\n";
  print_values(out, table, false);
  out << "    esac\n"
         "    return\n"
         "  fi\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"${COMP_WORDS[i]}\" in\n"
         "      "
      << joined(with_value, "|")
      << ") ((i++)) ;;\n"
         "      -*) ;;\n"
         "      *) said+=\" ${COMP_WORDS[i]}\" ;;\n"
         "    esac\n"
         "  done\n";
  print_commands(out, table);
  out << "  COMPREPLY=($(compgen -W \"$may --config --json --help\" -- \"$cur\"))\n"
         "  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
         "  return 0\n"
         "}\n"
         "complete -F _easelctl easelctl\n";
  return out.str();
}

} // namespace easel::easelctl
