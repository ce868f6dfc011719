/*
 * Load for long-lived connections: keeps DEPTH requests outstanding on each of them, and counts the
 * replies. Speaks to the session port (single numbers, or ranges of 1000), or to redis-server (INCR),
 * which it is compared with.
 *
 * usage: session-load txnid|ranges|redis PORT CONNECTIONS DEPTH SECONDS
 * Prints one JSON object: numbers, seconds. Ends with 1 when a connection fails.
 */
#define _GNU_SOURCE
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 64
#define RECEIVED_MAX (1 << 20)
#define INCR "*2\r\n$4\r\nINCR\r\n$1\r\nx\r\n"

/* One request, the byte that ends each reply, and how many numbers a reply stands for. */
struct protocol {
    const char *name;
    const char *request;
    char terminator;
    int numbers;
};

static const struct protocol protocols[] = {
    {"txnid", "\x02", '\x03', 1},
    {"ranges", "1000\x02", '\x03', 1000},
    {"redis", INCR, '\n', 1},
};

static const struct protocol *protocol;
static char *requests; /* DEPTH of them */
static size_t request_bytes;
static int depth;
static char received[RECEIVED_MAX];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static const struct protocol *protocol_named(const char *name) {
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (strcmp(protocols[i].name, name) == 0)
            return &protocols[i];
    errx(64, "no protocol %s", name);
}

static void prepare_requests(void) {
    request_bytes = strlen(protocol->request);
    requests = malloc(request_bytes * depth);
    if (requests == NULL)
        err(1, "malloc");
    for (int i = 0; i < depth; i++)
        memcpy(requests + i * request_bytes, protocol->request, request_bytes);
}

static void ask(int connection, int count) {
    size_t bytes = count * request_bytes;

    if (write(connection, requests, bytes) != (ssize_t)bytes)
        err(1, "write");
}

static int start_connection(const struct sockaddr_in *server, int poller) {
    /* Once it was read from, a connection is empty: the next event is for what came after. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    int on = 1;
    int connection = event.data.fd = socket(AF_INET, SOCK_STREAM, 0);

    if (connection < 0 || connect(connection, (const struct sockaddr *)server, sizeof *server) < 0)
        err(1, "connect");
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (epoll_ctl(poller, EPOLL_CTL_ADD, connection, &event) < 0)
        err(1, "epoll_ctl");
    return connection;
}

/* Vectorised, it costs next to nothing beside what the servers do. */
__attribute__((optimize("O3"))) static int count_replies(size_t bytes) {
    int count = 0;

    for (size_t i = 0; i < bytes; i++)
        count += received[i] == protocol->terminator;
    return count;
}

/* Reads what there is and asks for as many again; how many replies it was. */
static int take_replies(int connection) {
    ssize_t bytes = read(connection, received, sizeof received);

    if (bytes <= 0)
        errx(1, "a connection was closed");
    int count = count_replies(bytes);
    ask(connection, count);
    return count;
}

int main(int count, char **values) {
    struct sockaddr_in server = {.sin_family = AF_INET};
    struct epoll_event events[EVENTS_MAX];
    long numbers = 0;

    if (count != 6)
        errx(64, "usage: session-load txnid|ranges|redis PORT CONNECTIONS DEPTH SECONDS");
    protocol = protocol_named(values[1]);
    server.sin_port = htons(atoi(values[2]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    depth = atoi(values[4]);
    prepare_requests();
    int poller = epoll_create1(0);
    for (int left = atoi(values[3]); left > 0; left--)
        ask(start_connection(&server, poller), depth);
    double started = now(), end = started + atof(values[5]);
    while (now() < end || numbers == 0) {
        int ready = epoll_wait(poller, events, EVENTS_MAX, 100);
        for (int i = 0; i < ready; i++)
            numbers += (long)take_replies(events[i].data.fd) * protocol->numbers;
    }
    printf("{\"numbers\":%ld,\"seconds\":%.3f}\n", numbers, now() - started);
}
