import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Gives the classes of a jar that were compiled for Java 5 a newer class file version, with the
 * stack maps that it asks for and nothing else changed. An AOT cache can't hold older ones, and the
 * command line, which picocli parses, then takes 0.17 seconds of processor time to start instead of
 * 0.12.
 *
 * <p>Usage: {@code java RenewClasses.java JAR}, which is replaced. Doing it again changes nothing.
 */
final class RenewClasses {
    /** Java 6: the first whose classes are verified by stack maps, and which the cache takes. */
    private static final int FIRST_CACHEABLE = 50;

    private static final int WRITTEN = 52;

    private static final ClassTransform NEWER = (builder, element) -> {
        if (element instanceof ClassFileVersion) {
            builder.withVersion(WRITTEN, 0);
        } else {
            builder.with(element);
        }
    };

    /**
     * Code is written anew, instruction by instruction: what is merely copied gets no stack maps.
     */
    private static final ClassTransform STACK_MAPS =
            ClassTransform.transformingMethodBodies(CodeBuilder::with);

    public static void main(String[] args) throws IOException {
        Path jar = Path.of(args[0]);
        Path renewed = jar.resolveSibling(jar.getFileName() + ".new");
        try (URLClassLoader library = new URLClassLoader(new URL[] {jar.toUri().toURL()});
                ZipFile in = new ZipFile(jar.toFile());
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(renewed))) {
            ClassFile format = format(library);
            for (ZipEntry entry : Collections.list(in.entries())) {
                copy(entry, renew(entry.getName(), bytes(in, entry), format), out);
            }
        }
        Files.move(renewed, jar, StandardCopyOption.REPLACE_EXISTING);
    }

    private static ClassFile format(URLClassLoader library) {
        ClassHierarchyResolver types = ClassHierarchyResolver.ofResourceParsing(library)
                .orElse(ClassHierarchyResolver.defaultResolver());
        return ClassFile.of(
                ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                ClassFile.ClassHierarchyResolverOption.of(types));
    }

    private static byte[] renew(String name, byte[] bytes, ClassFile format) {
        if (!name.endsWith(".class")) {
            return bytes;
        }
        ClassModel old = format.parse(bytes);
        return old.majorVersion() < FIRST_CACHEABLE
                ? format.transformClass(old, NEWER.andThen(STACK_MAPS))
                : bytes;
    }

    private static byte[] bytes(ZipFile zip, ZipEntry entry) throws IOException {
        try (InputStream in = zip.getInputStream(entry)) {
            return in.readAllBytes();
        }
    }

    private static void copy(ZipEntry from, byte[] bytes, ZipOutputStream out) throws IOException {
        ZipEntry to = new ZipEntry(from.getName());
        to.setTime(from.getTime());
        out.putNextEntry(to);
        out.write(bytes);
        out.closeEntry();
    }
}
