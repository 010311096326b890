/*
 * The load generator. Its first argument is the mode; each prints one line of JSON on stdout.
 *
 *   load run   -p PORT [-a HOST] [-c CONNECTIONS] [-d DEPTH] [-s SECONDS | -n REQUESTS] [-w WARMUP] [-r REGISTERS] [-P PID]
 *   load hold  -p PORT [-a HOST] [-c CONNECTIONS] [-s SECONDS] [-q]
 *   load first -p PORT [-a HOST] [-s SECONDS] -- COMMAND [ARGUMENT...]
 *
 * run keeps DEPTH requests in flight on every connection and checks each reply. The window that is measured begins
 * after WARMUP seconds; with -P the CPU time of that process is read at both its ends. What is still in flight at the
 * end is waited for, so that `answered` is exact: every one of them must be in the server's journal.
 */
#define _GNU_SOURCE
#include "modes.h"
#include "client.h"
#include "histogram.h"
#include "rig.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { MAX_DEPTH = 256, READ_SIZE = 65536, KEPT = 300 };

struct link {
    int fd, in_flight, kept;
    uint16_t next, expected;
    uint64_t sent_at[MAX_DEPTH];
    unsigned char partial[KEPT];
};

static struct options options;
static struct histogram latencies;
static uint64_t sent, answered, errors, counted;
static int open_links, sending = 1, measuring;

static void drop(struct link *link)
{
    close(link->fd);
    link->fd = -1;
    link->in_flight = 0;
    open_links--;
}

/* Tops the connection up to its depth: all new requests in one send. */
static void fill(struct link *link)
{
    unsigned char bytes[MAX_DEPTH * REQUEST_SIZE];
    int made = 0;
    uint64_t now = now_ns();
    while (sending && link->in_flight < options.depth && (options.requests == 0 || sent < options.requests)) {
        client_request(bytes + made, link->next, options.registers);
        link->sent_at[link->next % MAX_DEPTH] = now;
        link->next++;
        link->in_flight++;
        made += REQUEST_SIZE;
        sent++;
    }
    /* A few KiB at most are ever in flight, so a short send means that the connection is broken. */
    if (made > 0 && send(link->fd, bytes, (size_t)made, MSG_NOSIGNAL) != made)
        drop(link);
}

static void take(struct link *link, const unsigned char *frame, int length, uint64_t now)
{
    if (!client_check(frame, length, link->expected, options.registers))
        errors++;
    else {
        answered++;
        if (measuring) {
            counted++;
            histogram_add(&latencies, now - link->sent_at[link->expected % MAX_DEPTH]);
        }
    }
    link->expected++;
    link->in_flight--;
}

static void receive(struct link *link)
{
    static unsigned char bytes[KEPT + READ_SIZE];
    memcpy(bytes, link->partial, (size_t)link->kept);
    ssize_t got = recv(link->fd, bytes + link->kept, READ_SIZE, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        drop(link);
        return;
    }
    uint64_t now = now_ns();
    int have = link->kept + (int)got, at = 0, whole;
    while ((whole = client_frame(bytes + at, have - at)) > 0 && whole <= have - at) {
        take(link, bytes + at, whole, now);
        at += whole;
    }
    if (whole < 0 || link->in_flight < 0) { /* no Modbus at all, or more replies than requests */
        errors++;
        drop(link);
        return;
    }
    link->kept = have - at;
    memcpy(link->partial, bytes + at, (size_t)link->kept);
    fill(link);
}

static struct link *open_all(int epoll)
{
    struct link *links = calloc((size_t)options.connections, sizeof *links);
    for (int i = 0; links && i < options.connections; i++) {
        struct epoll_event wanted = { .events = EPOLLIN, .data.ptr = &links[i] };
        links[i].fd = client_connect(options.host, options.port, 5000);
        if (links[i].fd < 0)
            fail("connection %d to %s:%d", i + 1, options.host, options.port);
        fcntl(links[i].fd, F_SETFL, O_NONBLOCK);
        epoll_ctl(epoll, EPOLL_CTL_ADD, links[i].fd, &wanted);
        open_links++;
    }
    return links;
}

static int run(void)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct link *links = open_all(epoll);
    uint64_t begun = now_ns(), from = 0, to = 0, cpu_from = 0, cpu_to = 0, progress = begun, last = 0;
    uint64_t warm_at = begun + (uint64_t)(options.warmup * 1e9), until = 0;
    for (int i = 0; i < options.connections; i++)
        fill(&links[i]);

    struct epoll_event ready[256];
    while (open_links > 0) {
        uint64_t now = now_ns();
        if (!measuring && to == 0 && now >= warm_at) {
            from = now;
            cpu_from = process_cpu_ns(options.pid);
            measuring = 1;
            until = from + (uint64_t)(options.seconds * 1e9);
        }
        int finished = options.requests ? answered + errors >= options.requests : measuring && now >= until;
        if (measuring && finished) {
            to = now;
            cpu_to = process_cpu_ns(options.pid);
            measuring = sending = 0;
        }
        if (!sending && answered + errors >= sent)
            break;
        if (answered != last) {
            last = answered;
            progress = now;
        }
        /* Nothing for this long is a server that hangs, not one that is slow. */
        if (now - progress > (sending ? 10000000000u : 2000000000u))
            break;
        int count = epoll_wait(epoll, ready, 256, 50);
        for (int i = 0; i < count; i++) {
            struct link *link = ready[i].data.ptr;
            if (link->fd >= 0)
                receive(link);
        }
    }
    if (to == 0) { /* every connection was closed on us, or the server hung: say what was seen */
        to = now_ns();
        cpu_to = process_cpu_ns(options.pid);
    }
    double seconds = from ? (double)(to - from) / 1e9 : 0;
    double cpu = counted && cpu_to > cpu_from ? (double)(cpu_to - cpu_from) / 1e3 / (double)counted : 0;
    printf("{\"requests\":%llu,\"seconds\":%.3f,\"rps\":%.0f,\"cpu_us\":%.3f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,"
           "\"p999\":%.1f,\"max\":%.1f,\"answered\":%llu,\"unanswered\":%llu,\"errors\":%llu,\"closed\":%d}\n",
        (unsigned long long)counted, seconds, seconds > 0 ? (double)counted / seconds : 0, cpu,
        histogram_at(&latencies, 0.5), histogram_at(&latencies, 0.9), histogram_at(&latencies, 0.99),
        histogram_at(&latencies, 0.999), (double)latencies.longest / 1000.0, (unsigned long long)answered,
        (unsigned long long)(sent - answered - errors), (unsigned long long)errors, options.connections - open_links);
    return 0;
}

static void read_options(int argc, char **argv)
{
    options = (struct options){ .host = "127.0.0.1", .connections = 1, .depth = 1, .registers = 10, .seconds = 3 };
    int letter;
    while ((letter = getopt(argc, argv, "a:p:c:d:s:n:w:r:P:q")) != -1)
        switch (letter) {
        case 'a': options.host = optarg; break;
        case 'p': options.port = atoi(optarg); break;
        case 'c': options.connections = atoi(optarg); break;
        case 'd': options.depth = atoi(optarg); break;
        case 's': options.seconds = atof(optarg); break;
        case 'n': options.requests = strtoull(optarg, NULL, 10); break;
        case 'w': options.warmup = atof(optarg); break;
        case 'r': options.registers = atoi(optarg); break;
        case 'P': options.pid = atoi(optarg); break;
        case 'q': options.ask = 1; break;
        default: exit(2);
        }
    if (options.port < 1 || options.port > 65535 || options.connections < 1 || options.connections > 60000
        || options.depth < 1 || options.depth > MAX_DEPTH || options.registers < 1 || options.registers > 125
        || options.seconds <= 0 || options.seconds > 300 || options.warmup < 0 || options.warmup > 60)
        fail("out of range: -p 1..65535, -c 1..60000, -d 1..%d, -r 1..125, -s up to 300, -w up to 60", MAX_DEPTH);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        fail("usage: load run|hold|first -p PORT ...");
    begin_bounded_life();
    read_options(argc - 1, argv + 1);
    if (strcmp(argv[1], "run") == 0)
        return run();
    if (strcmp(argv[1], "hold") == 0)
        return hold(&options);
    if (strcmp(argv[1], "first") == 0)
        return first(&options, argv + 1 + optind);
    fail("unknown mode '%s': run, hold or first", argv[1]);
}
