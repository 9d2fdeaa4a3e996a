#include "apps/command_line/errors.h"

#include <algorithm>
#include <cctype>

#include "apps/command_line/foreign_names.h"

namespace cairn::apps {

namespace {

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other (Damerau 1964,
/// restricted form).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view typed, std::span<const std::string> candidates) {
  std::string word(typed);  // names are in lower case, people's `PPO` is not
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const bool abbreviates = word.size() >= 2 && candidate.starts_with(word);
    const std::size_t far = abbreviates ? 1 : distance(word, candidate);
    if (far < least && far < candidate.size()) {
      least = far;
      best = candidate;
    }
  }
  return best;
}

UsageError unknown(std::string_view kind, std::string_view word, const std::vector<std::string>& allowed) {
  std::string text = "Unknown " + std::string(kind) + " '" + std::string(word) + "'.";
  if (const std::string answer = answer_to_foreign(kind, word, allowed); !answer.empty())
    text += " " + answer;
  else if (const std::string near = nearest(word, allowed); !near.empty())
    text += " Did you mean '" + near + "'?";
  UsageError error(text + (allowed.empty() ? " None is allowed here." : " Allowed: " + joined(allowed) + "."));
  return error;
}

std::string joined(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace cairn::apps
