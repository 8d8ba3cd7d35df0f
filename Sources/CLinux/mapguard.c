// Mapped files whose bytes are not there.
//
// A read through a mapping raises SIGBUS when the page cannot be had: the disk gives an I/O error, or somebody cut the file short. The handler
// below puts a page of zeros in its place, so that the reader goes on and finds a failed checksum.
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define RANGES 512

// Ranges lie in tables that are never moved or freed, so that the handler may walk them at any moment without a lock.
struct table {
    _Atomic uintptr_t start[RANGES]; // 0 if the place is free
    _Atomic uintptr_t end[RANGES];
    struct table *_Atomic next;
};

static struct table first;
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t installed = PTHREAD_ONCE_INIT;
static struct sigaction previous;
static uintptr_t page_size;

// Whoever faults in a range holds it mapped, so its own entry stands still; the second look at the start is for entries that are changing.
static int is_guarded(uintptr_t address) {
    for (struct table *table = &first; table; table = atomic_load(&table->next)) {
        for (int i = 0; i < RANGES; i++) {
            uintptr_t start = atomic_load(&table->start[i]);
            if (start == 0 || address < start || address >= atomic_load(&table->end[i])) continue;
            if (atomic_load(&table->start[i]) == start) return 1;
        }
    }
    return 0;
}

static void pass_on(int signal, siginfo_t *info, void *context) {
    if (previous.sa_flags & SA_SIGINFO) return previous.sa_sigaction(signal, info, context);
    if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) return previous.sa_handler(signal);
    // Returning repeats the access, which now ends the process as it would have without us.
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigaction(signal, &usual, NULL);
}

static void on_bus_error(int signal, siginfo_t *info, void *context) {
    int saved = errno;
    uintptr_t address = (uintptr_t)info->si_addr;
    void *page = (void *)(address & ~(page_size - 1));
    int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS;
    if (!is_guarded(address) || mmap(page, page_size, PROT_READ, flags, -1, 0) == MAP_FAILED) pass_on(signal, info, context);
    errno = saved;
}

static void install(void) {
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &previous);
}

// A free place, in a new table if need be; the caller holds the lock.
static _Atomic uintptr_t *free_place(struct table **found, int *index) {
    for (struct table *table = &first;; table = atomic_load(&table->next)) {
        for (int i = 0; i < RANGES; i++) {
            if (atomic_load(&table->start[i]) != 0) continue;
            *found = table;
            *index = i;
            return &table->start[i];
        }
        if (!atomic_load(&table->next)) {
            struct table *more = calloc(1, sizeof *more);
            if (!more) return NULL;
            atomic_store(&table->next, more);
        }
    }
}

int martlet_guard(const void *start, size_t length) {
    pthread_once(&installed, install);
    struct table *table;
    int index;
    pthread_mutex_lock(&changing);
    _Atomic uintptr_t *place = free_place(&table, &index);
    if (place) {
        atomic_store(&table->end[index], (uintptr_t)start + length);
        atomic_store(place, (uintptr_t)start);
    }
    pthread_mutex_unlock(&changing);
    return place ? 0 : ENOMEM;
}

void martlet_unguard(const void *start) {
    pthread_mutex_lock(&changing);
    for (struct table *table = &first; table; table = atomic_load(&table->next))
        for (int i = 0; i < RANGES; i++)
            if (atomic_load(&table->start[i]) == (uintptr_t)start) atomic_store(&table->start[i], 0);
    pthread_mutex_unlock(&changing);
}
