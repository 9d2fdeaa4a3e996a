#include <fmt/format.h>

#include "apps/command_line/errors.h"
#include "apps/subcommands.h"

namespace cairn::apps {
int export_policy(const std::vector<std::string>&) {
  throw UsageError("'cairn export' is not there yet.");
}
}  // namespace cairn::apps
