#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace cairn::apps {

// What config.json says under `made_by`: JSON text of an object with the build and the machine that a run was begun on,
// the digest of its demonstrations where it has any, and under `went_on` the builds and machines that it went on with.

/// Of this program, here.
std::string made_here(const std::string& demonstrations_digest);
/// The run goes on here after so many steps, on another build or machine than before.
std::string went_on_here(const std::string& made_by, std::int64_t steps);
/// Of a run; empty where its config.json does not say.
std::string read_made_by(const std::filesystem::path& config);

/// How this build and machine differ from those that the run went on with last, so that bits may differ, as in
/// `its cpu is 'A', here 'B'`; empty where they do not.
std::string difference_from_here(const std::string& made_by);
/// The digest of the demonstrations; empty where there is none.
std::string demonstrations_digest_in(const std::string& made_by);

}  // namespace cairn::apps
