#ifndef MARTLET_CPOLL_H
#define MARTLET_CPOLL_H

#include <stdint.h>

/// A file, by the number it was added with, and what happened to it.
struct martlet_poll_event {
    uint64_t number;
    /// There may be something to receive.
    uint8_t can_receive;
    /// There may be room to send, or a connection was made.
    uint8_t can_send;
    /// It broke, or the other side sends nothing more.
    uint8_t is_ending;
};

/// Makes something to wait with (epoll); its file, or an errno as a negative number.
int martlet_poll_make(void);

/// Makes an eventfd, by which other threads wake one that waits; or an errno as a negative number.
int martlet_poll_bell(void);

/// From now on changes of a file (edges, as epoll calls them: not what was so before and still is) are waited for, until it is closed. 0 or an errno.
int martlet_poll_add(int poll, int file, uint64_t number);

/// Waits until something happens or the time is over (negative: for ever); the number of events, 0 also after a signal, or a negative errno.
int martlet_poll_wait(int poll, struct martlet_poll_event *events, int room, int64_t nanoseconds);

#endif
