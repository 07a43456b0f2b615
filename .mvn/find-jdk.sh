# shellcheck shell=sh disable=SC2034
# Sourced by `lockstep` and `mvnw`. find_jdk prints the home of a JDK 25 or newer, or fails.
#
# It reads each candidate's `release` file and starts no Java, so that a search costs a few milliseconds.
# The first fit wins: JAVA_HOME, then `java` on the PATH, then the folders where installers put JDKs.

jdk_feature_min=25
jdk_missing="no JDK $jdk_feature_min or newer found; install one (such as your system's openjdk-$jdk_feature_min-jdk \
package or Eclipse Temurin $jdk_feature_min) or set JAVA_HOME to it."

# fits HOME: whether HOME holds a JDK (not only a JRE: building needs javac) that is new enough.
fits() {
    if [ ! -x "$1/bin/java" ] || [ ! -x "$1/bin/javac" ] || [ ! -r "$1/release" ]; then
        return 1
    fi
    # A line of a release file is KEY="VALUE".
    while IFS='"' read -r key value _; do
        if [ "$key" = 'JAVA_VERSION=' ]; then
            feature=${value%%[!0-9]*}
            [ "${feature:-0}" -ge "$jdk_feature_min" ]
            return
        fi
    done <"$1/release"
    return 1
}

find_jdk() {
    on_path=$(readlink -f "$(command -v java)" 2>/dev/null) || on_path=
    user=${HOME:-/nonexistent}
    for candidate in \
        "${JAVA_HOME:-/nonexistent}" \
        "${on_path%/bin/java}" \
        /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/*jdk* /opt/*java* \
        "$user"/.sdkman/candidates/java/* \
        "$user"/.jdks/* \
        "$user"/.asdf/installs/java/* \
        "$user"/.local/share/mise/installs/java/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home \
        "$user"/Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /home/linuxbrew/.linuxbrew/opt/openjdk*/libexec; do
        if fits "$candidate"; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}
