package holdfast.verify.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Time, randomness, threads and disk enter through the constructor. The state machines have none of
 * them at all, so that a replay gives the same bytes; the services in front of them
 * ({@code server.directory.service}, {@code server.locking.service}) are given theirs.
 */
@AnalyzeClasses(packages = "holdfast", importOptions = DoNotIncludeTests.class)
class OutsideWorldTest {
    private static final String[] STATE_MACHINES = {
        "holdfast.server.directory", "holdfast.server.locking", "holdfast.server.volume.."
    };

    /** Classes of the JDK that reach outside. A {@code Path} alone is a value. */
    private static final Pattern OUTSIDE = Pattern.compile("java\\.lang\\.(Thread|ProcessBuilder)"
            + "|java\\.lang\\.Thread\\$.*"
            + "|java\\.time\\.(Clock|InstantSource)"
            + "|java\\.util\\.(Random|SplittableRandom|Timer)"
            + "|java\\.util\\.random\\..*"
            + "|java\\.security\\.SecureRandom"
            + "|java\\.util\\.concurrent\\.(ThreadLocalRandom|Executor.*|.*ExecutorService"
            + "|ForkJoin.*|CompletableFuture|StructuredTaskScope)"
            + "|java\\.io\\.(File|RandomAccessFile|File.*)"
            + "|java\\.nio\\.file\\.(Files|FileSystems?)"
            + "|java\\.nio\\.channels\\..*"
            + "|java\\.net\\.(Socket|ServerSocket|URLConnection)"
            + "|holdfast\\.model\\.time\\.Ticker");

    private static final Set<String> WALL_CLOCK_READERS = Set.of(
            "java.lang.System.currentTimeMillis",
            "java.time.Clock.system",
            "java.time.Clock.systemUTC",
            "java.time.Clock.systemDefaultZone",
            "java.time.InstantSource.system");

    @ArchTest
    static final ArchRule stateMachinesTouchNothingOutside = noClasses()
            .that()
            .resideInAnyPackage(STATE_MACHINES)
            .should()
            .dependOnClassesThat(named(OUTSIDE.asMatchPredicate()));

    @ArchTest
    static final ArchRule stateMachinesReadNoClockAndDrawNoLots = noClasses()
            .that()
            .resideInAnyPackage(STATE_MACHINES)
            .should()
            .callMethodWhere(readsAnyClock().or(drawsLots()));

    @ArchTest
    static final ArchRule theWallClockIsReadInTwoRoomsOnly = noClasses()
            .that()
            .resideOutsideOfPackages("holdfast.model.time..", "holdfast.app.cell..")
            .should()
            .callMethodWhere(readsTheWallClock());

    private static DescribedPredicate<JavaClass> named(Predicate<String> name) {
        return describe("reach outside", type -> name.test(type.getName()));
    }

    private static DescribedPredicate<JavaCall<?>> readsAnyClock() {
        return readsTheWallClock().or(calls("read a clock", "java.lang.System.nanoTime"::equals));
    }

    private static DescribedPredicate<JavaCall<?>> readsTheWallClock() {
        return describe("read the wall clock", call -> {
            boolean now = call.getTargetOwner().getPackageName().equals("java.time")
                    && call.getName().equals("now")
                    && call.getTarget().getRawParameterTypes().isEmpty();
            return now || WALL_CLOCK_READERS.contains(target(call));
        });
    }

    private static DescribedPredicate<JavaCall<?>> drawsLots() {
        return calls(
                "draw lots",
                Set.of("java.util.UUID.randomUUID", "java.lang.Math.random")::contains);
    }

    private static DescribedPredicate<JavaCall<?>> calls(String what, Predicate<String> target) {
        return describe(what, call -> target.test(target(call)));
    }

    private static String target(JavaCall<?> call) {
        return call.getTargetOwner().getName() + "." + call.getName();
    }
}
