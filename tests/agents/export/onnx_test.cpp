// An independent reader, OpenCV's DNN module, must find the same numbers in what we export.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <opencv2/dnn.hpp>

#include "agents/export/export.h"
#include "small_policy.h"

namespace cairn::agents {
namespace {

class Onnx : public testing::TestWithParam<tests::PolicyCase> {
 protected:
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cairn_" + std::to_string(::getpid()) + ".onnx");
  ~Onnx() override { std::filesystem::remove(path); }
};

TEST_P(Onnx, MeansTheSameToAnotherReader) {
  const Policy policy = tests::small_policy(GetParam());
  export_policy(policy, tests::small_spec(policy), ExportFormat::onnx, path);
  cv::dnn::Net network = cv::dnn::readNetFromONNX(path.string());
  for (const int batch : {1, 7}) {
    const Eigen::MatrixXf observations = tests::random_observations(batch);
    const Eigen::MatrixXf expected = tests::expected_outputs(policy, observations);
    // Column-major features x samples is row-major samples x features.
    const cv::Mat input(batch, 5, CV_32F, const_cast<float*>(observations.data()));
    network.setInput(input);
    const cv::Mat output = network.forward();
    ASSERT_EQ(output.rows, batch);
    ASSERT_EQ(output.cols, 3);
    for (int i = 0; i < batch; ++i)
      for (int o = 0; o < 3; ++o) EXPECT_NEAR(output.at<float>(i, o), expected(o, i), 1e-5) << i << ' ' << o;
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, Onnx, testing::ValuesIn(tests::policy_cases),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace cairn::agents
