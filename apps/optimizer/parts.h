#pragma once

#include <string>
#include <vector>

namespace cairn::apps {

// The parts of `cairn optimizer`; each takes the words after its name and returns the exit status.
int replay(const std::vector<std::string>& line);
int check_traces(const std::vector<std::string>& line);
int print_schedule(const std::vector<std::string>& line);
int descend(const std::vector<std::string>& line);

}  // namespace cairn::apps
