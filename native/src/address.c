#include "address.h"

#include <arpa/inet.h>

bool sockeye_from_name(const union sockeye_name *name, socklen_t length, struct sockeye_address *address) {
    address->reserved = 0;
    if (length >= sizeof(struct sockaddr_in) && name->any.sa_family == AF_INET) {
        sockeye_put_ipv4(address->bytes, name->in.sin_addr);
        address->scope_id = 0;
        address->port = ntohs(name->in.sin_port);
        return true;
    }
    if (length >= sizeof(struct sockaddr_in6) && name->any.sa_family == AF_INET6) {
        memcpy(address->bytes, &name->in6.sin6_addr, 16);
        address->scope_id = name->in6.sin6_scope_id;
        address->port = ntohs(name->in6.sin6_port);
        return true;
    }
    return false;
}

socklen_t sockeye_to_name(const struct sockeye_address *address, int family, union sockeye_name *name) {
    if (family == AF_INET) {
        if (!sockeye_is_mapped(address->bytes))
            return 0;
        memset(&name->in, 0, sizeof name->in);
        name->in.sin_family = AF_INET;
        name->in.sin_port = htons(address->port);
        name->in.sin_addr = sockeye_get_ipv4(address->bytes);
        return sizeof name->in;
    }
    memset(&name->in6, 0, sizeof name->in6);
    name->in6.sin6_family = AF_INET6;
    name->in6.sin6_port = htons(address->port);
    name->in6.sin6_scope_id = address->scope_id;
    memcpy(&name->in6.sin6_addr, address->bytes, 16);
    return sizeof name->in6;
}
