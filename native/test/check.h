/*
 * Checks for small test programs. A program is one concern and holds cases:
 *
 *     CASE(what_the_library_does) {
 *         CHECK_EQUAL(sockeye_abi_version(), SOCKEYE_ABI_VERSION);
 *     }
 *
 * CMake finds the lines that begin with CASE( and makes a CTest test of each: the program runs the case that its
 * argument names, or all of them.
 */
#ifndef SOCKEYE_TEST_CHECK_H
#define SOCKEYE_TEST_CHECK_H

#include <stdint.h>

struct test_case {
    const char *name;
    void (*run)(void);
    struct test_case *next;
};

void add_case(struct test_case *test);

#define CASE(name)                                                                                                     \
    static void name(void);                                                                                            \
    __attribute__((constructor)) static void add_##name(void) {                                                        \
        static struct test_case test = {#name, name, 0};                                                               \
        add_case(&test);                                                                                               \
    }                                                                                                                  \
    static void name(void)

/* Each tells what it saw and ends the program. */
_Noreturn void fail(const char *file, int line, const char *what);
void check_equal(const char *file, int line, const char *what, int64_t actual, int64_t expected);
void check_bytes(const char *file, int line, const char *what, const void *actual, const void *expected, uint64_t size);

/* Ends the program: this machine lacks something that the case needs. CTest shows it as skipped. */
_Noreturn void skip(const char *reason);

/* Printed with a failure: which turn of a loop it was. */
void set_turn(int64_t turn);

#define CHECK(condition) ((condition) ? (void)0 : fail(__FILE__, __LINE__, #condition))
#define CHECK_EQUAL(actual, expected) check_equal(__FILE__, __LINE__, #actual, (int64_t)(actual), (int64_t)(expected))
#define CHECK_BYTES(actual, expected, size) check_bytes(__FILE__, __LINE__, #actual, actual, expected, size)

/* Pseudo-random numbers that are the same in every run. */
uint64_t next_random(uint64_t *state);

#endif
