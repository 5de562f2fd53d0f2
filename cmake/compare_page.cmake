# Fails when a committed reference page differs from what `weir docs TOPIC` prints today; with BLOCK, when what stands between
# the marks of that topic in the page does.
execute_process(COMMAND ${WEIR} docs ${TOPIC} OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
file(READ ${PAGE} committed)
if(BLOCK)
    set(printed "<!-- weir docs ${TOPIC} -->\n${printed}<!-- end -->\n")
    string(FIND "${committed}" "${printed}" found)
    if(found EQUAL -1)
        message(FATAL_ERROR "${PAGE} is out of date between its marks: build/release/weir docs ${TOPIC}")
    endif()
elseif(NOT printed STREQUAL committed)
    message(FATAL_ERROR "${PAGE} is out of date: build/release/weir docs ${TOPIC} > docs/${TOPIC}.md")
endif()
