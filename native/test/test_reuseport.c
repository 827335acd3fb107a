/* Programs that pick the member of a SO_REUSEPORT group. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>

#include "sockets.h"

static int32_t open_member(struct sockeye_address *name) {
    const int32_t fd = sockeye_socket(AF_INET, SOCK_DGRAM);
    set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    CHECK_EQUAL(sockeye_bind(fd, AF_INET, (uintptr_t)name), 0);
    CHECK_EQUAL(sockeye_local_name(fd, (uintptr_t)name), 0);
    return fd;
}

CASE(reuseport_program_picks_the_member) {
    struct sockeye_address name = address_of("127.0.0.1", 0);
    const struct sockeye_layout batch = new_batch(1, 100);
    const int32_t members[] = {open_member(&name), open_member(&name), open_member(&name)};
    for (uint32_t wanted = 0; wanted < 3; wanted++) {
        const struct sock_filter program[] = {BPF_STMT(BPF_RET | BPF_K, wanted)};
        set_turn(wanted);
        CHECK_EQUAL(sockeye_attach_reuseport(members[0], (uintptr_t)program, 1), 0);
        send_text(members[1], AF_INET, &name, "here");
        CHECK_EQUAL(sockeye_receive(members[wanted], batch_of(&batch), 5000 * MILLIS, -1), 1);
    }
    for (int i = 0; i < 3; i++)
        close_socket(members[i]);
    free_batch(&batch);
}

CASE(reuseport_program_of_a_wrong_length_is_refused) {
    struct sockeye_address name = address_of("127.0.0.1", 0);
    static struct sock_filter programs[BPF_MAXINSNS + 1];
    const int32_t fd = open_member(&name);
    for (int i = 0; i <= BPF_MAXINSNS; i++)
        programs[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
    CHECK_EQUAL(sockeye_attach_reuseport(fd, 0, 1), -EINVAL);
    CHECK_EQUAL(sockeye_attach_reuseport(fd, (uintptr_t)programs, 0), -EINVAL);
    CHECK_EQUAL(sockeye_attach_reuseport(fd, (uintptr_t)programs, BPF_MAXINSNS + 1), -EINVAL);
    CHECK_EQUAL(sockeye_attach_reuseport(fd, (uintptr_t)programs, UINT32_MAX), -EINVAL);
    CHECK_EQUAL(sockeye_attach_reuseport(fd, (uintptr_t)programs, BPF_MAXINSNS), 0);
    close_socket(fd);
}

/* As the kernel's selftest reuseport_bpf.c: a port has one program, and a member that brings another is not let in. */
CASE(reuseport_program_may_come_before_the_port_and_only_once) {
    struct sockeye_address name = address_of("127.0.0.92", 0); /* no other test's */
    const struct sock_filter program[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    int32_t members[3];
    for (int i = 0; i < 3; i++) {
        members[i] = sockeye_socket(AF_INET, SOCK_DGRAM);
        set_option(members[i], SOL_SOCKET, SO_REUSEPORT, 1);
        if (i < 2)
            CHECK_EQUAL(sockeye_attach_reuseport(members[i], (uintptr_t)program, 1), 0);
        set_turn(i);
        CHECK_EQUAL(sockeye_bind(members[i], AF_INET, (uintptr_t)&name), i == 1 ? -EADDRINUSE : 0);
        CHECK_EQUAL(sockeye_local_name(members[0], (uintptr_t)&name), 0);
    }
    for (int i = 0; i < 3; i++)
        close_socket(members[i]);
}

CASE(reuseport_program_needs_a_socket_that_shares_its_port) {
    struct sockeye_address name;
    const struct sock_filter program[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    const int32_t fd = open_socket(AF_INET, "127.0.0.1", &name);
    CHECK_EQUAL(sockeye_attach_reuseport(fd, (uintptr_t)program, 1), -EINVAL);
    CHECK_EQUAL(sockeye_attach_reuseport(-1, (uintptr_t)program, 1), -EBADF);
    close_socket(fd);
}
