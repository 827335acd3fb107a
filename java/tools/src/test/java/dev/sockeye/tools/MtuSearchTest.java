package dev.sockeye.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The search alone, on paths that are made up. */
class MtuSearchTest {
    private static final InetAddress ROUTER = InetAddress.getLoopbackAddress();

    /** Stands for one byte less than what was sent. */
    private static final long ALMOST = -7;

    /** What a router says when a packet is too big for it; -1 for nothing. */
    private interface Router {
        long says(int size);
    }

    /** Searches to the end, and returns the number of steps. */
    private static int search(MtuSearch search, int smallest, int link, int path, Router router) {
        search.arrived(smallest);
        int steps = 0;
        for (OptionalInt next; (next = search.next()).isPresent(); steps++) {
            int size = next.getAsInt();
            assertThat(size).isBetween(smallest, MtuSearch.LARGEST);
            assertThat(steps).as("steps").isLessThan(50);
            if (size > link) {
                search.tooBigHere(size, link);
            } else if (size <= path) {
                search.arrived(size);
            } else if (router.says(size) < 0) {
                search.silent(size);
            } else {
                search.tooBig(size, router.says(size), ROUTER);
            }
        }
        return steps;
    }

    @ParameterizedTest
    @ValueSource(ints = {68, 69, 500, 576, 577, 1279, 1280, 1300, 1350, 1399, 1492, 1499, 1500})
    void shouldFindAnyMtuOfASilentPath(int path) {
        MtuSearch search = new MtuSearch(68);

        int steps = search(search, 68, 1500, path, size -> -1);

        assertThat(search.mtu()).isEqualTo(path);
        assertThat(search.isConfirmed()).isTrue();
        assertThat(search.reportedBy()).isNull();
        assertThat(search.reason()).isEqualTo(path == 1500 ? MtuSearch.Failure.HERE : MtuSearch.Failure.SILENT);
        assertThat(steps).isLessThanOrEqualTo(18);
    }

    @Test
    void shouldBelieveARouterAndConfirmItInFewSteps() {
        MtuSearch search = new MtuSearch(68);

        int steps = search(search, 68, 1500, 1333, size -> 1333);

        assertThat(search.mtu()).isEqualTo(1333);
        assertThat(search.reportedBy()).isEqualTo(ROUTER);
        assertThat(search.reason()).isEqualTo(MtuSearch.Failure.TOLD);
        assertThat(steps).isEqualTo(4); // 65535, 1500, 1333, 1334
    }

    @Test
    void shouldNeedOneStepMoreForThisHostsOwnLink() {
        MtuSearch search = new MtuSearch(1280);

        assertThat(search(search, 1280, 1400, 1400, size -> -1)).isEqualTo(2);
        assertThat(search.mtu()).isEqualTo(1400);
        assertThat(search.reason()).isEqualTo(MtuSearch.Failure.HERE);
    }

    @Test
    void shouldFindTheTruthWhateverIsSaid() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            int smallest = random.nextBoolean() ? 68 : 1280;
            int link = smallest + random.nextInt(random.nextBoolean() ? 1500 : MtuSearch.LARGEST - smallest + 1);
            int path = smallest + random.nextInt(link - smallest + 1);
            long[] lies = {-1, 0, 1, 68, 500, 1280, path, path + 1, link, link + 1, 65535, 65536, 4294967295L, ALMOST};
            boolean changing = random.nextBoolean();
            long lie = lies[random.nextInt(lies.length)];
            MtuSearch search = new MtuSearch(smallest);

            search(search, smallest, link, path, size -> {
                long said = changing ? lies[random.nextInt(lies.length)] : lie;
                return said == ALMOST ? size - 1 : said;
            });

            assertThat(search.mtu())
                    .as("link %d, path %d, lie %d", link, path, lie)
                    .isEqualTo(path);
        }
    }

    @Test
    void shouldTakeALateArrivalForMoreThanAnythingThatWasSaid() {
        MtuSearch search = new MtuSearch(68);
        search.arrived(68);
        search.tooBigHere(65535, 1500);
        search.tooBig(1500, 500, ROUTER);
        search.arrived(500);
        search.tooBig(501, 500, ROUTER);
        assertThat(search.mtu()).isEqualTo(500);

        search.arrived(1500);

        assertThat(search.next()).isEmpty();
        assertThat(search.mtu()).isEqualTo(1500);
        assertThat(search.reportedBy()).isNull();
    }

    @Test
    void shouldFollowWhatIsSaidOfAPeerThatAnswersNothing() {
        MtuSearch search = new MtuSearch(68);

        assertThat(search.next()).hasValue(65535);
        search.tooBigHere(65535, 1500);
        assertThat(search.next()).hasValue(1500);
        search.tooBig(1500, 1400, ROUTER);
        assertThat(search.next()).hasValue(1400);
        search.tooBig(1400, 1300, ROUTER);
        assertThat(search.next()).hasValue(1300);
        search.silent(1300);

        assertThat(search.next()).isEmpty();
        assertThat(search.isConfirmed()).isFalse();
        assertThat(search.mtu()).isEqualTo(1300);
        assertThat(search.reportedBy()).isEqualTo(ROUTER);
    }

    @Test
    void shouldKnowOnlyTheLinkOfAPeerThatAnswersNothing() {
        MtuSearch search = new MtuSearch(68);
        search.tooBigHere(65535, 1500);
        search.silent(1500);

        assertThat(search.next()).isEmpty();
        assertThat(search.mtu()).isEqualTo(1500);
        assertThat(search.isConfirmed()).isFalse();
    }

    @Test
    void shouldKnowItsBoundsAtAnyTime() {
        MtuSearch search = new MtuSearch(68);
        assertThat(search.bound()).isZero(); // any
        search.arrived(68);
        search.tooBigHere(65535, 1500);
        assertThat(search.bound()).isEqualTo(1500);
        search.arrived(1280);
        search.tooBig(1500, 1400, ROUTER);

        assertThat(search.arrived()).isEqualTo(1280);
        assertThat(search.bound()).isEqualTo(1499); // what a router says is not yet known
        assertThat(search.reporter(search.bound())).isNull();
    }
}
