#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>

#include "address.h"

int32_t sockeye_set_option(int32_t fd, int32_t level, int32_t name, uintptr_t value, uint32_t bytes) {
    return setsockopt(fd, level, name, (const void *)value, bytes) < 0 ? -errno : 0;
}

int32_t sockeye_get_option(int32_t fd, int32_t level, int32_t name, uintptr_t value, uint32_t bytes) {
    socklen_t length = bytes;
    if (bytes > INT32_MAX)
        return -EINVAL;
    return getsockopt(fd, level, name, (void *)value, &length) < 0 ? -errno : (int32_t)length;
}

int32_t sockeye_attach_reuseport(int32_t fd, uintptr_t instructions, uint32_t count) {
    if (instructions == 0 || count == 0 || count > BPF_MAXINSNS)
        return -EINVAL;
    const struct sock_fprog program = {.len = (uint16_t)count, .filter = (struct sock_filter *)instructions};
    return sockeye_set_option(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, (uintptr_t)&program, sizeof program);
}

static void put_storage(const struct sockeye_address *address, int family, struct sockaddr_storage *storage) {
    union sockeye_name name;
    const socklen_t length = sockeye_to_name(address, family, &name);
    memcpy(storage, &name, length);
}

int32_t sockeye_membership(int32_t fd, int32_t option, uint32_t interface_index, uintptr_t group, uintptr_t source) {
    const struct sockeye_address *group_address = (const struct sockeye_address *)group;
    const struct sockeye_address *source_address = (const struct sockeye_address *)source;
    if (group_address == NULL)
        return -EINVAL;
    /* The family is the group's, not the socket's: a dual-stack socket joins IPv4 groups at the IPv4 level. */
    const int family = sockeye_is_mapped(group_address->bytes) ? AF_INET : AF_INET6;
    const int level = family == AF_INET ? SOL_IP : SOL_IPV6;
    if (source_address == NULL) {
        struct group_req request = {.gr_interface = interface_index};
        put_storage(group_address, family, &request.gr_group);
        return sockeye_set_option(fd, level, option, (uintptr_t)&request, sizeof request);
    }
    if (sockeye_is_mapped(source_address->bytes) != (family == AF_INET))
        return -EINVAL;
    struct group_source_req request = {.gsr_interface = interface_index};
    put_storage(group_address, family, &request.gsr_group);
    put_storage(source_address, family, &request.gsr_source);
    return sockeye_set_option(fd, level, option, (uintptr_t)&request, sizeof request);
}
