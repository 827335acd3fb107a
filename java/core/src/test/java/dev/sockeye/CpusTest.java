package dev.sockeye;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CpusTest {
    @Test
    void shouldKeepAThreadOnItsCpu() throws Exception {
        List<Integer> cpus = Cpus.allowed();
        assertThat(cpus).isNotEmpty().isSorted();
        AtomicReference<Object> seen = new AtomicReference<>();
        int last = cpus.get(cpus.size() - 1);
        Thread thread = new Thread(() -> {
            try {
                Cpus.pinThread(last);
                seen.set(Cpus.allowed());
            } catch (Throwable e) {
                seen.set(e);
            }
        });
        thread.start();
        thread.join();

        assertThat(seen.get()).isEqualTo(List.of(last));
        assertThat(Cpus.allowed()).isEqualTo(cpus);
    }

    @Test
    void shouldRefuseWhatIsNoCpu() {
        for (int cpu : new int[] {-1, 1023, 1024, Integer.MAX_VALUE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Cpus.pinThread(cpu))
                    .withMessageContaining("CPU " + cpu);
        }
    }
}
