# Finds the JDK for ./holdfast and ./check, which source this file.

wanted=25

# Whether the folder $1 holds a JDK that is new enough; reads its release file, starts no JVM.
is_jdk() {
    local line version
    [[ -n ${1:-} && -x $1/bin/java && -x $1/bin/javac && -r $1/release ]] || return 1
    while IFS= read -r line; do
        if [[ $line == JAVA_VERSION=* ]]; then
            version=${line#*\"}
            version=${version%%[.\"+-]*}
            [[ $version =~ ^[0-9]+$ ]] && ((version >= wanted))
            return
        fi
    done <"$1/release"
    return 1
}

# The JDK whose java is first in the PATH.
jdk_of_path() {
    local java
    java=$(command -v java) || return 0
    java=$(readlink -f "$java" 2>/dev/null || printf '%s' "$java")
    printf '%s' "${java%/bin/java}"
}

find_jdk() {
    local folder
    for folder in "${HOLDFAST_JAVA_HOME:-}" "${JAVA_HOME:-}" "$(jdk_of_path)" \
        /usr/lib/jvm/* /opt/java/* /opt/jdk* "${HOME:-/}"/.sdkman/candidates/java/* \
        "${HOME:-/}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
        if is_jdk "$folder"; then
            printf '%s' "$folder"
            return
        fi
    done
    echo "no JDK $wanted found; install one (say, Temurin $wanted) or point JAVA_HOME at it" >&2
    return 2
}
