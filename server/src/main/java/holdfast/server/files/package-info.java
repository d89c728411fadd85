/**
 * The front door of a file server: answers the calls of {@code files.proto}. It owns the order of
 * things: promise before read, chunks durable before commit, breaks acknowledged before the answer.
 * State and rules of names are in {@code server.volume}, promises in {@code server.callback}, bytes
 * in {@code server.chunk}.
 */
@NullMarked
package holdfast.server.files;

import org.jspecify.annotations.NullMarked;
