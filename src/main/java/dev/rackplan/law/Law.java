package dev.rackplan.law;

/**
 * What one kind of kernel takes, as a formula with parameters that were fitted to measured ones.
 *
 * <p>Every law rises, or stays, with everything that is more work: tokens, pairs, active experts,
 * keys, heads, widths. So a time at the least possible work is a lower bound.
 *
 * @param <O> what it prices
 */
public interface Law<O extends Op> {
  /** Time of one call in s. */
  double seconds(O op, Setting setting);

  /** Time of a call that has nothing to do, in s. */
  double startSeconds();
}
