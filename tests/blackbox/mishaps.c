/* What a machine in trouble does to a program, by way of LD_PRELOAD: the wall clock is set, and writes end early.
 *
 * CONPOT_PI_MISHAPS names a file of three 64-bit numbers that the checks change while the sensor runs:
 * nanoseconds to add to the wall clock; the most bytes that a pwrite takes (0: all); how many writes were cut short so far. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t none[3];
static volatile int64_t *mishaps = none;
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_gettimeofday)(struct timeval *, void *);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);

__attribute__((constructor)) static void begin(void)
{
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_gettimeofday = dlsym(RTLD_NEXT, "gettimeofday");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    const char *path = getenv("CONPOT_PI_MISHAPS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) mishaps = mapped;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = real_clock_gettime(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t sum = now->tv_sec * 1000000000LL + now->tv_nsec + mishaps[0];
        now->tv_sec = sum / 1000000000LL;
        now->tv_nsec = sum % 1000000000LL;
    }
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    int result = real_gettimeofday(now, zone);
    if (result == 0) now->tv_sec += mishaps[0] / 1000000000LL;
    return result;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at)
{
    size_t most = (size_t)mishaps[1];
    if (most == 0 || count <= most) return real_pwrite(file, bytes, count, at);
    __sync_fetch_and_add(&mishaps[2], 1);
    return real_pwrite(file, bytes, most, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at)
{
    return pwrite64(file, bytes, count, at);
}
