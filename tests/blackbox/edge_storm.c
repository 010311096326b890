/* Moves one line of gpio-sim up and down at an even pace; prints how many edges there were, and in how many milliseconds.
 *
 *     edge_storm /sys/devices/platform/gpio-sim.0/gpiochip0/sim_gpio17/pull 10000 5
 *
 * arguments: the line's file, edges a second, seconds. It ends on pull-down. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int count, char **arguments)
{
    long long began, due, end, step;
    long edges = 0;
    int file;

    if (count != 4 || (file = open(arguments[1], O_WRONLY)) < 0) {
        perror("edge_storm FILE EDGES-PER-SECOND SECONDS");
        return 2;
    }
    step = 1000000000LL / atoi(arguments[2]);
    began = due = now();
    end = began + atoi(arguments[3]) * 1000000000LL;
    while (due < end) {
        struct timespec t;
        /* Down on every second edge, so that an even number of them ends there. */
        if (pwrite(file, edges & 1 ? "pull-down" : "pull-up", edges & 1 ? 9 : 7, 0) < 0) {
            perror(arguments[1]);
            return 1;
        }
        edges++;
        due += step;
        t.tv_sec = due / 1000000000;
        t.tv_nsec = due % 1000000000;
        /* Late ones follow at once: the mean is what was asked for. */
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    }
    if (edges & 1) {
        pwrite(file, "pull-down", 9, 0);
        edges++;
    }
    printf("%ld %lld\n", edges, (now() - began) / 1000000);
    return 0;
}
