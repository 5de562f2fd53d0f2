# Fails when a committed reference page differs from what `weir docs TOPIC` prints today.
execute_process(COMMAND ${WEIR} docs ${TOPIC} OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
file(READ ${PAGE} committed)
if(NOT printed STREQUAL committed)
    message(FATAL_ERROR "${PAGE} is out of date: build/release/weir docs ${TOPIC} > docs/${TOPIC}.md")
endif()
