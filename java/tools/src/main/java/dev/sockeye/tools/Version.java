package dev.sockeye.tools;

import picocli.CommandLine.IVersionProvider;

/** The version in the jar's manifest, which the build writes. */
final class Version implements IVersionProvider {
    static String number() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "(not from a jar)" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"sockeye " + number()};
    }
}
