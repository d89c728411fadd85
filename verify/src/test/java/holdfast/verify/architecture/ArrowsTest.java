package holdfast.verify.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code app -> {server, mount, gateway, client}; client -> wire -> model; server -> wire}. */
@AnalyzeClasses(packages = "holdfast", importOptions = DoNotIncludeTests.class)
class ArrowsTest {
    @ArchTest
    static final ArchRule theModelUsesOnlyItself = only("model");

    @ArchTest
    static final ArchRule theWireUsesTheModel = only("wire", "model");

    @ArchTest
    static final ArchRule serversMeetClientsOnlyInTheWire = only("server", "wire", "model");

    @ArchTest
    static final ArchRule clientsMeetServersOnlyInTheWire = only("client", "wire", "model");

    @ArchTest
    static final ArchRule theMountStandsOnTheClient = only("mount", "client", "wire", "model");

    @ArchTest
    static final ArchRule gatewaysStandOnTheClient = only("gateway", "client", "wire", "model");

    @ArchTest
    static final ArchRule theAppWiresEverythingButTests =
            only("app", "server", "mount", "gateway", "client", "wire", "model");

    @ArchTest
    static final ArchRule examplesUseThePublicApi = only("examples", "client", "model");

    @ArchTest
    static final ArchRule theTestkitKnowsNoSide = only("testkit", "wire", "model");

    @ArchTest
    static final ArchRule noCyclesBetweenRooms =
            slices().matching("holdfast.(*).(*)..").should().beFreeOfCycles();

    /** Classes of {@code module} may use, of ours, only it and {@code others}. */
    private static ArchRule only(String module, String... others) {
        String allowed = Stream.concat(Stream.of(module), Stream.of(others))
                .collect(Collectors.joining("|", "holdfast\\.(", ")\\..*"));
        return noClasses()
                .that()
                .resideInAPackage("holdfast." + module + "..")
                .should()
                .dependOnClassesThat(nameMatching("holdfast\\..*").and(not(nameMatching(allowed))));
    }
}
