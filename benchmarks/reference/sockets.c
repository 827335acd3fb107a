#include "sockets.h"

#include <sys/socket.h>

int enlarge_receive_buffer(int fd) {
    const int wanted = WANTED_RECEIVE_BUFFER;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted) != 0) {
        return -1;
    }
    int granted = 0;
    socklen_t length = sizeof granted;
    return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &length) == 0 ? granted : -1;
}
