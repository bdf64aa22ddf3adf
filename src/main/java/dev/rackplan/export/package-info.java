/**
 * What engines and schedulers take of a plan, as files: one class for each target, which says what
 * the target can't express.
 *
 * <p>May import {@code plan}, {@code problem}, {@code model}, {@code topology}, {@code workload}
 * and {@code json} (for text); must not import {@code cost}, {@code solver}, {@code report} or
 * {@code cli}. Nothing here reads or writes a file.
 */
package dev.rackplan.export;
