package dev.sockeye.lab;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands a fresh {@link Lab} to each JUnit test that asks for one, and closes it after the test and its
 * {@code @AfterEach} methods. The {@code @BeforeEach} methods of a test get the same lab:
 *
 * <pre>{@code
 * @ExtendWith(LabExtension.class)
 * class ServerTest {
 *     @Test
 *     void shouldAnswer(Lab lab) throws Exception {
 *         Host server = lab.host("server");
 *         ...
 *     }
 * }
 * }</pre>
 *
 * <p>Where labs do not work, each test is skipped with {@linkplain Lab#unavailableReason the reason}. Tests may run in
 * parallel.
 */
@SuppressWarnings("exports") // who uses this has JUnit; who does not must not need it
public final class LabExtension implements ExecutionCondition, ParameterResolver, AfterEachCallback {

    private static final ExtensionContext.Namespace STORE = ExtensionContext.Namespace.create(LabExtension.class);

    /** For JUnit. */
    public LabExtension() {}

    /** Skips test by test, not a class as a whole, so that a report names what was not tested. */
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (context.getTestMethod().isEmpty()) {
            return ConditionEvaluationResult.enabled("decided for each test");
        }
        return Lab.unavailableReason()
                .map(ConditionEvaluationResult::disabled)
                .orElseGet(() -> ConditionEvaluationResult.enabled("labs work here"));
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Lab.class
                && context.getTestMethod().isPresent();
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getStore(STORE).computeIfAbsent(Lab.class, key -> Lab.create(), Lab.class);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Lab lab = context.getStore(STORE).remove(Lab.class, Lab.class);
        if (lab != null) {
            lab.close();
        }
    }
}
