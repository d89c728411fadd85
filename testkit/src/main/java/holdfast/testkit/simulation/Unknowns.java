package holdfast.testkit.simulation;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Finds what simulated code must not call, because it would wait in real time, run elsewhere or
 * bring chance of its own, and {@link Instead} does not know it.
 */
public final class Unknowns {
    private static final String UNIT = "Ljava/util/concurrent/TimeUnit;";
    private static final String DURATION = "Ljava/time/Duration;";
    private static final Set<String> WAITING_PACKAGES =
            Set.of("java.util.concurrent", "java.util.concurrent.locks");
    private static final Set<String> FORBIDDEN = Set.of(
            "java.lang.Thread.<init>",
            "java.lang.Thread.startVirtualThread",
            "java.lang.Thread.sleep",
            "java.lang.System.nanoTime",
            "java.lang.System.currentTimeMillis",
            "java.time.Clock.systemUTC",
            "java.time.Clock.systemDefaultZone",
            "java.time.Instant.now",
            "java.util.concurrent.locks.LockSupport.parkNanos",
            "java.util.concurrent.locks.LockSupport.parkUntil",
            "java.util.concurrent.locks.Condition.awaitNanos",
            "java.util.concurrent.locks.Condition.awaitUntil",
            "java.util.concurrent.CompletableFuture.supplyAsync",
            "java.util.concurrent.CompletableFuture.runAsync",
            "java.util.concurrent.Executors.newCachedThreadPool",
            "java.util.concurrent.Executors.newFixedThreadPool",
            "java.util.concurrent.Executors.newSingleThreadScheduledExecutor",
            "java.util.concurrent.Executors.newScheduledThreadPool",
            "java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor",
            "java.util.concurrent.ForkJoinPool.commonPool",
            "java.util.UUID.randomUUID",
            "java.util.Random.<init>",
            "java.lang.Math.random",
            "java.util.concurrent.ThreadLocalRandom.current",
            "java.nio.channels.SocketChannel.open",
            "java.nio.channels.ServerSocketChannel.open",
            "java.net.Socket.<init>",
            "java.net.ServerSocket.<init>");

    private Unknowns() {}

    /** The calls in a class that a simulated run would not survive, each as text. */
    public static List<String> in(byte[] bytes) {
        ClassModel model =
                ClassFile.of().parse(new Rewriting(Unknowns.class.getClassLoader()).rewrite(bytes));
        List<String> found = new ArrayList<>();
        model.methods()
                .forEach(method -> method.code()
                        .ifPresent(code -> code.forEach(element -> {
                            if (element instanceof InvokeInstruction call && isUnknown(call)) {
                                found.add(model.thisClass().asInternalName() + "."
                                        + method.methodName().stringValue() + " calls "
                                        + nameOf(call));
                            }
                        })));
        return found;
    }

    private static boolean isUnknown(InvokeInstruction call) {
        return FORBIDDEN.contains(nameOf(call)) || waits(call);
    }

    private static String nameOf(InvokeInstruction call) {
        return className(call.owner().asSymbol()) + "." + call.name().stringValue();
    }

    private static String className(ClassDesc type) {
        return type.packageName() + "." + type.displayName();
    }

    private static boolean waits(InvokeInstruction call) {
        ClassDesc owner = call.owner().asSymbol();
        MethodTypeDesc type = call.typeSymbol();
        boolean timed = type.parameterList().stream()
                .map(ClassDesc::descriptorString)
                .anyMatch(parameter -> parameter.equals(UNIT));
        boolean joins = className(owner).equals("java.lang.Thread")
                && type.parameterList().stream()
                        .anyMatch(parameter -> parameter.descriptorString().equals(DURATION));
        boolean converts = className(owner).equals("java.util.concurrent.TimeUnit")
                || call.name().equalsString("schedule");
        return joins || (timed && !converts && WAITING_PACKAGES.contains(owner.packageName()));
    }
}
