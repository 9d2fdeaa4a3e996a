#include <fmt/format.h>

#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/command_line/registry.h"
#include "apps/optimizer/parts.h"

namespace cairn::apps {

namespace {

const std::vector<Option> schedule_options = {
    {"schedule", "SPEC", "as in cosine or warmup:steps=500,then=(cosine); an omitted horizon is --steps", false},
    {"lr", "X", "the base rate", false},
    {"steps", "N", "updates, counted from 0", false},
    {"help", "", "this text", false},
};

}  // namespace

int print_schedule(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, schedule_options, 0);
  if (arguments.flag("help")) {
    print_help("cairn optimizer schedule --schedule SPEC --lr X --steps N\n\nPrints CSV: step,lr.\n\n{}",
               help_for(schedule_options));
    return 0;
  }
  require_options(arguments, schedule_options, {"schedule", "lr", "steps"});
  const optim::Schedule schedule = make_schedule(parse_component(arguments.text("schedule"), "--schedule"));
  const double rate = arguments.real("lr", "[0,inf)", 0);
  const std::int64_t steps = arguments.count("steps", "[1,1000000000]", 1);
  print_out("step,lr\n");
  for (std::int64_t step = 0; step < steps && !out_is_lost(); ++step)
    print_out("{},{:.17g}\n", step, schedule(step, rate, {steps}));
  return 0;
}

}  // namespace cairn::apps
