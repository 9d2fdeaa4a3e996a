#include "render/drawing/rule_colors.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace cairn::render {

namespace {

constexpr int colors = 8;

// The rules that are shown side by side most often do not share a colour. Nesterov's and other momenta are sgd's.
constexpr std::array<std::pair<std::string_view, int>, 16> homes{{{"adam", 0},
                                                                  {"sgd", 1},
                                                                  {"lion", 3},
                                                                  {"rmsprop", 2},
                                                                  {"adamw", 4},
                                                                  {"muon", 5},
                                                                  {"adagrad", 6},
                                                                  {"radam", 7},
                                                                  {"nadam", 4},
                                                                  {"amsgrad", 7},
                                                                  {"soap", 2},
                                                                  {"kron", 3},
                                                                  {"shampoo", 6},
                                                                  {"adabelief", 4},
                                                                  {"sophia", 5},
                                                                  {"momentum", 1}}};

/// `adam` of `Adam, clipped`.
std::string rule_of(std::string_view name) {
  std::string rule;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') break;
    rule += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return rule;
}

int home_of(const std::string& rule) {
  const auto known = std::ranges::find(homes, std::string_view(rule), &std::pair<std::string_view, int>::first);
  if (known != homes.end()) return known->second;
  unsigned sum = 0;
  for (const char c : rule) sum = 31 * sum + static_cast<unsigned char>(c);
  return static_cast<int>(sum % colors);
}

}  // namespace

std::vector<int> rule_colors(std::span<const std::string> names) {
  std::vector<int> numbers(names.size(), -1);
  const auto is_taken = [&](int number) { return std::ranges::find(numbers, number) != numbers.end(); };
  for (std::size_t i = 0; i < names.size(); ++i)  // each its own, the first that asks for it
    if (const int home = home_of(rule_of(names[i])); !is_taken(home)) numbers[i] = home;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (numbers[i] >= 0) continue;
    const int home = home_of(rule_of(names[i]));
    for (int round = 0; numbers[i] < 0; ++round)
      for (int k = 0; k < colors && numbers[i] < 0; ++k)
        if (const int number = round * colors + (home + k) % colors; !is_taken(number)) numbers[i] = number;
  }
  return numbers;
}

}  // namespace cairn::render
