#include <algorithm>

#include "agents/training/signals.h"
#include "apps/subcommands.h"

int main(int count, char** words) {
  cairn::agents::open_standard_streams();
  cairn::agents::ignore_write_signals();
  return cairn::apps::run_program({words + std::min(count, 1), words + count});
}
