/*
 * The floor of SNMP: what the kernel alone costs for one datagram in and one out. No parsing beyond the PDU's tag; the reply of a
 * real agent with the request's id put into it.
 *
 * usage: snmp_echo PORT
 */
#define _GNU_SOURCE
#include "rig.h"

#include <arpa/inet.h>
#include <sys/socket.h>

enum { TAG_AT = 13, ID_AT = 17, SHORTEST = 21, GET = 0xA0, GET_NEXT = 0xA1 };

/* sysUpTime.0 as TimeTicks, ifInOctets.1 as Counter32: the tag of the reply's PDU and its id are at the places of the request's. */
static unsigned char get_reply[] = {
    0x30, 0x2D, 2, 1, 1, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c', 0xA2, 0x20, 2, 4, 0, 0, 0, 0, 2, 1, 0, 2, 1, 0,
    0x30, 0x12, 0x30, 0x10, 6, 8, 0x2B, 6, 1, 2, 1, 1, 3, 0, 0x43, 4, 0x0B, 0x97, 0xDA, 0x06 };
static unsigned char next_reply[] = {
    0x30, 0x2F, 2, 1, 1, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c', 0xA2, 0x22, 2, 4, 0, 0, 0, 0, 2, 1, 0, 2, 1, 0,
    0x30, 0x14, 0x30, 0x12, 6, 10, 0x2B, 6, 1, 2, 1, 2, 2, 1, 10, 1, 0x41, 4, 0x41, 0xD8, 0x00, 0x0F };

int main(int argc, char **argv)
{
    if (argc != 2)
        fail("usage: snmp_echo PORT");
    begin_bounded_life();
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])) }, peer;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail("cannot listen on 127.0.0.1:%s", argv[1]);
    fprintf(stderr, "ready\n");
    for (;;) {
        unsigned char bytes[1500];
        socklen_t size = sizeof peer;
        ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&peer, &size);
        if (got < SHORTEST)
            continue;
        unsigned char *reply = bytes[TAG_AT] == GET ? get_reply : bytes[TAG_AT] == GET_NEXT ? next_reply : NULL;
        if (!reply)
            continue;
        memcpy(reply + ID_AT, bytes + ID_AT, 4);
        sendto(fd, reply, reply == get_reply ? sizeof get_reply : sizeof next_reply, 0, (struct sockaddr *)&peer, size);
    }
}
