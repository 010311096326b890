/* See modes.h. */
#define _GNU_SOURCE
#include "modes.h"
#include "client.h"
#include "rig.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

int hold(const struct options *options)
{
    int *sockets = calloc((size_t)options->connections, sizeof *sockets), opened = 0, answered = 0, alive = 0;
    for (; sockets && opened < options->connections; opened++)
        if ((sockets[opened] = client_connect(options->host, options->port, 2000)) < 0)
            break;
    for (int i = 0; options->ask && i < opened; i++)
        answered += client_ask(sockets[i], (uint16_t)i, options->registers, 2000);
    /* Connections that were accepted only to be closed again are not held: give the server a moment, then look. */
    struct timespec settle = { .tv_nsec = 300000000 };
    nanosleep(&settle, NULL);
    for (int i = 0; i < opened; i++) {
        char byte;
        ssize_t seen = recv(sockets[i], &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        alive += seen < 0 && errno == EAGAIN;
    }
    printf("{\"opened\":%d,\"answered\":%d,\"alive\":%d}\n", opened, answered, alive);
    fflush(stdout);
    struct pollfd stop = { .fd = STDIN_FILENO, .events = POLLIN };
    poll(&stop, 1, (int)(options->seconds * 1000));
    return 0;
}

static void end_child(pid_t child)
{
    kill(child, SIGTERM);
    for (int i = 0; i < 500; i++) {
        struct timespec nap = { .tv_nsec = 10000000 };
        if (waitpid(child, NULL, WNOHANG) != 0)
            return;
        nanosleep(&nap, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

int first(const struct options *options, char **command)
{
    if (!*command)
        fail("usage: load first -p PORT -- COMMAND [ARGUMENT...]");
    uint64_t begun = now_ns(), until = begun + (uint64_t)(options->seconds * 1e9);
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* whatever ends us ends the server too */
        dup2(STDERR_FILENO, STDOUT_FILENO); /* stdout is for our line of JSON alone */
        execv(*command, command);
        fail("cannot start %s", *command);
    }
    for (int attempts = 1; now_ns() < until; attempts++) {
        int fd = client_connect(options->host, options->port, 0);
        int valid = fd >= 0 && client_ask(fd, 1, options->registers, 1000);
        uint64_t micros = (now_ns() - begun) / 1000;
        if (fd >= 0)
            close(fd);
        if (valid) {
            end_child(child);
            printf("{\"micros\":%llu,\"attempts\":%d}\n", (unsigned long long)micros, attempts);
            return 0;
        }
        errno = 0;
        if (waitpid(child, NULL, WNOHANG) != 0)
            fail("%s ended before it answered", *command);
        struct timespec nap = { .tv_nsec = 200000 };
        nanosleep(&nap, NULL);
    }
    end_child(child);
    errno = 0;
    fail("%s did not answer on port %d in time", *command, options->port);
}
