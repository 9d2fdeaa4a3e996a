// One step of Adam, from a project that knows Eigen and nothing else.
#include <cstdio>
#include <vector>

#include "optim/adam.h"

int main() {
  using namespace cairn::optim;
  Layout layout;
  layout.add("weight", 2, 1, {"weight"});
  std::vector<double> parameters{1, -1}, gradient{0.5, -2};
  adam({.lr = 0.1}).bind<double>(layout)->step(parameters, gradient);
  std::printf("%g %g\n", parameters[0], parameters[1]);
  return parameters[0] < 1 && parameters[1] > -1 ? 0 : 1;
}
