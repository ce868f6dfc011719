/*
 * The least a session server can do on one thread: wait, receive, render, send. The limit that the
 * daemon's session port is compared with. Nothing is durable, and only STX is understood.
 *
 * usage: least-session-server     Listens on a free port of 127.0.0.1 and prints it.
 */
#define _GNU_SOURCE
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096
#define EVENTS_MAX 256
#define CHUNK_MAX 8192
#define REPLY_MAX 21 /* 20 digits and ETX */
#define STX 2
#define ETX 3

static int poller;
static unsigned long number;

static int listen_on_free_port(void) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof address;
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listener < 0 || setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
        bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, BACKLOG) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) < 0)
        err(1, "cannot listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void watch(int fd, unsigned events) {
    struct epoll_event event = {.events = events, .data.fd = fd};

    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0)
        err(1, "epoll_ctl");
}

/* A number and its ETX, written from the last digit on; the bytes it takes. */
static int render(char *reply) {
    char digits[REPLY_MAX];
    int start = sizeof digits;

    digits[--start] = ETX;
    for (unsigned long left = ++number; left > 0; left /= 10)
        digits[--start] = '0' + left % 10;
    __builtin_memcpy(reply, digits + start, sizeof digits - start);
    return sizeof digits - start;
}

static void serve(int connection) {
    static char chunk[CHUNK_MAX], replies[CHUNK_MAX * REPLY_MAX];
    ssize_t received = recv(connection, chunk, sizeof chunk, 0);
    int length = 0;

    if (received == 0)
        close(connection);
    for (ssize_t place = 0; place < received; place++)
        if (chunk[place] == STX)
            length += render(replies + length);
    /* It trusts its clients to read: a full socket would hold up everybody. */
    if (length > 0)
        send(connection, replies, length, MSG_NOSIGNAL);
}

int main(void) {
    struct epoll_event events[EVENTS_MAX];
    int listener = listen_on_free_port();

    poller = epoll_create1(EPOLL_CLOEXEC);
    watch(listener, EPOLLIN);
    for (;;) {
        int ready = epoll_wait(poller, events, EVENTS_MAX, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd != listener)
                serve(fd);
            else if ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
                watch(fd, EPOLLIN);
        }
    }
}
