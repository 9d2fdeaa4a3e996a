# Compiles the files of a target together, many in one unit: most of the compiler's time goes into headers and
# templates, the same ones for every file. Two files that hide the same name in an unnamed namespace (a constant, a
# helper) go into different units, so that no file needs to know what another one calls its own. A clash that the compiler
# finds all the same (a name added since CMake last ran, or one that another file means to be seen) is an error: run CMake
# again, or take another name.

# The names that a file's unnamed namespaces define, by the look of the lines that are not indented. A name too many does
# no harm.
function(cairn_hidden_names file names)
  file(READ ${file} text)
  string(REPLACE "[" "{" text "${text}")  # what CMake's lists would trip over; an array is a name too
  string(REGEX REPLACE "[];]" "," text "${text}")
  set(found "")
  string(FIND "${text}" "\nnamespace {\n" begin)
  while(begin GREATER_EQUAL 0)
    string(SUBSTRING "${text}" ${begin} -1 text)
    string(FIND "${text}" "\n}  // namespace\n" length)
    string(SUBSTRING "${text}" 12 ${length} hidden)
    string(REGEX MATCHALL "\n[A-Za-z][^\n]*" lines "${hidden}")
    string(REGEX REPLACE "[(][^;]*" "(" lines "${lines}")  # a function's arguments are its own
    string(REGEX MATCHALL "[A-Za-z_0-9]+ *[={(]|\n(struct|class) +[A-Za-z_0-9]+" words "${lines}")
    string(REGEX REPLACE "\n(struct|class) +| *[={(]" "" words "${words}")
    list(FILTER words EXCLUDE REGEX "^[A-Z_]+$")  # TEST(
    list(APPEND found ${words})
    string(SUBSTRING "${text}" ${length} -1 text)
    string(FIND "${text}" "\nnamespace {\n" begin)
  endwhile()
  set(${names} "${found}" PARENT_SCOPE)
endfunction()

# About CMAKE_UNITY_BUILD_BATCH_SIZE files to a unit.
function(cairn_compile_together target)
  get_target_property(together ${target} UNITY_BUILD)
  if(NOT together)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  get_target_property(files ${target} SOURCES)
  list(LENGTH files count)
  math(EXPR last "(${count} - 1) / ${CMAKE_UNITY_BUILD_BATCH_SIZE}")
  foreach(unit RANGE ${last})
    set(size_${unit} 0)
    set(names_${unit} "")
  endforeach()
  foreach(file ${files})
    file(STRINGS ${file} macros REGEX "^#include <X11/")  # its macros are other people's names
    if(macros)
      continue()
    endif()
    cairn_hidden_names(${file} names)
    # Into the smallest unit that knows none of them, or a new one.
    set(home "")
    foreach(unit RANGE ${last})
      set(others ${names_${unit}})
      list(REMOVE_ITEM others ${names} "")
      list(LENGTH others left)
      list(LENGTH names_${unit} all)
      if(left EQUAL all AND (home STREQUAL "" OR size_${unit} LESS size_${home}))
        set(home ${unit})
      endif()
    endforeach()
    if(home STREQUAL "")
      math(EXPR last "${last} + 1")
      set(home ${last})
      set(size_${home} 0)
      set(names_${home} "")
    endif()
    list(APPEND names_${home} ${names})
    math(EXPR size_${home} "${size_${home}} + 1")
    set_source_files_properties(${file} PROPERTIES UNITY_GROUP ${home})
  endforeach()
endfunction()
