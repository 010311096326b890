/* What was asked for on the command line, and the two modes that make no load. */
#ifndef MODES_H
#define MODES_H

struct options {
    const char *host;
    int port, connections, depth, registers, pid, ask;
    unsigned long long requests;
    double seconds, warmup;
};

/* Opens the connections (and with -q asks once on each), says so, and holds them until stdin ends or time is up. */
int hold(const struct options *options);

/* Starts the command, measures until its first valid reply, and ends it with SIGTERM. */
int first(const struct options *options, char **command);

#endif
