# find_package(sluice COMPONENTS cache [cache_redis]): the cache for other projects: `cmake --install build/release
# --prefix P --component cache` (and cache_redis). Headers keep their paths from src/.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sluice)
set(header_dir ${CMAKE_INSTALL_INCLUDEDIR}/sluice)

function(sluice_export component name as)
    set_target_properties(${name} PROPERTIES EXPORT_NAME ${as})
    target_compile_features(${name} INTERFACE cxx_std_20)
    target_include_directories(${name} INTERFACE $<INSTALL_INTERFACE:${header_dir}>)
    install(TARGETS ${name} EXPORT sluice-${component} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component})
endfunction()

function(sluice_export_headers component folder)
    list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/src/${folder}/ OUTPUT_VARIABLE files)
    install(FILES ${files} DESTINATION ${header_dir}/${folder} COMPONENT ${component})
endfunction()

sluice_export(cache sluice_base base)
sluice_export(cache sluice_async async)
sluice_export(cache sluice_cache cache)
sluice_export(cache sluice_time cache_clock)
sluice_export(cache_redis sluice_redis_client cache_redis)

foreach(folder base async cache)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/${folder}/ DESTINATION ${header_dir}/${folder} COMPONENT cache
        FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
endforeach()
sluice_export_headers(cache adapters/system system_clock.h system_time_source.h)
sluice_export_headers(cache ports clock.h)
sluice_export_headers(cache_redis adapters/redis cache_store.h connection.h endpoint.h reply.h reply_error.h)
sluice_export_headers(cache_redis ports log.h)

foreach(component cache cache_redis)
    install(EXPORT sluice-${component} NAMESPACE sluice:: DESTINATION ${package_dir} COMPONENT ${component})
endforeach()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/sluice-config.cmake.in ${PROJECT_BINARY_DIR}/sluice-config.cmake
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sluice-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sluice-config.cmake ${PROJECT_BINARY_DIR}/sluice-config-version.cmake
    DESTINATION ${package_dir} COMPONENT cache)
