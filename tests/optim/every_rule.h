#pragma once

#include <Eigen/Core>
#include <concepts>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "optim/catalogue.h"

namespace cairn::optim {

struct NamedRule {
  std::string name;
  Rule rule;
};
inline void PrintTo(const NamedRule& named, std::ostream* out) {
  *out << named.name;
}

/// The catalogue with default options, and compositions and variants whose state is of another make.
inline std::vector<NamedRule> every_rule() {
  std::vector<NamedRule> rules;
  for_each_rule([&]<class Options, class Made>(const Entry<Options, Made>& entry) {
    Options options;
    if constexpr (requires { options.open(std::string_view()); }) return;  // nothing without its parts
    rules.push_back({entry.name, entry.make(options)});
  });
  const Rule trained = adam({.lr = 3e-3}).with_schedule(linear()).with_clip(global_norm({.max = 0.5}));
  rules.push_back({"partition", partition({{{"head", trained}, {"bias", sgd({.momentum = 0.9})}, {"rest", lion()}}})});
  rules.push_back({"scheduled_and_clipped", trained});
  rules.push_back({"clipped_by_value", adam().with_clip(clip_value({.max = 0.1}))});
  rules.push_back({"clipped_by_unit", adam().with_clip(agc())});
  rules.push_back({"sgd_nesterov", sgd({.momentum = 0.9, .nesterov = true, .weight_decay = 0.01})});
  rules.push_back({"rmsprop_centered", rmsprop({.momentum = 0.9, .centered = true})});
  rules.push_back({"adam_cautious", adam({.weight_decay = 0.01, .decay = Decay::weights, .cautious = true})});
  rules.push_back({"restart_on_updates", restart({.rule = trained, .on = RestartOn::update, .every = 3})});
  rules.push_back(
      {"restart_of_a_tag",
       restart({.rule = lamb(), .what = Restarted::state, .on = RestartOn::update, .every = 4, .blocks = "head"})});
  rules.push_back({"nested", multi_steps({.rule = l2_init({.rule = trac({.rule = schedule_free_adamw()})}), .k = 3})});
  return rules;
}

/// Sets an option that is a number, as `0.9` of `beta1`; where its range leaves the number out, or there is no such
/// option, does nothing and returns false.
template <class Options>
bool set_option(Options& options, std::string_view key, double number) {
  bool set = false;
  if constexpr (requires { options.open(std::string_view()); }) return set;  // any key is an option there
  options.fields([&]<class T>(const char* name, T& value, const char* allowed, const char*) {
    if constexpr (std::same_as<T, double>)
      if (key == name && !(number == 0 && *allowed == '(')) {
        value = number;
        set = true;
      }
  });
  return set;
}

/// Two layers: matrices and vectors with the tags of a network.
inline Layout two_layers() {
  Layout layout;
  layout.add("encoder/weight", 4, 3, {"weight", "encoder"});
  layout.add("encoder/bias", 4, 1, {"bias", "encoder"});
  layout.add("head/weight", 2, 4, {"weight", "head"});
  layout.add("head/bias", 2, 1, {"bias", "head"});
  return layout;
}

inline constexpr std::size_t n = 26;     ///< numbers in two_layers()
inline constexpr std::size_t head = 16;  ///< where the head's ten begin

/// A layer without a bias.
inline Layout one_matrix(Eigen::Index rows, Eigen::Index cols, const std::string& tag = "hidden") {
  Layout layout;
  layout.add("weight", rows, cols, {"weight", tag});
  return layout;
}

/// Normal numbers, the same for every use.
template <class S>
std::vector<S> numbers(std::size_t count, unsigned seed, double scale = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, scale);
  std::vector<S> values(count);
  for (S& value : values) value = static_cast<S>(normal(random));
  return values;
}

}  // namespace cairn::optim
