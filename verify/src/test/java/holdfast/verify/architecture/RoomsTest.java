package holdfast.verify.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import org.jspecify.annotations.NullMarked;

/** Each outside concern has one room, and each room says what it is. */
@AnalyzeClasses(packages = "holdfast", importOptions = DoNotIncludeTests.class)
class RoomsTest {
    @ArchTest
    static final ArchRule onlyReplicationKnowsRatis =
            onlyIn("holdfast.server.replication..", "org.apache.ratis..");

    @ArchTest
    static final ArchRule onlyTheTableKnowsRocksDb =
            onlyIn("holdfast.server.table..", "org.rocksdb..");

    @ArchTest
    static final ArchRule onlyTheCommandLineKnowsPicocli =
            onlyIn("holdfast.app.cli..", "picocli..");

    @ArchTest
    static final ArchRule fourRoomsCallTheCLibrary = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "holdfast.model.time..",
                    "holdfast.server.chunk..",
                    "holdfast.client.cache..",
                    "holdfast.mount.fuse..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.foreign.Linker");

    @ArchTest
    static final ArchRule aRoomIsNamedByItsJob = noClasses()
            .should()
            .resideInAnyPackage("..util..", "..common..", "..impl..", "..helper..", "..manager..");

    @ArchTest
    static final ArchRule everyRoomHasANullMarkedPage = classes()
            .that()
            .resideOutsideOfPackages("holdfast.wire.proto..", "holdfast.wire.log..")
            .should(resideInANullMarkedPackage());

    private static ArchRule onlyIn(String room, String library) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(room)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }

    private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
        return new ArchCondition<>("reside in a package with a @NullMarked package-info") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                String message = type.getPackageName() + " has no @NullMarked package-info";
                events.add(new SimpleConditionEvent(type, marked, message));
            }
        };
    }
}
