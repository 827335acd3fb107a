/* What the bracket is asked to measure. */
#ifndef REFERENCE_OPTIONS_H
#define REFERENCE_OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { MAX_TARGETS = 16, ANY_CPU = -1 };

struct server {
    uint16_t port;
    pid_t pid;
    clockid_t cpu_clock;
};

struct options {
    struct server a;
    struct server b;
    struct in_addr targets[MAX_TARGETS];
    unsigned target_count;
    unsigned size;
    unsigned window;
    unsigned flows;
    unsigned rounds;
    unsigned keep;
    int cpu;
    bool spin;
    bool allow_wrong_source;
    double slice_seconds;
    double a_warmup_seconds;
    double b_warmup_seconds;
    double max_reference_drift;
    double min_generator_share;
    double max_loss;
};

/* Exits with one line on stderr when an argument is wrong. */
struct options parse_options(int argc, char **argv);

#endif
