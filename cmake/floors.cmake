# The building: every top-level folder of src/ stands on a floor, is the library weir_<folder>, and links the libraries of
# strictly lower floors and nothing else of ours. script/check proves the same of the #include lines.
set(weir_floor_0 base)
set(weir_floor_1 media config)
set(weir_floor_2 format stream av)
set(weir_floor_3 proto)
set(weir_floor_4 net package record transcode)
set(weir_floor_5 endpoint api cluster)
set(weir_floor_6 app)
set(weir_top_floor 6)

# Linked by the worker alone: the server never runs a codec.
set(weir_worker_only av)

# What each folder may link besides. A folder that is not named links no third party.
set(weir_links_base fmt::fmt spdlog::spdlog)
set(weir_links_av PkgConfig::libav PkgConfig::zimg)
set(weir_links_worker PkgConfig::seccomp Threads::Threads)
set(weir_links_config yaml-cpp::yaml-cpp)
set(weir_links_proto OpenSSL::Crypto PkgConfig::nghttp2)
set(weir_links_net weir_asio OpenSSL::SSL PkgConfig::uring PkgConfig::srt)
set(weir_links_endpoint weir_asio OpenSSL::Crypto)
set(weir_links_api weir_asio Boost::json OpenSSL::Crypto)
set(weir_links_cluster weir_asio Boost::json)
set(weir_links_app weir_asio Boost::json CLI11::CLI11)

# A main.cpp is a program and belongs to no library. A folder without a .cpp is an interface library, so that the tree configures at every stage of its growth.
function(weir_folder folder lower)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    if(sources)
        add_library(weir_${folder} STATIC ${sources})
        set(scope PUBLIC)
    else()
        add_library(weir_${folder} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_include_directories(weir_${folder} ${scope} ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(weir_${folder} ${scope} ${lower} ${weir_links_${folder}})
endfunction()

set(weir_lower "")
set(weir_folders "")
foreach(floor RANGE ${weir_top_floor})
    set(here "")
    foreach(folder ${weir_floor_${floor}})
        weir_folder(${folder} "${weir_lower}")
        if(NOT folder IN_LIST weir_worker_only)
            list(APPEND here weir_${folder})
        endif()
        list(APPEND weir_folders ${folder})
    endforeach()
    # The nearest floor first: static libraries are searched in this order.
    list(PREPEND weir_lower ${here})
    set(weir_up_to_floor_${floor} ${weir_lower})
endforeach()

# The worker: a program of its own, on base, media, format and av.
weir_folder(worker "weir_av;weir_format;weir_media;weir_base")
list(APPEND weir_folders worker)

file(GLOB weir_found CONFIGURE_DEPENDS LIST_DIRECTORIES true RELATIVE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/src/*)
foreach(entry ${weir_found})
    if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/src/${entry} AND NOT entry IN_LIST weir_folders)
        message(FATAL_ERROR "src/${entry} stands on no floor: name it in cmake/floors.cmake")
    endif()
endforeach()
