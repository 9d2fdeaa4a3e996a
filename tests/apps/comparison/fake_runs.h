#pragma once

#include <unistd.h>

#include <filesystem>
#include <span>
#include <string>

#include "apps/comparison/analysis.h"
#include "tests/files.h"

namespace cairn::comparison {

/// A folder of its own, removed in the end.
struct Scratch {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cairn_comparison_" + std::to_string(::getpid()));
  Scratch() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Scratch() { std::filesystem::remove_all(path); }
};

/// Two workloads, three optimizers, `seeds` seeds.
inline Matrix small_matrix(int seeds) {
  Matrix matrix;
  matrix.workloads = {{"cartpole", "ppo", 4000}, {"acrobot", "dqn", 4000}};
  matrix.arms = {{"adam"}, {"sgd:momentum=0.9"}, {"lion"}};
  matrix.seeds = seeds;
  return matrix;
}

/// A finished run whose evaluations are `first` and then `last`, as a worker leaves it.
inline void fake_run(const Job& job, double first, double last) {
  const auto number = [](double value) { return std::to_string(value); };
  write_file(job.folder / "evaluations.csv",
             "steps,episodes,return_mean,return_std,return_median,length_mean,success_rate\n1000,20," + number(first) +
                 ",0,0,0,0\n2000,20," + number((first + last) / 2) + ",0,0,0,0.5\n4000,20," + number(last) +
                 ",0,0,0,1\n");
  write_file(job.folder / "progress.csv",
             "iteration,steps,train/gradient_norm,train/update_to_weight\n1,2000,3,0.1\n2,4000,1,0.2\n");
  write_file(job.folder / "networks.csv",
             "steps,q/dead_units,q/effective_rank\n2000,0.25,9\n4000," + number(first / 1000) + ",5\n");
  write_file(job.folder / "timing.csv", "steps,seconds,training_seconds\n1000,1,0.5\n2000,2,1\n4000,4,2\n");
  write_file(job.folder / "config.json", R"({"made_by": {"version": "1", "cpu": "a machine"}})");
  write_file(job.folder / "finished", "20.5 MiB\n");
}

inline Job fake_job(const Scratch& scratch, const Matrix& matrix, std::size_t s, std::size_t a, int seed) {
  const apps::RunPlan plan = plan_run(matrix, matrix.workloads[s], matrix.arms[a], static_cast<std::uint64_t>(seed));
  return {plan, scratch.path / "runs" / folder_name(plan) / ("s" + std::to_string(seed)), matrix.workloads[s].name()};
}

/// Of one set of runs.
inline Analysis analysis_of(const Matrix& matrix, const JobOf& job) {
  return analyse(matrix, std::span(&job, 1)).front();
}

}  // namespace cairn::comparison
