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

static double cpu_ratio(const struct round *round) {
    return round->ratio;
}

static double throughput_ratio(const struct round *round) {
    return round->throughput_ratio;
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

/* The kept rounds of all. */
struct rounds {
    const struct round *all;
    unsigned count;
    unsigned kept;
    double *values; /* room for a figure of each */
};

static void print_figure(const char *name, const struct rounds *rounds, figure *of, int decimals) {
    if (rounds->kept == 0) {
        printf(",\"%s\":null", name);
        return;
    }
    size_t kept = 0;
    for (unsigned i = 0; i < rounds->count; i++) {
        if (rounds->all[i].reason == NULL) {
            rounds->values[kept++] = of(&rounds->all[i]);
        }
    }
    const double middle = median(rounds->values, kept); /* sorts them */
    printf(",\"%s\":{\"median\":%.*f,\"min\":%.*f,\"max\":%.*f}", name, decimals, middle, decimals, rounds->values[0],
           decimals, rounds->values[kept - 1]);
}

static void add(struct slice *total, const struct slice *slice) {
    total->packets += slice->packets;
    total->lost += slice->lost;
    total->wrong_source += slice->wrong_source;
    total->damaged += slice->damaged;
}

static void print_total(char server, const struct slice *total) {
    printf(",\"%cPackets\":%" PRIu64 ",\"%cLost\":%" PRIu64 ",\"%cWrongSource\":%" PRIu64 ",\"%cDamaged\":%" PRIu64,
           server, total->packets, server, total->lost, server, total->wrong_source, server, total->damaged);
}

static void print_totals(const struct round *rounds, unsigned count) {
    struct slice a = count > 0 ? rounds[0].before : (struct slice){0};
    struct slice b = {0};
    for (unsigned i = 0; i < count; i++) { /* the slice before is the one after the last round */
        add(&b, &rounds[i].subject);
        add(&a, &rounds[i].after);
    }
    print_total('a', &a);
    print_total('b', &b);
}

bool report_result(const struct options *options, const struct round *rounds, unsigned count, unsigned kept) {
    double *values = calloc(kept + 1, sizeof *values);
    if (values == NULL) {
        fputs("bracket: no memory for the result\n", stderr);
        return false;
    }
    const struct rounds all = {.all = rounds, .count = count, .kept = kept, .values = values};
    printf("{\"event\":\"result\",\"size\":%u,\"window\":%u,\"flows\":%u,\"spin\":%s,\"rounds\":%u,\"kept\":%u",
           options->size, options->window, options->flows, options->spin ? "true" : "false", count, kept);
    print_figure("cpuRatio", &all, cpu_ratio, 4);
    print_figure("throughputRatio", &all, throughput_ratio, 4);
    print_figure("aCpuPerPacketNs", &all, a_cpu, 1);
    print_figure("bCpuPerPacketNs", &all, b_cpu, 1);
    print_figure("aThroughputPps", &all, a_throughput, 0);
    print_figure("bThroughputPps", &all, b_throughput, 0);
    if (options->window == 1) {
        print_figure("rttRatio", &all, rtt_ratio, 4);
        print_figure("aRttP50Us", &all, a_rtt, 3);
        print_figure("bRttP50Us", &all, b_rtt, 3);
    }
    print_totals(rounds, count);
    puts("}");
    free(values);
    return true;
}
