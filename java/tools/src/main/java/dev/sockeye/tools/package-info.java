/** The {@code sockeye} command and its subcommands. Not an API: nothing is exported. */
package dev.sockeye.tools;
