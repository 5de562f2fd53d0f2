# Libraries from Debian. What each is for, and what was not chosen, is in docs/architecture.md; who may link which is in
# floors.cmake.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(CLI11 REQUIRED)
pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)
pkg_check_modules(uring REQUIRED IMPORTED_TARGET liburing)
pkg_check_modules(nghttp2 REQUIRED IMPORTED_TARGET libnghttp2)
# The GnuTLS flavour (libsrt-gnutls-dev): the other one does not go with libavformat in one process.
pkg_check_modules(srt REQUIRED IMPORTED_TARGET srt)
pkg_check_modules(libav REQUIRED IMPORTED_TARGET libavformat libavcodec libswresample libavutil)
pkg_check_modules(zimg REQUIRED IMPORTED_TARGET zimg)
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)

if(NOT TARGET yaml-cpp::yaml-cpp)
    add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()

# Asio, compiled once; its settings belong to every unit that includes it.
add_library(weir_asio STATIC EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/cmake/asio.cpp)
target_link_libraries(weir_asio PUBLIC Boost::headers OpenSSL::SSL Threads::Threads)
target_compile_definitions(weir_asio
    PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_NO_TS_EXECUTORS)
