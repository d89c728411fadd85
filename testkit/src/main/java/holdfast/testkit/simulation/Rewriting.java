package holdfast.testkit.simulation;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.Method;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** Leads calls of the platform to {@link Instead}, in the bytes of a class. */
final class Rewriting {
    private static final ClassDesc INSTEAD = desc(Instead.class);
    private static final ClassDesc RANDOM = desc(java.util.Random.class);
    private static final ClassDesc THREAD_RANDOM = desc(ThreadLocalRandom.class);
    private static final ClassDesc SECURE_RANDOM = desc(SecureRandom.class);
    private static final ClassDesc SEEDED_RANDOM = desc(SeededRandom.class);
    private static final Map<Target, Target> REPLACED = replaced();

    private final ClassFile classFile;

    Rewriting(ClassLoader classes) {
        classFile = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(classes)
                        .orElse(ClassHierarchyResolver.defaultResolver())));
    }

    /** A method, its object not among the parameters. */
    private record Target(ClassDesc owner, String name, MethodTypeDesc type) {}

    byte[] rewrite(byte[] bytes) {
        return classFile.transformClass(classFile.parse(bytes), (made, element) -> {
            if (element instanceof MethodModel method) {
                boolean initializes =
                        method.methodName().equalsString(ConstantDescs.CLASS_INIT_NAME);
                made.transformMethod(
                        method,
                        MethodTransform.transformingCode(
                                initializes ? new Initializing() : Rewriting::rewrite));
            } else {
                made.with(element);
            }
        });
    }

    /**
     * Which run is the first to need a class must not change what happens in it: so the world is
     * told that its chance is not to be used.
     */
    private static final class Initializing implements CodeTransform {
        @Override
        public void atStart(CodeBuilder code) {
            code.invokestatic(INSTEAD, "initializing", ConstantDescs.MTD_void);
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            if (element instanceof ReturnInstruction) {
                code.invokestatic(INSTEAD, "initialized", ConstantDescs.MTD_void);
            }
            rewrite(code, element);
        }
    }

    private static void rewrite(CodeBuilder code, CodeElement element) {
        switch (element) {
            case InvokeInstruction call -> rewrite(code, call);
            case InvokeDynamicInstruction call -> rewrite(code, call);
            case NewObjectInstruction made
            when made.className().asSymbol().equals(SECURE_RANDOM) -> code.new_(SEEDED_RANDOM);
            default -> code.with(element);
        }
    }

    private static void rewrite(CodeBuilder code, InvokeInstruction call) {
        ClassDesc owner = call.owner().asSymbol();
        String name = call.name().stringValue();
        MethodTypeDesc type = call.typeSymbol();
        Target instead = REPLACED.get(new Target(owner, name, type));
        if (instead != null) {
            code.invokestatic(INSTEAD, instead.name(), instead.type());
            if (!instead.type().returnType().equals(type.returnType())
                    && !owner.equals(THREAD_RANDOM)) {
                code.checkcast(type.returnType());
            }
        } else if (owner.equals(SECURE_RANDOM) && name.equals(ConstantDescs.INIT_NAME)) {
            code.invokespecial(SEEDED_RANDOM, name, type);
        } else if (owner.equals(THREAD_RANDOM) && call.opcode() == Opcode.INVOKEVIRTUAL) {
            code.invokevirtual(RANDOM, name, type);
        } else {
            code.with(call);
        }
    }

    private static void rewrite(CodeBuilder code, InvokeDynamicInstruction call) {
        List<ConstantDesc> arguments = call.bootstrapArgs();
        ConstantDesc[] changed =
                arguments.stream().map(Rewriting::rewrite).toArray(ConstantDesc[]::new);
        code.invokedynamic(DynamicCallSiteDesc.of(
                call.bootstrapMethod(), call.name().stringValue(), call.typeSymbol(), changed));
    }

    private static ConstantDesc rewrite(ConstantDesc argument) {
        if (!(argument instanceof DirectMethodHandleDesc handle)) {
            return argument;
        }
        boolean isStatic = handle.kind() == DirectMethodHandleDesc.Kind.STATIC
                || handle.kind() == DirectMethodHandleDesc.Kind.INTERFACE_STATIC;
        MethodTypeDesc type = handle.kind() == DirectMethodHandleDesc.Kind.CONSTRUCTOR
                ? handle.invocationType()
                : isStatic
                        ? handle.invocationType()
                        : handle.invocationType().dropParameterTypes(0, 1);
        Target instead = REPLACED.get(new Target(handle.owner(), handle.methodName(), type));
        return instead == null
                ? argument
                : MethodHandleDesc.ofMethod(
                        DirectMethodHandleDesc.Kind.STATIC,
                        INSTEAD,
                        instead.name(),
                        instead.type());
    }

    private static Map<Target, Target> replaced() {
        Map<Target, Target> all = new HashMap<>();
        for (Method method : Instead.class.getDeclaredMethods()) {
            InPlaceOf marked = method.getAnnotation(InPlaceOf.class);
            if (marked != null) {
                Stream.of(marked.value())
                        .forEach(owner -> add(all, owner, method, marked.isStatic()));
            }
        }
        return Map.copyOf(all);
    }

    private static void add(
            Map<Target, Target> all, Class<?> owner, Method method, boolean isStatic) {
        Class<?>[] own = method.getParameterTypes();
        Class<?>[] asked = isStatic ? own : java.util.Arrays.copyOfRange(own, 1, own.length);
        MethodTypeDesc type = type(method.getReturnType(), own);
        all.put(
                new Target(desc(owner), original(method), original(owner, method, asked)),
                new Target(INSTEAD, method.getName(), type));
    }

    /** Two classes have a static {@code open}. */
    private static String original(Method method) {
        return method.getName().startsWith("open") ? "open" : method.getName();
    }

    private static MethodTypeDesc original(Class<?> owner, Method method, Class<?>[] asked) {
        try {
            Method found = owner.getMethod(original(method), asked);
            return type(found.getReturnType(), asked);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("nothing to replace by " + method, e);
        }
    }

    private static MethodTypeDesc type(Class<?> result, Class<?>[] parameters) {
        return MethodTypeDesc.of(
                desc(result), Stream.of(parameters).map(Rewriting::desc).toArray(ClassDesc[]::new));
    }

    private static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
