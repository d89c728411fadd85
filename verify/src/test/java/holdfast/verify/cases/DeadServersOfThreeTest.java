package holdfast.verify.cases;

import holdfast.verify.processes.Members;

/** The same where each server has three members, which all die. */
@Members(3)
class DeadServersOfThreeTest extends DeadServersTest {}
