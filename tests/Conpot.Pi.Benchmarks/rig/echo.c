/*
 * The floor: what the kernel alone costs for a Modbus/TCP exchange. One epoll loop, one recv and one send per wake,
 * no parsing beyond the frame length, a fixed reply of the size of a real one. No server that looks at its requests
 * can be much faster, so every other figure is read as a multiple of this one.
 *
 * usage: echo PORT
 */
#define _GNU_SOURCE
#include "rig.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { MAX_FD = 65536, MAX_FRAME = 260, READ_SIZE = 65536, MBAP = 6, REQUEST = 12 };

struct partial { int length; unsigned char bytes[MAX_FRAME]; };

static struct partial *partials[MAX_FD];
static unsigned char in[READ_SIZE + MAX_FRAME];
/* The longest reply (259 bytes) answers the shortest request (12 bytes). */
static unsigned char out[(READ_SIZE + MAX_FRAME) / REQUEST * (MAX_FRAME + 1)];

static void end(int fd)
{
    free(partials[fd]);
    partials[fd] = NULL;
    close(fd);
}

/* Appends the reply to one FC3 request; 0 when the frame is none, which ends the connection. */
static int answer(const unsigned char *request, unsigned char *reply)
{
    int registers = request[10] << 8 | request[11];
    if (request[7] != 3 || registers < 1 || registers > 125)
        return 0;
    memcpy(reply, request, 4);
    reply[4] = 0;
    reply[5] = (unsigned char)(3 + 2 * registers);
    reply[6] = request[6];
    reply[7] = 3;
    reply[8] = (unsigned char)(2 * registers);
    memset(reply + 9, 0x5A, (size_t)(2 * registers));
    return 9 + 2 * registers;
}

static int send_all(int fd, const unsigned char *bytes, int length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, (size_t)length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            struct pollfd writable = { .fd = fd, .events = POLLOUT };
            if (poll(&writable, 1, 1000) <= 0)
                return -1;
            continue;
        }
        if (sent < 0)
            return -1;
        bytes += sent;
        length -= (int)sent;
    }
    return 0;
}

static void serve(int fd)
{
    struct partial *kept = partials[fd];
    memcpy(in, kept->bytes, (size_t)kept->length);
    ssize_t got = recv(fd, in + kept->length, READ_SIZE, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        end(fd);
        return;
    }
    int have = kept->length + (int)got, at = 0, made = 0;
    while (have - at >= REQUEST) {
        int whole = MBAP + (in[at + 4] << 8 | in[at + 5]);
        int size = whole == REQUEST ? answer(in + at, out + made) : 0;
        if (size == 0) {
            end(fd);
            return;
        }
        at += whole;
        made += size;
    }
    kept->length = have - at;
    memcpy(kept->bytes, in + at, (size_t)kept->length);
    if (made > 0 && send_all(fd, out, made) < 0)
        end(fd);
}

static int listen_on(int port)
{
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4096) < 0)
        fail("cannot listen on 127.0.0.1:%d", port);
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        fail("usage: echo PORT");
    begin_bounded_life();
    int listener = listen_on(atoi(argv[1])), epoll = epoll_create1(0), one = 1;
    struct epoll_event wanted = { .events = EPOLLIN, .data.fd = listener }, ready[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &wanted);
    fprintf(stderr, "ready\n");
    for (;;) {
        int count = epoll_wait(epoll, ready, 256, -1);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.fd != listener) {
                serve(ready[i].data.fd);
                continue;
            }
            int fd;
            while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                if (fd >= MAX_FD || !(partials[fd] = calloc(1, sizeof **partials))) {
                    close(fd);
                    continue;
                }
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                wanted.data.fd = fd;
                epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
            }
        }
    }
}
