# Installs this build to a scratch prefix, then configures, builds and runs a small program that knows only the prefix.
# Variables: BUILD (this build), SOURCE (the small program), SCRATCH (a folder to work in).
file(REMOVE_RECURSE ${SCRATCH})
foreach(step
    "${CMAKE_COMMAND};--install;${BUILD};--prefix;${SCRATCH}/prefix"
    "${CMAKE_COMMAND};-S;${SOURCE};-B;${SCRATCH}/build;-DCMAKE_PREFIX_PATH=${SCRATCH}/prefix;-DCMAKE_BUILD_TYPE=Release"
    "${CMAKE_COMMAND};--build;${SCRATCH}/build"
    "${SCRATCH}/build/uses_cairn")
  execute_process(COMMAND ${step} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
