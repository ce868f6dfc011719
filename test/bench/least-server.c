/*
 * The least a one-shot server can do: accept, render, send the line and the end of the stream in one
 * segment, close. The limit that the daemon's one-shot port is compared with.
 *
 * usage: least-server     Listens on a free port of 127.0.0.1 and prints it.
 */
#define _GNU_SOURCE
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096

static int listen_on_free_port(void) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 ||
        listen(listener, BACKLOG) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) < 0)
        err(1, "cannot listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(void) {
    int listener = listen_on_free_port();
    char line[32];

    for (unsigned long number = 1;; number++) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
            continue;
        int count = snprintf(line, sizeof line, "%lu\n", number);
        send(connection, line, count, MSG_NOSIGNAL | MSG_MORE);
        shutdown(connection, SHUT_WR);
        close(connection);
    }
}
