package holdfast.app.cli;

import picocli.CommandLine.IVersionProvider;

import java.util.Optional;

/** Which release this is. */
final class Release implements IVersionProvider {
    /** The version of this build. */
    static String version() {
        return Optional.ofNullable(Release.class.getPackage().getImplementationVersion())
                .orElse("development build");
    }

    static String text() {
        return "holdfast " + version();
    }

    @Override
    public String[] getVersion() {
        return new String[] {text()};
    }
}
