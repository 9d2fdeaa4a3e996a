// A physics-informed network (Raissi et al. 2019) on a system with two time scales.
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>

#include "agents/networks/mlp.h"
#include "apps/studies/study.h"
#include "optim/adam.h"

namespace cairn::apps {

namespace {

using namespace optim;

// x' = -x and y' = -y / ε from x(0) = y(0) = 1, over t in [0, 1]: x = e^(-t) and y = e^(-t/ε).
constexpr double epsilon = 1e-3, fast_span = 5 * epsilon;  // y is over after a few ε
constexpr int collocated = 64, width = 32, steps = 2000, seeds = 5;
constexpr double rate = 1e-3;

/// A perceptron of one input with two tanh layers and two outputs, and its derivative along the input, carried forward
/// beside the value: (z, ż) = (W h + b, W ḣ), (h, ḣ) = (tanh z, (1 - h²) ż).
class Jet {
 public:
  using Matrix = Eigen::MatrixXd;
  using Weight = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Map = Eigen::Map<Weight>;
  using ConstMap = Eigen::Map<const Weight>;

  Layout layout;
  agents::Mlp<double> network{{.inputs = 1, .hidden = {width, width}, .outputs = 2}, layout, "net"};

  void forward(const Eigen::VectorXd& weights, const Eigen::RowVectorXd& inputs) {
    values_ = {inputs, {}, {}, {}};
    slopes_ = {Matrix::Ones(1, inputs.cols()), {}, {}, {}};
    for (std::size_t i = 0; i < 3; ++i) {
      const Block &at = weight_block(i), &bias_at = bias_block(i);
      const ConstMap weight(weights.data() + at.offset, at.rows, at.cols);
      const ConstMap bias(weights.data() + bias_at.offset, bias_at.rows, 1);
      Matrix z = (weight * values_[i]).colwise() + bias.col(0), dz = weight * slopes_[i];
      if (i < 2) {
        z = z.array().tanh();
        before_[i] = dz;
        dz.array() *= 1 - z.array().square();
      }
      values_[i + 1] = z;
      slopes_[i + 1] = dz;
    }
  }
  const Matrix& values() const { return values_[3]; }
  const Matrix& slopes() const { return slopes_[3]; }

  /// Adds d loss / d weights, given those by values and by slopes.
  void backward(const Eigen::VectorXd& weights, Matrix by_value, Matrix by_slope, Eigen::VectorXd& gradient) const {
    for (std::size_t i = 3; i-- > 0;) {
      if (i < 2) {  // through tanh: both depend on z
        const Eigen::ArrayXXd h = values_[i + 1].array(), gain = 1 - h.square();
        by_value.array() = (by_value.array() - 2 * by_slope.array() * before_[i].array() * h) * gain;
        by_slope.array() *= gain;
      }
      const Block &at = weight_block(i), &bias_at = bias_block(i);
      const ConstMap weight(weights.data() + at.offset, at.rows, at.cols);
      Map d_weight(gradient.data() + at.offset, at.rows, at.cols),
          d_bias(gradient.data() + bias_at.offset, bias_at.rows, 1);
      d_weight += by_value * values_[i].transpose() + by_slope * slopes_[i].transpose();
      d_bias += by_value.rowwise().sum();
      by_value = (weight.transpose() * by_value).eval();
      by_slope = (weight.transpose() * by_slope).eval();
    }
  }

 private:
  const Block& weight_block(std::size_t i) const { return layout.blocks[2 * i]; }
  const Block& bias_block(std::size_t i) const { return layout.blocks[2 * i + 1]; }

  std::array<Matrix, 4> values_, slopes_;
  std::array<Matrix, 2> before_;  // slopes before tanh
};

enum class Posed {
  raw,       ///< the equations as they stand, all terms of the loss alike
  balanced,  ///< the same, each term weighted so that all gradients are of one size (after Wang et al. 2021)
  scaled,    ///< each equation in units of its own time
};

struct Solved {
  double slow = 0, fast = 0;     ///< root mean square error of x over [0, 1] and of y over [0, 5 ε]
  std::vector<double> x{}, y{};  ///< the solutions, at 101 places of those ranges
};

Solved solve(Posed posed, std::uint64_t seed) {
  Jet jet;
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(jet.layout.size), gradient = weights;
  const std::span<double> w(weights.data(), static_cast<std::size_t>(weights.size()));
  envs::Random random(seed, envs::Stream::initialisation);
  jet.network.initialise_uniform(w, random);
  const auto optimizer = adam({.lr = rate}).bind<double>(jet.layout);
  // In its own units one set of points serves both; in one unit of time, half of them go where y falls.
  constexpr int half = collocated / 2;
  Eigen::RowVectorXd inputs = Eigen::RowVectorXd::LinSpaced(collocated, 0, 1);
  if (posed != Posed::scaled)
    inputs << Eigen::RowVectorXd::LinSpaced(half, 0, fast_span), Eigen::RowVectorXd::LinSpaced(half, 2 * fast_span, 1);

  // The residual of each equation is a · output' + b · output.
  const bool scaled = posed == Posed::scaled;
  const std::array<double, 2> a = {1, scaled ? epsilon / fast_span : 1}, b = {1, scaled ? 1 : 1 / epsilon};
  constexpr std::size_t terms = 4;  // residual of x, of y; start of x, of y
  std::array<double, terms> balance = {1, 1, 1, 1};
  std::array<Eigen::VectorXd, terms> parts;
  for (int step = 0; step < steps; ++step) {
    jet.forward(weights, inputs);
    gradient.setZero();
    for (std::size_t term = 0; term < terms; ++term) {
      Eigen::MatrixXd by_value = Eigen::MatrixXd::Zero(2, collocated), by_slope = by_value;
      const auto k = static_cast<Eigen::Index>(term % 2);
      if (term < 2) {
        const Eigen::RowVectorXd residual = a[term] * jet.slopes().row(k) + b[term] * jet.values().row(k);
        by_value.row(k) = 2.0 / collocated * b[term] * residual;
        by_slope.row(k) = 2.0 / collocated * a[term] * residual;
      } else {
        by_value(k, 0) = 2 * (jet.values()(k, 0) - 1);
      }
      parts[term] = Eigen::VectorXd::Zero(gradient.size());
      jet.backward(weights, by_value, by_slope, parts[term]);
      if (posed == Posed::balanced) {
        constexpr double memory = 0.9;
        const double wanted = 1 / std::max(parts[term].norm(), 1e-12);
        balance[term] = step == 0 ? wanted : memory * balance[term] + (1 - memory) * wanted;
      }
      gradient += balance[term] * parts[term];
    }
    optimizer->step(w, {gradient.data(), w.size()});
  }

  Solved solved;
  const Eigen::RowVectorXd places = Eigen::RowVectorXd::LinSpaced(101, 0, 1);
  jet.forward(weights, places);
  const Eigen::RowVectorXd x = jet.values().row(0);
  if (!scaled) jet.forward(weights, places * fast_span);
  const Eigen::RowVectorXd y = jet.values().row(1);
  solved.x.assign(x.begin(), x.end());
  solved.y.assign(y.begin(), y.end());
  solved.slow = std::sqrt((x.array() - (-places.array()).exp()).square().mean());
  solved.fast = std::sqrt((y.array() - (-places.array() * fast_span / epsilon).exp()).square().mean());
  return solved;
}

Measured stiff_pinn() {
  render::Chart slow{.title = "the slow part, first seed", .x = {.label = "t"}, .y = {.low = -0.1, .high = 1.1}},
      fast{.title = "the fast part", .x = {.label = "t in thousandths"}, .y = slow.y};
  std::vector<double> truth_x, truth_y;
  for (int i = 0; i <= 100; ++i) {
    truth_x.push_back(std::exp(-i / 100.0));
    truth_y.push_back(std::exp(-i * fast_span / epsilon / 100));
  }
  const auto run = [&](const char* name, Posed posed) {
    std::vector<double> slow_errors, fast_errors;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const Solved solved = solve(posed, seed);
      slow_errors.push_back(solved.slow);
      fast_errors.push_back(solved.fast);
      if (seed > 0) continue;
      const int color = static_cast<int>(slow.series.size());
      slow.series.push_back(curve(name, solved.x, color, 0.01));
      fast.series.push_back(curve(name, solved.y, color, 0.05));
    }
    return Solved{median(slow_errors), median(fast_errors)};
  };
  const Solved raw = run("raw", Posed::raw), balanced = run("balanced", Posed::balanced),
               scaled = run("scaled", Posed::scaled);
  slow.series.push_back(curve("exact", truth_x, 7, 0.01));
  fast.series.push_back(curve("exact", truth_y, 7, 0.05));
  slow.series.back().dashed = fast.series.back().dashed = true;
  return {{
              {"raw: error of the slow part", raw.slow, 0.003, 0.3},
              {"balanced: error of the slow part", balanced.slow, 0, 0.005},
              {"scaled: error of the slow part", scaled.slow, 0, 0.001},
              {"raw over scaled", raw.slow / scaled.slow, 100},
              {"raw: error of the fast part", raw.fast, 0.2},
              {"balanced: error of the fast part", balanced.fast, 0.2},
              {"scaled: error of the fast part", scaled.fast, 0, 0.01},
          },
          {slow, fast}};
}

}  // namespace

std::vector<Study> pinn_studies() {
  return {
      {"stiff_pinn",
       "A physics-informed network fails on a stiff system under Adam; non-dimensionalising or balancing its loss "
       "repairs it.",
       "Wang et al. 2021", Verdict::holds_in_part,
       "In one unit of time the network misses the fast part even with half of its points there, and the slow part "
       "comes out a hundred times worse. Balancing repairs the slow part alone; units of their own repair both.",
       &stiff_pinn},
  };
}

}  // namespace cairn::apps
