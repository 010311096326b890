/* See client.h. */
#include "client.h"
#include "rig.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

int client_connect(const char *host, int port, int patience_ms)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        fail("host must be an IPv4 address: %s", host);
    uint64_t until = now_ns() + (uint64_t)patience_ms * 1000000u;
    for (;;) {
        int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct timeval bound = { .tv_sec = 5 };
        if (fd < 0)
            return -1;
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound); /* bounds connect as well */
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            return fd;
        }
        close(fd);
        if (errno != ECONNREFUSED || now_ns() >= until)
            return -1;
        /* 200 us: finer than anything worth telling apart in a start-up time, coarse enough to leave the core free. */
        struct timespec nap = { .tv_nsec = 200000 };
        nanosleep(&nap, NULL);
    }
}

void client_request(unsigned char *bytes, uint16_t transaction, int registers)
{
    const unsigned char request[REQUEST_SIZE] = {
        (unsigned char)(transaction >> 8), (unsigned char)transaction, 0, 0, 0, 6,
        UNIT, READ_REGISTERS, 0, 0, (unsigned char)(registers >> 8), (unsigned char)registers
    };
    memcpy(bytes, request, sizeof request);
}

int client_frame(const unsigned char *bytes, int have)
{
    if (have < MBAP_PREFIX)
        return 0;
    int whole = MBAP_PREFIX + (bytes[4] << 8 | bytes[5]);
    return whole < SHORTEST_FRAME || whole > 260 ? -1 : whole;
}

int client_check(const unsigned char *frame, int length, uint16_t transaction, int registers)
{
    return length == REPLY_HEAD + 2 * registers
        && frame[0] == transaction >> 8 && frame[1] == (transaction & 0xFF)
        && frame[2] == 0 && frame[3] == 0
        && frame[6] == UNIT && frame[7] == READ_REGISTERS && frame[8] == 2 * registers;
}

int client_ask(int fd, uint16_t transaction, int registers, int patience_ms)
{
    unsigned char bytes[300];
    struct timeval bound = { .tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    client_request(bytes, transaction, registers);
    if (send(fd, bytes, REQUEST_SIZE, MSG_NOSIGNAL) != REQUEST_SIZE)
        return 0;
    int have = 0, whole = 0;
    while (whole == 0 || (whole > 0 && have < whole)) {
        ssize_t got = recv(fd, bytes + have, sizeof bytes - (size_t)have, 0);
        if (got <= 0)
            return 0;
        have += (int)got;
        whole = client_frame(bytes, have);
    }
    return have == whole && client_check(bytes, whole, transaction, registers);
}
