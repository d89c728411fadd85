/** Tests of the volumes' state machine: each rule alone, and generated commands against a model. */
@NullMarked
package holdfast.server.volume;

import org.jspecify.annotations.NullMarked;
