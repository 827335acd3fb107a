#include "options.h"

#include "arguments.h"
#include "clocks.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MIN_SIZE = 16,
    MAX_SIZE = 65507,
    MAX_WINDOW = 4096,
    MAX_FLOWS = 256,
    MAX_ROUNDS = 1000,
    MAX_SLICE_SECONDS = 10,
    MAX_WARMUP_SECONDS = 120,
    MAX_PID = 1 << 22, /* the kernel's PID_MAX_LIMIT */
};

static void print_help(void) {
    puts(
        "usage: bracket --a PORT:PID --b PORT:PID [flags]\n"
        "Compares the CPU per packet of UDP echo server B with that of reference A, in rounds of A B A; the last A of\n"
        "a round is the first of the next.\n"
        "  --a, --b PORT:PID          the servers\n"
        "  --targets ADDR[,ADDR...]   addresses to ask, in 127.0.0.0/8 (default 127.0.0.2,127.0.0.3)\n"
        "  --size BYTES               payload, 16 to 65507 (default 64)\n"
        "  --window N                 datagrams outstanding, 1 to 4096 (default 256)\n"
        "  --flows N                  sockets, 1 to 256, at most one per datagram outstanding (default 16)\n"
        "  --slice SECONDS            time on one server (default 0.7)\n"
        "  --rounds N                 rounds at most (default 12)\n"
        "  --keep N                   end when so many rounds were kept (default: never before the last)\n"
        "  --a-warmup SECONDS         time on server A before the first round (default 1)\n"
        "  --b-warmup SECONDS         the same for server B\n"
        "  --cpu N                    pin the generator to a CPU\n"
        "  --spin yes|no              poll the sockets or sleep on them (default: no with --window 1, else yes)\n"
        "  --max-reference-drift X    discard a round whose two references differ by more (default 0.06)\n"
        "  --min-generator-share X    discard a round where a spinning generator got less CPU (default 0.95)\n"
        "  --max-loss X               discard a round where a greater share was not answered (default 0.001)\n"
        "  --allow-wrong-source       only count replies from another address than the one asked\n"
        "JSON lines on stdout. Exit code 0: measured; 1: under 6 rounds kept, no or damaged replies, or replies\n"
        "from a wrong source; 2: wrong arguments.");
}

static struct server parse_server(const char *flag, const char *text) {
    char port[6];
    const char *colon = strchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof port) {
        refuse_argument(flag, "expected PORT:PID, not '%s'", text);
    }
    memcpy(port, text, (size_t)(colon - text));
    port[colon - text] = '\0';
    struct server server = {
        .port = (uint16_t)parse_integer(flag, port, 1, UINT16_MAX),
        /* PID 0 would be this process. */
        .pid = (pid_t)parse_integer(flag, colon + 1, 1, MAX_PID),
    };
    uint64_t now = 0;
    const int error = find_cpu_clock(server.pid, &server.cpu_clock);
    if (error != 0 || !read_cpu_clock(server.cpu_clock, &now)) {
        refuse_argument(flag, "there is no process %ld", (long)server.pid);
    }
    return server;
}

static void parse_targets(const char *flag, const char *text, struct options *options) {
    options->target_count = 0;
    for (const char *start = text; start != NULL;) {
        char address[INET_ADDRSTRLEN] = "";
        const size_t length = strcspn(start, ",");
        if (length < sizeof address) {
            memcpy(address, start, length);
        }
        struct in_addr target;
        if (inet_pton(AF_INET, address, &target) != 1) {
            refuse_argument(flag, "'%.*s' is not an IPv4 address", (int)length, start);
        }
        if (ntohl(target.s_addr) >> 24 != IN_LOOPBACKNET) {
            refuse_argument(flag, "%s is outside 127.0.0.0/8, and traffic goes nowhere else", address);
        }
        if (options->target_count == MAX_TARGETS) {
            refuse_argument(flag, "more than %d addresses", MAX_TARGETS);
        }
        options->targets[options->target_count++] = target;
        start = start[length] == ',' ? start + length + 1 : NULL;
    }
}

static bool parse_yes_no(const char *flag, const char *text) {
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0) {
        refuse_argument(flag, "expected yes or no, not '%s'", text);
    }
    return strcmp(text, "yes") == 0;
}

enum flag {
    A = 1,
    B,
    TARGETS,
    SIZE,
    WINDOW,
    FLOWS,
    SLICE,
    ROUNDS,
    KEEP,
    A_WARMUP,
    B_WARMUP,
    CPU,
    SPIN,
    MAX_REFERENCE_DRIFT,
    MIN_GENERATOR_SHARE,
    MAX_LOSS,
    ALLOW_WRONG_SOURCE,
    HELP,
};

static const struct option flags[] = {
    {"a", required_argument, NULL, A},
    {"b", required_argument, NULL, B},
    {"targets", required_argument, NULL, TARGETS},
    {"size", required_argument, NULL, SIZE},
    {"window", required_argument, NULL, WINDOW},
    {"flows", required_argument, NULL, FLOWS},
    {"slice", required_argument, NULL, SLICE},
    {"rounds", required_argument, NULL, ROUNDS},
    {"keep", required_argument, NULL, KEEP},
    {"a-warmup", required_argument, NULL, A_WARMUP},
    {"b-warmup", required_argument, NULL, B_WARMUP},
    {"cpu", required_argument, NULL, CPU},
    {"spin", required_argument, NULL, SPIN},
    {"max-reference-drift", required_argument, NULL, MAX_REFERENCE_DRIFT},
    {"min-generator-share", required_argument, NULL, MIN_GENERATOR_SHARE},
    {"max-loss", required_argument, NULL, MAX_LOSS},
    {"allow-wrong-source", no_argument, NULL, ALLOW_WRONG_SOURCE},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

struct options parse_options(int argc, char **argv) {
    struct options options = {
        .size = 64,
        .window = 256,
        .flows = 16,
        .rounds = 12,
        .keep = MAX_ROUNDS,
        .cpu = ANY_CPU,
        .slice_seconds = 0.7,
        .a_warmup_seconds = 1,
        .b_warmup_seconds = 1,
        .max_reference_drift = 0.06,
        .min_generator_share = 0.95,
        .max_loss = 0.001,
    };
    parse_targets("--targets", "127.0.0.2,127.0.0.3", &options);
    const char *spin = NULL;
    opterr = 0;
    for (int flag; (flag = getopt_long(argc, argv, "+:", flags, NULL)) != -1;) {
        switch (flag) {
        case A:
            options.a = parse_server("--a", optarg);
            break;
        case B:
            options.b = parse_server("--b", optarg);
            break;
        case TARGETS:
            parse_targets("--targets", optarg, &options);
            break;
        case SIZE:
            options.size = (unsigned)parse_integer("--size", optarg, MIN_SIZE, MAX_SIZE);
            break;
        case WINDOW:
            options.window = (unsigned)parse_integer("--window", optarg, 1, MAX_WINDOW);
            break;
        case FLOWS:
            options.flows = (unsigned)parse_integer("--flows", optarg, 1, MAX_FLOWS);
            break;
        case SLICE:
            options.slice_seconds = parse_number("--slice", optarg, 0.05, MAX_SLICE_SECONDS);
            break;
        case ROUNDS:
            options.rounds = (unsigned)parse_integer("--rounds", optarg, 1, MAX_ROUNDS);
            break;
        case KEEP:
            options.keep = (unsigned)parse_integer("--keep", optarg, 1, MAX_ROUNDS);
            break;
        case A_WARMUP:
            options.a_warmup_seconds = parse_number("--a-warmup", optarg, 0, MAX_WARMUP_SECONDS);
            break;
        case B_WARMUP:
            options.b_warmup_seconds = parse_number("--b-warmup", optarg, 0, MAX_WARMUP_SECONDS);
            break;
        case CPU:
            options.cpu = (int)parse_integer("--cpu", optarg, 0, CPU_SETSIZE - 1);
            break;
        case SPIN:
            spin = optarg;
            break;
        case MAX_REFERENCE_DRIFT:
            options.max_reference_drift = parse_number("--max-reference-drift", optarg, 0, 1);
            break;
        case MIN_GENERATOR_SHARE:
            options.min_generator_share = parse_number("--min-generator-share", optarg, 0, 1);
            break;
        case MAX_LOSS:
            options.max_loss = parse_number("--max-loss", optarg, 0, 1);
            break;
        case ALLOW_WRONG_SOURCE:
            options.allow_wrong_source = true;
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
    if (options.a.pid == 0) {
        refuse_argument("--a", "PORT:PID is required");
    }
    if (options.b.pid == 0) {
        refuse_argument("--b", "PORT:PID is required");
    }
    options.spin = spin != NULL ? parse_yes_no("--spin", spin) : options.window > 1;
    if (options.flows > options.window) {
        options.flows = options.window;
    }
    return options;
}
