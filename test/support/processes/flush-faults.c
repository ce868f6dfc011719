/*
 * LD_PRELOAD library: flushes to disk that fail or take long, also in a daemon that may not open
 * files any more: the switch is opened when the library is loaded. The environment variable
 * FAULT_SWITCH names a file whose content says what fsync and fdatasync do at that moment:
 *
 *   eio      fail with EIO, every time
 *   once     fail with EIO once (the switch is emptied), then succeed: what Linux does to a page
 *            whose write-back failed
 *   slow N   take N milliseconds longer
 *   (empty)  flush
 *
 * With FAULT_WITHIN only those of files whose path has that in it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int switch_fd = -1;
static const char *within;

__attribute__((constructor)) static void open_switch(void) {
    const char *path = getenv("FAULT_SWITCH");

    within = getenv("FAULT_WITHIN");
    if (path != NULL)
        switch_fd = open(path, O_RDWR | O_CLOEXEC);
}

/* Whether faults are meant for this file. */
static int is_meant(int fd) {
    char link[64], path[4096];
    ssize_t length;

    if (within == NULL)
        return 1;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    return strstr(path, within) != NULL;
}

/* 0, or -1 with errno set when this flush is to fail. */
static int fault(int fd) {
    char line[64];

    if (!is_meant(fd))
        return 0;
    ssize_t length = pread(switch_fd, line, sizeof line - 1, 0);

    line[length < 0 ? 0 : length] = '\0';
    if (strncmp(line, "slow ", 5) == 0) {
        usleep((useconds_t)atoi(line + 5) * 1000);
        return 0;
    }
    int is_once = strncmp(line, "once", 4) == 0;
    if (!is_once && strncmp(line, "eio", 3) != 0)
        return 0;
    if (is_once && ftruncate(switch_fd, 0) < 0)
        _exit(125);
    errno = EIO;
    return -1;
}

int fdatasync(int fd) {
    return fault(fd) < 0 ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd) {
    return fault(fd) < 0 ? -1 : (int)syscall(SYS_fsync, fd);
}
