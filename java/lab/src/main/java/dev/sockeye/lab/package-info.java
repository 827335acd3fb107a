/**
 * Several hosts on one machine, for tests of network code and for demonstrations.
 *
 * <p>Start with {@link dev.sockeye.lab.Lab}. {@link dev.sockeye.lab.MultiHomedLab} is a ready-made topology, and
 * {@link dev.sockeye.lab.LabExtension} hands a fresh lab to each JUnit test.
 */
package dev.sockeye.lab;
