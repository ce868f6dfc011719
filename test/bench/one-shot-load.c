/*
 * Load for the one-shot port: keeps a number of connections going, each of which connects, reads to
 * the end and closes. A connection counts when it brought exactly one whole line.
 *
 * usage: one-shot-load PORT CONNECTIONS SECONDS    Ends later if nothing has come of it by then.
 * Prints one JSON object: numbers, failed, seconds, p50Ms, p99Ms, p999Ms.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 256
#define LINE_MAX_BYTES 32
/* Latencies are counted in steps of 10 us, up to 10 s; the last step takes the slower ones. */
#define STEP_SECONDS 1e-5
#define STEPS 1000000

struct client {
    int connection; /* -1: to be started */
    size_t received;
    double started;
    char line[LINE_MAX_BYTES];
};

static struct sockaddr_in server;
static int poller;
static long numbers, failed;
static long latency_steps[STEPS];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void stop_client(struct client *client) {
    if (client->connection >= 0)
        close(client->connection);
    client->connection = -1;
}

static void start_client(struct client *client) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = client};

    client->received = 0;
    client->started = now();
    client->connection = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->connection < 0)
        err(1, "socket");
    if (connect(client->connection, (struct sockaddr *)&server, sizeof server) < 0 &&
        errno != EINPROGRESS) {
        failed++;
        stop_client(client);
        return;
    }
    if (epoll_ctl(poller, EPOLL_CTL_ADD, client->connection, &event) < 0)
        err(1, "epoll_ctl");
}

static void count_latency(double seconds) {
    long step = (long)(seconds / STEP_SECONDS);
    latency_steps[step < STEPS ? step : STEPS - 1]++;
}

static int has_whole_line(const struct client *client) {
    const char *end = memchr(client->line, '\n', client->received);
    return end != NULL && end > client->line && end == client->line + client->received - 1;
}

/* Reads what there is; at the end of the connection, counts it and starts the next. */
static void advance(struct client *client) {
    for (;;) {
        ssize_t count = read(client->connection, client->line + client->received,
                             LINE_MAX_BYTES - client->received);
        if (count < 0 && errno == EAGAIN)
            return;
        if (count > 0) {
            client->received += count;
            continue;
        }
        if (count == 0 && has_whole_line(client)) {
            numbers++;
            count_latency(now() - client->started);
        } else {
            failed++;
        }
        stop_client(client);
        start_client(client);
        return;
    }
}

static double percentile_ms(double share) {
    long below = 0;

    for (long step = 0; step < STEPS; step++) {
        below += latency_steps[step];
        if (below > numbers * share)
            return (step + 1) * STEP_SECONDS * 1e3;
    }
    return 0;
}

int main(int count, char **values) {
    struct epoll_event events[EVENTS_MAX];

    if (count != 4)
        errx(64, "usage: one-shot-load PORT CONNECTIONS SECONDS");
    server.sin_family = AF_INET;
    server.sin_port = htons(atoi(values[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connections = atoi(values[2]);
    double started = now(), end = started + atof(values[3]);

    poller = epoll_create1(0);
    struct client *clients = calloc(connections, sizeof *clients);
    if (poller < 0 || clients == NULL)
        err(1, "cannot start");
    for (int i = 0; i < connections; i++)
        start_client(&clients[i]);
    while (now() < end || numbers + failed == 0) {
        int ready = epoll_wait(poller, events, EVENTS_MAX, 100);
        for (int i = 0; i < ready; i++)
            advance(events[i].data.ptr);
        for (int i = 0; i < connections; i++)
            if (clients[i].connection < 0)
                start_client(&clients[i]);
    }
    printf("{\"numbers\":%ld,\"failed\":%ld,\"seconds\":%.3f,"
           "\"p50Ms\":%.2f,\"p99Ms\":%.2f,\"p999Ms\":%.2f}\n",
           numbers, failed, now() - started, percentile_ms(.5), percentile_ms(.99),
           percentile_ms(.999));
}
