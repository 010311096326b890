/* What every program of the rig shares: time, failing loudly, and a bound on its own life. */
#ifndef RIG_H
#define RIG_H

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* A program of the rig that outlives its orchestrator (killed with SIGKILL, say) ends by itself. */
#define LONGEST_LIFE_SECONDS 900

static inline uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The CPU time that a process has used so far; 0 for none. */
static inline uint64_t process_cpu_ns(int pid)
{
    clockid_t clock;
    struct timespec t;
    if (pid == 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

__attribute__((noreturn, format(printf, 1, 2)))
static inline void fail(const char *format, ...)
{
    int reason = errno;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    if (reason)
        fprintf(stderr, ": %s", strerror(reason));
    fputc('\n', stderr);
    exit(1);
}

/* 2,000 held connections need more than the usual soft limit of 1,024 descriptors. */
static inline void begin_bounded_life(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    alarm(LONGEST_LIFE_SECONDS);
}

#endif
