package dev.rackplan.report;

import dev.rackplan.law.Confidence;
import dev.rackplan.problem.Pool;
import dev.rackplan.serving.Bill;
import dev.rackplan.serving.Cluster;
import dev.rackplan.serving.Found;
import dev.rackplan.serving.Found.Instances;
import dev.rackplan.serving.Found.Mode;
import dev.rackplan.serving.Front;
import dev.rackplan.serving.Goal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Deployments that serve a goal, best first, as a person reads them: at most 80 columns.
 *
 * @param deployments at least one
 * @param goal what was asked for
 * @param clusters all GPUs that there are
 * @param watts power of a GPU with its share of host, network and cooling; empty where not said
 * @param leftOut what would be better, but that the engine cannot start it, in words; empty where
 *     nothing is
 * @param afterLoss requests per second that could be served with one host or tray lost, two and so
 *     on, when all is planned again; empty where that was not asked
 * @param complete whether no row rests on a sample of the layers' routing
 * @param replayed what a replay of the best says where percentiles are limited
 */
public record DeploymentReport(
    List<Found> deployments,
    Goal goal,
    List<Cluster> clusters,
    OptionalDouble watts,
    String leftOut,
    List<Double> afterLoss,
    boolean complete,
    Optional<ReplayedLimits> replayed) {
  private static final int MOST_ROWS = 8;
  private static final int COLUMNS = 80;

  public DeploymentReport {
    deployments = List.copyOf(deployments);
    clusters = List.copyOf(clusters);
    afterLoss = List.copyOf(afterLoss);
  }

  /** The best of one mode; empty where none keeps the limits. */
  public Optional<Found> best(Mode mode) {
    return deployments.stream().filter(found -> found.mode() == mode).findFirst();
  }

  private Found best() {
    return deployments.get(0);
  }

  int gpus() {
    return clusters.stream().mapToInt(Cluster::gpus).sum();
  }

  int idle(Found found) {
    return gpus() - found.gpus();
  }

  /** Who pays for what; empty where a GPU has no price. */
  Optional<Bill> bill(Found found) {
    double usd = 0;
    for (Cluster cluster : clusters) {
      if (cluster.gpu().spec().usdPerHour().isEmpty()) {
        return Optional.empty();
      }
      int used =
          found.pools().stream()
              .filter(pool -> isOn(pool, cluster))
              .mapToInt(Instances::gpus)
              .sum();
      usd += Math.max(0, cluster.gpus() - used) * cluster.gpu().spec().usdPerHour().getAsDouble();
    }
    return found.bill(goal, usd);
  }

  private boolean isOn(Instances pool, Cluster cluster) {
    return clusters.size() == 1 || pool.readsAlone() == cluster.promptsAlone();
  }

  // Words.

  /** What is best, how many GPUs idle and why; what binds; how sure that is; with hosts lost. */
  public String headline() {
    Found best = best();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: %s requests/s on %s; %s",
            word(best.mode()),
            Figures.requests(best.requestsPerSecond()),
            Figures.count(best.gpus(), "GPU"),
            idleWords(best)));
    lines.add(
        String.format(
            Locale.ROOT,
            "TTFT %.0f ms%s, TPOT %.2f ms%s; binds: %s",
            1e3 * best.ttftSeconds(),
            plusMinus(best.detail().map(Found.Detail::ttft)),
            1e3 * best.tpotSeconds(),
            plusMinus(best.detail().map(Found.Detail::tpot)),
            best.binds()));
    replayed.ifPresent(limits -> lines.add(limits.words()));
    best.detail()
        .ifPresent(
            detail ->
                lines.add("TPOT rests on: " + ConfidenceText.restsOn(detail.tpot().restsOn())));
    lines.add(lostWords(best));
    lead().ifPresent(lines::add);
    if (!leftOut.isEmpty()) {
      lines.add(TextTable.wrapped(leftOut, 2).stripTrailing());
    }
    if (!complete) {
      lines.add("stopped early: " + (best.exact() ? "better ones may be there" : "a first look"));
    }
    return String.join("\n", lines);
  }

  /** Percentiles and goodput of the best by a replay; nothing where no percentile is limited. */
  public String percentiles() {
    return replayed
        .map(limits -> limits.text(error(Found.Detail::ttft), error(Found.Detail::tpot), rate()))
        .orElse("");
  }

  private double rate() {
    return best().requestsPerSecond();
  }

  private OptionalDouble error(Function<Found.Detail, Confidence> of) {
    return best().detail().map(of).map(Confidence::plusMinus).orElseGet(OptionalDouble::empty);
  }

  private static String plusMinus(Optional<Confidence> confidence) {
    return confidence.map(known -> ConfidenceText.plusMinus(known.plusMinus())).orElse("");
  }

  private String idleWords(Found found) {
    int idle = idle(found);
    if (idle == 0) {
      return "no GPU idles";
    }
    String why =
        goal.asked()
            ? "the rate needs no more"
            : goal.aim() == Goal.Aim.THROUGHPUT
                ? "no instance more fits or helps"
                : goal.aim() == Goal.Aim.COST
                    ? "more cost more per token, or as much"
                    : "no rate is asked for that needs more";
    return idle + " of " + gpus() + " GPUs idle: " + why;
  }

  private String lostWords(Found found) {
    String anew =
        afterLoss.size() < 2
            ? ""
            : String.format(
                Locale.ROOT,
                "%n  planned again on the rest: %s; %s",
                Figures.requests(afterLoss.get(0)),
                Figures.requests(afterLoss.get(1)));
    return String.format(
        Locale.ROOT,
        "requests/s with 1 host or tray lost: %s%s; with 2: %s%s",
        Figures.requests(found.requestsPerSecondWithout(1)),
        found.requestsPerSecondWithout(1) == 0 ? ", as a pool ends with it" : "",
        Figures.requests(found.requestsPerSecondWithout(2)),
        anew);
  }

  // Of what the aim counts: how far the best is ahead of the next one, and of the error.
  private Optional<String> lead() {
    Optional<Confidence> tpot = best().detail().map(Found.Detail::tpot);
    if (deployments.size() < 2 || tpot.isEmpty()) {
      return Optional.empty();
    }
    Found next = deployments.get(1);
    boolean requests = goal.aim() == Goal.Aim.THROUGHPUT;
    double lead = counted(best(), requests) / counted(next, requests) - 1;
    OptionalDouble ratio = tpot.get().ratio();
    OptionalDouble error = ratio.isPresent() ? ratio : tpot.get().plusMinus();
    if (error.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Figures.fixed(100 * lead, 1)
            + "% ahead of the next in "
            + (requests ? "requests/s" : "tokens/s/GPU")
            + "; the error is "
            + ConfidenceText.percent(error.getAsDouble())
            + (lead > error.getAsDouble() ? "" : ": either may be faster"));
  }

  private double counted(Found found, boolean requests) {
    return requests ? found.requestsPerSecond() : found.tokensPerSecondPerGpu(goal.outputTokens());
  }

  /** The best deployments, and the best of the other mode where it is not among them. */
  public String table() {
    TextTable table =
        new TextTable(
            List.of("", "GPUs", "TTFT", "TPOT", "tok/s/GPU", "req/s", "USD/M", "± %", "rests on"));
    List<Found> shown = shown();
    List<Found> front = front();
    for (Found found : shown) {
      Optional<Confidence> tpot = found.detail().map(Found.Detail::tpot);
      table.add(
          List.of(
              word(found.mode()) + (front.contains(found) ? " *" : ""),
              String.valueOf(found.gpus()),
              Figures.fixed(1e3 * found.ttftSeconds(), 0),
              Figures.fixed(1e3 * found.tpotSeconds(), 2),
              Figures.fixed(found.tokensPerSecondPerGpu(goal.outputTokens()), 0),
              Figures.requests(found.requestsPerSecond()),
              Figures.fixed(found.usdPerMillion(goal.outputTokens()), 3),
              ConfidenceText.cell(tpot.map(Confidence::plusMinus).orElseGet(OptionalDouble::empty)),
              tpot.map(DeploymentReport::shares).orElse(Figures.NONE)));
    }
    String[] lines = table.text().split("\n");
    StringBuilder text = new StringBuilder(lines[0]).append('\n');
    for (int i = 0; i < shown.size(); i++) {
      text.append(lines[i + 1]).append('\n');
      text.append(detail(shown.get(i)));
    }
    text.append(
        """
        *: no other beats it in tokens/s/GPU, TPOT and TTFT together. TTFT, TPOT: ms;
        USD/M: per million output tokens, all GPUs of the deployment; ±: of TPOT;
        rests on: % of TPOT by measured kernels, by others' of the kind, by formula
        """);
    return text.toString();
  }

  private static String shares(Confidence confidence) {
    return String.format(
        Locale.ROOT,
        "%.0f/%.0f/%.0f",
        100 * confidence.restsOn().measured(),
        100 * confidence.restsOn().transferred(),
        100 * confidence.restsOn().formula());
  }

  // Its pools and what binds, in lines of at most 80 columns.
  private String detail(Found found) {
    List<String> parts = new ArrayList<>();
    for (Instances pool : found.pools()) {
      parts.add((parts.isEmpty() ? "" : "+ ") + words(pool));
    }
    parts.set(parts.size() - 1, parts.get(parts.size() - 1) + "; binds: " + found.binds());
    StringBuilder text = new StringBuilder();
    StringBuilder line = new StringBuilder(" ");
    for (String part : parts) {
      if (line.length() > 1 && line.length() + 1 + part.length() > COLUMNS) {
        text.append(line).append('\n');
        line = new StringBuilder("   ");
      }
      line.append(' ').append(part);
    }
    return text.append(line).append('\n').toString();
  }

  /** Who pays for what; nothing where a GPU has no price. */
  public String prices() {
    return bill(best())
        .map(bill -> BillText.words(bill, allWatts()) + '\n')
        .orElse("no USD: the catalogue has no price of these GPUs; give --usd-per-hour\n");
  }

  OptionalDouble allWatts() {
    return watts.isPresent() ? OptionalDouble.of(watts.getAsDouble() * gpus()) : watts;
  }

  /** Which no other beats in tokens/s/GPU, TPOT and TTFT together. */
  List<Found> front() {
    return Front.of(deployments, goal.outputTokens());
  }

  private List<Found> shown() {
    List<Found> shown = new ArrayList<>(deployments.stream().limit(MOST_ROWS).toList());
    Predicate<Found> fresh = found -> !shown.contains(found);
    for (Mode mode : Mode.values()) {
      best(mode).filter(fresh).ifPresent(shown::add);
    }
    return shown;
  }

  /** Such as {@code disaggregated: 2 x prefill TP4 + 6 x decode DP4 EP4}. */
  public static String words(Found found) {
    List<String> parts = found.pools().stream().map(DeploymentReport::words).toList();
    return word(found.mode()) + ": " + String.join(" + ", parts);
  }

  private static String words(Instances pool) {
    StringBuilder words = new StringBuilder(pool.count() + " x " + Pool.word(pool.role()));
    int plain = words.length();
    append(words, " TP", pool.layout().attentionTensorParallel());
    append(words, " DP", pool.layout().attentionRanks());
    append(words, " EP", pool.layout().expertParallel());
    append(words, " ETP", pool.layout().expertTensorParallel());
    append(words, " PP", pool.layout().pipelineStages());
    return words.length() == plain ? words + " TP1" : words.toString();
  }

  private static void append(StringBuilder words, String mark, int degree) {
    if (degree > 1) {
      words.append(mark).append(degree);
    }
  }

  static String word(Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }
}
