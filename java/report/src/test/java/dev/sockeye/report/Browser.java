package dev.sockeye.report;

import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A headless Chromium, spoken to through its WebDriver. It reaches no other host. Also when this JVM is killed, the
 * browser ends and its files go.
 */
final class Browser implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern STARTED = Pattern.compile(".*started successfully on port (\\d+).*");
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Waits for the end of its standard input, which is this JVM's end at the latest; then ends the other session. */
    private static final String KEEPER =
            """
            trap '' TERM INT HUP
            export HOME="$2" TMPDIR="$2"
            setsid "$1" --port=0 </dev/null &
            exec >/dev/null 2>&1
            cat
            kill -9 "-$!"
            wait
            for i in 1 2 3 4 5 6 7 8 9 10; do
                rm -rf "$2" && exit
                sleep 0.1
            done
            """;

    private static final List<String> ARGUMENTS = List.of(
            "--headless=new",
            "--no-sandbox", // root needs it, and all pages here are our own
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
            "--window-size=1280,900");

    private final Process keeper;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Path home;
    private final String driver;
    private String session;

    private Browser(Process keeper, Path home, String driver) {
        this.keeper = keeper;
        this.home = home;
        this.driver = driver;
    }

    /** Aborts the test where there is none. */
    static Browser start() throws Exception {
        Path chromium = find("chromium", "chromium-browser", "google-chrome");
        Path chromedriver = find("chromedriver");
        if (chromium == null || chromedriver == null) {
            abort("no chromium and chromedriver here");
        }
        Path home = Files.createTempDirectory("sockeye-browser-");
        Process keeper = new ProcessBuilder(
                        "setsid", "sh", "-c", KEEPER, "sh", chromedriver.toString(), home.toString())
                .redirectErrorStream(true)
                .start();
        Browser browser = new Browser(keeper, home, "http://127.0.0.1:" + port(keeper));
        Map<String, Object> options = Map.of("binary", chromium.toString(), "args", ARGUMENTS);
        Map<String, Object> capabilities = Map.of(
                "goog:chromeOptions", options, "goog:loggingPrefs", Map.of("browser", "ALL", "performance", "ALL"));
        try {
            browser.session = browser.post("/session", Map.of("capabilities", Map.of("alwaysMatch", capabilities)))
                    .path("sessionId")
                    .asText();
            return browser;
        } catch (Throwable e) {
            browser.close();
            throw e;
        }
    }

    private static Path find(String... names) {
        List<Path> found = new ArrayList<>();
        for (String name : names) {
            Stream.of(System.getenv("PATH").split(":"))
                    .map(directory -> Path.of(directory, name))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .ifPresent(found::add);
        }
        return found.isEmpty() ? null : found.get(0);
    }

    private static String port(Process keeper) throws IOException {
        BufferedReader output = keeper.inputReader();
        StringBuilder said = new StringBuilder();
        for (String line; (line = output.readLine()) != null; said.append(line).append('\n')) {
            Matcher started = STARTED.matcher(line);
            if (started.matches()) {
                drain(output);
                return started.group(1);
            }
        }
        throw new IOException("chromedriver ended: " + said);
    }

    /** Takes what else they say: a process waits when nobody does. */
    private static void drain(BufferedReader output) {
        Thread thread = new Thread(() -> output.lines().forEach(line -> {}), "browser-output");
        thread.setDaemon(true);
        thread.start();
    }

    Path home() {
        return home;
    }

    /** Opens a page; it has run its scripts when this returns. */
    void open(Path file) throws Exception {
        post("/session/" + session + "/url", Map.of("url", file.toUri().toString()));
    }

    /** What a function body returns in the page. */
    JsonNode run(String script) throws Exception {
        return post("/session/" + session + "/execute/sync", Map.of("script", script, "args", List.of()));
    }

    /** What the body of an asynchronous function returns in the page. */
    JsonNode await(String script) throws Exception {
        return run("return (async () => { " + script + " })()");
    }

    /** Sends a command of the DevTools protocol. */
    JsonNode command(String name, Map<String, ?> parameters) throws Exception {
        return post("/session/" + session + "/goog/cdp/execute", Map.of("cmd", name, "params", parameters));
    }

    /** The entries of a log since it was last read: "browser" is the console, "performance" DevTools events. */
    List<JsonNode> log(String type) throws Exception {
        List<JsonNode> entries = new ArrayList<>();
        post("/session/" + session + "/se/log", Map.of("type", type)).forEach(entries::add);
        return entries;
    }

    private JsonNode post(String path, Object body) throws Exception {
        return send(path, "POST", HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
    }

    private JsonNode send(String path, String method, HttpRequest.BodyPublisher body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(driver + path))
                .timeout(LIMIT)
                .header("content-type", "application/json")
                .method(method, body)
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        JsonNode answer = JSON.readTree(response.body()).path("value");
        if (response.statusCode() != 200) {
            throw new IOException(path + ": " + (answer instanceof ObjectNode ? answer.path("message") : answer));
        }
        return answer;
    }

    @Override
    public void close() throws Exception {
        try {
            if (session != null) {
                send("/session/" + session, "DELETE", HttpRequest.BodyPublishers.noBody());
            }
        } finally {
            keeper.getOutputStream().close();
            if (!keeper.waitFor(20, TimeUnit.SECONDS)) {
                keeper.destroyForcibly();
                throw new IOException("the browser's keeper did not end");
            }
        }
    }
}
