"""Carries one connection of the machine's, on standard input and output, to a port on the loopback: carry.py PORT. QEMU starts it (guestfwd)."""

import os
import socket
import sys
import threading


def main():
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as there:
        there.settimeout(None)

        def back():
            while data := there.recv(65536):
                os.write(1, data)
            os._exit(0)

        threading.Thread(target=back, daemon=True).start()
        # QEMU gives one socket for both directions.
        while data := os.read(0, 65536):
            there.sendall(data)


if __name__ == "__main__":
    try:
        main()
    except OSError:
        sys.exit(1)
