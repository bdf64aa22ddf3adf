package dev.rackplan.cli;

import dev.rackplan.report.DeploymentReport;
import dev.rackplan.serving.DeploymentSearch;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Function;

/**
 * The best deployments while more are looked at: a table on a terminal, written over as better ones
 * are found; nothing elsewhere.
 */
final class FirstRows implements AutoCloseable {
  private static final String UP_AND_CLEAR = "\u001b[%dA\u001b[J";

  private final PrintWriter err;
  private final boolean terminal;
  private final Function<DeploymentSearch.Answer, DeploymentReport> report;
  private String shown = "";

  /**
   * @param err where the table stands
   * @param terminal whether that is a terminal that a person looks at
   * @param report of what is known so far
   */
  FirstRows(
      PrintWriter err,
      boolean terminal,
      Function<DeploymentSearch.Answer, DeploymentReport> report) {
    this.err = err;
    this.terminal = terminal;
    this.report = report;
  }

  /** Shows what is there now. */
  void show(DeploymentSearch.Answer answer) {
    if (!terminal || answer.deployments().isEmpty()) {
      return;
    }
    String next =
        report.apply(answer).table() + answer.looked() + " instances priced in full so far\n";
    if (!next.equals(shown)) {
      clear();
      err.print(next);
      err.flush();
      shown = next;
    }
  }

  private void clear() {
    if (!shown.isEmpty()) {
      PlainText.steer(err, String.format(Locale.ROOT, UP_AND_CLEAR, shown.lines().count()));
      shown = "";
    }
  }

  /** Takes it away: the answer follows. */
  @Override
  public void close() {
    clear();
  }
}
