// Waiting for sockets, to the nanosecond where the system can.
#define _GNU_SOURCE
#include "CPoll.h"
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int martlet_poll_make(void) {
    int poll = epoll_create1(EPOLL_CLOEXEC);
    return poll >= 0 ? poll : -errno;
}

int martlet_poll_bell(void) {
    int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return bell >= 0 ? bell : -errno;
}

int martlet_poll_add(int poll, int file, uint64_t number) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = number};
    return epoll_ctl(poll, EPOLL_CTL_ADD, file, &event) == 0 ? 0 : errno;
}

static int wait_for(int poll, struct epoll_event *events, int room, int64_t nanoseconds) {
    static int is_coarse;
    if (!__atomic_load_n(&is_coarse, __ATOMIC_RELAXED)) {
        struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
        int count = epoll_pwait2(poll, events, room, nanoseconds < 0 ? NULL : &time, NULL);
        // Kernels before 5.11 do not know it, and some jails refuse what they do not know.
        if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
        __atomic_store_n(&is_coarse, 1, __ATOMIC_RELAXED);
    }
    int64_t milliseconds = nanoseconds < 0 ? -1 : (nanoseconds + 999999) / 1000000;
    return epoll_wait(poll, events, room, milliseconds > 3600000 ? 3600000 : (int)milliseconds);
}

int martlet_poll_wait(int poll, struct martlet_poll_event *events, int room, int64_t nanoseconds) {
    struct epoll_event found[64];
    int count = wait_for(poll, found, room < 64 ? room : 64, nanoseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        events[i].number = found[i].data.u64;
        events[i].can_receive = (found[i].events & EPOLLIN) != 0;
        events[i].can_send = (found[i].events & EPOLLOUT) != 0;
        events[i].is_ending = (found[i].events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0;
    }
    return count;
}
