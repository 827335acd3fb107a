package dev.sockeye;

/** What decides which options a socket has. */
enum Protocol {
    UDP,
    TCP
}
