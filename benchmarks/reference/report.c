#include "report.h"

#include "clocks.h"
#include "statistics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

double cpu_per_packet_ns(const struct slice *slice) {
    return slice->packets > 0 ? (double)slice->server_cpu_ns / (double)slice->packets : 0;
}

double throughput_pps(const struct slice *slice) {
    return slice->seconds > 0 ? (double)slice->packets / slice->seconds : 0;
}

static double us(uint32_t ns) {
    return (double)ns / NS_PER_US;
}

void report_slice(const struct options *options, unsigned round, char server, const struct slice *slice) {
    printf("{\"event\":\"slice\",\"round\":%u,\"server\":\"%c\",\"packets\":%" PRIu64 ",\"seconds\":%.6f,"
           "\"serverCpuNs\":%" PRIu64 ",\"cpuPerPacketNs\":%.1f,\"throughputPps\":%.0f,\"serverShare\":%.4f,"
           "\"generatorShare\":%.4f,\"lost\":%" PRIu64 ",\"wrongSource\":%" PRIu64 ",\"damaged\":%" PRIu64
           ",\"unexpected\":%" PRIu64,
           round, server, slice->packets, slice->seconds, slice->server_cpu_ns, cpu_per_packet_ns(slice),
           throughput_pps(slice),
           slice->seconds > 0 ? (double)slice->server_cpu_ns / NS_PER_SECOND / slice->seconds : 0,
           slice->generator_share, slice->lost, slice->wrong_source, slice->damaged, slice->unexpected);
    if (options->window == 1 && slice->packets > 0) {
        printf(",\"rttUs\":{\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f}", us(slice->rtt.p50_ns), us(slice->rtt.p90_ns),
               us(slice->rtt.p99_ns));
    }
    puts("}");
}

void report_round(const struct options *options, unsigned number, const struct round *round) {
    printf("{\"event\":\"round\",\"round\":%u,\"ratio\":%.4f,", number, round->ratio);
    if (options->window == 1) {
        printf("\"rttRatio\":%.4f,", round->rtt_ratio);
    }
    printf("\"referenceDrift\":%.4f,\"kept\":%s,\"reason\":\"%s\"}\n", round->reference_drift,
           round->reason == NULL ? "true" : "false", round->reason == NULL ? "" : round->reason);
}

/* A figure of one round, and its median over the kept rounds. */
typedef double figure(const struct round *round);

static double ratio(const struct round *round) {
    return round->ratio;
}

static double rtt_ratio(const struct round *round) {
    return round->rtt_ratio;
}

static double a_cpu(const struct round *round) {
    return (cpu_per_packet_ns(&round->before) + cpu_per_packet_ns(&round->after)) / 2;
}

static double b_cpu(const struct round *round) {
    return cpu_per_packet_ns(&round->subject);
}

static double a_throughput(const struct round *round) {
    return (throughput_pps(&round->before) + throughput_pps(&round->after)) / 2;
}

static double b_throughput(const struct round *round) {
    return throughput_pps(&round->subject);
}

static double a_rtt(const struct round *round) {
    return (us(round->before.rtt.p50_ns) + us(round->after.rtt.p50_ns)) / 2;
}

static double b_rtt(const struct round *round) {
    return us(round->subject.rtt.p50_ns);
}

/* Sorts the figure of the kept rounds into `values`. */
static void collect(const struct round *rounds, unsigned count, figure *of, double *values) {
    size_t kept = 0;
    for (unsigned i = 0; i < count; i++) {
        if (rounds[i].reason == NULL) {
            values[kept++] = of(&rounds[i]);
        }
    }
}

static void print_median(const char *name, const struct round *rounds, unsigned count, unsigned kept, figure *of,
                         int decimals, double *values) {
    if (kept == 0) {
        printf(",\"%s\":null", name);
        return;
    }
    collect(rounds, count, of, values);
    printf(",\"%s\":%.*f", name, decimals, median(values, kept));
}

static void print_ratios(const struct round *rounds, unsigned count, unsigned kept, double *values) {
    print_median("ratioMedian", rounds, count, kept, ratio, 4, values);
    if (kept == 0) {
        printf(",\"ratioMin\":null,\"ratioMax\":null");
    } else {
        printf(",\"ratioMin\":%.4f,\"ratioMax\":%.4f", values[0], values[kept - 1]); /* median() has sorted them */
    }
}

static void print_totals(const struct round *rounds, unsigned count) {
    struct slice a = {0};
    struct slice b = {0};
    for (unsigned i = 0; i < count; i++) {
        const struct round *round = &rounds[i];
        a.lost += round->before.lost + round->after.lost;
        a.wrong_source += round->before.wrong_source + round->after.wrong_source;
        a.damaged += round->before.damaged + round->after.damaged;
        b.lost += round->subject.lost;
        b.wrong_source += round->subject.wrong_source;
        b.damaged += round->subject.damaged;
    }
    printf(",\"aLost\":%" PRIu64 ",\"bLost\":%" PRIu64 ",\"aWrongSource\":%" PRIu64 ",\"bWrongSource\":%" PRIu64
           ",\"aDamaged\":%" PRIu64 ",\"bDamaged\":%" PRIu64,
           a.lost, b.lost, a.wrong_source, b.wrong_source, a.damaged, b.damaged);
}

bool report_result(const struct options *options, const struct round *rounds, unsigned count, unsigned kept) {
    double *values = calloc(kept + 1, sizeof *values);
    if (values == NULL) {
        fputs("bracket: no memory for the result\n", stderr);
        return false;
    }
    printf("{\"event\":\"result\",\"size\":%u,\"window\":%u,\"flows\":%u,\"spin\":%s,\"rounds\":%u,\"kept\":%u",
           options->size, options->window, options->flows, options->spin ? "true" : "false", count, kept);
    print_ratios(rounds, count, kept, values);
    print_median("aCpuPerPacketNs", rounds, count, kept, a_cpu, 1, values);
    print_median("bCpuPerPacketNs", rounds, count, kept, b_cpu, 1, values);
    print_median("aThroughputPps", rounds, count, kept, a_throughput, 0, values);
    print_median("bThroughputPps", rounds, count, kept, b_throughput, 0, values);
    if (options->window == 1) {
        print_median("rttRatioMedian", rounds, count, kept, rtt_ratio, 4, values);
        print_median("aRttP50Us", rounds, count, kept, a_rtt, 3, values);
        print_median("bRttP50Us", rounds, count, kept, b_rtt, 3, values);
    }
    print_totals(rounds, count);
    puts("}");
    free(values);
    return true;
}
