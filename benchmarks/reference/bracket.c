/*
 * Compares the CPU time per packet of UDP echo server B with that of reference A, in rounds of A B A: the two slices
 * of A show whether the machine stayed the same while B ran, and a round in which it did not is discarded. Rounds share
 * the slice of A between them.
 */
#include "arguments.h"
#include "generator.h"
#include "options.h"
#include "report.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A starved server may miss a slice; one that misses MOST_SILENT_ROUNDS rounds on end does not answer. */
enum { LEAST_KEPT_ROUNDS = 6, MOST_SILENT_ROUNDS = 3 };

static void pin_to_cpu(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        refuse_argument("--cpu", "%d: %s", cpu, strerror(errno));
    }
}

static bool complain(const char *what) {
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
    return false;
}

/* A server that answers without using CPU time is another process than the one named, and that ends the run. */
static bool run_slice(struct generator *generator, const struct server *server, char name, double seconds,
                      struct slice *slice) {
    if (!generator_run(generator, server, seconds, slice)) {
        return false;
    }
    if (slice->packets > 0 && slice->server_cpu_ns == 0) {
        fprintf(stderr, "%s: process %ld used no CPU while port %u answered: it is not server %c\n",
                program_invocation_short_name, (long)server->pid, server->port, name);
        return false;
    }
    return true;
}

static bool warm_up(struct generator *generator, const struct options *options) {
    struct slice ignored;
    return (options->a_warmup_seconds <= 0 ||
            run_slice(generator, &options->a, 'A', options->a_warmup_seconds, &ignored)) &&
           (options->b_warmup_seconds <= 0 ||
            run_slice(generator, &options->b, 'B', options->b_warmup_seconds, &ignored));
}

static bool is_silent(const struct round *round) {
    return round->before.packets == 0 || round->subject.packets == 0 || round->after.packets == 0;
}

/* Of a slice with an answer. */
static double loss(const struct slice *slice) {
    return (double)slice->lost / (double)(slice->lost + slice->packets);
}

static const char *reason_to_discard(const struct options *options, const struct round *round) {
    if (is_silent(round)) {
        return "no-reply";
    }
    /* A sleeping generator is meant to leave its CPU idle. */
    if (options->spin && (round->before.generator_share < options->min_generator_share ||
                          round->subject.generator_share < options->min_generator_share ||
                          round->after.generator_share < options->min_generator_share)) {
        return "generator-share";
    }
    if (loss(&round->before) > options->max_loss || loss(&round->subject) > options->max_loss ||
        loss(&round->after) > options->max_loss) {
        return "loss";
    }
    if (round->reference_drift > options->max_reference_drift) {
        return "reference-drift";
    }
    return NULL;
}

/* The figures of a silent round stay 0: there is nothing to divide by. */
static void judge(const struct options *options, struct round *round) {
    if (!is_silent(round)) {
        const double before = cpu_per_packet_ns(&round->before);
        const double after = cpu_per_packet_ns(&round->after);
        const double mean = (before + after) / 2;
        round->ratio = cpu_per_packet_ns(&round->subject) / mean;
        round->reference_drift = (before > after ? before - after : after - before) / mean;
        round->throughput_ratio =
            throughput_pps(&round->subject) / ((throughput_pps(&round->before) + throughput_pps(&round->after)) / 2);
        if (options->window == 1) {
            const double rtt = ((double)round->before.rtt.p50_ns + (double)round->after.rtt.p50_ns) / 2;
            round->rtt_ratio = (double)round->subject.rtt.p50_ns / rtt;
        }
    }
    round->reason = reason_to_discard(options, round);
}

static bool run_reported_slice(struct generator *generator, const struct options *options, unsigned round, char name,
                               struct slice *slice) {
    const struct server *server = name == 'A' ? &options->a : &options->b;
    if (!run_slice(generator, server, name, options->slice_seconds, slice)) {
        return false;
    }
    report_slice(options, round, name, slice);
    return true;
}

/* The round's first slice of A is there already. */
static bool run_round(struct generator *generator, const struct options *options, unsigned number,
                      struct round *round) {
    if (!run_reported_slice(generator, options, number, 'B', &round->subject) ||
        !run_reported_slice(generator, options, number, 'A', &round->after)) {
        return false;
    }
    judge(options, round);
    report_round(options, number, round);
    return true;
}

static bool is_damaged(const struct round *round) {
    return round->before.damaged + round->subject.damaged + round->after.damaged > 0;
}

static bool is_from_wrong_source(const struct round *round) {
    return round->before.wrong_source + round->subject.wrong_source + round->after.wrong_source > 0;
}

/* Whether the rounds answer the question; if not, a line on stderr says why. */
static bool is_answered(const struct options *options, const struct round *rounds, unsigned count, unsigned kept) {
    for (unsigned i = 0; i < count; i++) {
        if (is_damaged(&rounds[i])) {
            return complain("replies came back with another size or content");
        }
        if (!options->allow_wrong_source && is_from_wrong_source(&rounds[i])) {
            return complain("replies came from another address than the one asked");
        }
    }
    if (kept < LEAST_KEPT_ROUNDS) {
        fprintf(stderr, "%s: %u of %u rounds kept, %d are needed\n", program_invocation_short_name, kept, count,
                LEAST_KEPT_ROUNDS);
        return false;
    }
    return true;
}

/* Runs rounds until all are done or enough are kept, or a server is gone or stays silent. */
static bool run_rounds(struct generator *generator, const struct options *options, struct round *rounds,
                       unsigned *count, unsigned *kept) {
    if (!run_reported_slice(generator, options, 0, 'A', &rounds[0].before)) {
        return false;
    }
    unsigned silent = 0;
    while (*count < options->rounds && *kept < options->keep) {
        struct round *round = &rounds[*count];
        if (*count > 0) {
            round->before = round[-1].after;
        }
        if (!run_round(generator, options, *count + 1, round)) {
            return false;
        }
        (*count)++;
        *kept += round->reason == NULL;
        silent = is_silent(round) ? silent + 1 : 0;
        if (silent == MOST_SILENT_ROUNDS || (silent > 0 && *count == options->rounds)) {
            return complain(round->subject.packets == 0 ? "no reply from server B" : "no reply from server A");
        }
    }
    return true;
}

static bool measure(struct generator *generator, const struct options *options, struct round *rounds) {
    unsigned count = 0;
    unsigned kept = 0;
    const bool complete = warm_up(generator, options) && run_rounds(generator, options, rounds, &count, &kept);
    return report_result(options, rounds, count, kept) && complete && is_answered(options, rounds, count, kept);
}

int main(int argc, char **argv) {
    const struct options options = parse_options(argc, argv);
    if (options.cpu != ANY_CPU) {
        pin_to_cpu(options.cpu);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct round *rounds = calloc(options.rounds, sizeof *rounds);
    struct generator *generator = rounds != NULL ? generator_open(&options) : NULL;
    bool accepted = false;
    if (generator != NULL) {
        accepted = measure(generator, &options, rounds);
        generator_close(generator);
    } else if (rounds == NULL) {
        complain("no memory for the rounds");
    }
    free(rounds);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        accepted = complain("cannot write to stdout");
    }
    return accepted ? EXIT_DONE : EXIT_NEGATIVE;
}
