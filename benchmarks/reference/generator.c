#include "generator.h"

#include "clocks.h"
#include "sockets.h"
#include "statistics.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* LOSS_TIMEOUT: after this a datagram is lost. TICK: how often that is looked at, and the longest sleep. */
enum { BATCH = 64, LOSS_TIMEOUT_MS = 250, TICK_MS = 25, SHORTEST_RTT_NS = 1000 };

/* The start of every payload. The rest is a pattern of the slot, so that mixed-up buffers show. */
struct header {
    uint32_t slice;
    uint32_t slot;
    uint64_t sequence;
};

/* One of the datagrams of the window. It belongs to one flow for good; its payload stays until the answer is in. */
struct slot {
    uint64_t sequence;
    uint64_t sent_ns;
    unsigned target;
    bool outstanding;
};

/* One socket, with the slots that wait to be sent on it. */
struct flow {
    int fd;
    unsigned share;
    unsigned outstanding;
    unsigned ready_count;
    unsigned *ready;
};

struct generator {
    const struct options *options;
    struct slot *slots;
    unsigned char *payloads;
    struct flow *flows;
    unsigned open_flows;
    unsigned *ready_pool;
    struct pollfd *polls;
    uint32_t *rtt_samples; /* NULL unless the window is 1 */
    size_t rtt_capacity;
    size_t rtt_count;
    struct sockaddr_in targets[MAX_TARGETS];

    uint32_t slice_number;
    uint64_t next_sequence;
    unsigned outstanding;
    uint64_t last_answer_ns;
    struct slice *slice;

    struct mmsghdr out[BATCH];
    struct iovec out_parts[BATCH];
    struct mmsghdr in[BATCH];
    struct iovec in_parts[BATCH];
    struct sockaddr_in in_sources[BATCH];
    unsigned char *in_payloads;
};

static bool complain(const char *what) {
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
    return false;
}

static unsigned char *payload_of(const struct generator *generator, unsigned slot) {
    return generator->payloads + (size_t)slot * generator->options->size;
}

/* Nothing to switch between when there is one flow: a blocking receive is then the shortest way to sleep. */
static bool sleeps_in_receive(const struct generator *generator) {
    return !generator->options->spin && generator->options->flows == 1;
}

static bool open_flow(struct generator *generator, struct flow *flow) {
    flow->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (flow->fd < 0) {
        return complain("socket");
    }
    generator->open_flows++;
    const int granted = enlarge_receive_buffer(flow->fd);
    if (granted < 0) {
        return complain("SO_RCVBUF");
    }
    /* The kernel charges a datagram at most about twice its size, and at least the better part of 1 KiB. */
    if ((size_t)granted < flow->share * (2 * (size_t)generator->options->size + 1024)) {
        fprintf(stderr, "%s: receive buffer of %d bytes only (net.core.rmem_max): replies may be lost\n",
                program_invocation_short_name, granted);
    }
    const struct timeval tick = {.tv_usec = TICK_MS * 1000};
    if (setsockopt(flow->fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick) != 0) {
        return complain("SO_RCVTIMEO");
    }
    /* Bound to a loopback address, so that nothing else can reach it. Unconnected, so that a reply from a wrong
     * source is seen and not dropped by the kernel. */
    const struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(flow->fd, (const struct sockaddr *)&local, sizeof local) != 0) {
        return complain("bind");
    }
    return true;
}

static bool open_flows(struct generator *generator) {
    const struct options *options = generator->options;
    unsigned *ready = generator->ready_pool;
    for (unsigned i = 0; i < options->flows; i++) {
        struct flow *flow = &generator->flows[i];
        flow->share = options->window / options->flows + (i < options->window % options->flows);
        flow->ready = ready;
        ready += flow->share;
        if (!open_flow(generator, flow)) {
            return false;
        }
        generator->polls[i] = (struct pollfd){.fd = flow->fd, .events = POLLIN};
    }
    for (unsigned slot = 0; slot < options->window; slot++) {
        struct flow *flow = &generator->flows[slot % options->flows];
        flow->ready[flow->ready_count++] = slot;
    }
    return true;
}

static void prepare_messages(struct generator *generator) {
    const size_t size = generator->options->size;
    for (unsigned i = 0; i < BATCH; i++) {
        generator->out_parts[i].iov_len = size;
        generator->out[i].msg_hdr = (struct msghdr){
            .msg_namelen = sizeof(struct sockaddr_in), .msg_iov = &generator->out_parts[i], .msg_iovlen = 1};
        generator->in_parts[i] = (struct iovec){.iov_base = generator->in_payloads + i * size, .iov_len = size};
        generator->in[i].msg_hdr = (struct msghdr){.msg_name = &generator->in_sources[i],
                                                   .msg_namelen = sizeof generator->in_sources[i],
                                                   .msg_iov = &generator->in_parts[i],
                                                   .msg_iovlen = 1};
    }
    for (unsigned slot = 0; slot < generator->options->window; slot++) {
        unsigned char *payload = payload_of(generator, slot);
        for (size_t i = 0; i < size; i++) {
            payload[i] = (unsigned char)((slot + i) & 0xff);
        }
    }
}

static bool allocate(struct generator *generator) {
    const struct options *options = generator->options;
    generator->slots = calloc(options->window, sizeof *generator->slots);
    generator->payloads = malloc((size_t)options->window * options->size);
    generator->flows = calloc(options->flows, sizeof *generator->flows);
    generator->ready_pool = calloc(options->window, sizeof *generator->ready_pool);
    generator->polls = calloc(options->flows, sizeof *generator->polls);
    generator->in_payloads = malloc((size_t)BATCH * options->size);
    if (options->window == 1) {
        /* More answers than this do not fit in a slice; a longer warm-up goes unrecorded. */
        generator->rtt_capacity = (size_t)(options->slice_seconds * (NS_PER_SECOND / SHORTEST_RTT_NS)) + 1;
        generator->rtt_samples = malloc(generator->rtt_capacity * sizeof *generator->rtt_samples);
    }
    if (generator->slots == NULL || generator->payloads == NULL || generator->flows == NULL ||
        generator->ready_pool == NULL || generator->polls == NULL || generator->in_payloads == NULL ||
        (options->window == 1 && generator->rtt_samples == NULL)) {
        return complain("memory");
    }
    return true;
}

struct generator *generator_open(const struct options *options) {
    struct generator *generator = calloc(1, sizeof *generator);
    if (generator == NULL) {
        complain("memory");
        return NULL;
    }
    generator->options = options;
    if (!allocate(generator) || !open_flows(generator)) {
        generator_close(generator);
        return NULL;
    }
    prepare_messages(generator);
    return generator;
}

void generator_close(struct generator *generator) {
    for (unsigned i = 0; i < generator->open_flows; i++) {
        close(generator->flows[i].fd);
    }
    free(generator->slots);
    free(generator->payloads);
    free(generator->flows);
    free(generator->ready_pool);
    free(generator->polls);
    free(generator->rtt_samples);
    free(generator->in_payloads);
    free(generator);
}

static void fill_message(struct generator *generator, unsigned index, unsigned slot_index) {
    struct slot *slot = &generator->slots[slot_index];
    slot->sequence = generator->next_sequence + index;
    slot->target = (unsigned)(slot->sequence % generator->options->target_count);
    const struct header header = {.slice = generator->slice_number, .slot = slot_index, .sequence = slot->sequence};
    unsigned char *payload = payload_of(generator, slot_index);
    memcpy(payload, &header, sizeof header);
    generator->out_parts[index].iov_base = payload;
    generator->out[index].msg_hdr.msg_name = &generator->targets[slot->target];
}

/* Sends what is ready on the flow; what the kernel does not take now stays ready. */
static bool send_ready(struct generator *generator, struct flow *flow) {
    while (flow->ready_count > 0) {
        const unsigned count = flow->ready_count < BATCH ? flow->ready_count : BATCH;
        for (unsigned i = 0; i < count; i++) {
            fill_message(generator, i, flow->ready[i]);
        }
        const uint64_t now = monotonic_ns();
        const int result = sendmmsg(flow->fd, generator->out, count, MSG_DONTWAIT);
        if (result < 0) {
            if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) {
                return true;
            }
            return complain("sendmmsg");
        }
        const unsigned sent = (unsigned)result;
        for (unsigned i = 0; i < sent; i++) {
            struct slot *slot = &generator->slots[flow->ready[i]];
            slot->sent_ns = now;
            slot->outstanding = true;
        }
        generator->next_sequence += sent;
        generator->outstanding += sent;
        flow->outstanding += sent;
        flow->ready_count -= sent;
        memmove(flow->ready, flow->ready + sent, flow->ready_count * sizeof *flow->ready);
        if (sent < count) {
            return true;
        }
    }
    return true;
}

/* The slot has its answer, or will not get one: it can be sent again. */
static void release(struct generator *generator, struct flow *flow, unsigned slot_index) {
    generator->slots[slot_index].outstanding = false;
    generator->outstanding--;
    flow->outstanding--;
    flow->ready[flow->ready_count++] = slot_index;
}

static bool is_outstanding(const struct generator *generator, const struct flow *flow, const struct header *header) {
    const struct options *options = generator->options;
    if (header->slice != generator->slice_number || header->slot >= options->window ||
        &generator->flows[header->slot % options->flows] != flow) {
        return false;
    }
    const struct slot *slot = &generator->slots[header->slot];
    return slot->outstanding && slot->sequence == header->sequence;
}

static void record_rtt(struct generator *generator, uint64_t ns) {
    if (generator->rtt_samples != NULL && generator->rtt_count < generator->rtt_capacity) {
        generator->rtt_samples[generator->rtt_count++] = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
    }
}

static void take_answer(struct generator *generator, struct flow *flow, unsigned index, uint64_t now) {
    struct slice *slice = generator->slice;
    const unsigned char *payload = generator->in_parts[index].iov_base;
    const size_t size = generator->options->size;
    const size_t length = generator->in[index].msg_len;
    struct header header;
    if (length < sizeof header) {
        slice->damaged++;
        return;
    }
    memcpy(&header, payload, sizeof header);
    if (!is_outstanding(generator, flow, &header)) {
        slice->unexpected++;
        return;
    }
    release(generator, flow, header.slot);
    const struct msghdr *message = &generator->in[index].msg_hdr;
    if (length != size || (message->msg_flags & MSG_TRUNC) != 0 ||
        memcmp(payload, payload_of(generator, header.slot), size) != 0) {
        slice->damaged++;
        return;
    }
    const struct slot *slot = &generator->slots[header.slot];
    const struct sockaddr_in *asked = &generator->targets[slot->target];
    const struct sockaddr_in *source = &generator->in_sources[index];
    if (source->sin_addr.s_addr != asked->sin_addr.s_addr || source->sin_port != asked->sin_port) {
        slice->wrong_source++;
    }
    slice->packets++;
    generator->last_answer_ns = now;
    record_rtt(generator, now - slot->sent_ns);
}

/* Takes what has arrived on the flow; unexpected answers cannot keep it here for ever. */
static bool receive_answers(struct generator *generator, struct flow *flow) {
    const int how = sleeps_in_receive(generator) ? MSG_WAITFORONE : MSG_DONTWAIT;
    const unsigned most = flow->share < BATCH ? flow->share : BATCH;
    for (unsigned taken = 0; flow->outstanding > 0 && taken <= flow->share;) {
        const int result = recvmmsg(flow->fd, generator->in, most, how, NULL);
        if (result < 0) {
            if (errno == EAGAIN || errno == EINTR) {
                return true;
            }
            return complain("recvmmsg");
        }
        const uint64_t now = monotonic_ns();
        for (unsigned i = 0; i < (unsigned)result; i++) {
            take_answer(generator, flow, i, now);
            generator->in[i].msg_hdr.msg_namelen = sizeof generator->in_sources[i];
        }
        taken += (unsigned)result;
        if ((unsigned)result < most) {
            return true;
        }
    }
    return true;
}

static void give_up_lost(struct generator *generator, uint64_t sent_before_ns) {
    const struct options *options = generator->options;
    for (unsigned i = 0; i < options->window; i++) {
        const struct slot *slot = &generator->slots[i];
        if (slot->outstanding && slot->sent_ns <= sent_before_ns) {
            release(generator, &generator->flows[i % options->flows], i);
            generator->slice->lost++;
        }
    }
}

static bool sleep_for_answers(struct generator *generator) {
    if (generator->options->spin || sleeps_in_receive(generator) || generator->outstanding == 0) {
        return true;
    }
    if (poll(generator->polls, generator->options->flows, TICK_MS) < 0 && errno != EINTR) {
        return complain("poll");
    }
    return true;
}

static bool exchange(struct generator *generator, uint64_t start_ns, uint64_t length_ns) {
    const uint64_t deadline = start_ns + length_ns;
    const uint64_t timeout = (uint64_t)LOSS_TIMEOUT_MS * NS_PER_MS;
    const uint64_t tick = (uint64_t)TICK_MS * NS_PER_MS;
    uint64_t next_tick = start_ns + tick;
    for (uint64_t now = start_ns; now < deadline || (generator->outstanding > 0 && now < deadline + timeout);
         now = monotonic_ns()) {
        if (now >= next_tick) {
            give_up_lost(generator, now - timeout);
            next_tick = now + tick;
        }
        if (!sleep_for_answers(generator)) {
            return false;
        }
        for (unsigned i = 0; i < generator->options->flows; i++) {
            struct flow *flow = &generator->flows[i];
            if (!receive_answers(generator, flow) || (now < deadline && !send_ready(generator, flow))) {
                return false;
            }
        }
    }
    give_up_lost(generator, UINT64_MAX);
    return true;
}

static void aim(struct generator *generator, uint16_t port) {
    for (unsigned i = 0; i < generator->options->target_count; i++) {
        generator->targets[i] = (struct sockaddr_in){
            .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = generator->options->targets[i]};
    }
}

static void summarize_rtt(struct generator *generator) {
    uint32_t *samples = generator->rtt_samples;
    const size_t count = generator->rtt_count;
    if (count == 0) {
        return;
    }
    sort_samples(samples, count);
    generator->slice->rtt = (struct rtt){.p50_ns = percentile(samples, count, 50),
                                         .p90_ns = percentile(samples, count, 90),
                                         .p99_ns = percentile(samples, count, 99)};
}

static bool read_server_cpu(const struct server *server, uint64_t *ns) {
    if (read_cpu_clock(server->cpu_clock, ns)) {
        return true;
    }
    fprintf(stderr, "%s: process %ld, the server on port %u, has ended\n", program_invocation_short_name,
            (long)server->pid, server->port);
    return false;
}

bool generator_run(struct generator *generator, const struct server *server, double seconds, struct slice *slice) {
    *slice = (struct slice){0};
    generator->slice = slice;
    generator->slice_number++;
    generator->next_sequence = 0;
    generator->rtt_count = 0;
    aim(generator, server->port);

    uint64_t server_before = 0;
    uint64_t server_after = 0;
    if (!read_server_cpu(server, &server_before)) {
        return false;
    }
    const uint64_t own_before = own_cpu_ns();
    const uint64_t start = monotonic_ns();
    generator->last_answer_ns = start;
    if (!exchange(generator, start, (uint64_t)(seconds * NS_PER_SECOND))) {
        return false;
    }
    const uint64_t elapsed = monotonic_ns() - start;
    const uint64_t own = own_cpu_ns() - own_before;
    if (!read_server_cpu(server, &server_after)) {
        return false;
    }
    slice->server_cpu_ns = server_after - server_before;
    slice->seconds = (double)(generator->last_answer_ns - start) / NS_PER_SECOND;
    slice->generator_share = elapsed > 0 ? (double)own / (double)elapsed : 0;
    summarize_rtt(generator);
    return true;
}
