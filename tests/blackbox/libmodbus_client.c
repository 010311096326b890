/* Every request function of libmodbus against the sensor. One line per check, exit code 0 when all passed.
 *
 *     gcc -Wall -Wextra -Werror -o libmodbus_client libmodbus_client.c $(pkg-config --cflags --libs libmodbus)
 *     ./libmodbus_client 127.0.0.1 5020
 *
 * libmodbus turns exception n into errno EMBXILFUN + n - 1 (modbus.h). Addresses are above those that the default profile's signals own.
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COIL 64       /* Q8.0 */
#define REGISTER 500  /* VW1000 */

static int failed, passed;

static void check(const char *name, int good)
{
    printf("%s libmodbus: %s", good ? "ok" : "FAIL", name);
    if (!good)
        printf(" (errno %d, %s)", errno, modbus_strerror(errno));
    printf("\n");
    good ? passed++ : failed++;
}

/* The call was answered with this exception. */
static void refused(const char *name, int result, int expected)
{
    check(name, result == -1 && errno == expected);
}

int main(int count, char **arguments)
{
    uint8_t bits[MODBUS_MAX_READ_BITS], identity[MODBUS_MAX_PDU_LENGTH], reply[MODBUS_TCP_MAX_ADU_LENGTH];
    uint16_t words[MODBUS_MAX_READ_REGISTERS], written[120];
    modbus_t *client;
    int i, same;

    if (count != 3) {
        fprintf(stderr, "usage: libmodbus_client <address> <port>\n");
        return 2;
    }
    client = modbus_new_tcp(arguments[1], atoi(arguments[2]));
    if (client == NULL || modbus_set_slave(client, 1) || modbus_set_response_timeout(client, 5, 0) || modbus_connect(client)) {
        fprintf(stderr, "FAIL libmodbus: cannot connect: %s\n", modbus_strerror(errno));
        return 1;
    }

    /* FC 5, 1 */
    check("write_bit on", modbus_write_bit(client, COIL, TRUE) == 1);
    check("read_bits sees it", modbus_read_bits(client, COIL, 1, bits) == 1 && bits[0] == 1);
    check("write_bit off", modbus_write_bit(client, COIL, FALSE) == 1);
    check("read_bits sees that", modbus_read_bits(client, COIL, 1, bits) == 1 && bits[0] == 0);

    /* FC 15, 1: whole bytes on a byte boundary, as the S7-200 library wants them */
    for (i = 0; i < 64; i++)
        bits[i] = i % 3 == 0;
    check("write_bits, 64", modbus_write_bits(client, COIL, 64, bits) == 64);
    memset(bits, 9, sizeof bits);
    same = modbus_read_bits(client, COIL, 64, bits) == 64;
    for (i = 0; i < 64; i++)
        same &= bits[i] == (i % 3 == 0);
    check("read_bits, 64, the same", same);
    memset(bits, 0, sizeof bits);
    check("write_bits, 64, all off", modbus_write_bits(client, COIL, 64, bits) == 64);
    refused("write_bits off the byte boundary", modbus_write_bits(client, COIL + 1, 8, bits), EMBXILADD);
    refused("write_bits of a part of a byte", modbus_write_bits(client, COIL, 7, bits), EMBXILVAL);

    /* FC 2, 4 */
    check("read_input_bits, all 128", modbus_read_input_bits(client, 0, 128, bits) == 128);
    check("read_input_registers, all 32", modbus_read_input_registers(client, 0, 32, words) == 32);

    /* FC 6, 16, 3 */
    check("write_register", modbus_write_register(client, REGISTER, 0x1234) == 1);
    check("read_registers sees it", modbus_read_registers(client, REGISTER, 1, words) == 1 && words[0] == 0x1234);
    for (i = 0; i < 120; i++)
        written[i] = (uint16_t)(0x8000 + 257 * i);
    check("write_registers, 120", modbus_write_registers(client, REGISTER, 120, written) == 120);
    check("read_registers, 120, the same",
          modbus_read_registers(client, REGISTER, 120, words) == 120 && memcmp(words, written, sizeof written) == 0);
    memset(written, 0, sizeof written);
    check("write_registers, 120, all 0", modbus_write_registers(client, REGISTER, 120, written) == 120);

    /* Too many for the S7-200 library, not for libmodbus, which would not send more than the specification's. */
    memset(words, 0, sizeof words);
    refused("read_registers, 121", modbus_read_registers(client, REGISTER, 121, words), EMBXILVAL);
    refused("read_registers, 125", modbus_read_registers(client, REGISTER, 125, words), EMBXILVAL);
    refused("write_registers, 121", modbus_write_registers(client, REGISTER, 121, words), EMBXILVAL);

    /* Addresses that do not exist */
    refused("read_bits at 128", modbus_read_bits(client, 128, 1, bits), EMBXILADD);
    refused("read_bits over the end", modbus_read_bits(client, 127, 2, bits), EMBXILADD);
    refused("read_input_bits at 128", modbus_read_input_bits(client, 128, 1, bits), EMBXILADD);
    refused("read_registers at 5120", modbus_read_registers(client, 5120, 1, words), EMBXILADD);
    refused("read_registers over the end", modbus_read_registers(client, 5119, 2, words), EMBXILADD);
    refused("read_input_registers at 32", modbus_read_input_registers(client, 32, 1, words), EMBXILADD);
    refused("write_bit at 128", modbus_write_bit(client, 128, TRUE), EMBXILADD);
    refused("write_register at 5120", modbus_write_register(client, 5120, 1), EMBXILADD);
    refused("write_registers over the end", modbus_write_registers(client, 5119, 2, written), EMBXILADD);
    refused("read_registers at 65535", modbus_read_registers(client, 65535, 1, words), EMBXILADD);

    /* Functions that an S7-200 does not have: 22, 23, 17 */
    refused("mask_write_register", modbus_mask_write_register(client, REGISTER, 0x00F2, 0x0025), EMBXILFUN);
    refused("write_and_read_registers", modbus_write_and_read_registers(client, REGISTER, 1, written, REGISTER, 1, words), EMBXILFUN);
    refused("report_slave_id", modbus_report_slave_id(client, sizeof identity, identity), EMBXILFUN);

    /* A request that libmodbus has no name for: 43/14 */
    {
        const uint8_t raw[] = {0x01, 0x2B, 0x0E, 0x01, 0x00};
        check("send_raw_request", modbus_send_raw_request(client, raw, sizeof raw) == 12 - 1);
        /* Raw, libmodbus looks at the length only: MBAP 7 bytes, AB, 01. */
        check("receive_confirmation of 43/14", modbus_receive_confirmation(client, reply) == 9 && reply[7] == 0xAB && reply[8] == 0x01);
    }

    /* After all these refusals the connection is as good as new, and so is every unit. */
    for (i = 0; i < 4; i++) {
        static const int units[] = {0, 5, 247, 255};
        char name[32];
        snprintf(name, sizeof name, "unit %d", units[i]);
        modbus_set_slave(client, units[i]);
        check(name, modbus_read_registers(client, REGISTER, 1, words) == 1 && words[0] == 0);
    }

    modbus_close(client);
    check("connect again", modbus_connect(client) == 0 && modbus_read_registers(client, REGISTER, 1, words) == 1);
    modbus_close(client);
    modbus_free(client);
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
