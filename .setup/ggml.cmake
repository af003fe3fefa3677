# Included by CMake when it comes to the part of llama.cpp that computes (its project "ggml"), because .cargo/config.toml names this file.
#
# GCC's headers of many releases tell the compiler too little of what the matrix instructions of newer Intel processors (AMX) read, so
# that what they need is left out of the program. The folder holds a header of the same name, which is found first and mends it.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  include_directories(BEFORE "$<$<COMPILE_LANGUAGE:CXX>:${CMAKE_CURRENT_LIST_DIR}/include>")
endif()
