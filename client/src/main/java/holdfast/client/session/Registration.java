package holdfast.client.session;

import java.time.Duration;

/**
 * This process as a client of one group.
 *
 * @param client its number there
 * @param lease how long its promises hold without contact
 */
record Registration(long client, Duration lease, RequestNumbers numbers) {}
