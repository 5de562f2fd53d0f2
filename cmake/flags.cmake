# The language, the warnings, the sanitizers of the preset, and a compiler cache that all work trees of one machine share.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

set(WEIR_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")
set(WEIR_TEST_FOLDERS "" CACHE STRING "Folders of tests/ to build; empty is all of them")
option(WEIR_FUZZ "Build the fuzzers with libFuzzer, and nothing else" OFF)

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    message(FATAL_ERROR "Weir is built with clang 19 (run script/bootstrap, then cmake --preset release)")
endif()

add_compile_options(
    $<$<COMPILE_LANGUAGE:CXX>:-Wall> $<$<COMPILE_LANGUAGE:CXX>:-Wextra> $<$<COMPILE_LANGUAGE:CXX>:-Wpedantic>
    $<$<COMPILE_LANGUAGE:CXX>:-Wshadow> $<$<COMPILE_LANGUAGE:CXX>:-Werror>
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-gnu-statement-expression-from-macro-expansion> # TRY
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-designated-field-initializers> # what is not named is empty
    -fno-omit-frame-pointer)
add_link_options(-fuse-ld=lld)

if(WEIR_SANITIZE)
    add_compile_options(-fsanitize=${WEIR_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${WEIR_SANITIZE})
endif()
if(WEIR_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Paths in messages and debug information are relative to the repository (both spellings: the cache makes paths relative
# to the build folder), so that the same source gives the same object in every clone.
file(RELATIVE_PATH weir_up ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR}/)
add_compile_options(
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${weir_up}= -fdebug-compilation-dir=.)

find_program(WEIR_CCACHE ccache)
if(WEIR_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
        ${WEIR_CCACHE})
endif()
