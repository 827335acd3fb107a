/**
 * Several hosts on one machine, for tests of network code and for demonstrations.
 *
 * <p>Start with {@link dev.sockeye.lab.Lab}. {@link dev.sockeye.lab.MultiHomedLab},
 * {@link dev.sockeye.lab.RoutedLab} and {@link dev.sockeye.lab.EcmpLab} are ready-made topologies,
 * {@link dev.sockeye.lab.IcmpForger} sends ICMP errors of one's own making, and {@link dev.sockeye.lab.LabExtension}
 * hands a fresh lab to each JUnit test.
 */
package dev.sockeye.lab;
