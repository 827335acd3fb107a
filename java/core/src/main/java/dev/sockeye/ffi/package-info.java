/** The binding to the native layer. No API: exported only because the code that jnr-ffi generates must see it. */
package dev.sockeye.ffi;
