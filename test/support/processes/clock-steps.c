/*
 * LD_PRELOAD library: a wall clock that can be set while a process runs. The environment variable
 * CLOCK_STEP names a file of eight bytes, a little-endian count of seconds by which the wall clock is
 * ahead of the system's at that moment. Clocks that only ever count up are left alone, and so are the
 * times that the kernel gives to files: that is how it looks to a process of a machine whose clock is
 * stepped.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef int (*get_time)(clockid_t clock, struct timespec *time);

static const volatile int64_t no_step;
static const volatile int64_t *step = &no_step;
static get_time system_time;

__attribute__((constructor)) static void open_step(void) {
    const char *path = getenv("CLOCK_STEP");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);

    system_time = (get_time)dlsym(RTLD_NEXT, "clock_gettime");
    if (file < 0)
        return;
    void *mapped = mmap(NULL, sizeof *step, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED)
        step = mapped;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    /* Others may ask for the time before this library is ready. */
    int result = system_time == NULL ? (int)syscall(SYS_clock_gettime, clock, time)
                                     : system_time(clock, time);

    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += *step;
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *seconds) {
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (seconds != NULL)
        *seconds = now.tv_sec;
    return now.tv_sec;
}
