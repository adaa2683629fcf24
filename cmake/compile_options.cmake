# Warnings, sanitizers and linker, for every target through sluice_options.
add_library(sluice_options INTERFACE)
target_include_directories(sluice_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(
    sluice_options
    INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor -Wimplicit-fallthrough
              -Werror
)
target_compile_definitions(sluice_options INTERFACE BOOST_ASIO_NO_DEPRECATED)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 takes Asio's coroutine frame allocator, which is inlined by halves, for a mismatch.
    # Likewise it sees bounds where std::string joins literals that are not there (GCC bugs 105329, 105651).
    target_compile_options(sluice_options INTERFACE -Wno-mismatched-new-delete -Wno-array-bounds -Wno-restrict
                                                    -Wno-stringop-overflow)
endif()
if(SLUICE_SANITIZE)
    target_compile_options(sluice_options INTERFACE -fsanitize=${SLUICE_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(sluice_options INTERFACE -fsanitize=${SLUICE_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # With sanitizers g++ loses track of what optional has initialised ("Instrumentation Options" in its manual).
        target_compile_options(sluice_options INTERFACE -Wno-maybe-uninitialized)
    endif()
    if(SLUICE_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(sluice_options INTERFACE -Wno-tsan)  # g++ 12 warns inside Asio
    endif()
endif()
find_program(SLUICE_LLD NAMES ld.lld ld.lld-14)
if(SLUICE_LLD)
    target_link_options(sluice_options INTERFACE -fuse-ld=lld)
endif()
find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE)
    # Precompiled headers need this sloppiness; see "Precompiled headers" in ccache(1).
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${SLUICE_CCACHE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(sluice_options INTERFACE -fpch-preprocess)
    endif()
endif()
