package dev.sockeye.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

@Timeout(60)
class LabExtensionTest {

    /** Not run by itself: the tests below run it (build tools leave nested classes out). */
    @ExtendWith(LabExtension.class)
    static class Sample {

        static final List<Lab> BEFORE = new ArrayList<>();
        static final List<Lab> DURING = new ArrayList<>();

        @BeforeEach
        void before(Lab lab) {
            BEFORE.add(lab);
            lab.host("made before");
        }

        @Test
        void first(Lab lab) {
            DURING.add(lab);
        }

        @Test
        void second(Lab lab) {
            DURING.add(lab);
        }

        @AfterEach
        void labIsStillOpen(Lab lab) {
            lab.host("made after");
        }
    }

    private static EngineExecutionResults runSample() {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(Sample.class))
                .execute();
    }

    @Test
    void shouldHandAFreshLabToEachTestAndCloseIt() {
        Lab.unavailableReason().ifPresent(reason -> abort(reason));
        Sample.BEFORE.clear();
        Sample.DURING.clear();

        Events tests = runSample().testEvents();

        tests.assertStatistics(counts -> counts.succeeded(2).failed(0).skipped(0));
        assertThat(Sample.DURING).doesNotHaveDuplicates().containsExactlyElementsOf(Sample.BEFORE);
        assertThat(Sample.DURING)
                .allSatisfy(lab -> assertThatIllegalStateException().isThrownBy(() -> lab.host("too late")));
    }

    /** Runs the sample and tells what was skipped and why. */
    static final class Runner {
        public static void main(String[] arguments) {
            runSample().testEvents().skipped().stream()
                    .forEach(skipped -> System.out.println(skipped.getTestDescriptor()
                                    .getDisplayName() + ": " + skipped.getRequiredPayload(String.class)));
        }
    }

    @Test
    void shouldSkipEachTestByNameWithTheReason(@TempDir Path directory) throws Exception {
        ChildJvm.assumeOrdinaryUserPossible();
        String classPath = ChildJvm.readableClassPath(directory);

        String output = ChildJvm.output(ChildJvm.builder(ChildJvm.AS_NOBODY, ChildJvm.command(classPath, Runner.class))
                .directory(directory.toFile())
                .start());

        assertThat(output)
                .contains("first(Lab): this process may not build labs")
                .contains("second(Lab): this");
    }
}
