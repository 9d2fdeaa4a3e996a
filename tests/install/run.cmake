# Installs this build to a scratch prefix, then configures, builds and runs small programs that know only the prefix.
# Variables: BUILD (this build), SOURCE (the small programs), SCRATCH (a folder to work in).
file(REMOVE_RECURSE ${SCRATCH})
function(run)
  execute_process(COMMAND ${ARGV} WORKING_DIRECTORY ${SCRATCH} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE out)
  message("${out}")
  set(out "${out}" PARENT_SCOPE)
endfunction()
file(MAKE_DIRECTORY ${SCRATCH})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${SCRATCH}/prefix)

# A component asks for its own dependencies only: what it must not need cannot be found.
set(without_optim box2d fmt Protobuf ONNX Boost PkgConfig SFML X11)
set(without_agents Boost PkgConfig SFML X11)
foreach(component optim agents program)
  list(TRANSFORM without_${component} REPLACE "(.+)" "-DCMAKE_DISABLE_FIND_PACKAGE_\\1=ON")
  run(${CMAKE_COMMAND} -S ${SOURCE} -B ${SCRATCH}/${component} -DCMAKE_PREFIX_PATH=${SCRATCH}/prefix
      -DCMAKE_BUILD_TYPE=Release -DCOMPONENT=${component} ${without_${component}})
  run(${CMAKE_COMMAND} --build ${SCRATCH}/${component})
endforeach()
run(optim/uses_optim)
run(agents/uses_agents)

# The program of one's own, through a comparison whose workers are that program.
set(mine program/uses_program)
run(${mine} list envs walk --check)
run(${mine} train --env walk --agent ppo --quiet --out run)
run(${mine} eval run --episodes 10 --json)
if(NOT out MATCHES "\"success_rate\": 1")
  message(FATAL_ERROR "The walk was not learned.")
endif()
run(${mine} suite run --only walk --seeds 1 --quiet --out suite)
run(${mine} tune --tasks walk --agents ppo:rollout=32,minibatch=64 --optimizers half --budget 1024 --trials 2
    --selection-seeds 1 --evaluations 1 --episodes 2 --jobs 2 --quiet --out tuned)
run(${mine} export run --format cpp --out policy.h)
run(${mine} compare --tasks walk walk:length=3 --agents ppo:rollout=32,minibatch=64 --optimizers half:lr=0.1 adam
    --budget 2048 --seeds 2 --evaluations 2 --episodes 2 --jobs 2 --quiet --out comparison)
if(NOT EXISTS ${SCRATCH}/comparison/report.html)
  message(FATAL_ERROR "The comparison wrote no report.")
endif()
file(STRINGS ${SCRATCH}/comparison/runs.csv rows REGEX "^\"?walk.*half")
list(LENGTH rows count)
if(NOT count EQUAL 4)
  message(FATAL_ERROR "The comparison has ${count} runs by the own rule, not 4.")
endif()

run(program/corridor list envs corridor --check)
run(program/awr list agents awr)
run(program/padam list optimizers padam)

# The traces that are installed, by the own program; and its own rule, which is none of them.
set(traces prefix/share/cairn/optimizer_traces)
run(program/padam optimizer check --traces ${traces})
execute_process(COMMAND ${SCRATCH}/program/padam optimizer check --traces ${traces} --case adam --optimizer padam
                WORKING_DIRECTORY ${SCRATCH} RESULT_VARIABLE status OUTPUT_VARIABLE out)
if(NOT status EQUAL 1 OR NOT out MATCHES "differs in float64 from step 1")
  message(FATAL_ERROR "Padam passed for Adam: ${status}, ${out}")
endif()

foreach(page "completion bash" "completion zsh" man)
  separate_arguments(words UNIX_COMMAND ${page})
  run(${mine} ${words})
  if(page MATCHES completion AND NOT out MATCHES "[( \"]walk[) \"]")
    message(FATAL_ERROR "'${page}' does not know the own world.")
  endif()
endforeach()
