package dev.rackplan.accuracy;

import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.StageTraining;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.rows.MeasuredRowsFile;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Prints how each constant that was chosen by looking at training rows would be chosen if one
 * source's rows were not there, and what that source's error would be: the table of
 * docs/accuracy.md. Not a test.
 *
 * <p>First order: the seconds that a constant scales are a share of each step, that of the middle
 * stage (of the step's end for rings); a constant k times as large makes the step {@code 1 +
 * share·(k - 1)} times as long. The best k has the least median error of the other sources' rows
 * that the constant touches.
 *
 * <pre>{@code
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp target/test-classes:target/classes:$(cat target/classpath) dev.rackplan.accuracy.TrainingLeftOut rows.json
 * }</pre>
 */
final class TrainingLeftOut {
  private static final int LEAST_ROWS = 5;
  private static final double TOUCHED = 0.02;

  private TrainingLeftOut() {}

  private record Row(
      String source,
      GpuGeneration generation,
      double ratio,
      double compute,
      double tensor,
      double launch,
      double reduction) {}

  private record Constant(String name, Predicate<Row> touches, ToDoubleFunction<Row> share) {}

  private static final List<Constant> CONSTANTS =
      List.of(
          sustained(GpuGeneration.AMPERE),
          sustained(GpuGeneration.HOPPER),
          sustained(GpuGeneration.BLACKWELL),
          new Constant("tensor parallelism", row -> row.tensor() > TOUCHED, Row::tensor),
          new Constant("seconds a launch", row -> row.launch() > TOUCHED, Row::launch),
          new Constant("step's end (rings)", row -> row.reduction() > TOUCHED, Row::reduction));

  private static Constant sustained(GpuGeneration generation) {
    return new Constant(
        "time of kernels, " + generation, row -> row.generation() == generation, Row::compute);
  }

  public static void main(String[] args) {
    List<Row> rows =
        MeasuredRowsFile.readTraining(Path.of(args[0]), args[0]).parallelStream()
            .filter(row -> !row.doubted() && row.stepSeconds().isPresent())
            .filter(row -> row.run() instanceof TrainingRun run && run.unsaid().isEmpty())
            .map(TrainingLeftOut::row)
            .toList();
    System.out.println(rows.size() + " rows");
    List<Double> errors = new ArrayList<>();
    for (Constant constant : CONSTANTS) {
      List<Row> touched = rows.stream().filter(constant.touches()).toList();
      System.out.printf(
          Locale.ROOT,
          "%s: %d rows, best of all %.2f times the committed%n",
          constant.name(),
          touched.size(),
          best(constant, touched));
      for (String source : touched.stream().map(Row::source).distinct().sorted().toList()) {
        List<Row> own = touched.stream().filter(row -> row.source().equals(source)).toList();
        List<Row> others = touched.stream().filter(row -> !row.source().equals(source)).toList();
        if (own.size() >= LEAST_ROWS && others.size() >= LEAST_ROWS) {
          double scale = best(constant, others);
          errors.add(error(constant, own, scale));
          System.out.printf(
              Locale.ROOT,
              "  %-90s %4d rows  %.2f  %5.1f%% (committed %.1f%%)%n",
              source.substring(0, Math.min(90, source.length())),
              own.size(),
              scale,
              100 * error(constant, own, scale),
              100 * error(constant, own, 1));
        }
      }
    }
    double[] all = errors.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "sources left out: %.1f%% to %.1f%%, %.1f%% in the middle%n",
        100 * all[0],
        100 * all[all.length - 1],
        100 * all[all.length / 2]);
  }

  private static Row row(TrainingRow row) {
    Deployment deployment = ((TrainingRun) row.run()).deployment();
    Problem problem = deployment.problem();
    CostedInstance costed =
        new Evaluator(problem)
            .cost(UsualPlan.inOrder(problem, deployment.layout()), CostDetail.TIMES)
            .slowest();
    CostedStage middle = costed.stages().get(costed.stages().size() / 2);
    StageTraining end = StageTraining.ending(costed.stages());
    double schedule = 1 - end.endSeconds() / costed.stepSeconds();
    double all = Arrays.stream(Term.values()).mapToDouble(middle.terms()::of).sum();
    double compute =
        middle
            .terms()
            .sum(
                term ->
                    switch (term) {
                      case ATTENTION, DENSE, SHARED, ROUTER, EXPERT_COMPUTE, HEAD -> true;
                      default -> false;
                    });
    GpuSpec gpu = problem.topology().gpus().get(0).spec();
    return new Row(
        row.source(),
        gpu.generation().orElse(null),
        costed.stepSeconds() / row.stepSeconds().getAsDouble(),
        schedule * compute / all,
        schedule * middle.terms().of(Term.ALL_REDUCE) / all,
        schedule * middle.terms().of(Term.LAUNCH) / all,
        end.reductionSeconds() / costed.stepSeconds());
  }

  private static double best(Constant constant, List<Row> rows) {
    double best = 1;
    for (double scale = 0.4; scale < 2.51; scale += 0.02) {
      best = error(constant, rows, scale) < error(constant, rows, best) ? scale : best;
    }
    return best;
  }

  private static double error(Constant constant, List<Row> rows, double scale) {
    double[] errors =
        rows.stream()
            .mapToDouble(
                row ->
                    Math.abs(
                        row.ratio() * (1 + constant.share().applyAsDouble(row) * (scale - 1)) - 1))
            .sorted()
            .toArray();
    return errors[errors.length / 2];
  }
}
