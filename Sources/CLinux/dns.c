// The C library's resolver, with a state of its own for each call, so that any number of threads may ask.
#define _GNU_SOURCE
#include "CLinux.h"
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

static int use_server(struct __res_state *state, const char *address, uint16_t port) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, address, &server.sin_addr) != 1) return 0;
    state->nsaddr_list[0] = server;
    state->nscount = 1;
    return 1;
}

static enum martlet_dns_outcome outcome(const struct __res_state *state) {
    switch (state->res_h_errno) {
    case HOST_NOT_FOUND: return MARTLET_DNS_NO_NAME;
    case NO_DATA: return MARTLET_DNS_NO_DATA;
    default: return MARTLET_DNS_FAILED;
    }
}

enum martlet_dns_outcome martlet_dns_search(
    const char *name, int type, const char *server, uint16_t port, uint8_t *answer, size_t room, size_t *length) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    *length = 0;
    if (res_ninit(&state) != 0) return MARTLET_DNS_FAILED;
    // Larger answers by UDP; what does not fit comes by TCP.
    state.options |= RES_USE_EDNS0;
    enum martlet_dns_outcome result = MARTLET_DNS_FAILED;
    if (server == NULL || use_server(&state, server, port)) {
        int count = res_nsearch(&state, name, ns_c_in, type, answer, (int)room);
        result = count < 0 ? outcome(&state) : MARTLET_DNS_ANSWER;
        if (count > 0) *length = (size_t)count < room ? (size_t)count : room;
    }
    res_nclose(&state);
    return result;
}
