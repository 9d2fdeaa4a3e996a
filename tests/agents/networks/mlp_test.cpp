#include "agents/networks/mlp.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cairn::agents {
namespace {

template <class Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

template <class Scalar>
std::span<Scalar> span(Vector<Scalar>& vector) {
  return {vector.data(), static_cast<std::size_t>(vector.size())};
}

template <class Scalar>
typename Mlp<Scalar>::Matrix normal_matrix(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
  envs::Random random(seed, envs::Stream::problem);
  typename Mlp<Scalar>::Matrix out(rows, cols);
  for (Eigen::Index i = 0; i < out.size(); ++i) out.data()[i] = static_cast<Scalar>(random.normal());
  return out;
}

struct Case {
  MlpShape shape;
  int columns;
};

// Widths around every register width, so that each path of the product is taken.
std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Activation activation : {Activation::tanh, Activation::relu, Activation::leaky_relu})
    for (const bool norm : {false, true}) {
      all.push_back({{3, {5, 7}, 2, activation, norm}, 6});
      all.push_back({{1, {}, 1, activation, norm}, 1});
      all.push_back({{8, {64, 64}, 4, activation, norm}, 13});
      all.push_back({{33, {19}, 17, activation, norm}, 4});
      all.push_back({{20, {16, 40, 24}, 9, activation, norm}, 5});
    }
  return all;
}

TEST(Mlp, GradientsMatchCentralDifferences) {
  for (const auto& [shape, columns] : cases()) {
    optim::Layout layout;
    layout.add("before", 3, 1, {});  // the network need not start at the beginning of the vector
    const Mlp<double> mlp(shape, layout, "net");
    Vector<double> parameters = 0.5 * normal_matrix<double>(layout.size, 1, 1);
    const Eigen::MatrixXd inputs = normal_matrix<double>(shape.inputs, columns, 2);
    const Eigen::MatrixXd slope = normal_matrix<double>(shape.outputs, columns, 3);  // loss = sum of slope * output
    auto scratch = mlp.scratch(columns + 3);
    const auto loss = [&] { return (mlp.forward(span(parameters), inputs, scratch).array() * slope.array()).sum(); };
    Vector<double> gradient = Vector<double>::Ones(layout.size);  // backward adds
    loss();
    mlp.backward(span(parameters), inputs, slope, scratch, span(gradient));
    EXPECT_EQ(gradient.head(3), Vector<double>::Ones(3));
    const double h = 1e-6;
    for (Eigen::Index i = 3; i < layout.size; ++i) {
      const double at = parameters[i];
      parameters[i] = at + h;
      const double above = loss();
      parameters[i] = at - h;
      const double below = loss();
      parameters[i] = at;
      const double expected = 1 + (above - below) / (2 * h);
      ASSERT_NEAR(gradient[i], expected, 1e-6 * (1 + std::abs(expected)))
          << to_string(shape.activation) << (shape.norm ? " norm " : " ") << shape.inputs << " parameter " << i;
    }
  }
}

TEST(Mlp, InputGradientsMatchCentralDifferences) {
  for (const auto& [shape, columns] : cases()) {
    optim::Layout layout;
    layout.add("before", 3, 1, {});
    const Mlp<double> mlp(shape, layout, "net");
    Vector<double> parameters = 0.5 * normal_matrix<double>(layout.size, 1, 1);
    Eigen::MatrixXd inputs = normal_matrix<double>(shape.inputs, columns, 2);
    const Eigen::MatrixXd slope = normal_matrix<double>(shape.outputs, columns, 3);
    auto scratch = mlp.scratch(columns + 3);
    const auto loss = [&] { return (mlp.forward(span(parameters), inputs, scratch).array() * slope.array()).sum(); };
    loss();
    Vector<double> gradient = Vector<double>::Zero(layout.size);
    Eigen::MatrixXd around = Eigen::MatrixXd::Constant(shape.inputs + 2, columns, 7);  // rows of a larger matrix
    mlp.backward(span(parameters), inputs, slope, scratch, span(gradient), around.middleRows(1, shape.inputs));
    EXPECT_EQ(around.row(0).minCoeff(), 7) << "set within, left alone outside";
    EXPECT_EQ(around.bottomRows(1).maxCoeff(), 7);
    const Eigen::MatrixXd d_inputs = around.middleRows(1, shape.inputs);
    const double h = 1e-6;
    for (double& value : inputs.reshaped()) {
      const double at = value;
      value = at + h;
      const double above = loss();
      value = at - h;
      const double below = loss();
      value = at;
      const double expected = (above - below) / (2 * h);
      ASSERT_NEAR(d_inputs.data()[&value - inputs.data()], expected, 1e-6 * (1 + std::abs(expected)))
          << to_string(shape.activation) << " " << shape.inputs << " input " << &value - inputs.data();
    }
  }
}

TEST(Mlp, InputGradientsLeaveTheOthersTheirBits) {
  for (const auto& [shape, columns] : cases()) {
    optim::Layout layout;
    const Mlp<float> mlp(shape, layout, "net");
    Vector<float> parameters = normal_matrix<float>(layout.size, 1, 4);
    const Eigen::MatrixXf inputs = normal_matrix<float>(shape.inputs, columns, 5);
    const Eigen::MatrixXf slope = normal_matrix<float>(shape.outputs, columns, 6);
    auto scratch = mlp.scratch(columns);
    Vector<float> plain = Vector<float>::Zero(layout.size), beside = plain;
    Eigen::MatrixXf d_inputs(shape.inputs, columns), alone = d_inputs;
    mlp.forward(span(parameters), inputs, scratch);
    mlp.backward(span(parameters), inputs, slope, scratch, span(plain));
    mlp.backward(span(parameters), inputs, slope, scratch, span(beside), d_inputs);
    mlp.backward(span(parameters), inputs, slope, scratch, {}, alone);
    EXPECT_EQ(plain, beside);
    EXPECT_EQ(d_inputs, alone) << "without gradients of the parameters";
  }
}

TEST(Mlp, FloatAgreesWithDouble) {
  for (const auto& [shape, columns] : cases()) {
    const Mlp<double> exact(shape);
    const Mlp<float> mlp(shape);
    optim::Layout layout;
    const Mlp<float> sized(shape, layout, "net");
    Vector<float> parameters = 0.3F * normal_matrix<float>(layout.size, 1, 4);
    Vector<double> parameters_exact = parameters.cast<double>();
    const Eigen::MatrixXf inputs = normal_matrix<float>(shape.inputs, columns, 5);
    const Eigen::MatrixXf slope = normal_matrix<float>(shape.outputs, columns, 6);
    auto scratch = mlp.scratch(columns);
    auto scratch_exact = exact.scratch(columns);
    const Eigen::MatrixXf out = mlp.forward(span(parameters), inputs, scratch);
    const Eigen::MatrixXd out_exact =
        exact.forward(span(parameters_exact), inputs.cast<double>().eval(), scratch_exact);
    EXPECT_LT((out.cast<double>() - out_exact).cwiseAbs().maxCoeff(), 2e-5);
    Vector<float> gradient = Vector<float>::Zero(layout.size);
    Vector<double> gradient_exact = Vector<double>::Zero(layout.size);
    mlp.backward(span(parameters), inputs, slope, scratch, span(gradient));
    exact.backward(span(parameters_exact), inputs.cast<double>().eval(), slope.cast<double>().eval(), scratch_exact,
                   span(gradient_exact));
    EXPECT_LT((gradient.cast<double>() - gradient_exact).cwiseAbs().maxCoeff(), 1e-4);
  }
}

// A column must not depend on how many others stand beside it: shards of any number give the same bits.
TEST(Mlp, ColumnsKeepTheirBitsInAnyShard) {
  for (const auto& [shape, unused] : cases()) {
    optim::Layout layout;
    const Mlp<float> mlp(shape, layout, "net");
    Vector<float> parameters = normal_matrix<float>(layout.size, 1, 7);
    const Eigen::MatrixXf inputs = normal_matrix<float>(shape.inputs, 48, 8);
    auto scratch = mlp.scratch(48);
    const Eigen::MatrixXf whole = mlp.forward(span(parameters), inputs, scratch);
    for (const int width : {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 24}) {
      Eigen::MatrixXf parts(shape.outputs, 48);
      for (int first = 0; first < 48; first += width) {
        const int columns = std::min(width, 48 - first);
        parts.middleCols(first, columns) = mlp.forward(span(parameters), inputs.middleCols(first, columns), scratch);
      }
      EXPECT_EQ(parts, whole) << shape.inputs << " inputs, shards of " << width;
    }
  }
}

TEST(Mlp, OrthogonalWeightsAreOrthogonalTimesTheGain) {
  optim::Layout layout;
  const Mlp<double> mlp({8, {64, 32}, 4}, layout, "net");
  Vector<double> parameters = Vector<double>::Ones(layout.size);
  envs::Random random(1, envs::Stream::initialisation);
  mlp.initialise_orthogonal(span(parameters), random, std::sqrt(2.0), 0.01);
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  for (const optim::Block& block : layout.blocks) {
    const Eigen::Map<const RowMajor> w(parameters.data() + block.offset, block.rows, block.cols);
    if (block.has_tag("bias")) {
      EXPECT_EQ(w.norm(), 0);
      continue;
    }
    const double square = block.has_tag("output") ? 1e-4 : 2.0;
    const Eigen::MatrixXd gram =
        block.rows > block.cols ? Eigen::MatrixXd(w.transpose() * w) : Eigen::MatrixXd(w * w.transpose());
    EXPECT_LT((gram - square * Eigen::MatrixXd::Identity(gram.rows(), gram.cols())).norm(), 1e-12) << block.name;
  }
}

TEST(Mlp, UniformInitialisationFillsItsRange) {
  optim::Layout layout;
  const Mlp<double> mlp({4, {100}, 3}, layout, "net");
  Vector<double> parameters = Vector<double>::Zero(layout.size);
  envs::Random random(1, envs::Stream::initialisation);
  mlp.initialise_uniform(span(parameters), random);
  const auto hidden = parameters.segment(layout.find("net/0/weight").offset, 400);
  EXPECT_LE(hidden.cwiseAbs().maxCoeff(), 0.5);
  EXPECT_GT(hidden.cwiseAbs().maxCoeff(), 0.49);
  EXPECT_NEAR(hidden.mean(), 0, 0.05);
}

// LayerNorm by its definition, unit by unit.
TEST(Mlp, LayerNormHasMeanZeroAndVarianceOneBeforeGainAndOffset) {
  optim::Layout layout;
  const Mlp<double> mlp({3, {21}, 21, Activation::leaky_relu, true}, layout, "net");
  Vector<double> parameters = normal_matrix<double>(layout.size, 1, 1);
  const auto block = [&](const char* name) {
    const optim::Block& found = layout.find(name);
    return parameters.segment(found.offset, found.size()).reshaped<Eigen::RowMajor>(found.rows, found.cols).eval();
  };
  parameters.segment(layout.find("net/1/weight").offset, 21 * 21) = Eigen::MatrixXd::Identity(21, 21).reshaped();
  parameters.segment(layout.find("net/1/bias").offset, 21).setZero();
  const Eigen::MatrixXd inputs = normal_matrix<double>(3, 4, 2);
  Eigen::MatrixXd expected = block("net/0/weight") * inputs + block("net/0/bias").replicate(1, 4);
  for (auto column : expected.colwise()) {
    column.array() -= column.mean();
    column /= std::sqrt(column.squaredNorm() / 21 + 1e-5);
    column = column.cwiseProduct(block("net/0/gain").col(0)) + block("net/0/offset").col(0);
    for (double& value : column) value = value > 0 ? value : 0.01 * value;
  }
  auto scratch = mlp.scratch(4);
  const Eigen::MatrixXd got = mlp.forward(span(parameters), inputs, scratch);
  EXPECT_LT((got - expected).cwiseAbs().maxCoeff(), 1e-9);  // 1e-5 is a float
}

TEST(Mlp, StartsWithAllInitialisationsAtGainOneAndOffsetZero) {
  optim::Layout layout;
  const Mlp<double> mlp({8, {64, 32}, 4, Activation::relu, true}, layout, "net");
  EXPECT_EQ(layout.size, 8 * 64 + 3 * 64 + 64 * 32 + 3 * 32 + 32 * 4 + 4) << "none at the output";
  EXPECT_TRUE(layout.find("net/1/gain").has_tag("norm"));
  EXPECT_TRUE(layout.find("net/1/offset").has_tag("hidden"));
  for (int how = 0; how < 3; ++how) {
    Vector<double> parameters = Vector<double>::Constant(layout.size, 7);
    envs::Random random(1, envs::Stream::initialisation);
    if (how == 0) mlp.initialise_orthogonal(span(parameters), random, 1, 1);
    if (how == 1) mlp.initialise_uniform(span(parameters), random);
    if (how == 2) mlp.initialise_sparse(span(parameters), random, 0.9);
    EXPECT_LE(parameters.maxCoeff(), 1);
    for (const char* layer : {"net/0", "net/1"}) {
      const optim::Block& gain = layout.find(std::string(layer) + "/gain");
      EXPECT_EQ(parameters.segment(gain.offset, gain.size()), Vector<double>::Ones(gain.size()));
      EXPECT_EQ(parameters.segment(layout.find(std::string(layer) + "/offset").offset, gain.size()),
                Vector<double>::Zero(gain.size()));
    }
  }
}

// Nine inputs in ten are cut off; but never all of them, as the published ceiling does with nine inputs or fewer.
TEST(Mlp, SparseInitialisationKeepsAWeightAUnit) {
  optim::Layout layout;
  const Mlp<double> mlp({4, {50, 40}, 3}, layout, "net");
  Vector<double> parameters = Vector<double>::Ones(layout.size);
  envs::Random random(1, envs::Stream::initialisation);
  mlp.initialise_sparse(span(parameters), random, 0.9);
  const int kept[] = {1, 5, 4};  // of 4, 50 and 40 inputs
  for (int layer = 0; layer < 3; ++layer) {
    const optim::Block& weight = layout.find("net/" + std::to_string(layer) + "/weight");
    const auto w = parameters.segment(weight.offset, weight.size()).reshaped<Eigen::RowMajor>(weight.rows, weight.cols);
    for (Eigen::Index unit = 0; unit < weight.rows; ++unit)
      EXPECT_EQ((w.row(unit).array() != 0).count(), kept[layer]) << weight.name << " unit " << unit;
    EXPECT_LE(w.cwiseAbs().maxCoeff(), 1 / std::sqrt(static_cast<double>(weight.cols)));
    EXPECT_EQ(parameters.segment(layout.find("net/" + std::to_string(layer) + "/bias").offset, weight.rows).norm(), 0);
  }
}

TEST(Mlp, NamesItsBlocksAndRefusesEmptyLayers) {
  optim::Layout layout;
  const Mlp<float> mlp({8, {64, 32}, 4}, layout, "actor");
  EXPECT_EQ(layout.size, 8 * 64 + 64 + 64 * 32 + 32 + 32 * 4 + 4);
  EXPECT_EQ(layout.find("actor/1/weight").rows, 32);
  EXPECT_EQ(layout.find("actor/1/weight").cols, 64);
  EXPECT_TRUE(layout.find("actor/2/bias").has_tag("output"));
  EXPECT_TRUE(layout.find("actor/0/bias").has_tag("actor"));
  EXPECT_THROW(Mlp<float>({0, {64}, 4}), std::invalid_argument);
  EXPECT_THROW(Mlp<float>({1, {0}, 4}), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::agents
