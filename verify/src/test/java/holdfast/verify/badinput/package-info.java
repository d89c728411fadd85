/** What a user gets who types or configures something wrong: one line, and nothing half-done. */
@NullMarked
package holdfast.verify.badinput;

import org.jspecify.annotations.NullMarked;
