#include "check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77

static struct test_case *cases;
static const char *running;
static int64_t current_turn = -1;

void add_case(struct test_case *test) {
    test->next = cases;
    cases = test;
}

void set_turn(int64_t turn) {
    current_turn = turn;
}

_Noreturn void fail(const char *file, int line, const char *what) {
    fprintf(stderr, "%s:%d: %s: not so: %s", file, line, running, what);
    if (current_turn >= 0)
        fprintf(stderr, " (turn %" PRId64 ")", current_turn);
    fprintf(stderr, "\n");
    exit(1);
}

void check_equal(const char *file, int line, const char *what, int64_t actual, int64_t expected) {
    if (actual == expected)
        return;
    fprintf(stderr, "%" PRId64 " and not %" PRId64 "\n", actual, expected);
    fail(file, line, what);
}

void check_bytes(const char *file, int line, const char *what, const void *actual, const void *expected,
                 uint64_t size) {
    if (memcmp(actual, expected, size) == 0)
        return;
    for (uint64_t i = 0; i < size; i++)
        fprintf(stderr, "%02x/%02x ", ((const uint8_t *)actual)[i], ((const uint8_t *)expected)[i]);
    fprintf(stderr, "(actual/expected)\n");
    fail(file, line, what);
}

_Noreturn void skip(const char *reason) {
    printf("skipped: %s: %s\n", running, reason);
    exit(SKIPPED);
}

uint64_t next_random(uint64_t *state) { /* xorshift64* */
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

int main(int argc, char **argv) {
    int count = 0;
    for (struct test_case *test = cases; test != NULL; test = test->next) {
        if (argc > 1 && strcmp(argv[1], test->name) != 0)
            continue;
        running = test->name;
        current_turn = -1;
        test->run();
        printf("passed: %s\n", test->name);
        count++;
    }
    if (count == 0)
        fprintf(stderr, "no such case\n");
    return count == 0;
}
