package dev.rackplan.accuracy;

import java.util.EnumSet;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * A measurement of a user's own.
 *
 * @param id as the file calls it
 * @param flags what the file says of it, and that it stood there before
 * @param run how it was served
 * @param tpotMillis measured time per output token in ms; empty where it wasn't
 * @param ttftMillis measured time to first token in ms; likewise
 */
public record MeasuredRow(
    String id,
    Set<RowFlag> flags,
    RowRun run,
    OptionalDouble tpotMillis,
    OptionalDouble ttftMillis) {
  public MeasuredRow {
    flags = Set.copyOf(flags);
  }

  /** The same with one more flag. */
  public MeasuredRow with(RowFlag flag) {
    Set<RowFlag> more = EnumSet.of(flag);
    more.addAll(flags);
    return new MeasuredRow(id, more, run, tpotMillis, ttftMillis);
  }

  /** Whether errors and decisions count it: unflagged, or only relabelled. */
  public boolean counts() {
    return flags.stream().allMatch(flag -> flag == RowFlag.RELABELLED);
  }

  /** Whether it is told apart: counted, except that tokens may have been drafted. */
  public boolean mayHaveDrafted() {
    return flags.contains(RowFlag.MAYBE_MTP)
        && flags.stream().allMatch(flag -> flag == RowFlag.RELABELLED || flag == RowFlag.MAYBE_MTP);
  }
}
