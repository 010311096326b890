/* The client's side of Modbus/TCP: one request form (FC3 from address 0) and the check of its reply. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdint.h>

enum { REQUEST_SIZE = 12, REPLY_HEAD = 9, UNIT = 1, READ_REGISTERS = 3, MBAP_PREFIX = 6, SHORTEST_FRAME = 8 };

/* A connected, blocking socket; a refused connect is repeated until `patience_ms` have passed, then -1. */
int client_connect(const char *host, int port, int patience_ms);

void client_request(unsigned char *bytes, uint16_t transaction, int registers);

/* The whole frame's length once `have` bytes hold its head, 0 before, -1 when it can be no Modbus frame. */
int client_frame(const unsigned char *bytes, int have);

/* 1 when the frame is the normal reply to that transaction with that many registers. */
int client_check(const unsigned char *frame, int length, uint16_t transaction, int registers);

/* One request and its checked reply on a blocking socket; 1 when the right reply came within `patience_ms`. */
int client_ask(int fd, uint16_t transaction, int registers, int patience_ms);

#endif
