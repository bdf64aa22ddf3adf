package dev.rackplan.report;

import java.util.List;

/** The layouts that the search looked at, one a row. */
public final class LayoutTable {
  private LayoutTable() {}

  /** {@code stepName} is TPOT or TTFT. */
  public static String of(List<TriedLayout> layouts, String stepName) {
    TextTable table = new TextTable(List.of("layouts tried", stepName + " [ms]", "tokens/s/GPU"));
    for (TriedLayout tried : layouts) {
      String step =
          tried.stepSeconds().isPresent()
              ? Figures.millis(tried.stepSeconds().getAsDouble())
              : Figures.NONE;
      String rate =
          tried.tokensPerSecondPerGpu().isPresent()
              ? Figures.rate(tried.tokensPerSecondPerGpu().getAsDouble())
              : Figures.NONE;
      table.add(List.of(degrees(tried), step, rate));
    }
    // Outcomes are sentences: they stand behind the aligned columns.
    String[] lines = table.text().split("\n");
    StringBuilder text = new StringBuilder(lines[0]).append("  outcome\n");
    for (int i = 0; i < layouts.size(); i++) {
      text.append(lines[i + 1]).append("  ").append(layouts.get(i).outcome()).append('\n');
    }
    return text.toString();
  }

  private static String degrees(TriedLayout tried) {
    var layout = tried.layout();
    return "replicas "
        + layout.replicas()
        + ", stages "
        + layout.pipelineStages()
        + ", EP "
        + layout.expertParallel()
        + ", TP "
        + layout.attentionTensorParallel()
        + ", micro-batches "
        + layout.microBatches()
        + " x "
        + layout.sequencesPerMicroBatch()
        + ", redundant "
        + layout.redundantExperts();
  }
}
