/* What plain sockets can move: pairs of processes (two ranks: one pair), each pair joined by one
 * TCP connection over loopback, both ends sending and receiving at once, one thread each, never
 * blocking.
 *
 * For an all-reduce of `size` bytes among n ranks each process moves 2 (n - 1) / n * size bytes
 * each way, which every rank of a ring all-reduce must send and receive; no arithmetic is done.
 * Variants: `reused-S` moves segments of S bytes from and to one buffer of that length, which stays
 * in the cache; `whole-S` moves segments of S bytes of message-sized buffers. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "local_ranks.h"

struct exchange {
    struct local_rank local;
    int descriptor;
    int yields;
    size_t total;     /* bytes to move each way */
    size_t segment;   /* bytes at most in one call */
    size_t window;    /* bytes of each buffer, where offsets wrap around */
    unsigned char *outgoing;
    unsigned char *incoming;
};

static int connections[LIMIT_OF_LOCAL_RANKS];

static unsigned char pattern(int rank, size_t offset) {
    return (unsigned char)(offset * 31 + (size_t)rank * 7 + (offset >> 8));
}

static int parse_variant(const char *variant, size_t total, struct exchange *exchange) {
    const char *dash = strchr(variant, '-');
    if (dash == NULL) return 1;
    exchange->segment = strtoull(dash + 1, NULL, 10);
    if (exchange->segment == 0) return 1;
    if (exchange->segment > total) exchange->segment = total;
    if (strncmp(variant, "reused-", 7) == 0) exchange->window = exchange->segment;
    else if (strncmp(variant, "whole-", 6) == 0) exchange->window = total;
    else return 1;
    return 0;
}

static int prepare(void *state, const char *variant, float *buffer, size_t count) {
    struct exchange *exchange = state;
    (void)buffer;
    const size_t ranks = (size_t)exchange->local.ranks;
    exchange->total = 2 * (ranks - 1) * count * sizeof(float) / ranks;
    if (parse_variant(variant, exchange->total, exchange) != 0) return 1;
    exchange->outgoing = malloc(exchange->window);
    exchange->incoming = malloc(exchange->window);
    if (exchange->outgoing == NULL || exchange->incoming == NULL) refuse("out of memory", "");
    for (size_t i = 0; i < exchange->window; i++)
        exchange->outgoing[i] = pattern(exchange->local.rank, i);
    memset(exchange->incoming, 0, exchange->window);
    return 0;
}

/* The longest stretch from `done` that stays inside the window, the segment and the total. */
static size_t stretch(const struct exchange *exchange, size_t done) {
    size_t length = exchange->segment;
    const size_t to_window_end = exchange->window - done % exchange->window;
    if (length > to_window_end) length = to_window_end;
    if (length > exchange->total - done) length = exchange->total - done;
    return length;
}

static size_t moved(ssize_t result) {
    if (result > 0) return (size_t)result;
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    refuse("the connection broke: ", result == 0 ? "end of file" : strerror(errno));
    return 0;
}

static void run(void *state) {
    const struct exchange *exchange = state;
    size_t sent = 0, received = 0;
    while (sent < exchange->total || received < exchange->total) {
        size_t progress = 0;
        if (sent < exchange->total) {
            const size_t bytes =
                moved(send(exchange->descriptor, exchange->outgoing + sent % exchange->window,
                           stretch(exchange, sent), MSG_DONTWAIT | MSG_NOSIGNAL));
            sent += bytes;
            progress += bytes;
        }
        if (received < exchange->total) {
            const size_t bytes =
                moved(recv(exchange->descriptor, exchange->incoming + received % exchange->window,
                           stretch(exchange, received), MSG_DONTWAIT));
            received += bytes;
            progress += bytes;
        }
        if (progress == 0 && exchange->yields) sched_yield();
    }
}

static void finish(void *state) {
    struct exchange *exchange = state;
    free(exchange->outgoing);
    free(exchange->incoming);
}

/* The window holds what the last pass over it brought, the same bytes in every pass. */
static long wrong_elements(void *state, const float *buffer, size_t count) {
    const struct exchange *exchange = state;
    (void)buffer;
    (void)count;
    long wrong = 0;
    for (size_t i = 0; i < exchange->window; i++)
        wrong += exchange->incoming[i] != pattern(exchange->local.rank ^ 1, i);
    return wrong;
}

static long agree(void *state, long value) {
    return local_agree(&((struct exchange *)state)->local, value);
}

static long total(void *state, long value) {
    return local_total(&((struct exchange *)state)->local, value);
}

/* Both ends of one connection, made before the fork; ranks 2i and 2i + 1 keep one each. */
static void connect_pair(int rank) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    const int one = 1;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int caller = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
        connect(caller, (struct sockaddr *)&address, length) != 0)
        refuse("no loopback connection: ", strerror(errno));
    connections[rank] = caller;
    connections[rank + 1] = accept(listener, NULL, NULL);
    if (connections[rank + 1] < 0) refuse("no loopback connection: ", strerror(errno));
    for (int end = rank; end <= rank + 1; end++)
        setsockopt(connections[end], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    close(listener);
}

static void keep_own_end(int rank, int ranks) {
    for (int other = 0; other < ranks; other++)
        if (other != rank) close(connections[other]);
}

static void be_rank(struct local_rank local, const struct measuring_options *options) {
    keep_own_end(local.rank, local.ranks);
    struct exchange exchange = {.local = local,
                                .descriptor = connections[local.rank],
                                .yields = ranks_outnumber_cores(local.ranks)};
    const struct contender contender = {.state = &exchange,
                                        .rank = local.rank,
                                        .ranks = local.ranks,
                                        .prepare = prepare,
                                        .run = run,
                                        .finish = finish,
                                        .wrong_elements = wrong_elements,
                                        .agree = agree,
                                        .total = total};
    if (local.rank == 0) printf("about library=plain non-blocking sockets\n");
    measure_all(&contender, options);
}

int main(int argc, char **argv) {
    const struct measuring_options options = parse_options(argc, argv);
    if (options.ranks < 2 || options.ranks % 2 != 0) refuse("pairs need an even --ranks", "");
    if (options.ranks > LIMIT_OF_LOCAL_RANKS) refuse("--ranks out of range", "");
    for (int rank = 0; rank < options.ranks; rank += 2) connect_pair(rank);
    return run_local_ranks(&options, be_rank);
}
