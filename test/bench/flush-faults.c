/*
 * LD_PRELOAD library: flushes to disk that fail or take long. While the file named by the environment
 * variable FAULT_SWITCH exists, its first line says what fsync and fdatasync do:
 *
 *   eio      fail with EIO, every time
 *   once     fail with EIO once (the switch is removed), then succeed: what Linux does to a page whose
 *            write-back failed
 *   slow N   take N milliseconds longer
 *
 * build: gcc -O2 -shared -fPIC -o flush-faults.so flush-faults.c
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int read_switch(const char *path, char *line, int size) {
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    if (file == NULL)
        return 0;
    int is_read = fgets(line, size, file) != NULL;
    fclose(file);
    return is_read;
}

/* 0, or -1 with errno set when this flush is to fail. */
static int fault(void) {
    const char *path = getenv("FAULT_SWITCH");
    char line[64];

    if (!read_switch(path, line, sizeof line))
        return 0;
    if (strncmp(line, "slow ", 5) == 0) {
        usleep(atoi(line + 5) * 1000);
        return 0;
    }
    if (strncmp(line, "once", 4) == 0)
        unlink(path);
    else if (strncmp(line, "eio", 3) != 0)
        return 0;
    errno = EIO;
    return -1;
}

int fdatasync(int fd) {
    return fault() < 0 ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd) {
    return fault() < 0 ? -1 : (int)syscall(SYS_fsync, fd);
}
