#include "agents/networks/distributions.h"

#include <cmath>

namespace cairn::agents {

namespace {
bool legal(std::span<const float> mask, std::size_t i) {
  return mask.empty() || mask[i] != 0;
}
}  // namespace

int best_legal(std::span<const float> values, std::span<const float> mask) {
  std::size_t best = 0;
  bool found = false;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (legal(mask, i) && (!found || values[i] > values[best])) best = i, found = true;
  return static_cast<int>(best);
}

int uniform_legal(int count, std::span<const float> mask, envs::Random& random) {
  int choices = 0;
  for (int i = 0; i < count; ++i) choices += legal(mask, static_cast<std::size_t>(i));
  int left = static_cast<int>(random.below(static_cast<std::uint32_t>(choices)));
  for (int i = 0; i < count; ++i)
    if (legal(mask, static_cast<std::size_t>(i)) && left-- == 0) return i;
  return 0;
}

CategoricalSample sample_categorical(std::span<const float> logits, std::span<const float> mask, envs::Random& random) {
  const float largest = logits[static_cast<std::size_t>(best_legal(logits, mask))];
  float total = 0;
  for (std::size_t i = 0; i < logits.size(); ++i)
    if (legal(mask, i)) total += std::exp(logits[i] - largest);
  // Inverse of the cumulative distribution; the last legal action catches what rounding leaves over.
  float left = random.uniform() * total;
  std::size_t action = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (!legal(mask, i)) continue;
    action = i;
    left -= std::exp(logits[i] - largest);
    if (left < 0) break;
  }
  return {static_cast<int>(action), logits[action] - largest - std::log(total)};
}

float sample_gaussian(std::span<const float> mean, std::span<const float> log_std, envs::Random& random,
                      std::span<float> action) {
  constexpr float half_log_two_pi = 0.918938533F;
  float log_density = 0;
  for (std::size_t i = 0; i < mean.size(); ++i) {
    const float noise = random.normal();
    action[i] = mean[i] + std::exp(log_std[i]) * noise;
    log_density -= 0.5F * noise * noise + log_std[i] + half_log_two_pi;
  }
  return log_density;
}

}  // namespace cairn::agents
