/** Contract suites, fakes and checkers that the tests of every module share. */
@NullMarked
package holdfast.testkit;

import org.jspecify.annotations.NullMarked;
