#include <numeric>

#include "agents/policy_gradient/gae.h"
#include "agents/policy_gradient/on_policy.h"
#include "apps/program.h"

using namespace cairn;

struct AwrOptions {
  float beta = 0.3F;
  int epochs = 20;
  template <class V>
  void fields(V&& v) {
    v("beta", beta, "(0,inf)", "advantage that makes an action e times as worth imitating");
    v("epochs", epochs, "[1,1000]", "updates on each rollout");
  }
};

// Advantage-weighted regression (Peng et al. 2019): imitate one's own actions, the better they were the more.
class Awr final : public agents::Agent {
 public:
  Awr(const envs::Spec& spec, const AwrOptions& options, optim::Rule rule)
      : options_(options), experience_(spec, {.hidden = {64, 64}, .rollout = 32}, rule) {}

  std::string_view name() const override { return "awr"; }
  void begin(const agents::Run& run) override {
    const int batch = 32 * run.environments;
    experience_.begin(run, batch, options_.epochs * agents::iterations_of(run.total_steps, batch));
    all_.resize(static_cast<std::size_t>(batch));
    std::iota(all_.begin(), all_.end(), 0);
  }
  void iterate(agents::Telemetry& telemetry) override {
    experience_.collect();
    agents::Rollout& rollout = experience_.rollout();
    agents::generalised_advantages(rollout, 0, {0.99F, 0.95F}, experience_.rewards(), rollout.advantage);
    agents::standardise(rollout.advantage);
    for (int epoch = 0; epoch < options_.epochs; ++epoch)  // L = -min(exp(A / beta), 20) log p + 1/2 (V - R)²
      experience_.update(
          all_,
          [beta = options_.beta](agents::ActorShard& shard, float scale) {
            const Eigen::Index n = shard.size;
            shard.d_log_probability.head(n) = -scale * (shard.advantage.head(n) / beta).exp().min(20.0F);
            shard.d_entropy.head(n).setZero();
          },
          [](agents::CriticShard& shard, float scale) {
            const Eigen::Index n = shard.size;
            agents::value_loss<float>(shard.values.leftCols(n), shard.old_values.leftCols(n), shard.returns.leftCols(n),
                                      shard.weight.head(n), 0, 0.5F * scale, shard.d_values.leftCols(n), shard.sums);
          });
    experience_.finish(telemetry);
  }
  std::int64_t steps() const override { return experience_.steps(); }
  agents::Policy policy() const override { return experience_.policy(); }
  const envs::VectorEnvironment& worlds() const override { return experience_.worlds(); }
  void save(agents::Archive& archive) const override { experience_.save(archive); }
  void load(const agents::Archive& archive) override { experience_.load(archive); }

 private:
  AwrOptions options_;
  agents::OnPolicy experience_;
  std::vector<int> all_;
};

int main(int count, char** words) {
  apps::Program program("awr");
  program.add_agent<Awr, AwrOptions>({"awr", "imitates its own better actions", "Peng et al. 2019"}, "adam:lr=5e-3");
  return program.run(count, words);
}
