package dev.sockeye.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The versions of what is compared. */
final class Software {
    private Software() {}

    static Map<String, String> versions(List<Path> jdks) throws IOException {
        Map<String, String> versions = new LinkedHashMap<>();
        List<String> ofJdks = new ArrayList<>();
        for (Path jdk : jdks) {
            ofJdks.add(Jdk.version(jdk));
        }
        versions.put("JDKs of the servers", String.join(", ", ofJdks));
        versions.put("jnr-ffi", version("com.github.jnr", "jnr-ffi"));
        versions.put("Netty", version("io.netty", "netty-common"));
        return versions;
    }

    private static String version(String group, String artifact) throws IOException {
        String file = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
        try (InputStream stream = Software.class.getResourceAsStream(file)) {
            if (stream == null) {
                return "unknown";
            }
            Properties properties = new Properties();
            properties.load(stream);
            return properties.getProperty("version");
        }
    }
}
