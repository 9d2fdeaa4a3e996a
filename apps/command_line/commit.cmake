# Writes OUT, a header that says which commit is being built, and a hash of the sources that a run's bits come from;
# touches it only when one of them changed. Run at every build.
execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE
                RESULT_VARIABLE failed ERROR_QUIET)
if(failed)
  set(commit "unknown")
endif()
execute_process(COMMAND git -C ${SOURCE} status --porcelain --untracked-files=no OUTPUT_VARIABLE changes ERROR_QUIET)
if(changes)
  string(APPEND commit "+changes")
endif()
file(GLOB_RECURSE files RELATIVE ${SOURCE} ${SOURCE}/optim/*.h ${SOURCE}/optim/*.cpp ${SOURCE}/optim/CMakeLists.txt
     ${SOURCE}/envs/*.h ${SOURCE}/envs/*.cpp ${SOURCE}/envs/CMakeLists.txt ${SOURCE}/agents/*.h ${SOURCE}/agents/*.cpp
     ${SOURCE}/agents/CMakeLists.txt ${SOURCE}/apps/command_line/*.h ${SOURCE}/apps/command_line/*.cpp)
list(APPEND files CMakeLists.txt)
list(SORT files)
set(hashes "")
foreach(file IN LISTS files)
  file(SHA256 ${SOURCE}/${file} hash)
  string(APPEND hashes "${file} ${hash}\n")
endforeach()
string(SHA256 source "${hashes}")
string(SUBSTRING ${source} 0 16 source)
file(CONFIGURE OUTPUT ${OUT} CONTENT "#define CAIRN_COMMIT \"${commit}\"\n#define CAIRN_SOURCE_HASH \"${source}\"\n")
