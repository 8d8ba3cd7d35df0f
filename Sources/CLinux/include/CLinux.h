#ifndef MARTLET_CLINUX_H
#define MARTLET_CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/// CRC-32C (Castagnoli) of `length` bytes, continued from `seed` (0 to begin).
uint32_t martlet_crc32c(uint32_t seed, const void *bytes, size_t length);

/// Starts write-back of a file's dirty pages without waiting for it; 0 or an errno.
int martlet_start_writeback(int fd, int64_t offset, int64_t length);

/// Gives the calling thread a name (at most 15 bytes) that profilers and `top -H` show.
void martlet_name_thread(const char *name);

/// The number by which the system knows the calling thread.
int martlet_thread_number(void);

/// Lets a thread run on every core on which the caller may run but the one on which it does, if there is another.
void martlet_run_beside(int thread);

/// From now on a page of this mapping that cannot be read (SIGBUS) is replaced by zeros; 0 or an errno. Any number of threads may map and unmap.
int martlet_guard(const void *start, size_t length);

/// Ends what `martlet_guard` began at `start`; to be called before the range is unmapped.
void martlet_unguard(const void *start);

/// Reads a decimal floating point number (no sign prefix '+', no hexadecimal form) exactly rounded.
/// Returns the number of bytes consumed, 0 if there is no number. Out of range gives infinity or zero, as strtod does.
size_t martlet_parse_decimal(const char *text, size_t length, double *value);

/// Writes a finite `value` with `precision` digits in the form 'e', 'f' or 'g' of printf, or in Go's hexadecimal form 'a' (a negative precision: as many as
/// needed), and returns the length, 0 if `room` bytes do not hold it.
size_t martlet_print_double(double value, char form, int precision, char *out, size_t room);

/// Makes the C library use few arenas, give the largest blocks back to the system at once, and keep 8 MiB of what else is freed.
void martlet_keep_memory_small(void);

/// Gives a range of pages their memory now instead of one by one when they are touched.
void martlet_populate(void *start, size_t length);

/// Gives pages without memory in use back to the system.
void martlet_trim_memory(void);

/// Unmaps the pages of all programs' code; those that run are mapped again, from the system's cache.
void martlet_forget_code(void);

/// What came of asking for a name.
enum martlet_dns_outcome {
    /// There is an answer.
    MARTLET_DNS_ANSWER,
    /// The name does not exist, say all who were asked.
    MARTLET_DNS_NO_NAME,
    /// The name exists, without records of that type.
    MARTLET_DNS_NO_DATA,
    /// Nobody has answered, or not in order.
    MARTLET_DNS_FAILED,
};

/// Asks the name servers of resolv.conf, along its search list, for the records of a type (RFC 1035, 3.2.2) that a name has; or, if `server` is given, that
/// IPv4 address. Blocks. The answer as it came is written to `answer`, which holds `room` bytes.
enum martlet_dns_outcome martlet_dns_search(
    const char *name, int type, const char *server, uint16_t port, uint8_t *answer, size_t room, size_t *length);

/// Asks the processor to fetch the cache line at `address`, which need not be readable, for a write that comes soon.
static inline void martlet_prefetch(const void *address) { __builtin_prefetch(address, 1); }

#ifdef __cplusplus
}
#endif
#endif
