package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbePortsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "1 1",
                "65535 65535",
                "53 53",
                "00053 53",
                "1-65535 1-65535",
                "5-5 5",
                "1,2,3 1-3",
                "3,1,2,1-3,7 1-3,7",
                "10-20,15-25 10-25",
            })
    void shouldRead(String text, String ports) {
        assertThat(ProbePorts.text(ProbePorts.parse(text))).isEqualTo(ports);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
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
                "-1",
                "1-2-3",
                "a",
                " 1",
                "1 2",
                "+1",
                "1.5",
                "123456",
                "99999999999",
                "\u0663",
                "1\n"
            })
    void shouldRefuse(String text) {
        assertThat(ProbePorts.parse(text)).isNull();
    }
}
