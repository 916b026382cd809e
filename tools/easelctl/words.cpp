#include "tools/easelctl/words.hpp"

namespace easel::easelctl {

words sort_words(const std::vector<std::string>& arguments, command_line& line) {
  words out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    if (word == "--help" || word == "-h") {
      line.help = true;
    } else if (word == "--json") {
      line.json = true;
    } else if (word == "--once" || word == "--ended" || word == "--totp" || word == "--all" || word == "--yes") {
      if (!out.flags.insert(word).second)
        reject(word + " is given twice");
    } else if (word.rfind("--", 0) != 0) {
      out.plain.push_back(word);
    } else {
      if (i + 1 == arguments.size())
        reject(word + " needs a value");
      if (!out.options.emplace(word, arguments[++i]).second)
        reject(word + " is given twice");
    }
  }
  return out;
}

} // namespace easel::easelctl
