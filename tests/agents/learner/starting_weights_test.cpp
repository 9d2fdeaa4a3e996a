#include "agents/learner/starting_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../policy_gradient/learning.h"
#include "agents/imitation/bc.h"
#include "agents/policy_gradient/a2c.h"
#include "agents/policy_gradient/ppo.h"
#include "agents/policy_gradient/stream_ac.h"
#include "agents/q_learning/dqn.h"
#include "agents/q_learning/pqn.h"
#include "agents/q_learning/stream_q.h"
#include "optim/obgd.h"

namespace cairn::agents {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// What a checkpoint of the agent has for others to begin from.
Archive checkpoint(const Agent& agent) {
  Archive archive;
  agent.policy().save(archive);
  agent.save(archive);
  archive.metadata["steps"] = std::to_string(agent.steps());
  return archive;
}

Archive policy_alone(const Agent& agent) {
  Archive archive;
  agent.policy().save(archive);
  archive.metadata["steps"] = "400";
  return archive;
}

void begin(Agent& agent, const envs::EnvironmentFactory& factory, envs::ThreadPool& pool) {
  agent.begin({.factory = factory, .environments = 4, .seed = 11, .total_steps = 10'000, .pool = &pool});
}

void expect_same_policy(const Agent& one, const Agent& other) {
  const Policy a = one.policy(), b = other.policy();
  EXPECT_EQ(a.parameters, b.parameters);
  ASSERT_EQ(a.normaliser.has_value(), b.normaliser.has_value());
  if (!a.normaliser) return;
  EXPECT_TRUE(a.normaliser->mean.isApprox(b.normaliser->mean, 1e-6F));
  EXPECT_TRUE(a.normaliser->inverse_std.isApprox(b.normaliser->inverse_std, 1e-4F));
}

TEST(StartingWeights, OfTheSameAgentAreAllItsNetworks) {
  envs::ThreadPool pool(1);
  Ppo first(cart_pole()->spec(), {.normalise_observations = true}, clipped_adam(1e-3));
  train(first, cart_pole, pool, 2'000);
  Ppo second(cart_pole()->spec(), {.epochs = 3, .normalise_observations = true}, clipped_adam(1e-2));
  second.start_from(checkpoint(first));
  begin(second, cart_pole, pool);
  expect_same_policy(first, second);
  EXPECT_EQ(first.critic()->parameters, second.critic()->parameters);
  EXPECT_EQ(second.steps(), 0);

  Dqn third(cart_pole()->spec(), {.learning_starts = 100, .dueling = true}, clipped_adam(1e-3));
  train(third, cart_pole, pool, 2'000);
  Dqn fourth(cart_pole()->spec(), {.dueling = true}, clipped_adam(1e-3));
  fourth.start_from(checkpoint(third));
  begin(fourth, cart_pole, pool);
  expect_same_policy(third, fourth);
  Archive archive;
  fourth.save(archive);
  EXPECT_EQ(archive.get<float>("target/q/0/weight"), archive.get<float>("parameters/q/0/weight"));
}

TEST(StartingWeights, GoOnInAgentsWithoutReplay) {
  envs::ThreadPool pool(1);
  // The same network by replay, by rollouts and from a stream.
  Dqn first(cart_pole()->spec(), {.hidden = {64, 64}, .learning_starts = 100, .layer_norm = true}, clipped_adam(1e-3));
  train(first, cart_pole, pool, 2'000);
  Pqn second(cart_pole()->spec(), {.hidden = {64, 64}}, clipped_adam(1e-3));
  second.start_from(checkpoint(first));
  begin(second, cart_pole, pool);
  expect_same_policy(first, second);

  const auto alone = [&](Agent& agent) {
    agent.begin({.factory = cart_pole, .environments = 1, .seed = 11, .total_steps = 10'000, .pool = &pool});
  };
  StreamQ third(cart_pole()->spec(), {.hidden = {32}}, optim::obgd());
  alone(third);
  Telemetry telemetry;
  for (int i = 0; i < 4; ++i) third.iterate(telemetry);
  StreamQ fourth(cart_pole()->spec(), {.hidden = {32}}, optim::obgd());
  fourth.start_from(checkpoint(third));
  alone(fourth);
  EXPECT_EQ(third.policy().parameters, fourth.policy().parameters);
  EXPECT_TRUE(third.policy().normaliser->mean.isApprox(fourth.policy().normaliser->mean, 1e-2F))
      << "which has seen its first observation besides";

  StreamAc fifth(cart_pole()->spec(), {.hidden = {32}}, optim::obgd());
  alone(fifth);
  for (int i = 0; i < 4; ++i) fifth.iterate(telemetry);
  StreamAc sixth(cart_pole()->spec(), {.hidden = {32}}, optim::obgd());
  sixth.start_from(checkpoint(fifth));
  alone(sixth);
  EXPECT_EQ(fifth.policy().parameters, sixth.policy().parameters);
  EXPECT_EQ(fifth.critic()->parameters, sixth.critic()->parameters);
}

TEST(StartingWeights, OfAClonedPolicyMakeAnActorAndLeaveTheCriticAsItBegins) {
  envs::ThreadPool pool(1);
  for (const envs::EnvironmentFactory& factory : {car, continuous_car}) {
    const envs::Spec spec = factory()->spec();
    Bc cloned(spec, {.log_std = -1.5F}, optim::adam(), fly_demonstrations(factory, 4, 1));
    train(cloned, factory, pool, 4'000);
    for (const Archive& archive : {checkpoint(cloned), policy_alone(cloned)}) {
      Ppo begun(spec, {.normalise_observations = true}, clipped_adam(1e-3)),
          own(spec, {.normalise_observations = true}, clipped_adam(1e-3));
      begun.start_from(archive);
      begin(begun, factory, pool);
      begin(own, factory, pool);
      expect_same_policy(cloned, begun);
      EXPECT_EQ(begun.critic()->parameters, own.critic()->parameters);
      EXPECT_NE(begun.policy().parameters, own.policy().parameters);
      Telemetry telemetry;
      begun.iterate(telemetry);
      EXPECT_TRUE(begun.policy().parameters.allFinite());
    }
  }
}

TEST(StartingWeights, OfContinuousPoliciesBringTheirDeviations) {
  envs::ThreadPool pool(1);
  Bc cloned(continuous_car()->spec(), {.log_std = -1.5F}, optim::adam(), fly_demonstrations(continuous_car, 2, 1));
  train(cloned, continuous_car, pool, 64);
  A2c begun(continuous_car()->spec(), {.normalise_observations = true}, clipped_adam(1e-3));
  begun.start_from(policy_alone(cloned));
  begin(begun, continuous_car, pool);
  EXPECT_EQ(begun.policy().log_std[0], -1.5F);
}

TEST(StartingWeights, AreThoseOfEveryRunOfTheAgent) {
  envs::ThreadPool pool(1);
  Dqn first(car()->spec(), {}, clipped_adam(1e-3)), second(car()->spec(), {}, clipped_adam(1e-3));
  begin(first, car, pool);
  second.start_from(checkpoint(first));
  for (int run = 0; run < 2; ++run) {
    second.begin({.factory = car, .environments = 2, .seed = 77, .total_steps = 10'000, .pool = &pool});
    expect_same_policy(first, second);
    Telemetry telemetry;
    for (int i = 0; i < 4; ++i) second.iterate(telemetry);
  }
}

TEST(StartingWeights, ThatDoNotFitAreRefusedBesideWhatIsHere) {
  envs::ThreadPool pool(1);
  const envs::Spec spec = car()->spec();
  Dqn q(spec, {}, clipped_adam(1e-3));
  Ppo whitened(spec, {.normalise_observations = true}, clipped_adam(1e-3));
  begin(q, car, pool);
  begin(whitened, car, pool);
  const Archive values = checkpoint(q), policy = checkpoint(whitened);
  const auto starting = [](Startable& agent, const Archive& archive) { return [&] { agent.start_from(archive); }; };
  Ppo raw(spec, {}, clipped_adam(1e-3)),
      wide(spec, {.hidden = {64}, .normalise_observations = true}, clipped_adam(1e-3));
  EXPECT_THAT(
      starting(raw, values),
      ThrowsMessage<std::invalid_argument>(HasSubstr(
          "the policy there is 2-64-64-3 with relu before q_values, that of ppo here 2-64-64-3 with tanh before "
          "logits")));
  EXPECT_THAT(starting(wide, policy), ThrowsMessage<std::invalid_argument>(HasSubstr("2-64-3 with tanh")));
  EXPECT_THAT(starting(raw, policy), ThrowsMessage<std::invalid_argument>(HasSubstr("normalise_observations=true")));
  Dqn dueling(spec, {.dueling = true}, clipped_adam(1e-3));
  EXPECT_THAT(starting(dueling, values),
              ThrowsMessage<std::invalid_argument>(HasSubstr("has 192 numbers there and 256 in dqn here")));
  EXPECT_THAT(starting(dueling, policy_alone(q)), ThrowsMessage<std::invalid_argument>(HasSubstr("is not there")));
  EXPECT_THROW(raw.start_from(Archive()), std::runtime_error);
}

}  // namespace
}  // namespace cairn::agents
