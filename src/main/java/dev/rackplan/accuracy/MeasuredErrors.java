package dev.rackplan.accuracy;

import dev.rackplan.cost.StepConfidence;
import dev.rackplan.law.LawBook;
import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.RestsOn;
import dev.rackplan.law.StepErrors;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What measured rows say of the ± of times.
 *
 * @param errors of each kind of time that they have
 * @param coverages how many rows lie within them, in the same order
 */
public record MeasuredErrors(List<StepErrors> errors, List<Coverage> coverages) {

  /**
   * Shares of rows inside a ±.
   *
   * @param figure of what
   * @param rows how many
   * @param inside share of them inside the ± that all rows made
   * @param unseen share inside the ± that rows of other models made; empty where there is one model
   */
  public record Coverage(ModelledFigure figure, int rows, double inside, OptionalDouble unseen) {}

  // Errors of laws that carry over are seen where that many more of a step's seconds do.
  private static final double CARRIED_OVER = 0.3;

  public MeasuredErrors {
    errors = List.copyOf(errors);
    coverages = List.copyOf(coverages);
  }

  /**
   * Of serving rows. Each is priced twice more, without its GPU's own laws and without any, which
   * says what a time loses that rests on laws of other GPUs, or on formulas.
   *
   * @param source of the rows, in words
   * @param date of today, ISO
   */
  public static MeasuredErrors of(MeasuredStudy study, String source, String date) {
    List<MeasuredPrediction> own = study.predictions(MeasuredRow::counts);
    List<MeasuredPrediction> carried = MeasuredStudy.repriced(own, MeasuredErrors::withoutOwn);
    List<MeasuredPrediction> bare =
        MeasuredStudy.repriced(own, problem -> problem.withLaws(LawBook.NONE));
    List<MeasuredFigure> tpot = new ArrayList<>();
    List<MeasuredFigure> ttft = new ArrayList<>();
    for (MeasuredPrediction row : own) {
      ServingRun run = (ServingRun) row.row().run();
      RowFamily family = row.family();
      String alike = family.decision() + ", " + family.gpus() + ", " + family.sequences();
      row.row()
          .tpotMillis()
          .ifPresent(
              measured ->
                  tpot.add(
                      MeasuredFigure.of(
                          ModelledFigure.TPOT,
                          run.decode(),
                          family.model(),
                          measured / row.tpotMillis(),
                          row.tpot().restsOn(),
                          alike,
                          family.layout())));
      row.row()
          .ttftMillis()
          .ifPresent(
              measured ->
                  ttft.add(
                      MeasuredFigure.of(
                          ModelledFigure.SERVED_TTFT,
                          run.prompt(),
                          family.model(),
                          measured / row.ttftMillis(),
                          row.ttft().restsOn(),
                          alike,
                          family.layout())));
    }
    List<Moved> transferred = new ArrayList<>();
    List<Moved> formula = new ArrayList<>();
    for (int i = 0; i < own.size(); i++) {
      transferred.add(Moved.of(own.get(i), carried.get(i), RestsOn::transferred));
      formula.add(Moved.of(own.get(i), bare.get(i), RestsOn::formula));
    }
    return of(List.of(tpot, ttft), source, date, error(transferred), error(formula));
  }

  private static Problem withoutOwn(Problem problem) {
    String gpu = problem.topology().usableGpus().get(0).spec().name();
    return problem.withLaws(problem.laws().without(gpu));
  }

  /** Of training rows: their steps, and their memory, which rests on formulas throughout. */
  public static MeasuredErrors of(TrainingRowStudy study, String source, String date) {
    List<MeasuredFigure> steps = new ArrayList<>();
    List<MeasuredFigure> memory = new ArrayList<>();
    for (TrainingResult.Predicted row : study.predicted()) {
      OptionalDouble step =
          row.unsaid().isPresent() ? OptionalDouble.empty() : row.row().stepSeconds();
      step.ifPresent(
          measured ->
              steps.add(
                  ofTraining(
                      ModelledFigure.TRAINING,
                      row,
                      measured / row.stepSeconds(),
                      row.confidence().restsOn())));
      row.row()
          .memoryBytes()
          .ifPresent(
              measured ->
                  memory.add(
                      ofTraining(
                          ModelledFigure.TRAINING_MEMORY,
                          row,
                          measured / row.memoryBytes(),
                          RestsOn.FORMULA)));
    }
    return of(List.of(steps, memory), source, date, 0, 0);
  }

  private static MeasuredFigure ofTraining(
      ModelledFigure figure, TrainingResult.Predicted row, double ratio, RestsOn restsOn) {
    Deployment run = ((TrainingRun) row.row().run()).deployment();
    return MeasuredFigure.of(
        figure,
        run,
        row.row().family().model(),
        ratio,
        restsOn,
        alike(row, run),
        run.layout().toString());
  }

  private static String alike(TrainingResult.Predicted row, Deployment run) {
    return String.join(
        ", ",
        row.row().group(),
        row.row().family().framework(),
        Integer.toString(run.layout().gpus()),
        Long.toString(run.problem().workload().concurrentSequences().orElse(0)),
        Double.toString(run.problem().workload().contextTokens()),
        run.problem().precision().weights().toString());
  }

  /** Of published prefill, the rows that set constants aside. */
  public static MeasuredErrors of(AccuracyStudy study, String source, String date) {
    List<MeasuredFigure> prompts = new ArrayList<>();
    for (Prediction prediction : study.predictions()) {
      PublishedRow row = prediction.row();
      if (row.kind() == ResultKind.PREFILL
          && row.use() == RowUse.CHECK
          && row.measured().isPresent()) {
        prompts.add(
            MeasuredFigure.of(
                ModelledFigure.PREFILL,
                new Deployment(row.problem(), row.layout()),
                row.problem().model().name(),
                prediction.predicted() / row.measured().getAsDouble(),
                StepConfidence.restsOn(row.problem(), prediction.costed()),
                row.id(),
                row.layoutWords()));
      }
    }
    return of(List.of(prompts), source, date, 0, 0);
  }

  private static MeasuredErrors of(
      List<List<MeasuredFigure>> kinds,
      String source,
      String date,
      double transferred,
      double formula) {
    List<StepErrors> errors = new ArrayList<>();
    List<Coverage> coverages = new ArrayList<>();
    for (List<MeasuredFigure> rows : kinds) {
      if (!rows.isEmpty()) {
        StepErrorFit fit = new StepErrorFit(rows);
        StepErrors found = fit.of(source, date, transferred, formula);
        errors.add(found);
        coverages.add(
            new Coverage(
                found.figure(),
                rows.size(),
                fit.coverage(found),
                fit.coverageOfUnseen(transferred, formula)));
      }
    }
    return new MeasuredErrors(errors, coverages);
  }

  /** What other laws made of a time: by how much it moved, and how much of it moved. */
  private record Moved(double by, double share) {
    static Moved of(
        MeasuredPrediction own, MeasuredPrediction other, ToDoubleFunction<RestsOn> share) {
      return new Moved(
          Math.abs(other.tpotMillis() / own.tpotMillis() - 1),
          share.applyAsDouble(other.tpot().restsOn()) - share.applyAsDouble(own.tpot().restsOn()));
    }
  }

  // For a whole time: two thirds of the moves over the mean share that moved.
  private static double error(List<Moved> moves) {
    List<Moved> large = moves.stream().filter(move -> move.share() > CARRIED_OVER).toList();
    return large.isEmpty()
        ? 0
        : ErrorFigures.quantile(large.stream().map(Moved::by).toList(), StepErrorFit.WITHIN)
            / large.stream().mapToDouble(Moved::share).average().orElseThrow();
  }

  /**
   * The same with those of {@code earlier} that are of another figure or of another source. Of one
   * figure the source with most rows comes first, so that it decides where several know a GPU.
   */
  public List<StepErrors> over(List<StepErrors> earlier) {
    return Stream.concat(errors.stream(), earlier.stream().filter(error -> !has(error)))
        .sorted(
            Comparator.comparing(StepErrors::figure)
                .thenComparing(error -> -error.groups().get(0).rows())
                .thenComparing(StepErrors::source))
        .toList();
  }

  private boolean has(StepErrors earlier) {
    return errors.stream()
        .anyMatch(
            error -> error.figure() == earlier.figure() && error.source().equals(earlier.source()));
  }
}
