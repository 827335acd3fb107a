/* Threads and CPUs. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "sockets.h"

static void *pin(void *argument) {
    const int32_t cpu = *(const int32_t *)argument;
    CHECK_EQUAL(sockeye_pin_thread(cpu), 0);
    CHECK_EQUAL(sched_getcpu(), cpu);
    CHECK_EQUAL(sockeye_allowed_cpu(0), cpu);
    CHECK_EQUAL(sockeye_allowed_cpu(1), -ENOENT);
    return NULL;
}

CASE(pin_keeps_a_thread_on_each_allowed_cpu_and_leaves_the_others_alone) {
    int32_t cpu;
    int32_t count = 0;
    for (; (cpu = sockeye_allowed_cpu(count)) >= 0; count++) {
        pthread_t thread;
        set_turn(cpu);
        CHECK(pthread_create(&thread, NULL, pin, &cpu) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    CHECK_EQUAL(cpu, -ENOENT);
    CHECK(count > 0);
    CHECK_EQUAL(sockeye_allowed_cpu(count - 1) >= 0, 1);
}

CASE(pin_refuses_what_is_no_cpu) {
    CHECK_EQUAL(sockeye_pin_thread(-1), -EINVAL);
    CHECK_EQUAL(sockeye_pin_thread(CPU_SETSIZE), -EINVAL);
    CHECK_EQUAL(sockeye_pin_thread(CPU_SETSIZE - 1), -EINVAL);
    CHECK_EQUAL(sockeye_allowed_cpu(-1), -EINVAL);
}
