package dev.rackplan.cost.placement;

import dev.rackplan.cost.operation.FixedPoint;
import dev.rackplan.problem.CopyRule;

/**
 * Copies of one scenario's tokens over the network to each domain, by row of a {@link ShareTable},
 * counted again for the experts of a change only. Mutable.
 */
final class DomainCopies {
  private final ScenarioLayer routing;
  private final ShareTable table;
  private final CopyRule copyRule;
  private final int rows;
  // Of recorded tokens: choices where each is sent by itself, else distinct receivers.
  private final long[] choices;
  private final DomainSets sets;
  // Of loads: where all tokens are sent, by profile and expert; by profile and row; and by row.
  private final long[] logsOfAll;
  private final long[] logs;
  private final double[] ofLoads;

  private final long[] savedChoices;
  private final long[] savedLogs;
  private final double[] savedOfLoads;

  /**
   * @param rows of the table, 0 where copies are counted sender by sender
   */
  DomainCopies(ScenarioLayer routing, ShareTable table, CopyRule copyRule, int rows) {
    this.routing = routing;
    this.table = table;
    this.copyRule = copyRule;
    this.rows = rows;
    this.choices = new long[copyRule == CopyRule.PER_EXPERT ? rows : 0];
    this.sets = new DomainSets(routing, table, copyRule == CopyRule.PER_EXPERT ? 0 : rows);
    this.logsOfAll = rows == 0 ? new long[0] : CopiesOfLoads.logsOfNone(routing);
    this.logs = new long[routing.loadProfiles() * rows];
    this.ofLoads = new double[routing.loadProfiles() == 0 ? 0 : rows];
    this.savedChoices = new long[choices.length];
    this.savedLogs = new long[logs.length];
    this.savedOfLoads = new double[ofLoads.length];
  }

  /** Keeps the state for {@link #restore}. */
  void save() {
    sets.save();
    System.arraycopy(choices, 0, savedChoices, 0, choices.length);
    System.arraycopy(logs, 0, savedLogs, 0, logs.length);
    System.arraycopy(ofLoads, 0, savedOfLoads, 0, ofLoads.length);
  }

  /** Back to the state at the last {@link #save}. */
  void restore() {
    sets.restore();
    System.arraycopy(savedChoices, 0, choices, 0, choices.length);
    System.arraycopy(savedLogs, 0, logs, 0, logs.length);
    System.arraycopy(savedOfLoads, 0, ofLoads, 0, ofLoads.length);
  }

  /** Counts the last change of the table, new against old. */
  void count() {
    for (int i = 0; i < table.rowCount(); i++) {
      countRow(table.changedRows()[i]);
    }
  }

  private void countRow(int row) {
    double[] none = table.none();
    double[] former = table.former();
    int first = row * routing.experts();
    if (copyRule == CopyRule.PER_EXPERT) {
      for (int expert : table.changedExperts()) {
        double frequency = routing.frequency(expert);
        choices[row] +=
            FixedPoint.of(frequency * (1 - none[first + expert]))
                - FixedPoint.of(frequency * (1 - former[first + expert]));
      }
      return;
    }
    if (routing.tokens() > 0) {
      sets.count(row);
    }
    for (int p = 0; p < routing.loadProfiles(); p++) {
      int at = p * rows + row;
      for (int expert : table.changedExperts()) {
        if (none[first + expert] != former[first + expert]) {
          logs[at] +=
              logOfNone(p, expert, none[first + expert])
                  - logOfNone(p, expert, former[first + expert]);
        }
      }
    }
    if (routing.loadProfiles() > 0) {
      ofLoads[row] = CopiesOfLoads.sum(routing, logs, rows, row);
    }
  }

  private long logOfNone(int profile, int expert, double none) {
    return none == 0
        ? logsOfAll[profile * routing.experts() + expert]
        : CopiesOfLoads.logOfNone(routing.loadFrequency(profile, expert) * (1 - none));
  }

  /** Copies of the row per token of its home class. */
  double copies(int row) {
    double sampled =
        FixedPoint.toDouble(copyRule == CopyRule.PER_EXPERT ? choices[row] : sets.copies(row));
    return ofLoads.length == 0 ? sampled : sampled + ofLoads[row];
  }
}
