/*
 * The reference: the UDP echo server that the Java library is compared with, as plain C would be written.
 * Each reply leaves from the address that was asked (IP_PKTINFO both ways), except in mode plain.
 */
#include "arguments.h"
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { MAX_BATCH = 1024, PAYLOAD_SIZE = 2048, CONTROL_SIZE = CMSG_SPACE(sizeof(struct in_pktinfo)) };

enum mode { MODE_BATCH, MODE_SINGLE, MODE_PLAIN };

struct options {
    enum mode mode;
    uint16_t port;
    unsigned batch;
    long duration;
    bool end_with_stdin;
};

/* One packet's buffers. The payloads lie elsewhere, so that walking the headers does not walk over them. */
struct slot {
    struct sockaddr_in remote;
    struct iovec part;
    alignas(struct cmsghdr) unsigned char control[CONTROL_SIZE];
};

struct totals {
    uint64_t received;
    uint64_t sent;
    uint64_t unanswerable;
    uint64_t failed;
};

static struct mmsghdr messages[MAX_BATCH];
static struct slot slots[MAX_BATCH];
static unsigned char payloads[MAX_BATCH][PAYLOAD_SIZE];

static volatile sig_atomic_t stopping;
static volatile sig_atomic_t server_socket = -1;

/*
 * shutdown() wakes a blocked receiver and keeps later receives from blocking, so that a signal between the check of
 * `stopping` and the next receive is not missed. That an unconnected socket answers ENOTCONN does not matter.
 */
static void stop(int signal_number) {
    (void)signal_number;
    const int saved = errno;
    stopping = 1;
    shutdown(server_socket, SHUT_RD);
    errno = saved;
}

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
    exit(EXIT_NEGATIVE);
}

/* Undoes what one receive and one reply change in a message. */
static void arm(struct msghdr *header) {
    header->msg_namelen = sizeof(struct sockaddr_in);
    header->msg_controllen = CONTROL_SIZE;
    header->msg_iov->iov_len = PAYLOAD_SIZE;
}

static void prepare(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        slots[i].part.iov_base = payloads[i];
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &slots[i].remote, .msg_iov = &slots[i].part, .msg_iovlen = 1, .msg_control = slots[i].control};
        arm(&messages[i].msg_hdr);
    }
}

/*
 * Turns a received message into its reply, in place: same payload, same peer, same IP_PKTINFO. Its ipi_spec_dst is
 * the source to reply from; the interface is left to the routing table. No other control message is switched on, and
 * the buffer has room for this one only; a message that was cut, or has none, or names no port to answer is refused.
 */
static bool make_reply(struct msghdr *header, size_t length) {
    const struct sockaddr_in *remote = header->msg_name;
    const struct cmsghdr *control = CMSG_FIRSTHDR(header);
    if ((header->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || header->msg_namelen != sizeof *remote ||
        remote->sin_port == 0 || control == NULL || control->cmsg_level != IPPROTO_IP ||
        control->cmsg_type != IP_PKTINFO || control->cmsg_len != CMSG_LEN(sizeof(struct in_pktinfo))) {
        return false;
    }
    const int any_interface = 0;
    memcpy((unsigned char *)header->msg_control + CMSG_LEN(0) + offsetof(struct in_pktinfo, ipi_ifindex),
           &any_interface, sizeof any_interface);
    header->msg_iov->iov_len = length;
    return true;
}

/* Puts the replies first and returns their number; a message that gets no answer changes places with one that does. */
static unsigned make_replies(unsigned received) {
    unsigned replies = 0;
    for (unsigned i = 0; i < received; i++) {
        if (!make_reply(&messages[i].msg_hdr, messages[i].msg_len)) {
            continue;
        }
        if (i != replies) {
            const struct mmsghdr reply = messages[i];
            messages[i] = messages[replies];
            messages[replies] = reply;
        }
        replies++;
    }
    return replies;
}

/* A send that fails concerns its first message: that one is given up and the others are tried. */
static unsigned send_replies(int fd, unsigned count) {
    unsigned done = 0;
    unsigned failed = 0;
    while (done < count) {
        const int sent = sendmmsg(fd, messages + done, count - done, 0);
        if (sent > 0) {
            done += (unsigned)sent;
        } else if (errno != EINTR || stopping) {
            done++;
            failed++;
        }
    }
    return failed;
}

static void serve_batches(int fd, unsigned batch, struct totals *totals) {
    prepare(batch);
    for (;;) {
        const int result = recvmmsg(fd, messages, batch, MSG_WAITFORONE, NULL);
        if (stopping) {
            return;
        }
        if (result < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail("recvmmsg");
        }
        const unsigned received = (unsigned)result;
        const unsigned replies = make_replies(received);
        const unsigned failed = send_replies(fd, replies);
        for (unsigned i = 0; i < received; i++) {
            arm(&messages[i].msg_hdr);
        }
        totals->received += received;
        totals->unanswerable += received - replies;
        totals->failed += failed;
        totals->sent += replies - failed;
    }
}

static void serve_single(int fd, struct totals *totals) {
    prepare(1);
    struct msghdr *header = &messages[0].msg_hdr;
    for (;;) {
        const ssize_t received = recvmsg(fd, header, 0);
        if (stopping) {
            return;
        }
        if (received < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail("recvmsg");
        }
        totals->received++;
        if (!make_reply(header, (size_t)received)) {
            totals->unanswerable++;
        } else if (sendmsg(fd, header, 0) < 0) {
            totals->failed++;
        } else {
            totals->sent++;
        }
        arm(header);
    }
}

/* What most servers do: the kernel chooses the source of a reply. */
static void serve_plain(int fd, struct totals *totals) {
    struct sockaddr_in remote;
    for (;;) {
        socklen_t length = sizeof remote;
        const ssize_t received =
            recvfrom(fd, payloads[0], PAYLOAD_SIZE, MSG_TRUNC, (struct sockaddr *)&remote, &length);
        if (stopping) {
            return;
        }
        if (received < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail("recvfrom");
        }
        totals->received++;
        if (received > PAYLOAD_SIZE || remote.sin_port == 0) {
            totals->unanswerable++;
        } else if (sendto(fd, payloads[0], (size_t)received, 0, (struct sockaddr *)&remote, length) < 0) {
            totals->failed++;
        } else {
            totals->sent++;
        }
    }
}

static int open_socket(uint16_t port, enum mode mode) {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fail("socket");
    }
    const int on = 1;
    if (mode != MODE_PLAIN && setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0) {
        fail("IP_PKTINFO");
    }
    const int granted = enlarge_receive_buffer(fd);
    if (granted < 0) {
        fail("SO_RCVBUF");
    }
    if (granted < WANTED_RECEIVE_BUFFER) {
        fprintf(stderr, "%s: receive buffer of %d bytes only (net.core.rmem_max): datagrams may be lost\n",
                program_invocation_short_name, granted);
    }
    const struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (bind(fd, (const struct sockaddr *)&local, sizeof local) != 0) {
        fail("bind");
    }
    return fd;
}

static uint16_t bound_port(int fd) {
    struct sockaddr_in local = {0};
    socklen_t length = sizeof local;
    if (getsockname(fd, (struct sockaddr *)&local, &length) != 0) {
        fail("getsockname");
    }
    return ntohs(local.sin_port);
}

static void stop_on_signals(int fd, long duration) {
    server_socket = fd;
    struct sigaction action = {.sa_handler = stop};
    sigemptyset(&action.sa_mask);
    const int signals[] = {SIGTERM, SIGINT, SIGALRM, SIGIO};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (sigaction(signals[i], &action, NULL) != 0) {
            fail("sigaction");
        }
    }
    const struct itimerval limit = {.it_value = {.tv_sec = duration}};
    if (setitimer(ITIMER_REAL, &limit, NULL) != 0) {
        fail("setitimer");
    }
}

/*
 * A pipe whose writer has ended, however that was, raises SIGIO. A thread that waits for it would make each system call
 * on the socket dearer: the kernel counts references to a descriptor that threads share.
 */
static void stop_with_stdin(void) {
    const int flags = fcntl(STDIN_FILENO, F_GETFL);
    if (flags < 0 || fcntl(STDIN_FILENO, F_SETOWN, getpid()) != 0 ||
        fcntl(STDIN_FILENO, F_SETFL, flags | O_ASYNC) != 0) {
        fail("--end-with-stdin");
    }
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&input, 1, 0) != 0) { /* it had ended before */
        stop(SIGIO);
    }
}

static void print_help(void) {
    puts("usage: reference-echo [--mode batch|single|plain] [--port N] [--batch N] [--duration SECONDS]\n"
         "                      [--end-with-stdin]\n"
         "Answers UDP datagrams of up to 2048 bytes from the address they were sent to.\n"
         "  --mode MODE         batch: recvmmsg and sendmmsg (default); single: recvmsg and sendmsg;\n"
         "                      plain: recvfrom and sendto, from whichever address the kernel picks\n"
         "  --port N            port to bind on 0.0.0.0, 0 for any (default 0)\n"
         "  --batch N           datagrams in a batch of mode batch, 1 to 1024 (default 64)\n"
         "  --duration SECONDS  end by itself after this time (default 600)\n"
         "  --end-with-stdin    end when standard input does, a pipe, or has something to read\n"
         "Prints 'ready PORT PID' when it is bound, and its totals when it ends, also by SIGTERM and SIGINT.");
}

static enum mode parse_mode(const char *flag, const char *text) {
    if (strcmp(text, "batch") == 0) {
        return MODE_BATCH;
    }
    if (strcmp(text, "single") == 0) {
        return MODE_SINGLE;
    }
    if (strcmp(text, "plain") == 0) {
        return MODE_PLAIN;
    }
    refuse_argument(flag, "expected batch, single or plain, not '%s'", text);
}

static struct options parse_options(int argc, char **argv) {
    enum { MODE = 1, PORT, BATCH, DURATION, END_WITH_STDIN, HELP };
    static const struct option flags[] = {
        {"mode", required_argument, NULL, MODE},
        {"port", required_argument, NULL, PORT},
        {"batch", required_argument, NULL, BATCH},
        {"duration", required_argument, NULL, DURATION},
        {"end-with-stdin", no_argument, NULL, END_WITH_STDIN},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    struct options options = {.mode = MODE_BATCH, .port = 0, .batch = 64, .duration = 600};
    opterr = 0;
    for (int flag; (flag = getopt_long(argc, argv, "+:", flags, NULL)) != -1;) {
        switch (flag) {
        case MODE:
            options.mode = parse_mode("--mode", optarg);
            break;
        case PORT:
            options.port = (uint16_t)parse_integer("--port", optarg, 0, UINT16_MAX);
            break;
        case BATCH:
            options.batch = (unsigned)parse_integer("--batch", optarg, 1, MAX_BATCH);
            break;
        case DURATION:
            options.duration = parse_integer("--duration", optarg, 1, 86400);
            break;
        case END_WITH_STDIN:
            options.end_with_stdin = true;
            break;
        case HELP:
            print_help();
            exit(EXIT_DONE);
        case ':':
            refuse_argument(argv[optind - 1], "a value is missing");
        default:
            refuse_argument(argv[optind - 1], "unknown flag");
        }
    }
    if (optind < argc) {
        refuse_argument(argv[optind], "unexpected argument");
    }
    return options;
}

int main(int argc, char **argv) {
    const struct options options = parse_options(argc, argv);
    const int fd = open_socket(options.port, options.mode);
    stop_on_signals(fd, options.duration);
    if (options.end_with_stdin) {
        stop_with_stdin();
    }
    printf("ready %u %ld\n", bound_port(fd), (long)getpid());
    if (fflush(stdout) != 0) {
        fail("stdout");
    }
    struct totals totals = {0};
    switch (options.mode) {
    case MODE_BATCH:
        serve_batches(fd, options.batch, &totals);
        break;
    case MODE_SINGLE:
        serve_single(fd, &totals);
        break;
    case MODE_PLAIN:
        serve_plain(fd, &totals);
        break;
    }
    close(fd);
    printf("ended received %llu sent %llu unanswerable %llu failed %llu\n", (unsigned long long)totals.received,
           (unsigned long long)totals.sent, (unsigned long long)totals.unanswerable, (unsigned long long)totals.failed);
    return EXIT_DONE;
}
