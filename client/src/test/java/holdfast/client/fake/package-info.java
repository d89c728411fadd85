/**
 * A whole cell in this process without sockets and disks: the real state machine of volumes behind
 * promises, locks and a map that are as simple as they can be. Tests lose and hold back its
 * answers.
 */
@NullMarked
package holdfast.client.fake;

import org.jspecify.annotations.NullMarked;
