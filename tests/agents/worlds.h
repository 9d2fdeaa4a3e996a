#pragma once

#include <memory>

#include "envs/classic/acrobot.h"
#include "envs/classic/cart_pole.h"
#include "envs/classic/mountain_car.h"
#include "envs/classic/pendulum.h"

// The published worlds that several tests play in.
namespace cairn::agents {

inline const envs::EnvironmentFactory cart_pole = [] { return std::make_unique<envs::CartPole>(); };
inline const envs::EnvironmentFactory acrobot = [] { return std::make_unique<envs::Acrobot>(); };
inline const envs::EnvironmentFactory pendulum = [] { return std::make_unique<envs::Pendulum>(); };
inline const envs::EnvironmentFactory car = [] { return std::make_unique<envs::MountainCar>(); };
inline const envs::EnvironmentFactory continuous_car = [] { return std::make_unique<envs::MountainCarContinuous>(); };

}  // namespace cairn::agents
