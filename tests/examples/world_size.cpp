#include <cstdio>

#include "apps/command_line/errors.h"
#include "apps/command_line/options.h"
#include "apps/command_line/registry.h"

namespace cairn::apps {

const std::vector<Option> options = {
    {"env", "SPEC", "the world, as in lander"},
    {"help", "", "this text", false},
};

/// How many numbers a world shows and takes.
int world_size(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, options, 0);
  if (arguments.flag("help")) {
    std::printf("cairn world_size --env SPEC\n\n%s", help_for(options).c_str());
    return 0;
  }
  if (!arguments.has("env")) throw UsageError("Option '--env' is missing; 'cairn list envs' shows what there is.");
  const envs::Spec spec = make_environment(parse_component(arguments.text("env"), "--env")).spec;
  std::printf("%d observations, %d actions\n", spec.observation_size(),
              spec.discrete() ? spec.actions() : spec.action_size());
  return 0;
}

}  // namespace cairn::apps

int main() {
  return cairn::apps::world_size({"--env", "lander:continuous=true"});
}
