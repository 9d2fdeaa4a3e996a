#include "envs/random.h"

#include <Random123/philox.h>

#include <cmath>
#include <utility>

namespace cairn::envs {

namespace {

std::array<std::uint32_t, 4> philox(std::uint64_t seed, std::uint32_t stream, std::uint32_t index,
                                    std::uint32_t episode, std::uint64_t block) {
  const r123::Philox4x32::ctr_type counter{{stream, index, episode, static_cast<std::uint32_t>(block)}};
  const r123::Philox4x32::key_type key{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
  const r123::Philox4x32::ctr_type out = r123::Philox4x32{}(counter, key);
  return {out[0], out[1], out[2], out[3]};
}

/// Many blocks of Philox (Salmon et al. 2011) at once, round by round: vectors then hold the same word of several
/// blocks, which loops over Random123's own rounds do not come to.
struct PhiloxBlocks {
  static constexpr std::size_t count = 64;
  std::uint32_t x[4][count];  ///< words, those of a block in a column

  /// Blocks `first` and following of a stream, the same as philox gives one by one.
  void draw(std::uint64_t seed, std::uint32_t stream, std::uint32_t index, std::uint32_t episode, std::uint64_t first) {
    for (std::size_t i = 0; i < count; ++i) {
      x[0][i] = stream;
      x[1][i] = index;
      x[2][i] = episode;
      x[3][i] = static_cast<std::uint32_t>(first + i);
    }
    auto low_key = static_cast<std::uint32_t>(seed), high_key = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < PHILOX4x32_DEFAULT_ROUNDS; ++round) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t a = std::uint64_t{PHILOX_M4x32_0} * x[0][i], b = std::uint64_t{PHILOX_M4x32_1} * x[2][i];
        x[0][i] = static_cast<std::uint32_t>(b >> 32) ^ x[1][i] ^ low_key;
        x[2][i] = static_cast<std::uint32_t>(a >> 32) ^ x[3][i] ^ high_key;
        x[1][i] = static_cast<std::uint32_t>(b);
        x[3][i] = static_cast<std::uint32_t>(a);
      }
      low_key += PHILOX_W32_0;
      high_key += PHILOX_W32_1;
    }
  }
};

// {0, …, n-1} from 32-bit words. Lemire 2019, "Fast random integer generation in an interval": rejects the few products
// that would favour some values.
template <class Draw>
std::uint32_t below_by(std::uint32_t n, Draw&& draw) {
  std::uint64_t product = std::uint64_t{draw()} * n;
  if (static_cast<std::uint32_t>(product) < n) {
    const std::uint32_t threshold = (0U - n) % n;
    while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{draw()} * n;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace

Random::Random(std::uint64_t seed, Stream stream, std::uint32_t index, std::uint32_t episode)
    : seed_(seed), stream_(static_cast<std::uint32_t>(stream)), index_(index), episode_(episode) {}

std::uint32_t Random::bits() {
  const std::uint64_t word = draws_ % 4;
  if (word == 0) words_ = philox(seed_, stream_, index_, episode_, draws_ / 4);
  ++draws_;
  return words_[word];
}

float Random::uniform() {
  return static_cast<float>(bits() >> 8) * 0x1p-24F;
}

float Random::uniform(float low, float high) {
  const float value = low + (high - low) * uniform();
  return value < high ? value : low;  // rounding may reach `high`
}

double Random::uniform_double() {
  const std::uint64_t high = bits() >> 5, low = bits() >> 6;  // 27 + 26 bits
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

float Random::normal() {
  if (pair_end_ != 0) {
    pair_end_ = 0;
    return normal_;
  }
  constexpr float two_pi = 6.28318530717958648F;
  const float u = 1.0F - uniform();  // (0, 1]
  const float radius = std::sqrt(-2.0F * std::log(u)), angle = two_pi * uniform();
  normal_ = radius * std::sin(angle);
  pair_end_ = draws_;
  return radius * std::cos(angle);
}

std::uint32_t Random::below(std::uint32_t n) {
  return below_by(n, [this] { return bits(); });
}

void Random::shuffle(std::span<int> values) {
  PhiloxBlocks words;
  std::uint64_t begin = draws_ / 4 - PhiloxBlocks::count;  // the block of the first words
  const auto draw = [&] {
    if (draws_ / 4 - begin >= PhiloxBlocks::count) {
      begin = draws_ / 4;
      words.draw(seed_, stream_, index_, episode_, begin);
    }
    const std::uint32_t word = words.x[draws_ % 4][draws_ / 4 - begin];
    ++draws_;
    return word;
  };
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[below_by(static_cast<std::uint32_t>(i), draw)]);
  if (values.size() > 1 && draws_ % 4 != 0)
    for (std::size_t word = 0; word < 4; ++word) words_[word] = words.x[word][draws_ / 4 - begin];
}

std::array<std::uint64_t, 6> Random::state() const {
  return {seed_, stream_, index_, episode_, draws_, pair_end_};
}

Random Random::from_state(const std::array<std::uint64_t, 6>& state) {
  Random random(state[0], static_cast<Stream>(state[1]), static_cast<std::uint32_t>(state[2]),
                static_cast<std::uint32_t>(state[3]));
  const auto go_to = [&random](std::uint64_t draws) {
    random.draws_ = draws;
    if (draws % 4 != 0) random.words_ = philox(random.seed_, random.stream_, random.index_, random.episode_, draws / 4);
  };
  if (state[5] >= 2) {  // draw the pair again, for its second half
    go_to(state[5] - 2);
    random.normal();
  }
  go_to(state[4]);
  return random;
}

}  // namespace cairn::envs
