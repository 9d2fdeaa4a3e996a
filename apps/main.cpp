#include "apps/subcommands.h"

int main(int count, char** words) {
  return cairn::apps::run_program({words + 1, words + count});
}
