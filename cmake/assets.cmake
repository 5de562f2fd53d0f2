# What the program carries in itself: the built web pages. Only src/app sees them, and only a program that calls web_assets()
# pays for building them.
set(weir_pages "")
if(EXISTS ${PROJECT_SOURCE_DIR}/web/package.json)
    set(weir_pages ${PROJECT_BINARY_DIR}/web)
    set(weir_pages_built ${PROJECT_BINARY_DIR}/web.stamp)
    file(GLOB_RECURSE weir_web_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/src/* ${PROJECT_SOURCE_DIR}/web/public/*)
    file(GLOB weir_web_top CONFIGURE_DEPENDS
        ${PROJECT_SOURCE_DIR}/web/*.html ${PROJECT_SOURCE_DIR}/web/*.json ${PROJECT_SOURCE_DIR}/web/*.ts)
    add_custom_command(
        OUTPUT ${weir_pages_built}
        COMMAND ${PROJECT_SOURCE_DIR}/cmake/build_web ${PROJECT_SOURCE_DIR}/web ${weir_pages}
        COMMAND ${CMAKE_COMMAND} -E touch ${weir_pages_built}
        DEPENDS ${PROJECT_SOURCE_DIR}/cmake/build_web ${weir_web_sources} ${weir_web_top}
        COMMENT "Building the web pages"
        VERBATIM)
endif()

add_library(weir_assets STATIC EXCLUDE_FROM_ALL)
target_include_directories(weir_assets PRIVATE ${PROJECT_SOURCE_DIR}/src)
weir_embed(weir_assets web_assets "${weir_pages}" DEPENDS ${weir_pages_built})

get_target_property(weir_app_type weir_app TYPE)
if(weir_app_type STREQUAL "STATIC_LIBRARY")
    target_link_libraries(weir_app PRIVATE weir_assets)
endif()
