/*
 * Many clients at once, from several addresses of this host, because one has too few ports for them.
 *
 * usage: crowd one-shot|session PORT CONNECTIONS PATIENCE_SECONDS
 *
 * All connect at once. Those of the one-shot port wait for a line and the end; those of the session
 * port send a BEL and wait for the answer. When none is left waiting, or at the end of the patience,
 * one JSON object tells how they fared. Then commands are read, a line each:
 *
 *   settle   wait again, for no longer than the patience, and tell
 *   ask      send an STX on every session that is open, wait for the numbers, and tell
 *   close    end all connections, and the program
 *   reset    the same with a reset
 *   vanish   the same without a word to the server, as when a machine loses its power (root only)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 256
#define LINE_MAX_BYTES 32
#define CONNECTIONS_OF_ADDRESS 10000
/* 127.0.1.1 and those after it. */
#define FIRST_ADDRESS 0x7f000101u
#define STX '\x02'
#define ETX '\x03'
#define BEL '\x07'

enum state { WAITING, OPEN, ENDED };

struct client {
    int connection;
    enum state state;
    char request; /* still to be sent; 0: none */
    int length;
    char line[LINE_MAX_BYTES];
};

static struct client *clients;
static int connections, poller, is_session;
static double patience;
static struct { int served, empty, reset, refused, broken; } ends;
static unsigned long long *numbers;
static int numbers_count, numbers_room;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static int set_option(int connection, int level, int name, int value) {
    return setsockopt(connection, level, name, &value, sizeof value);
}

static void note_number(const char *line) {
    if (numbers_count == numbers_room) {
        numbers_room = numbers_room * 2 + connections;
        numbers = realloc(numbers, numbers_room * sizeof *numbers);
        if (numbers == NULL)
            err(1, "realloc");
    }
    numbers[numbers_count++] = strtoull(line, NULL, 10);
}

static void end_client(struct client *client, int *count) {
    close(client->connection);
    client->state = ENDED;
    (*count)++;
}

static void start_client(struct client *client, int index, const struct sockaddr_in *server) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = client};
    struct sockaddr_in own = {.sin_family = AF_INET};

    own.sin_addr.s_addr = htonl(FIRST_ADDRESS + index / CONNECTIONS_OF_ADDRESS);
    client->request = is_session ? BEL : 0;
    client->connection = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->connection < 0)
        err(1, "socket");
    set_option(client->connection, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (bind(client->connection, (struct sockaddr *)&own, sizeof own) < 0)
        err(1, "bind");
    if (connect(client->connection, (const struct sockaddr *)server, sizeof *server) < 0 &&
        errno != EINPROGRESS)
        end_client(client, &ends.refused);
    else if (epoll_ctl(poller, EPOLL_CTL_ADD, client->connection, &event) < 0)
        err(1, "epoll_ctl");
}

static int is_digits(const char *line, int length) {
    for (int i = 0; i < length; i++)
        if (line[i] < '0' || line[i] > '9')
            return 0;
    return length > 0;
}

/* The end of the stream, or of the connection. */
static void take_end(struct client *client, int error) {
    int length = client->length;

    if (error == ECONNREFUSED || error == ETIMEDOUT)
        end_client(client, &ends.refused);
    else if (error != 0)
        end_client(client, &ends.reset);
    else if (length == 0)
        end_client(client, &ends.empty);
    else if (client->line[length - 1] == '\n' && is_digits(client->line, length - 1)) {
        note_number(client->line);
        end_client(client, &ends.served);
    } else
        end_client(client, &ends.broken);
}

static void take_reply(struct client *client) {
    char last = client->line[client->length - 1];

    if (last == ETX && is_digits(client->line, client->length - 1))
        note_number(client->line);
    else if (last != BEL || client->length != 1)
        return;
    client->length = 0;
    client->state = OPEN;
}

static void send_request(struct client *client) {
    if (client->request != 0 && send(client->connection, &client->request, 1, MSG_NOSIGNAL) == 1)
        client->request = 0;
}

static void advance(struct client *client, unsigned events) {
    if (client->state == ENDED)
        return;
    if (events & EPOLLOUT)
        send_request(client);
    for (;;) {
        int room = LINE_MAX_BYTES - client->length;
        ssize_t count = room == 0 ? 0 : read(client->connection, client->line + client->length, room);
        if (count < 0 && errno == EAGAIN)
            return;
        if (count <= 0) {
            take_end(client, count < 0 ? errno : 0);
            return;
        }
        client->length += count;
        if (is_session)
            take_reply(client);
    }
}

static int count_in(enum state state) {
    int count = 0;

    for (int i = 0; i < connections; i++)
        count += clients[i].state == state;
    return count;
}

static void settle(void) {
    struct epoll_event events[EVENTS_MAX];

    for (double end = now() + patience; count_in(WAITING) > 0 && now() < end;) {
        int ready = epoll_wait(poller, events, EVENTS_MAX, 100);
        for (int i = 0; i < ready; i++)
            advance(events[i].data.ptr, events[i].events);
    }
}

static void ask(void) {
    for (int i = 0; i < connections; i++)
        if (clients[i].state == OPEN) {
            clients[i].request = STX;
            clients[i].state = WAITING;
            send_request(&clients[i]);
        }
    settle();
}

static int compare(const void *a, const void *b) {
    unsigned long long first = *(const unsigned long long *)a;
    unsigned long long second = *(const unsigned long long *)b;
    return (first > second) - (first < second);
}

static void tell(void) {
    int repeated = 0;

    qsort(numbers, numbers_count, sizeof *numbers, compare);
    for (int i = 1; i < numbers_count; i++)
        repeated += numbers[i] == numbers[i - 1];
    printf("{\"waiting\":%d,\"open\":%d,\"served\":%d,\"empty\":%d,\"reset\":%d,\"refused\":%d,"
           "\"broken\":%d,\"numbers\":%d,\"repeated\":%d}\n",
           count_in(WAITING), count_in(OPEN), ends.served, ends.empty, ends.reset, ends.refused,
           ends.broken, numbers_count, repeated);
    fflush(stdout);
}

static void leave(const char *how) {
    struct linger at_once = {.l_onoff = 1};

    for (int i = 0; i < connections; i++) {
        if (clients[i].state == ENDED)
            continue;
        if (strcmp(how, "vanish") == 0 &&
            set_option(clients[i].connection, IPPROTO_TCP, TCP_REPAIR, 1) < 0)
            err(77, "TCP_REPAIR");
        if (strcmp(how, "reset") == 0)
            setsockopt(clients[i].connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(clients[i].connection);
    }
    exit(0);
}

/* As far as it goes: who asks for more connections than that hears of it. */
static void raise_limit(void) {
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **values) {
    struct sockaddr_in server = {.sin_family = AF_INET};
    char command[16];

    if (count != 5)
        errx(64, "usage: crowd one-shot|session PORT CONNECTIONS PATIENCE_SECONDS");
    is_session = strcmp(values[1], "session") == 0;
    server.sin_port = htons(atoi(values[2]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connections = atoi(values[3]);
    patience = atof(values[4]);
    raise_limit();
    poller = epoll_create1(0);
    clients = calloc(connections, sizeof *clients);
    if (poller < 0 || clients == NULL)
        err(1, "cannot start");
    for (int i = 0; i < connections; i++)
        start_client(&clients[i], i, &server);
    settle();
    tell();
    while (scanf("%15s", command) == 1) {
        if (strcmp(command, "settle") == 0)
            settle();
        else if (strcmp(command, "ask") == 0)
            ask();
        else
            leave(command);
        tell();
    }
}
