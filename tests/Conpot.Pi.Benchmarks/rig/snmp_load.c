/*
 * The load generator for SNMP: v2c over many UDP sockets, one line of JSON on stdout as load.c's.
 *
 *   snmp_load run -p PORT [-c SOCKETS] [-d DEPTH] [-k get|next] [-s SECONDS] [-w WARMUP] [-P PID]
 *
 * get asks for sysUpTime.0, next for what follows the column ifInOctets of ifTable: every agent has both, and both change.
 * DEPTH requests are in flight on every socket, each with its own request-id. Every reply is read in full: lengths, version,
 * community, request-id, error-status, name and type of the value. A datagram that is not answered within a second is lost.
 */
#define _GNU_SOURCE
#include "histogram.h"
#include "rig.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { MAX_DEPTH = 64, LONGEST = 1500, ID_AT = 17, COUNTER32 = 0x41, TIME_TICKS = 0x43 };
static const uint64_t lost_after = 1000000000u;

/* 30 len, version 1, "public", A0/A1 len, 02 04 request-id, 0, 0, one binding with NULL. */
static const unsigned char get_request[] = {
    0x30, 0x29, 2, 1, 1, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c', 0xA0, 0x1C, 2, 4, 0, 0, 0, 0, 2, 1, 0, 2, 1, 0,
    0x30, 0x0E, 0x30, 0x0C, 6, 8, 0x2B, 6, 1, 2, 1, 1, 3, 0, 5, 0 };
static const unsigned char next_request[] = {
    0x30, 0x2A, 2, 1, 1, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c', 0xA1, 0x1D, 2, 4, 0, 0, 0, 0, 2, 1, 0, 2, 1, 0,
    0x30, 0x0F, 0x30, 0x0D, 6, 9, 0x2B, 6, 1, 2, 1, 2, 2, 1, 10, 5, 0 };

/* The name that must come back: sysUpTime.0 whole, and ifInOctets.1 (every agent here has an interface 1). */
static const unsigned char get_name[] = { 6, 8, 0x2B, 6, 1, 2, 1, 1, 3, 0 };
static const unsigned char next_name[] = { 6, 10, 0x2B, 6, 1, 2, 1, 2, 2, 1, 10, 1 };

struct slot { uint32_t id; uint64_t sent_at; };
struct link { int fd; struct slot slots[MAX_DEPTH]; };

static const unsigned char *request = get_request, *name = get_name;
static int request_length = sizeof get_request, name_length = sizeof get_name, value_tag = TIME_TICKS;
static int port, sockets = 1, depth = 1, pid;
static double seconds = 3, warmup;
static struct histogram latencies;
static uint64_t sent, answered, errors, lost, counted;
static uint32_t next_id = 0x10000000; /* positive, and four bytes in its shortest form */
static int measuring;

static void ask(struct link *link, struct slot *slot)
{
    unsigned char bytes[64];
    memcpy(bytes, request, (size_t)request_length);
    slot->id = next_id++;
    uint32_t id = htonl(slot->id);
    memcpy(bytes + ID_AT, &id, 4);
    slot->sent_at = now_ns();
    sent++;
    if (send(link->fd, bytes, (size_t)request_length, MSG_NOSIGNAL) != request_length)
        fail("send");
}

/* Steps over one tag and its length; the contents' length, or -1 when it is not `tag` or does not fit. */
static int enter(const unsigned char **at, const unsigned char *end, int tag)
{
    if (end - *at < 2 || **at != tag)
        return -1;
    int length = (*at)[1];
    *at += 2;
    if (length & 0x80) {
        int octets = length & 0x7F;
        if (octets < 1 || octets > 2 || end - *at < octets)
            return -1;
        for (length = 0; octets > 0; octets--)
            length = length << 8 | *(*at)++;
    }
    return length <= end - *at ? length : -1;
}

/* The slot that this reply belongs to, or NULL when it is no right reply to anything that waits. */
static struct slot *check(struct link *link, const unsigned char *at, int length)
{
    static const unsigned char head[] = { 2, 1, 1, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c' }, no_error[] = { 2, 1, 0, 2, 1, 0 };
    const unsigned char *end = at + length;
    uint32_t id;
    if (enter(&at, end, 0x30) != end - at || end - at < (int)sizeof head || memcmp(at, head, sizeof head) != 0)
        return NULL;
    at += sizeof head;
    if (enter(&at, end, 0xA2) != end - at || end - at < 12 || at[0] != 2 || at[1] != 4 || memcmp(at + 6, no_error, sizeof no_error) != 0)
        return NULL;
    memcpy(&id, at + 2, 4);
    at += 12;
    if (enter(&at, end, 0x30) != end - at || enter(&at, end, 0x30) != end - at)
        return NULL;
    if (end - at < name_length + 3 || memcmp(at, name, (size_t)name_length) != 0)
        return NULL;
    at += name_length;
    int value = enter(&at, end, value_tag);
    if (value < 1 || value > 5 || value != end - at)
        return NULL;
    for (int i = 0; i < depth; i++)
        if (link->slots[i].id == ntohl(id) && link->slots[i].sent_at)
            return &link->slots[i];
    return NULL;
}

static void receive(struct link *link, int sending)
{
    unsigned char bytes[LONGEST];
    ssize_t got;
    while ((got = recv(link->fd, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0) {
        struct slot *slot = check(link, bytes, (int)got);
        if (!slot) {
            errors++;
            continue;
        }
        answered++;
        if (measuring) {
            counted++;
            histogram_add(&latencies, now_ns() - slot->sent_at);
        }
        slot->sent_at = 0;
        if (sending)
            ask(link, slot);
    }
    if (errno == ECONNREFUSED)
        fail("nobody listens on 127.0.0.1:%d any more", port);
}

/* Whoever waits too long is given up; true while somebody waits. */
static int sweep(struct link *links, int sending)
{
    uint64_t now = now_ns();
    int waiting = 0;
    for (int i = 0; i < sockets; i++)
        for (int j = 0; j < depth; j++) {
            struct slot *slot = &links[i].slots[j];
            if (slot->sent_at && now - slot->sent_at > lost_after) {
                lost++;
                slot->sent_at = 0;
                if (sending)
                    ask(&links[i], slot);
            }
            waiting |= slot->sent_at != 0;
        }
    return waiting;
}

static struct link *open_all(int epoll)
{
    struct link *links = calloc((size_t)sockets, sizeof *links);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; links && i < sockets; i++) {
        struct epoll_event wanted = { .events = EPOLLIN, .data.ptr = &links[i] };
        links[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (links[i].fd < 0 || connect(links[i].fd, (struct sockaddr *)&address, sizeof address) < 0)
            fail("socket %d to 127.0.0.1:%d", i + 1, port);
        epoll_ctl(epoll, EPOLL_CTL_ADD, links[i].fd, &wanted);
    }
    return links;
}

static int run(void)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC), sending = 1;
    struct link *links = open_all(epoll);
    uint64_t begun = now_ns(), from = 0, to = 0, cpu_from = 0, cpu_to = 0, swept = begun;
    for (int i = 0; i < sockets; i++)
        for (int j = 0; j < depth; j++)
            ask(&links[i], &links[i].slots[j]);
    struct epoll_event ready[256];
    for (;;) {
        uint64_t now = now_ns();
        if (!from && now >= begun + (uint64_t)(warmup * 1e9)) {
            from = now;
            cpu_from = process_cpu_ns(pid);
            measuring = 1;
        }
        if (measuring && now >= from + (uint64_t)(seconds * 1e9)) {
            to = now;
            cpu_to = process_cpu_ns(pid);
            measuring = sending = 0;
        }
        if (now - swept > 50000000u || !sending) {
            swept = now;
            if (!sweep(links, sending) && !sending)
                break;
        }
        int count = epoll_wait(epoll, ready, 256, 50);
        for (int i = 0; i < count; i++)
            receive(ready[i].data.ptr, sending);
    }
    double length = (double)(to - from) / 1e9;
    double cpu = counted && cpu_to > cpu_from ? (double)(cpu_to - cpu_from) / 1e3 / (double)counted : 0;
    printf("{\"requests\":%llu,\"seconds\":%.3f,\"rps\":%.0f,\"cpu_us\":%.3f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,"
           "\"p999\":%.1f,\"max\":%.1f,\"answered\":%llu,\"unanswered\":%llu,\"errors\":%llu,\"closed\":0}\n",
        (unsigned long long)counted, length, (double)counted / length, cpu, histogram_at(&latencies, 0.5), histogram_at(&latencies, 0.9),
        histogram_at(&latencies, 0.99), histogram_at(&latencies, 0.999), (double)latencies.longest / 1000.0,
        (unsigned long long)answered, (unsigned long long)lost, (unsigned long long)errors);
    return 0;
}

int main(int argc, char **argv)
{
    int letter;
    if (argc < 2 || strcmp(argv[1], "run") != 0)
        fail("usage: snmp_load run -p PORT [-c SOCKETS] [-d DEPTH] [-k get|next] [-s SECONDS] [-w WARMUP] [-P PID]");
    begin_bounded_life();
    while ((letter = getopt(argc - 1, argv + 1, "p:c:d:k:s:w:P:")) != -1)
        switch (letter) {
        case 'p': port = atoi(optarg); break;
        case 'c': sockets = atoi(optarg); break;
        case 'd': depth = atoi(optarg); break;
        case 's': seconds = atof(optarg); break;
        case 'w': warmup = atof(optarg); break;
        case 'P': pid = atoi(optarg); break;
        case 'k':
            if (strcmp(optarg, "next") == 0) {
                request = next_request, request_length = sizeof next_request;
                name = next_name, name_length = sizeof next_name, value_tag = COUNTER32;
            } else if (strcmp(optarg, "get") != 0)
                fail("-k is get or next");
            break;
        default: exit(2);
        }
    if (port < 1 || port > 65535 || sockets < 1 || sockets > 1000 || depth < 1 || depth > MAX_DEPTH || seconds <= 0 || seconds > 300 || warmup < 0 || warmup > 60)
        fail("out of range: -p 1..65535, -c 1..1000, -d 1..%d, -s up to 300, -w up to 60", MAX_DEPTH);
    return run();
}
