/** What users of other distributed file systems saw go wrong, done here by several processes. */
@NullMarked
package holdfast.verify.cases;

import org.jspecify.annotations.NullMarked;
