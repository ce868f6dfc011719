/*
 * LD_PRELOAD library: writes what goes to syslog into the file named by SYSLOG_CAPTURE instead, one
 * line each: `open IDENT OPTION FACILITY` and `PRIORITY MESSAGE`, numbers as in <syslog.h>.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

static void capture(const char *format, va_list values) {
    FILE *file = fopen(getenv("SYSLOG_CAPTURE"), "a");
    if (file == NULL)
        abort();
    vfprintf(file, format, values);
    fputc('\n', file);
    fclose(file);
}

static void capture_line(const char *format, ...) {
    va_list values;
    va_start(values, format);
    capture(format, values);
    va_end(values);
}

void openlog(const char *ident, int option, int facility) {
    capture_line("open %s %d %d", ident, option, facility);
}

void syslog(int priority, const char *format, ...) {
    char message[4096];
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    capture_line("%d %s", priority, message);
}
