/**
 * Whole files on the local disk: cached contents, named by what they are and shared by the
 * processes of one user, and working copies, which belong to one writer each. It owns the cache
 * folder and its budget. It promises that a cached file is whole, verified and never written to,
 * that what was written to a working copy is not lost, and that nothing it does needs a server but
 * the {@link holdfast.client.cache.Filler} it is given. Versions, promises and locks are its
 * callers' concern.
 *
 * <p>Start with {@link holdfast.client.cache.Cache}, {@link holdfast.client.cache.CachedFile} and
 * {@link holdfast.client.cache.WorkingCopy}. All failures are
 * {@link holdfast.model.failure.FailureException}: NO_SPACE when the local disk is full, LOCAL_IO,
 * DAMAGED, TIMED_OUT, CANCELLED, and what a filler throws.
 */
@NullMarked
package holdfast.client.cache;

import org.jspecify.annotations.NullMarked;
