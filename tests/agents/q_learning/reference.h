#pragma once

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "agents/q_learning/critics.h"
#include "optim/adam.h"
#include "optim/in_parts.h"
#include "optim/sgd.h"

// Reading tests/data/algorithms/*_step.json: one step each of SAC and TD3 by another library's automatic
// differentiation, in double precision.
namespace cairn::agents::reference {

using nlohmann::json;

inline json cases(const std::string& file) {
  return json::parse(std::ifstream(CAIRN_TEST_DATA "/algorithms/" + file)).at("cases");
}

/// [rows][columns] of numbers, or one row.
inline Eigen::MatrixXd matrix(const json& value) {
  const bool nested = value.front().is_array();
  const auto rows = static_cast<Eigen::Index>(nested ? value.size() : 1);
  const auto cols = static_cast<Eigen::Index>(nested ? value.front().size() : value.size());
  Eigen::MatrixXd matrix(rows, cols);
  for (Eigen::Index r = 0; r < rows; ++r)
    for (Eigen::Index c = 0; c < cols; ++c)
      matrix(r, c) = (nested ? value[static_cast<std::size_t>(r)] : value)[static_cast<std::size_t>(c)].get<double>();
  return matrix;
}
/// Samples in columns, where the file has them in rows.
inline Eigen::MatrixXd columns(const json& value) {
  return matrix(value).transpose();
}

/// A network of the file as the stretch of the flat vector that its blocks take: calls f(block, place in it, value).
template <class F>
void each_number(const json& network, const optim::Layout& layout, const std::string& prefix, F&& f) {
  const auto take = [&](const std::string& name, const std::vector<std::string>& keys) {
    const optim::Block& block = layout.find(prefix + "/" + name);
    Eigen::Index at = block.offset;
    for (const std::string& key : keys) {
      const Eigen::MatrixXd values = matrix(network.at(key));
      for (Eigen::Index r = 0; r < values.rows(); ++r)
        for (Eigen::Index c = 0; c < values.cols(); ++c) f(block.name, at++, values(r, c));
    }
    ASSERT_EQ(at, block.offset + block.size()) << block.name;
  };
  const bool gaussian = network.contains("w_log_std");
  for (const char* layer : {"1", "2", "3"}) {
    const std::string number(layer), index = std::to_string(std::stoi(number) - 1);
    const bool split = gaussian && number == "3";
    take(index + "/weight", split ? std::vector<std::string>{"w3", "w_log_std"} : std::vector{"w" + number});
    take(index + "/bias", split ? std::vector<std::string>{"b3", "b_log_std"} : std::vector{"b" + number});
    if (!network.contains("scale" + number)) continue;
    take(index + "/gain", {"scale" + number});
    take(index + "/offset", {"shift" + number});
  }
}

inline void put(const json& network, const optim::Layout& layout, const std::string& prefix, std::span<double> flat) {
  each_number(network, layout, prefix,
              [&](const std::string&, Eigen::Index at, double value) { flat[static_cast<std::size_t>(at)] = value; });
}

/// Of a difference, in sizes of the number expected, at least 1.
inline double tolerance = 1e-12;
inline void expect_near(double found, double expected, const std::string& what) {
  EXPECT_LE(std::abs(found - expected), tolerance * std::max(1.0, std::abs(expected))) << what << ": " << found;
}
inline void expect_network(std::span<const double> flat, const json& network, const optim::Layout& layout,
                           const std::string& prefix, const std::string& what) {
  each_number(network, layout, prefix, [&](const std::string& block, Eigen::Index at, double value) {
    expect_near(flat[static_cast<std::size_t>(at)], value, what + " " + block);
  });
}
inline void expect_matrix(const Eigen::MatrixXd& found, const Eigen::MatrixXd& expected, const std::string& what) {
  ASSERT_EQ(found.rows(), expected.rows()) << what;
  ASSERT_EQ(found.cols(), expected.cols()) << what;
  for (Eigen::Index i = 0; i < found.size(); ++i) expect_near(found.reshaped()[i], expected.reshaped()[i], what);
}

inline Transitions<double> transitions(const json& batch) {
  const Eigen::MatrixXd observations = columns(batch.at("observations")), actions = columns(batch.at("actions"));
  Transitions<double> transitions(static_cast<int>(observations.rows()), static_cast<int>(actions.rows()),
                                  static_cast<int>(observations.cols()));
  transitions.here << observations, actions;
  transitions.ahead.topRows(observations.rows()) = columns(batch.at("next_observations"));
  transitions.rewards = columns(batch.at("rewards")).array();
  transitions.discounts = columns(batch.at("discounts")).array();
  return transitions;
}

/// The rule of `after_sgd` or `after_adam`.
inline optim::Rule rule(const json& one, const std::string& after) {
  if (after == "after_sgd") return optim::sgd({.lr = one.at("sgd_lr").get<double>()});
  return optim::adam({.lr = one.at("adam").at("lr").get<double>(),
                      .beta1 = one.at("adam").at("beta1").get<double>(),
                      .beta2 = one.at("adam").at("beta2").get<double>(),
                      .eps = one.at("adam").at("eps").get<double>()});
}

}  // namespace cairn::agents::reference
