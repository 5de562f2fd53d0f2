# weir_embed(<target> <function> <path> [DEPENDS ...]) puts a folder into the program: it becomes the table
# `std::span<const Asset> <function>()` with paths relative to it, and no path at all becomes the empty table. It is declared in
# src/app/assets.hpp. The list of files is read at build time (a bundler names its own outputs); the bytes enter through .incbin, past the
# compiler and its cache.
# Debian's own interpreter: it is the one that sees Debian's Python packages.
set(WEIR_PYTHON /usr/bin/python3)

function(weir_embed target function path)
    cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "DEPENDS")
    set(assembly ${PROJECT_BINARY_DIR}/embed/${function}.S)
    set(table ${PROJECT_BINARY_DIR}/embed/${function}.cpp)
    set(generator ${PROJECT_SOURCE_DIR}/cmake/embed.py)
    add_custom_command(
        OUTPUT ${assembly} ${table}
        COMMAND ${WEIR_PYTHON} ${generator} ${function} "${path}" ${assembly} ${table}
        DEPENDS ${generator} ${arg_DEPENDS}
        COMMENT "Embedding ${function}"
        VERBATIM)
    target_sources(${target} PRIVATE ${assembly} ${table})
endfunction()
