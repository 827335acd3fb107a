/** The binding to libc. No part of the API: it is exported only because jnr-ffi needs to see it. */
package dev.sockeye.lab.internal;
