/* The JSON lines on stdout. */
#ifndef REFERENCE_REPORT_H
#define REFERENCE_REPORT_H

#include "generator.h"
#include "options.h"

#include <stdbool.h>

/* One bracket: reference, subject, reference. */
struct round {
    struct slice before;
    struct slice subject;
    struct slice after;
    double ratio; /* CPU per packet, subject to the mean of the references */
    double throughput_ratio;
    double rtt_ratio;       /* median RTT, likewise; for a window of 1 only */
    double reference_drift; /* difference of the references' CPU per packet, to their mean */
    const char *reason;     /* NULL when the round is kept, else why it is discarded */
};

double cpu_per_packet_ns(const struct slice *slice);
double throughput_pps(const struct slice *slice);

void report_slice(const struct options *options, unsigned round, char server, const struct slice *slice);
void report_round(const struct options *options, unsigned number, const struct round *round);

/* `rounds` are those that were completed, at most as many as were asked for. */
bool report_result(const struct options *options, const struct round *rounds, unsigned count, unsigned kept);

#endif
