#include "apps/comparison/study.h"

#include <algorithm>
#include <iterator>

namespace cairn::apps {

std::vector<Study> optimizer_studies() {
  std::vector<Study> all;
  for (std::vector<Study> group : {landscape_studies(), step_studies(), learning_studies()})
    std::ranges::move(group, std::back_inserter(all));
  return all;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace cairn::apps
