/* The closed loop: keeps a window of datagrams outstanding on a server for the length of a slice. */
#ifndef REFERENCE_GENERATOR_H
#define REFERENCE_GENERATOR_H

#include "options.h"

#include <stdbool.h>
#include <stdint.h>

struct generator;

struct rtt {
    uint32_t p50_ns;
    uint32_t p90_ns;
    uint32_t p99_ns;
};

struct slice {
    uint64_t packets;      /* answered with the right content */
    uint64_t lost;         /* not answered in time */
    uint64_t wrong_source; /* of `packets`: answered from another address or port than the one asked */
    uint64_t damaged;      /* answered with another size or content */
    uint64_t unexpected;   /* answers that nothing waits for: late, twice, or on another flow */
    double seconds;        /* from the first send to the last answer */
    uint64_t server_cpu_ns;
    double generator_share; /* of one CPU */
    struct rtt rtt;         /* for a window of 1 only, when `packets` > 0 */
};

/* NULL, with a line on stderr, when the system refuses. */
struct generator *generator_open(const struct options *options);

/*
 * Runs one slice. It starts and ends with nothing outstanding, so that the server's CPU time belongs to this slice's
 * datagrams and to no others. False, with a line on stderr, when the system refuses or the server is gone.
 */
bool generator_run(struct generator *generator, const struct server *server, double seconds, struct slice *slice);

void generator_close(struct generator *generator);

#endif
