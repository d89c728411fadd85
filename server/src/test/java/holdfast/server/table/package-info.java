/** Tests of tables: one contract, every implementation. */
@NullMarked
package holdfast.server.table;

import org.jspecify.annotations.NullMarked;
