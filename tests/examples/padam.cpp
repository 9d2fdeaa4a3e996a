#include "apps/program.h"
#include "optim/chain.h"

using namespace cairn::optim;

// Padam (Chen et al. 2020), partly adaptive: m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g²;  θ <- θ - lr m / vᵖ
struct PadamOptions {
  double lr = 0.1, beta1 = 0.9, beta2 = 0.999, power = 0.25;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("power", power, "[0,0.5]", "0: momentum; 0.5: Adam without its corrections");
  }
};

struct ScaleByPadam {
  PadamOptions options;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"m", "v"};
  template <class S>
  auto kernel(const Instant&, S* const* slot) const {
    return [m = slot[0], v = slot[1], b1 = S(options.beta1), b2 = S(options.beta2), p = S(options.power)](
               S u, S, std::size_t i) {
      m[i] = b1 * m[i] + (1 - b1) * u;
      v[i] = b2 * v[i] + (1 - b2) * u * u;
      return m[i] / (std::pow(v[i], p) + S(1e-8));
    };
  }
};

Rule padam(const PadamOptions& options) {
  return chain(describe("padam", options), options.lr, ScaleByPadam{options}, ScaleByLearningRate{});
}

int main(int count, char** words) {
  cairn::apps::Program program("padam");
  program.add_rule({"padam", "Adam, partly adaptive", "Chen et al. 2020"}, &padam);
  return program.run(count, words);
}
