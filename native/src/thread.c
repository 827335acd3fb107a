#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>

#include "sockeye.h"

int32_t sockeye_allowed_cpu(int32_t index) {
    cpu_set_t allowed;
    if (index < 0)
        return -EINVAL;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
        return -errno;
    for (int32_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET((size_t)cpu, &allowed) && index-- == 0)
            return cpu;
    return -ENOENT;
}

int32_t sockeye_pin_thread(int32_t cpu) {
    cpu_set_t only;
    if (cpu < 0 || cpu >= CPU_SETSIZE)
        return -EINVAL;
    CPU_ZERO(&only);
    CPU_SET((size_t)cpu, &only);
    return sched_setaffinity(0, sizeof only, &only) < 0 ? -errno : 0;
}
