/*
 * Asks a port for numbers and records each with when it was asked for and when it came, to be judged
 * afterwards: three 64-bit words a number (nanoseconds of the monotonic clock, twice, and the number).
 *
 * usage: recording-load one-shot|session PORT CONNECTIONS SECONDS FILE
 *        Prints how many numbers came and how many connections ended without one.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STX 2
#define ETX 3
#define RECORDS_MAX 4000000
#define EVENTS_MAX 256

struct client {
    int fd;
    int length;
    uint64_t asked;
    char text[32];
};

struct record {
    uint64_t asked, came, number;
};

static struct sockaddr_in server = {.sin_family = AF_INET};
static struct record *records;
static long count, failed;
static int epoll, is_session;

static uint64_t now(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void ask(struct client *client) {
    client->length = 0;
    client->asked = now();
    if (send(client->fd, &(char){STX}, 1, MSG_NOSIGNAL) != 1)
        err(1, "cannot ask");
}

static void begin(struct client *client) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

    client->fd = socket(AF_INET, SOCK_STREAM | (is_session ? 0 : SOCK_NONBLOCK), 0);
    client->length = 0;
    client->asked = now();
    if (client->fd < 0 ||
        (connect(client->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS) ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event) < 0)
        err(1, "cannot connect");
    if (is_session)
        ask(client);
}

static void note(const struct client *client) {
    if (count == RECORDS_MAX)
        errx(1, "more than %d numbers", RECORDS_MAX);
    records[count++] = (struct record){client->asked, now(), strtoull(client->text, NULL, 10)};
}

static void serve(struct client *client) {
    char end = is_session ? ETX : '\n';

    for (;;) {
        ssize_t got = recv(client->fd, client->text + client->length, sizeof client->text - 1 - client->length,
                           MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got > 0) {
            client->length += got;
            client->text[client->length] = 0;
            if (is_session && client->text[client->length - 1] == end) {
                note(client);
                ask(client);
                return;
            }
            continue;
        }
        if (client->length > 0 && client->text[client->length - 1] == end)
            note(client);
        else
            failed++;
        close(client->fd);
        begin(client);
        return;
    }
}

int main(int argc, char **argv) {
    struct epoll_event events[EVENTS_MAX];

    if (argc != 6)
        errx(64, "usage: recording-load one-shot|session PORT CONNECTIONS SECONDS FILE");
    is_session = strcmp(argv[1], "session") == 0;
    server.sin_port = htons(atoi(argv[2]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connections = atoi(argv[3]);
    struct client *clients = calloc(connections, sizeof *clients);
    records = malloc(sizeof *records * RECORDS_MAX);
    epoll = epoll_create1(0);
    if (clients == NULL || records == NULL || epoll < 0)
        err(1, "cannot begin");
    for (int index = 0; index < connections; index++)
        begin(&clients[index]);
    for (uint64_t last = now() + (uint64_t)(atof(argv[4]) * 1e9); now() < last;) {
        int ready = epoll_wait(epoll, events, EVENTS_MAX, 50);
        for (int index = 0; index < ready; index++)
            serve(events[index].data.ptr);
    }
    FILE *file = fopen(argv[5], "wb");
    if (file == NULL || fwrite(records, sizeof *records, count, file) != (size_t)count || fclose(file) != 0)
        err(1, "cannot write %s", argv[5]);
    printf("%ld %ld\n", count, failed);
    return 0;
}
