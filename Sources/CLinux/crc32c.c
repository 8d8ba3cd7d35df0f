#include "CLinux.h"
#include <pthread.h>
#include <string.h>

// The reflected Castagnoli polynomial. Eight tables let the portable version eat eight bytes a step.
#define POLYNOMIAL 0x82F63B78u

static uint32_t tables[8][256];
static pthread_once_t tables_ready = PTHREAD_ONCE_INIT;

static void fill_tables(void) {
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t c = n;
        for (int k = 0; k < 8; k++) c = (c & 1) ? (c >> 1) ^ POLYNOMIAL : c >> 1;
        tables[0][n] = c;
    }
    for (int t = 1; t < 8; t++)
        for (uint32_t n = 0; n < 256; n++) tables[t][n] = (tables[t - 1][n] >> 8) ^ tables[0][tables[t - 1][n] & 0xff];
}

static uint32_t portable(uint32_t crc, const uint8_t *p, size_t length) {
    pthread_once(&tables_ready, fill_tables);
    while (length >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        word ^= crc;
        crc = tables[7][word & 0xff] ^ tables[6][(word >> 8) & 0xff] ^ tables[5][(word >> 16) & 0xff] ^ tables[4][(word >> 24) & 0xff] ^
              tables[3][(word >> 32) & 0xff] ^ tables[2][(word >> 40) & 0xff] ^ tables[1][(word >> 48) & 0xff] ^ tables[0][word >> 56];
        p += 8;
        length -= 8;
    }
    while (length--) crc = (crc >> 8) ^ tables[0][(crc ^ *p++) & 0xff];
    return crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t with_sse42(uint32_t seed, const uint8_t *p, size_t length) {
    uint64_t crc = seed;
    while (length >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        crc = _mm_crc32_u64(crc, word);
        p += 8;
        length -= 8;
    }
    uint32_t rest = (uint32_t)crc;
    while (length--) rest = _mm_crc32_u8(rest, *p++);
    return rest;
}
#endif

uint32_t martlet_crc32c(uint32_t seed, const void *bytes, size_t length) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return ~with_sse42(~seed, bytes, length);
#endif
    return ~portable(~seed, bytes, length);
}
