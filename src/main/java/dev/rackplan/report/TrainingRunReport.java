package dev.rackplan.report;

import dev.rackplan.cost.economics.TrainingRunTime;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How long a run of so many tokens takes and what it costs.
 *
 * @param tokens of the run
 * @param steps that these are
 * @param time with failures
 * @param usdPerHour of all GPUs, idle ones too; empty where a price is unknown
 */
public record TrainingRunReport(
    double tokens, double steps, TrainingRunTime time, OptionalDouble usdPerHour) {
  private static final double SECONDS_PER_DAY = 86_400;
  private static final double SECONDS_PER_HOUR = 3600;
  private static final double SECONDS_PER_MINUTE = 60;

  /** Days of the whole run. */
  public double days() {
    return time.runSeconds() / SECONDS_PER_DAY;
  }

  /** What all GPUs cost in that time; empty where a price is unknown. */
  public OptionalDouble usd() {
    return usdPerHour.isPresent()
        ? OptionalDouble.of(usdPerHour.getAsDouble() * time.runSeconds() / SECONDS_PER_HOUR)
        : usdPerHour;
  }

  /** Lines of at most 80 columns. */
  public String words() {
    return String.format(
        Locale.ROOT,
        """
        run of %s tokens: %.0f steps, %.2f days%s
          without failures %.2f days; %.1f%% of the time trains, %s interruptions
          assumed: %.0f GPU-hours between interruptions (Llama 3 report: 419 in 54
          days on 16,384 H100), %s s to save a checkpoint, %s s to restart,
          spare hosts at hand; best saved every %.1f minutes (Young 1974)
        """,
        amount(tokens),
        steps,
        days(),
        usd().isPresent()
            ? String.format(Locale.ROOT, ", %s USD for all GPUs", amount(usd().getAsDouble()))
            : "; the GPU has no price, give --usd-per-hour",
        time.workSeconds() / SECONDS_PER_DAY,
        100 * time.effectiveShare(),
        Figures.fixed(time.interruptions(), time.interruptions() < 10 ? 1 : 0),
        time.secondsBetweenInterruptions() * time.gpus() / SECONDS_PER_HOUR,
        Figures.shortest(time.checkpointSeconds()),
        Figures.shortest(time.restartSeconds()),
        time.checkpointIntervalSeconds() / SECONDS_PER_MINUTE);
  }

  /** Such as {@code 15.6T}, with three digits. */
  static String amount(double value) {
    String[] units = {"", "k", "M", "G", "T", "P"};
    int unit = 0;
    double shown = value;
    while (shown >= 999.5 && unit < units.length - 1) {
      shown /= 1000;
      unit++;
    }
    int digits = shown >= 99.95 || unit == 0 && shown == Math.rint(shown) ? 0 : shown >= 10 ? 1 : 2;
    return Figures.fixed(shown, digits) + units[unit];
  }

  /** Under {@code run}. */
  Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("tokens", tokens);
    tree.put("steps", steps);
    tree.put("days", days());
    tree.put("daysWithoutFailures", time.workSeconds() / SECONDS_PER_DAY);
    tree.put("effectiveShare", time.effectiveShare());
    tree.put("interruptions", time.interruptions());
    tree.put("secondsBetweenInterruptions", time.secondsBetweenInterruptions());
    tree.put("checkpointSeconds", time.checkpointSeconds());
    tree.put("checkpointIntervalSeconds", time.checkpointIntervalSeconds());
    tree.put("restartSeconds", time.restartSeconds());
    usdPerHour.ifPresent(usd -> tree.put("usdPerHour", usd));
    usd().ifPresent(usd -> tree.put("usd", usd));
    return tree;
  }
}
