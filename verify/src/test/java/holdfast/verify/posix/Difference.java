package holdfast.verify.posix;

/**
 * A call with different outcomes on two file systems.
 *
 * @param call the kit's case and the call
 * @param here what came of it on the local disk
 * @param there and on the other one
 */
record Difference(String call, String here, String there) {
    @Override
    public String toString() {
        return "%s%n    local disk: %s%n    there:      %s".formatted(call, here, there);
    }
}
