#include <gmock/gmock.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agents/archive/archive.h"
#include "agents/export/export.h"
#include "small_policy.h"

namespace cairn::agents {
namespace {

TEST(PolicySafetensors, HoldsEveryNumberUnderPyTorchsNames) {
  for (const tests::PolicyCase& each : tests::policy_cases) {
    const Policy policy = tests::small_policy(each);
    const std::string bytes = to_safetensors(policy, tests::small_spec(policy));
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    EXPECT_EQ(length % 8, 0U);
    const auto header = nlohmann::json::parse(bytes.substr(8, length));
    const auto tensor = [&](const std::string& name) {
      const auto offsets = header.at(name).at("data_offsets");
      std::vector<float> values((offsets[1].get<std::size_t>() - offsets[0].get<std::size_t>()) / 4);
      std::memcpy(values.data(), bytes.data() + 8 + length + offsets[0].get<std::size_t>(), values.size() * 4);
      return values;
    };
    EXPECT_EQ(header["__metadata__"]["head"], to_string(policy.head));
    EXPECT_EQ(header["layers.1.weight"]["shape"], (std::vector<int>{8, 16}));

    // The forward pass by hand, from what the file says.
    const Eigen::MatrixXf observations = tests::random_observations(3);
    Eigen::MatrixXf x = observations;
    if (policy.normaliser) {
      const auto mean = tensor("normaliser.mean"), scale = tensor("normaliser.inverse_std");
      const float clip = std::stof(header["__metadata__"]["clip"].get<std::string>());
      for (Eigen::Index f = 0; f < 5; ++f)
        x.row(f) = ((x.row(f).array() - mean[static_cast<std::size_t>(f)]) * scale[static_cast<std::size_t>(f)])
                       .cwiseMax(-clip)
                       .cwiseMin(clip);
    }
    for (int layer = 0; layer < 3; ++layer) {
      const std::string name = "layers." + std::to_string(layer);
      const auto weight = tensor(name + ".weight"), bias = tensor(name + ".bias");
      const auto rows = static_cast<Eigen::Index>(bias.size());
      using Rows = Eigen::Matrix<float, -1, -1, Eigen::RowMajor>;
      Eigen::MatrixXf y = Eigen::Map<const Rows>(weight.data(), rows, x.rows()) * x;
      y.colwise() += Eigen::Map<const Eigen::VectorXf>(bias.data(), rows);
      if (layer < 2 && each.norm) {
        const auto gain = tensor("norms." + std::to_string(layer) + ".weight");
        const auto offset = tensor("norms." + std::to_string(layer) + ".bias");
        for (auto column : y.colwise()) {
          column.array() -= column.mean();
          column /= std::sqrt(column.squaredNorm() / static_cast<float>(rows) + 1e-5F);
          column = column.cwiseProduct(Eigen::Map<const Eigen::VectorXf>(gain.data(), rows)) +
                   Eigen::Map<const Eigen::VectorXf>(offset.data(), rows);
        }
      }
      if (layer < 2) {
        if (each.activation == Activation::tanh) y = y.array().tanh().eval();
        if (each.activation == Activation::relu) y = y.cwiseMax(0).eval();
        if (each.activation == Activation::leaky_relu) y = y.cwiseMax(0.01F * y).eval();
      }
      x = y;
    }
    if (policy.head == Head::means) {
      const auto low = tensor("low"), high = tensor("high");
      for (Eigen::Index o = 0; o < 3; ++o)
        x.row(o) = x.row(o).cwiseMax(low[static_cast<std::size_t>(o)]).cwiseMin(high[static_cast<std::size_t>(o)]);
      EXPECT_EQ(tensor("log_std").size(), 3U);
    }
    if (policy.head == Head::tanh_means || policy.head == Head::squashed_gaussian) {
      const auto low = tensor("low"), high = tensor("high");
      x = x.topRows(3).array().tanh().matrix().eval();
      for (Eigen::Index o = 0; o < 3; ++o) {
        const float least = low[static_cast<std::size_t>(o)], most = high[static_cast<std::size_t>(o)];
        x.row(o) = (least + 0.5F * (most - least) * (x.row(o).array() + 1)).matrix().eval();
      }
      EXPECT_EQ(header.contains("log_std"), policy.head == Head::tanh_means) << "which has one for all states";
    }
    EXPECT_LT((x - tests::expected_outputs(policy, observations)).cwiseAbs().maxCoeff(), 1e-5F) << each.name;
  }
}

class ExportedPolicy : public testing::Test {
 protected:
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cairn_exported_" + std::to_string(::getpid()) + ".safetensors");
  ~ExportedPolicy() override { std::filesystem::remove(path); }
  Archive stored(const std::string& bytes) const {
    std::ofstream(path, std::ios::binary) << bytes;
    return read_archive(path, Checksum::where_there);
  }
};

TEST_F(ExportedPolicy, ReadsBackToTheSamePolicyAndOrigin) {
  const Origin origin{.run = "a run", .steps = "4096", .commit = "abc123", .world = "small:x=1", .agent = "ppo"};
  for (const tests::PolicyCase& each : tests::policy_cases) {
    Policy policy = tests::small_policy(each);
    policy.epsilon = each.head == Head::q_values ? 0.05F : 0;
    const Archive archive = stored(to_safetensors(policy, tests::small_spec(policy), origin));
    ASSERT_TRUE(is_exported_policy(archive));
    const Policy back = exported_policy(archive);
    EXPECT_EQ(back.head, policy.head);
    EXPECT_EQ(back.shape.hidden, policy.shape.hidden);
    EXPECT_EQ(back.shape.norm, policy.shape.norm);
    EXPECT_EQ(back.shape.activation, policy.shape.activation);
    EXPECT_EQ(back.parameters, policy.parameters);
    EXPECT_EQ(back.epsilon, policy.epsilon);
    const Eigen::MatrixXf observations = tests::random_observations(20);
    EXPECT_EQ(tests::expected_outputs(back, observations), tests::expected_outputs(policy, observations)) << each.name;
    EXPECT_EQ(facts_of(exported_origin(archive)), facts_of(origin));
  }
}

TEST_F(ExportedPolicy, RefusesWhatDoesNotFitTogether) {
  const Policy policy = tests::small_policy(tests::policy_cases[4]);  // means, normalised
  const std::string whole = to_safetensors(policy, tests::small_spec(policy));
  const auto refused = [&](const std::string& old, const std::string& other) -> std::string {
    std::string bytes = whole;
    const std::size_t at = bytes.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    bytes.replace(at, old.size(), other);
    try {
      exported_policy(stored(bytes));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "nothing was refused";
  };
  EXPECT_THAT(refused("layers.0.weight", "layers.0.height"), testing::HasSubstr("lacks the tensor 'layers.0.weight'"));
  EXPECT_THAT(refused("layers.1.bias", "layers.1.bars"), testing::HasSubstr("layers.1.bias"));
  EXPECT_THAT(refused("layers.1.weight", "layers.9.weight"), testing::HasSubstr("elements"));
  EXPECT_THAT(refused(R"("head":"means")", R"("head":"beans")"), testing::HasSubstr("'head'"));
  EXPECT_THAT(refused(R"("clip":"2")", R"("clip":"n")"), testing::HasSubstr("'clip'"));
  EXPECT_THAT(refused("cairn policy 1", "other policy 1"), testing::HasSubstr("format"));
}

TEST_F(ExportedPolicy, RefusesLayerNormThatIsNotWhole) {
  const Policy policy = tests::small_policy(tests::policy_cases[5]);
  const std::string whole = to_safetensors(policy, tests::small_spec(policy));
  for (const char* name : {"norms.0.bias", "norms.1.weight"}) {
    std::string bytes = whole;
    bytes.replace(bytes.find(name), 5, "horns");
    EXPECT_THROW(exported_policy(stored(bytes)), std::runtime_error) << name;
  }
}

TEST_F(ExportedPolicy, RefusesSquashedPoliciesWithoutBoundsOrWithHalfAComponent) {
  Policy policy = tests::small_policy(tests::policy_cases[7]);
  const envs::Spec spec = tests::small_spec(policy);
  policy.high[1] = INFINITY;
  EXPECT_THROW(exported_policy(stored(to_safetensors(policy, spec))), std::runtime_error);
  policy.high[1] = policy.low[1] - 1;
  EXPECT_THROW(exported_policy(stored(to_safetensors(policy, spec))), std::runtime_error);
  policy = tests::small_policy(tests::policy_cases[7]);
  policy.head = Head::squashed_gaussian;  // of 3 outputs
  EXPECT_THROW(exported_policy(stored(to_safetensors(policy, spec))), std::runtime_error);
}

TEST(Export, RefusesWorldsThatDoNotFitAndFoldersThatAreNotThere) {
  const Policy policy = tests::small_policy(tests::policy_cases[0]);
  envs::Spec spec = tests::small_spec(policy);
  const auto path = std::filesystem::temp_directory_path() / ("cairn_export_" + std::to_string(::getpid()));
  try {
    export_policy(policy, spec, ExportFormat::safetensors, path / "nowhere" / "policy");
    ADD_FAILURE() << "a file was written into a folder that is not there";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("nowhere"));
  }
  spec.action_names.pop_back();
  EXPECT_THROW(export_policy(policy, spec, ExportFormat::onnx, path), std::invalid_argument);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Export, RefusesACritic) {
  Policy critic = tests::small_policy(tests::policy_cases[0]);
  const envs::Spec spec = tests::small_spec(critic);
  critic.head = Head::value;
  const auto path = std::filesystem::temp_directory_path() / ("cairn_export_" + std::to_string(::getpid()));
  EXPECT_THROW(export_policy(critic, spec, ExportFormat::safetensors, path), std::invalid_argument);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace cairn::agents
