#include "optim/average.h"

#include <stdexcept>
#include <string>

#include "optim/bias_correction.h"

namespace cairn::optim {

namespace {

void require_same_size(std::size_t average, std::size_t x) {
  if (average != x)
    throw std::invalid_argument("An average of " + std::to_string(average) + " parameters cannot take in " +
                                std::to_string(x) + ".");
}

}  // namespace

template <class S>
void track(std::span<S> average, std::span<const S> x, double share) {
  require_same_size(average.size(), x.size());
  const S s = static_cast<S>(share);
  for (std::size_t i = 0; i < x.size(); ++i) average[i] += s * (x[i] - average[i]);
}

template <class S>
void DebiasedEma<S>::add(std::span<const S> x) {
  track<S>(sum, x, 1 - decay);
  ++count;
}

template <class S>
void DebiasedEma<S>::value(std::span<S> out) const {
  require_same_size(sum.size(), out.size());
  const S correction = static_cast<S>(count > 0 ? 1 / bias_correction(decay, count) : 0);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = correction * sum[i];
}

template <class S>
void WeightAverage<S>::add(std::span<const S> x) {
  const std::int64_t number = seen++;
  if (number < start || (number - start) % every != 0) return;
  track<S>(mean, x, 1 / static_cast<double>(++averaged));
}

template void track(std::span<float>, std::span<const float>, double);
template void track(std::span<double>, std::span<const double>, double);
template struct DebiasedEma<float>;
template struct DebiasedEma<double>;
template struct WeightAverage<float>;
template struct WeightAverage<double>;

}  // namespace cairn::optim
