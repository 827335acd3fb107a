package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every option and positional of every command, with everything that is wrong for it. */
class UsageTest {
    private static final List<String> NO_NUMBERS = List.of(
            "",
            " ",
            "\t",
            "-1",
            "-0",
            "+1",
            "2a",
            "a",
            "1e3",
            "0x10",
            "1.5",
            "1,000",
            "1 ",
            " 1",
            "NaN",
            "18446744073709551616",
            "99999999999999999999999999999999",
            "1\n2",
            "\u001b[31m1",
            "1\u202e",
            "\u0663",
            "\ufffd\ufffd",
            "--json");

    private static final List<String> NO_TIMES = List.of(
            "",
            " ",
            "-1",
            "-1s",
            "0",
            "0s",
            "0.0000000001",
            "0.0000001ms",
            "2a",
            "1e3",
            "1 s",
            "1d",
            "s",
            ".5",
            "5.",
            "1.s",
            "NaN",
            "Infinity",
            "25h",
            "86400.000000001",
            "86401",
            "5124096h", // what 64 bits of nanoseconds take for 25 minutes
            "18446744073709551616",
            "1\n",
            "\u001b[31m1",
            "\u0663s",
            "\ufffd",
            "--json");

    private static final List<String> NO_HOSTS = List.of(
            "",
            " ",
            "\n",
            "nosuch.invalid",
            "nosuch\n.invalid",
            "\u001b[31m.invalid",
            "\ufffd.invalid",
            "a".repeat(5000),
            "[::1",
            "::1]",
            "1:2:3",
            "::12345",
            "fe80::1",
            "fe80::1%nosuchdevice",
            "::1%nosuchdevice",
            "127.0.0.1.5",
            "256.0.0.1",
            "127.0.0.1:7007",
            "127.0.0.1/8",
            "@/etc/hostname",
            "--json");

    private static final List<String> NO_PORTS = List.of(
            "",
            " ",
            ",",
            "1,",
            ",1",
            "1,,2",
            "0",
            "0-5",
            "65536",
            "1-65536",
            "5-1",
            "1-",
            "1-2-3",
            "a",
            "1 2",
            "+1",
            "1.5",
            "123456",
            "18446744073709551616",
            "1\n",
            "\u001b[31m1",
            "\u0663",
            "\ufffd",
            "http",
            "1,".repeat(3000));

    private static final List<String> NO_PAYLOADS = List.of(
            "",
            " ",
            "hello",
            "hex",
            "hex:0",
            "hex:0g",
            "hex:00 11",
            "hex: 00",
            "HEX:00",
            "text",
            "TEXT:a",
            "@",
            "@/nosuch/file",
            "@/",
            "@nosuch\n",
            "@\u001b[31m",
            "@\0",
            "/etc/hostname",
            "\u0663",
            "--json");

    private static final List<String> NO_SOCKET_PATHS = List.of(
            "",
            " ",
            "\n",
            "\0",
            "/nosuch/directory/socket",
            "nosuch/socket",
            "/etc/hostname",
            "/etc/hostname/socket",
            "/dev/null",
            "/",
            "/tmp",
            ".",
            "/tmp/" + "x".repeat(103),
            "/tmp/" + "\u0663".repeat(60),
            "/tmp/" + "x".repeat(3000));

    private static final List<String> NO_SIZES = List.of(
            "",
            " ",
            ",",
            "64,",
            ",64",
            "64,,64",
            "0",
            "23",
            "65508",
            "-1",
            "-64",
            "64-",
            "64-32",
            "64-65508",
            "23-64",
            "64-128-256",
            "64-128,256",
            "64,0",
            "64,65508",
            "1.5",
            "+64",
            "64 ",
            "64 128",
            "IMIX",
            "imix,64",
            "4294967360",
            "18446744073709551680",
            "a",
            "64\n",
            "\u001b[31m64",
            "\u0666\u0664",
            "\ufffd",
            "64,".repeat(3000) + "64",
            "--json");

    private static final List<String> NO_REPORTS = List.of(
            "",
            " ",
            "/",
            ".",
            "..",
            "/tmp",
            "/nosuch/report.html",
            "/nosuch\n/report.html",
            "nosuch/report.html",
            "/etc/hostname/report.html",
            "/dev/null",
            "/proc/report.html",
            "\u001b[31m/report.html",
            "\ufffd/report.html",
            "a\0b.html",
            "/tmp/" + "a".repeat(300) + ".html",
            "--json");

    private static final List<String> NO_DESTINATIONS = List.of(
            "",
            " ",
            ":",
            ":7",
            "127.0.0.1:",
            "127.0.0.1:0",
            "127.0.0.1:65536",
            "127.0.0.1:-1",
            "127.0.0.1:a",
            "127.0.0.1:7:8",
            "[::1]:",
            "[::1]:0",
            "[::1]7",
            "[]:7",
            "nosuch.invalid",
            "nosuch.invalid:7",
            "0.0.0.0:7",
            "224.0.0.1",
            "255.255.255.255:7",
            "\u001b[31m:7",
            "127.0.0.1/8",
            "--json");

    /** An option, its name on the command line, and the rest of a command line that is right. */
    private record Option(String name, List<String> wrong, List<String> before, List<String> after) {
        static Option of(String command, String name, List<String> wrong, String... more) {
            return new Option(name, with(wrong, more), List.of(command), List.of());
        }

        static Option ofPing(String name, List<String> wrong, String... more) {
            return new Option(name, with(wrong, more), List.of("ping"), List.of("127.0.0.1"));
        }

        static Option ofProbe(String name, List<String> wrong, String... more) {
            return new Option(name, with(wrong, more), List.of("probe"), List.of("127.0.0.1", "9"));
        }

        static Option ofPath(String command, String name, List<String> wrong, String... more) {
            return new Option(name, with(wrong, more), List.of(command), List.of("127.0.0.1"));
        }

        List<String> line(String... middle) {
            List<String> line = new ArrayList<>(before);
            line.addAll(List.of(middle));
            line.addAll(after);
            return line;
        }
    }

    private static List<String> with(List<String> wrong, String... more) {
        return Stream.concat(wrong.stream(), Stream.of(more)).toList();
    }

    private static final List<Option> OPTIONS = List.of(
            Option.of("echo", "--port", NO_NUMBERS, "65536", "2147483647", "2147483648"),
            Option.of("echo", "--bind", NO_HOSTS),
            Option.of("echo", "--source", NO_NUMBERS, "Address", "ADDRESS", "address ", "address+", "none"),
            Option.of("echo", "--limit", NO_NUMBERS, "0", "2147483648"),
            Option.of("echo", "--sockets", NO_NUMBERS, "0", "1025", "1000000"),
            Option.of(
                    "echo",
                    "--steer",
                    NO_NUMBERS,
                    "Hash",
                    "hash ",
                    "bytes",
                    "bytes:",
                    "bytes:0",
                    "bytes:0:0",
                    "bytes:0:5",
                    "bytes:-1:4",
                    "bytes:65524:4",
                    "bytes:65527:1",
                    "bytes:70000:4",
                    "bytes:99999:1",
                    "bytes:0:4:1"),
            Option.of("echo", "--takeover", NO_SOCKET_PATHS),
            Option.of("echo", "--stats", NO_TIMES),
            Option.of("echo", "--duration", NO_TIMES),
            Option.ofPing("--count", NO_NUMBERS, "0", "1000001", "2147483648"),
            Option.ofPing("--size", NO_NUMBERS, "0", "15", "65508", "2147483648"),
            Option.ofPing("--interval", NO_TIMES),
            Option.ofPing("--timeout", NO_TIMES),
            Option.ofPath("trace", "--max-hops", NO_NUMBERS, "0", "256", "2147483648"),
            Option.ofPath("trace", "--probes", NO_NUMBERS, "0", "11", "2147483648"),
            Option.ofPath("trace", "--flows", NO_NUMBERS, "0", "65", "2147483648"),
            Option.ofPath("trace", "--timeout", NO_TIMES),
            Option.ofPath("mtu", "--attempts", NO_NUMBERS, "0", "11", "2147483648"),
            Option.ofPath("mtu", "--timeout", NO_TIMES),
            Option.ofPing("--from", NO_HOSTS),
            Option.ofPath("load", "--window", NO_NUMBERS, "0", "1048577", "2147483648", "4294967297"),
            Option.ofPath("load", "--rate", NO_NUMBERS, "0", "100000001", "4294967297"),
            Option.ofPath("load", "--flows", NO_NUMBERS, "0", "10001", "1000000"),
            Option.ofPath("load", "--threads", NO_NUMBERS, "0", "257"),
            Option.ofPath("load", "--burst", NO_NUMBERS, "0", "1025"),
            Option.ofPath("load", "--size", NO_SIZES),
            Option.ofPath("load", "--also", NO_DESTINATIONS),
            Option.ofPath("load", "--duration", NO_TIMES),
            Option.ofPath("load", "--report", NO_REPORTS),
            Option.ofPath(
                    "load",
                    "--warmup",
                    NO_TIMES.stream()
                            .filter(time -> !List.of("0", "0s").contains(time))
                            .toList()),
            Option.ofPath("load", "--timeout", NO_TIMES),
            Option.ofProbe("--payload", NO_PAYLOADS),
            Option.ofProbe("--attempts", NO_NUMBERS, "0", "101", "00", "03"),
            Option.ofProbe("--timeout", NO_TIMES));

    private static final List<Option> FLAGS = List.of(
            Option.of("demo", "--json", List.of()),
            Option.of("demo", "-4", List.of()),
            Option.of("demo", "-6", List.of()),
            Option.of("doctor", "--json", List.of()),
            Option.of("echo", "--json", List.of()),
            Option.of("echo", "-4", List.of()),
            Option.of("echo", "-6", List.of()),
            Option.of("echo", "--allow-loops", List.of()),
            Option.of("echo", "--pin", List.of()),
            Option.of("echo", "--tcp", List.of()),
            Option.ofPath("trace", "--json", List.of()),
            Option.ofPath("trace", "-4", List.of()),
            Option.ofPath("trace", "-6", List.of()),
            Option.ofPath("mtu", "--json", List.of()),
            Option.ofPath("mtu", "-4", List.of()),
            Option.ofPath("mtu", "-6", List.of()),
            Option.ofPath("load", "--json", List.of()),
            Option.ofPath("load", "--tcp", List.of()),
            Option.ofPath("load", "-4", List.of()),
            Option.ofPath("load", "-6", List.of()),
            Option.ofPing("--json", List.of()),
            Option.ofPing("--tcp", List.of()),
            Option.ofPing("-4", List.of()),
            Option.ofPing("-6", List.of()),
            Option.ofProbe("--json", List.of()),
            Option.ofProbe("-4", List.of()),
            Option.ofProbe("-6", List.of()));

    @TestFactory
    Stream<DynamicNode> shouldRefuseAWrongValueOf() {
        return OPTIONS.stream()
                .map(option -> dynamicContainer(
                        option.before().get(0) + " " + option.name(),
                        option.wrong().stream()
                                .flatMap(value -> Stream.of(
                                        option.line(option.name(), value), option.line(option.name() + "=" + value)))
                                .map(line -> refused(line, option.name()))));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseAnOptionWithoutItsValue() {
        return OPTIONS.stream().map(option -> {
            List<String> line = new ArrayList<>(option.before());
            line.addAll(option.after());
            line.add(option.name());
            return refused(line, option.name());
        });
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseAnOptionGivenTwice() {
        return OPTIONS.stream()
                .filter(option -> !List.of("--bind", "--also").contains(option.name()))
                .map(option -> {
                    String right = right(option.name());
                    return refused(option.line(option.name(), right, option.name(), right), option.name());
                });
    }

    private static String right(String option) {
        switch (option) {
            case "--source":
                return "kernel";
            case "--from":
                return "127.0.0.1";
            case "--payload":
                return "text:a";
            case "--report":
                return System.getProperty("java.io.tmpdir") + "/never-written.html";
            case "--size":
                return "64";
            default:
                return "20";
        }
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseAFlagGivenTwice() {
        return FLAGS.stream().map(flag -> refused(flag.line(flag.name(), flag.name()), flag.name()));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseAFlagWithAValue() {
        return FLAGS.stream().filter(flag -> flag.name().startsWith("--")).flatMap(flag -> Stream.of(
                        "2", "maybe", "\u001b[31m")
                .map(value -> refused(flag.line(flag.name() + "=" + value), flag.name())));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseBothFamilies() {
        return Stream.of(
                        "demo",
                        "echo",
                        "ping 127.0.0.1",
                        "probe 127.0.0.1 9",
                        "trace 127.0.0.1",
                        "mtu 127.0.0.1",
                        "load 127.0.0.1")
                .flatMap(
                        command -> Stream.of(" -4 -6", " -6 -4", " -46", " -64").map(command::concat))
                .map(line -> refused(List.of(line.split(" ")), "-4 and -6"));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseAWrongHost() {
        return with(NO_HOSTS, "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255").stream()
                .flatMap(value -> Stream.of("ping", "trace", "mtu", "load")
                        .map(command -> refused(List.of(command, value), "HOST")));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseAWrongHostOfProbe() {
        return with(NO_HOSTS, "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255").stream()
                .filter(value -> !value.startsWith("--"))
                .map(value -> refused(List.of("probe", value, "9"), "HOST"));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseAWrongPortOfProbe() {
        return NO_PORTS.stream()
                .flatMap(value -> Stream.of(
                        refused(List.of("probe", "127.0.0.1", value), "PORTS"),
                        refused(List.of("probe", "127.0.0.1", "9", value), "PORTS")));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseAWrongPort() {
        return with(NO_NUMBERS, "0", "65536", "2147483648").stream()
                .filter(value -> !value.startsWith("--"))
                .flatMap(value -> Stream.of("ping", "trace", "mtu", "load")
                        .map(command -> refused(List.of(command, "127.0.0.1", value), "PORT")));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseAnAddressOfTheOtherFamily() {
        return Stream.of(
                refused(List.of("echo", "-4", "--bind", "::1"), "--bind"),
                refused(List.of("echo", "--port", "0", "--steer", "cpu"), "--sockets"),
                refused(List.of("echo", "-6", "--bind", "127.0.0.1"), "--bind"),
                refused(List.of("echo", "-6", "--bind", "::1", "--bind", "127.0.0.1"), "--bind"),
                refused(List.of("ping", "-4", "::1"), "HOST"),
                refused(List.of("ping", "-6", "127.0.0.1"), "HOST"),
                refused(List.of("ping", "-6", "::ffff:127.0.0.1"), "HOST"),
                refused(List.of("trace", "-4", "::1"), "HOST"),
                refused(List.of("trace", "-6", "127.0.0.1"), "HOST"),
                refused(List.of("mtu", "-4", "::1"), "HOST"),
                refused(List.of("mtu", "-6", "127.0.0.1"), "HOST"),
                refused(List.of("load", "-4", "::1"), "HOST"),
                refused(List.of("load", "-6", "127.0.0.1"), "HOST"),
                refused(List.of("load", "-4", "127.0.0.1", "--also", "[::1]:7"), "--also"),
                refused(List.of("probe", "-4", "::1", "9"), "HOST"),
                refused(List.of("probe", "-6", "127.0.0.1", "9"), "HOST"),
                refused(List.of("ping", "::1", "--from", "127.0.0.1"), "--from"),
                refused(List.of("ping", "127.0.0.1", "--from", "::1"), "--from"));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseForTcpWhatIsAboutDatagrams() {
        return Stream.of(
                refused(List.of("echo", "--tcp", "--port=0", "--limit", "5"), "'--limit'"),
                refused(List.of("echo", "--limit=5", "--port=0", "--tcp"), "'--limit'"),
                refused(List.of("echo", "--tcp", "--port=0", "--allow-loops"), "'--allow-loops'"),
                refused(List.of("echo", "--tcp", "--port=0", "--source", "address"), "'--source'"),
                refused(List.of("echo", "--tcp", "--port=0", "--steer", "cpu"), "--sockets"),
                refused(List.of("echo", "--tcp", "--port=0", "--sockets=2", "--steer=bytes:0:4"), "'--steer "));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseALoadThatContradictsItself() {
        return Stream.of(
                refused(List.of("load", "127.0.0.1", "--window", "5", "--rate", "5"), "--window"),
                refused(List.of("load", "127.0.0.1", "--flows", "2", "--threads", "3"), "--threads"),
                refused(List.of("load", "127.0.0.1", "--flows", "6", "--window", "5"), "--window"),
                refused(List.of("load", "127.0.0.1", "--flows=6", "--window=12", "--burst=3"), "--burst"));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseAnAddressToBindGivenTwice() {
        return Stream.of(
                refused(List.of("echo", "--port=0", "--bind=127.0.0.1", "--bind=127.0.0.1"), "--bind"),
                refused(List.of("echo", "--port=0", "--bind=::1", "--bind=[0:0:0:0:0:0:0:1]"), "--bind"));
    }

    @TestFactory
    Stream<DynamicNode> shouldRefuseWhatIsUnknownOrTooMuch() {
        return Stream.of(
                refused(List.of(), "demo, echo, ping, probe, trace, mtu, load or doctor"),
                refused(List.of("nosuch"), "demo, echo, ping, probe, trace, mtu, load or doctor"),
                refused(List.of("ECHO"), "demo, echo, ping, probe, trace, mtu, load or doctor"),
                refused(List.of(""), "demo, echo, ping, probe, trace, mtu, load or doctor"),
                refused(List.of("a\nb\u001b[2J"), "demo, echo, ping, probe, trace, mtu, load or doctor"),
                refused(List.of("@/etc/hostname"), "demo, echo, ping, probe, trace, mtu, load or doctor"),
                refused(List.of("--json"), "'--json'"),
                refused(List.of("echo", "--nosuch"), "'--nosuch'"),
                refused(List.of("echo", "--por", "1"), "'--por'"),
                refused(List.of("echo", "-p", "1"), "'-p'"),
                refused(List.of("echo", "more"), "'more'"),
                refused(List.of("echo", "echo"), "'echo'"),
                refused(List.of("doctor", "-4"), "'-4'"),
                refused(List.of("doctor", "more"), "'more'"),
                refused(List.of("demo", "more"), "'more'"),
                refused(List.of("ping"), "HOST"),
                refused(List.of("ping", "127.0.0.1", "7", "more"), "'more'"),
                refused(List.of("trace"), "HOST"),
                refused(List.of("trace", "127.0.0.1", "7", "more"), "'more'"),
                refused(List.of("mtu"), "HOST"),
                refused(List.of("mtu", "127.0.0.1", "7", "more"), "'more'"),
                refused(List.of("load"), "HOST"),
                refused(List.of("load", "127.0.0.1", "7", "more"), "'more'"),
                refused(List.of("probe"), "HOST"),
                refused(List.of("probe", "127.0.0.1"), "PORTS"),
                refused(List.of("probe", "127.0.0.1", "--json"), "PORTS"),
                refused(List.of("probe", "127.0.0.1", "9", "-p"), "'-p'"),
                refused(List.of("ping", "--", "--json"), "HOST"));
    }

    private static DynamicNode refused(List<String> line, String named) {
        return dynamicTest(Main.oneLine("sockeye " + String.join(" ", line)), () -> {
            Cli cli = assertTimeoutPreemptively( // what is taken for right may run for ever
                    Duration.ofSeconds(10), () -> Cli.run(line.toArray(String[]::new)));

            assertThat(cli.exitCode()).as(cli.toString()).isEqualTo(2);
            assertThat(cli.out()).isEmpty();
            assertThat(cli.err())
                    .startsWith("sockeye")
                    .contains(named)
                    .endsWith(" --help)\n")
                    .hasSizeLessThan(1200)
                    .doesNotContain("Exception");
            assertThat(cli.err().chars().filter(Character::isISOControl))
                    .as("the end of the one line")
                    .hasSize(1);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "echo --port 0",
                "echo --port 65535",
                "echo --limit 1",
                "echo --limit 2147483647",
                "echo --stats 1us --duration 24h",
                "echo --duration 0.000000001",
                "echo --duration 86400",
                "echo --bind ::1 --bind 127.0.0.1 --bind [::1]",
                "echo --source address+interface",
                "echo --tcp --port 0 --sockets 3 --steer random --pin --stats 1 --duration 1 -6 --json",
                "ping --tcp 127.0.0.1 1 --from 127.0.0.1 --size 65507",
                "ping 127.0.0.1 1",
                "ping [::1] 65535",
                "ping ::1%lo",
                "ping 127.0.0.1 --size 16",
                "ping 127.0.0.1 --size 65507",
                "ping 127.0.0.1 --count 1",
                "ping 127.0.0.1 --count 1000000",
                "trace 127.0.0.1 65535 --max-hops 255 --probes 10 --flows 64 --timeout 24h",
                "trace ::1%lo -6 --json",
                "mtu [::1] 1 --attempts 10 --timeout 1us",
                "load 127.0.0.1 65535 --window 1048576 --flows 10000 --threads 256 --size 65507 --warmup 0 --json",
                "load ::1%lo --rate 100000000 --burst 1024 --size 24-65507 --duration 24h --timeout 1us",
                "load localhost --also [::1]:9 --also 127.0.0.1 --also ::1 --also localhost:7 --size 24,25",
                "load 127.0.0.1 --size imix",
                "probe 127.0.0.1 1",
                "probe [::1] 53,8000-8010 1-65535,7 65535 -6 --json",
                "probe ::1%lo 9 --attempts 100 --timeout 24h --payload hex:",
                "probe 127.0.0.1 --attempts=1 9 --payload text:hex:@",
                "demo -4 --json",
                "doctor --json",
            })
    void shouldTake(String line) {
        assertThatCode(() -> Main.commandLine().parseArgs(line.split(" "))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "-h",
                "demo --help",
                "echo --help",
                "ping --help",
                "probe --help",
                "trace --help",
                "mtu --help",
                "load --help",
                "doctor --help",
                "--version"
            })
    void shouldPrintHelpThatFitsATerminal(String line) {
        Cli cli = Cli.run(line.split(" "));

        assertThat(cli.exitCode()).isZero();
        assertThat(cli.err()).isEmpty();
        assertThat(cli.out()).isNotBlank();
        assertThat(cli.out().lines()).allSatisfy(text -> assertThat(text).hasSizeLessThanOrEqualTo(80));
    }

    @Test
    void shouldListEveryCommandAndExitCodeInTheHelp() {
        assertThat(Cli.run("--help").out())
                .contains(
                        "demo", "echo", "ping", "probe", "trace", "mtu", "load", "doctor", "0 done", "1 ", "2 ", "3 ");
    }

    @Test
    void shouldKeepAnErrorOnOneLineWhateverItRepeats() {
        assertThat(Main.oneLine("a\nb\r\u001b[31m\u0085\u009b\u202e\u2028\ud800\t"))
                .isEqualTo("a?b??[31m??????");
        assertThat(Main.oneLine("\u00fc\ud83d\ude00")).isEqualTo("\u00fc\ud83d\ude00");
        assertThat(Main.oneLine("x".repeat(5000))).isEqualTo("x".repeat(1000) + "...");
    }
}
