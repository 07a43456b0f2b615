package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.cache.KvCache;
import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.model.Model;
import dev.lockstep.model.Step;
import dev.lockstep.plan.Planner;
import dev.lockstep.plan.RunningSequences;
import dev.lockstep.plan.Sequence;
import dev.lockstep.tensor.ElementType;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reference counts have no lock, because one thread alone comes near them: what a caller can reach does not lead there. */
@Timeout(60)
class CacheOwnershipTest {
    private static final List<Class<?>> LOOPS_OWN = List.of(
            KvCache.class,
            PageTable.class,
            Sequence.class,
            RunningSequences.class,
            Planner.class,
            Step.class,
            Model.class);

    @Test
    void nothingThatTheEngineGivesOrTakesLeadsToItsPages() {
        Set<Class<?>> reachable = reachable(Engine.class, Request.class, EngineOptions.class, Generation.class);
        assertThat(reachable)
                .as("the walk got somewhere")
                .contains(Completion.class, Token.class, dev.lockstep.trace.Trace.class);
        assertThat(reachable).doesNotContainAnyElementsOf(LOOPS_OWN);
        assertThat(reachable(Planner.class))
                .as("the same walk from a planner gets there")
                .contains(Sequence.class, Step.class);
    }

    /** All of the project's types in signatures that somebody outside the packages can use, and in those of these types. */
    private static Set<Class<?>> reachable(Class<?>... from) {
        Set<Class<?>> seen = new LinkedHashSet<>(List.of(from));
        Deque<Class<?>> toVisit = new ArrayDeque<>(seen);
        while (!toVisit.isEmpty()) {
            Class<?> type = toVisit.remove();
            Stream<Executable> members = Stream.concat(Stream.of(type.getMethods()), Stream.of(type.getConstructors()));
            Stream<Type> types = members.filter(member -> member.getDeclaringClass() != Object.class)
                    .flatMap(CacheOwnershipTest::signature);
            Stream.concat(types, Stream.of(type.getFields()).map(field -> field.getGenericType()))
                    .flatMap(CacheOwnershipTest::classes)
                    .filter(found -> found.getName().startsWith("dev.lockstep"))
                    .filter(found -> Modifier.isPublic(found.getModifiers()))
                    .filter(seen::add)
                    .forEach(toVisit::add);
        }
        return seen;
    }

    private static Stream<Type> signature(Executable member) {
        Stream<Type> parameters = Stream.of(member.getGenericParameterTypes());
        return member instanceof Method method
                ? Stream.concat(parameters, Stream.of(method.getGenericReturnType()))
                : parameters;
    }

    private static Stream<Class<?>> classes(Type type) {
        return switch (type) {
            case Class<?> array when array.isArray() -> classes(array.componentType());
            case Class<?> plain -> Stream.of(plain);
            case ParameterizedType generic ->
                Stream.concat(
                        classes(generic.getRawType()),
                        Stream.of(generic.getActualTypeArguments()).flatMap(CacheOwnershipTest::classes));
            case WildcardType wildcard -> Stream.of(wildcard.getUpperBounds()).flatMap(CacheOwnershipTest::classes);
            default -> Stream.of();
        };
    }

    @Test
    void aThreadThatDoesNotOwnTheCacheIsCaught() throws Exception {
        KvCache cache = new KvCache(new KvShape(ElementType.F16, 1, 1, 8), 4, true);
        try (ExecutorService owner = Executors.newSingleThreadExecutor()) {
            PageTable table = new PageTable(cache, 32);
            assertThat(owner.submit(() -> table.reserve(32)).get()).isTrue();
            int[] tokens = new int[32];
            for (Runnable trespass : List.<Runnable>of(
                    () -> new PageTable(cache, 16).reserve(16),
                    () -> new PageTable(cache, 32).adopt(tokens, 32, 0),
                    () -> table.publish(tokens, 16, 0),
                    () -> table.truncate(0))) {
                assertThatThrownBy(trespass::run)
                        .isInstanceOf(AssertionError.class)
                        .hasMessageContaining("changed a KV cache that belongs to");
            }
            assertThat(cache.freePages()).isEqualTo(2);
        } finally {
            cache.close();
        }
    }

    @Test
    void theLoopOwnsTheCacheOfARunningEngine() throws Exception {
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            engine.submit(Request.of(Models.PROMPT).maxTokens(1)).await();
            assertThatThrownBy(() -> new PageTable(engine.model().cache(), 16).reserve(16))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("lockstep-engine");
        }
    }
}
