/* Stands before GCC's own header of this name while llama.cpp is compiled; see ../ggml.cmake.
 *
 * In many releases, 11.3 and 12.2 among them, it tells the compiler of 8 of the 64 bytes that `_tile_loadconfig` reads. What llama.cpp stores in
 * the other 56, the shapes of the tiles, then looks unused and is left out, and the first instruction on a tile is an invalid one.
 * `_tile_loadd` says nothing of the memory that it reads either, so whether the stores before it come before it is left to chance.
 *
 * No include guard: the header behind it has its own, and refuses to be included alone. */
#include_next <amxtileintrin.h>

#if defined(__GNUC__) && !defined(__clang__) && defined(__AMX_TILE__) && defined(__x86_64__)

struct copydesk_tile_configuration {
  char bytes[64];
};

#undef _tile_loadconfig
#define _tile_loadconfig(configuration) \
  __asm__ volatile("ldtilecfg\t%X0" ::"m"(*(const struct copydesk_tile_configuration *)(configuration)) : "memory")

#undef _tile_storeconfig
#define _tile_storeconfig(configuration) \
  __asm__ volatile("sttilecfg\t%X0" : "=m"(*(struct copydesk_tile_configuration *)(configuration))::"memory")

#undef _tile_loadd
#define _tile_loadd(tile, base, stride) \
  __asm__ volatile("{tileloadd\t(%0,%1,1), %%tmm" COPYDESK_TILE(tile) "|tileloadd\t%%tmm" COPYDESK_TILE(tile) ", [%0+%1*1]}" ::"r"( \
                       (const void *)(base)), \
                   "r"((__PTRDIFF_TYPE__)(stride)) \
                   : "memory")

/* In two steps, so that a macro that stands for the number is read first. */
#define COPYDESK_TILE(tile) COPYDESK_SPELT(tile)
#define COPYDESK_SPELT(tile) #tile

#endif
