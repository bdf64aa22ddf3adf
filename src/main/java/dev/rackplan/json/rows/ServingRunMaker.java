package dev.rackplan.json.rows;

import dev.rackplan.accuracy.Deployment;
import dev.rackplan.accuracy.RowFamily;
import dev.rackplan.accuracy.RowRun;
import dev.rackplan.accuracy.ServingRun;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.StartedLayout;
import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Workload;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Problems of measured rows: each with the one layout that was measured, on the smallest cluster of
 * its GPU.
 */
final class ServingRunMaker {
  private final RowConditions conditions = new RowConditions();

  /** The row as problems, or why there are none. */
  RowRun run(ServingRow row) {
    return RowAttempt.of(() -> made(row));
  }

  private ServingRun made(ServingRow row) {
    boolean dense = conditions.model(row.model()).moeLayers().isEmpty();
    WorkerDegrees decode = degrees(row, row.decode(), dense);
    return row.apart() ? apart(row, decode, dense) : together(row, decode);
  }

  private static WorkerDegrees degrees(ServingRow row, ServingRow.Pool pool, boolean dense) {
    WorkerDegrees said = WorkerDegrees.of(pool, dense);
    return row.flags().wholeExperts() ? said.withWholeExperts() : said;
  }

  private ServingRun together(ServingRow row, WorkerDegrees degrees) {
    int gpus = row.gpus().orElse(degrees.gpus());
    if (gpus % degrees.gpus() != 0) {
      throw new InexpressibleRow(
          "gpus is " + gpus + ", the degrees are of " + degrees.gpus() + " GPUs");
    }
    int copies = gpus / degrees.gpus();
    int sequences = sequences(row, copies * degrees.data());
    int each = WorkerDegrees.atLeast(sequences, copies * degrees.instances());
    Deployment decode = decode(row, degrees, each);
    return new ServingRun(
        family(row, degrees, gpus, sequences, copies),
        decode,
        prompts(row, degrees),
        Optional.empty(),
        running(row, decode),
        steps(row, degrees),
        clients(row));
  }

  private ServingRun apart(ServingRow row, WorkerDegrees decode, boolean dense) {
    int readers = WorkerDegrees.said(row.prefill().workers(), "prefill_num_workers");
    int workers = WorkerDegrees.said(row.decode().workers(), "decode_num_workers");
    WorkerDegrees.said(row.decode().batch(), "decode_batch_size");
    WorkerDegrees prefill = degrees(row, row.prefill(), dense);
    int sequences = sequences(row, Math.multiplyExact(workers, decode.data()));
    int gpus =
        Math.addExact(
            Math.multiplyExact(readers, prefill.gpus()),
            Math.multiplyExact(workers, decode.gpus()));
    Deployment together =
        decode(row, decode, WorkerDegrees.atLeast(sequences, workers * decode.instances()));
    Deployment reading = decode(row, prefill, 1);
    return new ServingRun(
        family(row, decode, gpus, sequences, workers),
        together,
        prompts(row, prefill),
        Optional.of(
            new ServingRun.Apart(
                reading,
                reading(row, reading),
                Math.multiplyExact(readers, prefill.instances()),
                Math.multiplyExact(workers, decode.instances()),
                conditions.linkBytesPerSecond(row.gpu()),
                row.concurrency().isPresent())),
        running(row, together),
        steps(row, decode) + ", read by " + prefill,
        clients(row));
  }

  // More than the batches hold were measured on several deployments, except where the layout was
  // corrected afterwards: then the batch is still that of the ranks before.
  private static int sequences(ServingRow row, int ranks) {
    int batch = row.decode().batch().orElse(0);
    if (batch == 0 || (row.relabelled() && row.concurrency().isPresent())) {
      return WorkerDegrees.said(row.concurrency(), row.decode().prefix() + "batch_size");
    }
    int held = Math.multiplyExact(batch, ranks);
    return Math.min(held, row.concurrency().orElse(held));
  }

  private static RowFamily family(
      ServingRow row, WorkerDegrees degrees, int gpus, int sequences, int copies) {
    return new RowFamily(
        row.model(),
        row.gpu(),
        row.engine(),
        row.formats().words(),
        row.inputTokens(),
        row.outputTokens(),
        degrees.words(),
        gpus,
        sequences,
        sequences / ((double) copies * degrees.data()));
  }

  private Deployment decode(ServingRow row, WorkerDegrees degrees, int sequences) {
    return deployment(
        row,
        degrees,
        Phase.DECODE,
        Contexts.of(row.meanInputTokens() + row.meanOutputTokens() / 2)
            .withAnswerTokens(row.meanOutputTokens()),
        degrees.layout(sequences));
  }

  private static ServingRun.Clients clients(ServingRow row) {
    return new ServingRun.Clients(
        row.meanOutputTokens(),
        row.flags().spread(),
        row.flags().pollSteps().orElse(1),
        row.flags().worksAhead(),
        row.flags().balance());
  }

  // SGLang divides its budget among attention ranks, also one that it is told.
  private static Batching batching(ServingRow row, Deployment decode) {
    Problem problem = decode.problem();
    int ranks = decode.layout().attentionRanks();
    EngineKind engine = problem.engine().kind().orElseThrow();
    Batching usual = Batching.usual(engine, problem.topology().firstSpec(), ranks);
    OptionalInt told = row.flags().step().tokens();
    int tokens = told.orElse(0) / (engine == EngineKind.SGLANG ? ranks : 1);
    return told.isPresent() ? usual.withTokenBudget(Math.max(1, tokens)) : usual;
  }

  // What its scripts say counts before the row's own column, which lists fill in where nobody
  // knows.
  private static Batching reading(ServingRow row, Deployment reading) {
    Batching batching = batching(row, reading);
    OptionalInt said = row.prefill().batch();
    return row.flags().step().tokens().isEmpty() && said.orElse(0) > 0
        ? batching.withMostRunning(said.getAsInt())
        : batching;
  }

  private static Batching running(ServingRow row, Deployment decode) {
    Batching batching = batching(row, decode);
    return batching.withMostRunning(row.flags().step().sequences().orElse(batching.mostRunning()));
  }

  private static String steps(ServingRow row, WorkerDegrees degrees) {
    return String.join(
        ", ",
        row.model(),
        row.gpu(),
        row.engine(),
        row.version().orElse("any"),
        row.formats().toString(),
        degrees.toString(),
        row.inputTokens() + " in",
        row.outputTokens() + " out",
        row.flags().toString());
  }

  private Deployment prompts(ServingRow row, WorkerDegrees degrees) {
    Layout layout = degrees.layout(1).withMicroBatches(1, 1);
    return deployment(row, degrees, Phase.PREFILL, Contexts.of(row.meanInputTokens()), layout);
  }

  private Deployment deployment(
      ServingRow row, WorkerDegrees degrees, Phase phase, Contexts contexts, Layout said) {
    RowConditions.Found found = conditions.of(row, degrees.gpusPerInstance());
    Workload workload =
        new Workload(
            phase,
            contexts,
            OptionalLong.of(said.concurrentSequences()),
            phase == Phase.DECODE ? 1 : contexts.tokens(),
            1,
            found.routing(),
            Optional.empty());
    Problem open = conditions.problem(row, found, workload);
    Layout layout =
        StartedLayout.of(open, said, found.domainGpus())
            .orElseThrow(() -> new InexpressibleRow(StartedLayout.fault(open, said)));
    return new Deployment(open.withLayoutSpace(only(layout)), layout);
  }

  /** Every degree listed at its value. */
  static LayoutSpace only(Layout layout) {
    Map<Degree, List<Integer>> listed = new EnumMap<>(Degree.class);
    for (Degree degree : Degree.values()) {
      listed.put(degree, List.of(layout.get(degree)));
    }
    return new LayoutSpace(listed);
  }
}
