/*
 * The peer that an engineer would write in C: libmodbus in a select loop over many connections, as in the library's
 * own example for many clients, answering from one mapping and logging nothing.
 *
 * usage: libmodbus_server PORT
 */
#include "rig.h"

#include <modbus.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/select.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    if (argc != 2)
        fail("usage: libmodbus_server PORT");
    begin_bounded_life();
    modbus_t *modbus = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    modbus_mapping_t *mapping = modbus_mapping_new(500, 500, 500, 500);
    int listener = modbus ? modbus_tcp_listen(modbus, 1024) : -1;
    if (listener < 0 || !mapping)
        fail("cannot listen on 127.0.0.1:%s", argv[1]);
    fprintf(stderr, "ready\n");

    fd_set open_set, ready;
    FD_ZERO(&open_set);
    FD_SET(listener, &open_set);
    int highest = listener, one = 1;
    uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
    for (;;) {
        ready = open_set;
        if (select(highest + 1, &ready, NULL, NULL, NULL) < 0)
            fail("select");
        for (int fd = 0; fd <= highest; fd++) {
            if (!FD_ISSET(fd, &ready))
                continue;
            if (fd == listener) {
                int client = accept(listener, NULL, NULL);
                if (client >= FD_SETSIZE)
                    close(client);
                else if (client >= 0) {
                    /* Else Nagle's algorithm, not the library, would set the pace of pipelined replies. */
                    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    FD_SET(client, &open_set);
                    if (client > highest)
                        highest = client;
                }
                continue;
            }
            modbus_set_socket(modbus, fd);
            int length = modbus_receive(modbus, request);
            if (length > 0)
                length = modbus_reply(modbus, request, length, mapping);
            if (length == -1) {
                close(fd);
                FD_CLR(fd, &open_set);
            }
        }
    }
}
