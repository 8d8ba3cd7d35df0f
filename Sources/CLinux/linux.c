// Calls that Glibc's module does not show to Swift, because they need _GNU_SOURCE.
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int martlet_start_writeback(int fd, int64_t offset, int64_t length) {
    return sync_file_range(fd, offset, length, SYNC_FILE_RANGE_WRITE) == 0 ? 0 : errno;
}

void martlet_name_thread(const char *name) {
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = 0;
    pthread_setname_np(pthread_self(), cut);
}

int martlet_thread_number(void) { return gettid(); }

void martlet_run_beside(int thread) {
    cpu_set_t cores;
    int own = sched_getcpu();
    if (own < 0 || sched_getaffinity(0, sizeof cores, &cores) != 0) return;
    CPU_CLR(own, &cores);
    if (CPU_COUNT(&cores) > 0) sched_setaffinity(thread, sizeof cores, &cores);
}

void martlet_keep_memory_small(void) {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

void martlet_populate(void *start, size_t length) {
#ifdef MADV_POPULATE_WRITE
    // Kernels before 5.14 refuse it, and the pages come one by one.
    madvise(start, length, MADV_POPULATE_WRITE);
#endif
}

void martlet_trim_memory(void) { malloc_trim(0); }

static int forget_code_of(struct dl_phdr_info *program, size_t size, void *context) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < program->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &program->dlpi_phdr[i];
        // Only what can never have been written to: other pages would lose what they hold.
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X) || (part->p_flags & PF_W)) continue;
        uintptr_t start = program->dlpi_addr + part->p_vaddr;
        uintptr_t first = (start + page - 1) & ~(page - 1), end = (start + part->p_filesz) & ~(page - 1);
        if (first < end) madvise((void *)first, end - first, MADV_DONTNEED);
    }
    return 0;
}

void martlet_forget_code(void) { dl_iterate_phdr(forget_code_of, NULL); }
