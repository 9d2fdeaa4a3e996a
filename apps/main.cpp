#include "apps/program.h"

int main(int count, char** words) {
  return cairn::apps::Program().run(count, words);
}
