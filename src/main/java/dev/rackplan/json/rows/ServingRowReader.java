package dev.rackplan.json.rows;

import dev.rackplan.accuracy.MeasuredRow;
import dev.rackplan.accuracy.RowFlag;
import dev.rackplan.accuracy.RowRun;
import dev.rackplan.accuracy.ServingRun;
import dev.rackplan.json.DtypeName;
import dev.rackplan.model.Dtype;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A measured row of its cells. */
final class ServingRowReader {
  private static final int MOST_TOKENS = 100_000_000;
  private static final int MOST_GPUS = 100_000;
  private static final Pattern CONCURRENCY =
      Pattern.compile("(?:^|[; ])silicon_concurrency=(\\d{1,9})(?:$|[; ])");
  private static final List<String> MODES = List.of("agg", "disagg");
  private static final List<String> FLAGS =
      Arrays.stream(RowFlag.values()).map(RowFlag::key).toList();

  private final PublishedLaunches launches = PublishedLaunches.load();
  private final ServingRunMaker runs = new ServingRunMaker();

  /** One row. */
  MeasuredRow read(RowCells cells) {
    OptionalDouble tpot = cells.findPositive("silicon_tpot_ms");
    OptionalDouble ttft = cells.findPositive("silicon_ttft_ms");
    if (tpot.isEmpty() && ttft.isEmpty()) {
      throw cells.error(
          "silicon_tpot_ms", "is empty, and so is silicon_ttft_ms", "Give what was measured.");
    }
    Set<RowFlag> flags = flags(cells);
    ServingRow said = row(cells, flags.contains(RowFlag.RELABELLED));
    String note = cells.find("source_note").orElse("");
    LaunchFlags launched = said.flags().or(launches.of(said, cells.text("id"), note));
    if (launched.drafts()) {
      flags.add(RowFlag.MAYBE_MTP);
    }
    ServingRow row =
        said.withFlags(launched).withVersion(launches.unnamedVersion(said.engine(), note));
    RowRun run = held(row, runs.run(row), tpot, ttft);
    return new MeasuredRow(cells.text("id"), flags, run, tpot, ttft);
  }

  // What GPUs can hold, and read in the time that was measured.
  private static RowRun held(ServingRow row, RowRun run, OptionalDouble tpot, OptionalDouble ttft) {
    if (!(run instanceof ServingRun serving)) {
      return run;
    }
    Optional<String> fault =
        HeldWeights.fault(serving)
            .or(
                () ->
                    tpot.isPresent()
                        ? ReadFloor.fault(row, serving, tpot.getAsDouble(), ttft)
                        : Optional.empty());
    return fault.<RowRun>map(RowRun.NotExpressible::new).orElse(run);
  }

  private static ServingRow row(RowCells cells, boolean relabelled) {
    String mode = cells.find("mode").orElse("agg");
    if (!MODES.contains(mode)) {
      throw cells.error(
          "mode", "must be agg or disagg, was " + RowCells.quoted(mode), "Give one of them.");
    }
    boolean apart = mode.equals("disagg");
    return new ServingRow(
        cells.text("model_path"),
        cells.text("system"),
        cells.text("backend"),
        cells.find("backend_version"),
        new ServingRow.Formats(
            cells.find("precision"), cells.find("gemm_quant_mode"), cells.find("moe_quant_mode")),
        cells.integer("isl", 1, MOST_TOKENS),
        cells.integer("osl", 1, MOST_TOKENS),
        concurrency(cells),
        relabelled,
        cells.findInteger("gpus", 1, MOST_GPUS),
        flagsOfLaunch(cells),
        apart,
        pool(cells, apart ? "prefill_" : ""),
        pool(cells, apart ? "decode_" : ""));
  }

  private static LaunchFlags flagsOfLaunch(RowCells cells) {
    Optional<Dtype> cache =
        cells
            .find("kv_cache_dtype")
            .filter(word -> !word.equals("auto"))
            .map(
                word ->
                    DtypeName.find(word)
                        .orElseThrow(
                            () ->
                                cells.error(
                                    "kv_cache_dtype",
                                    "unknown format " + RowCells.quoted(word),
                                    "Give one such as fp8 or bf16, or leave the cell empty.")));
    return new LaunchFlags(
        cache,
        share(cells, "memory_fraction"),
        new StepCaps(
            cells.findInteger("max_step_tokens", 1, MOST_TOKENS),
            cells.findInteger("max_sequences", 1, 1_000_000)),
        cells.findInteger("poll_steps", 1, 1_000_000),
        Optional.empty(),
        Optional.empty(),
        share(cells, "shortest_length"),
        false,
        false);
  }

  private static OptionalDouble share(RowCells cells, String column) {
    OptionalDouble share = cells.findPositive(column);
    if (share.isPresent() && share.getAsDouble() > 1) {
      throw cells.error(
          column,
          "must be in (0, 1], was " + share.getAsDouble(),
          "Give a share, or leave the cell empty.");
    }
    return share;
  }

  private static ServingRow.Pool pool(RowCells cells, String prefix) {
    return new ServingRow.Pool(
        prefix,
        prefix.isEmpty()
            ? OptionalInt.of(1)
            : cells.findInteger(prefix + "num_workers", 0, MOST_GPUS),
        cells.findInteger(prefix + "batch_size", 0, 1_000_000),
        cells.findInteger(prefix + "tp_size", 0, MOST_GPUS),
        cells.findInteger(prefix + "pp_size", 0, MOST_GPUS),
        cells.findInteger(prefix + "attention_dp_size", 0, MOST_GPUS),
        cells.findInteger(prefix + "moe_tp_size", 0, MOST_GPUS),
        cells.findInteger(prefix + "moe_ep_size", 0, MOST_GPUS));
  }

  private static OptionalInt concurrency(RowCells cells) {
    Matcher matcher = CONCURRENCY.matcher(cells.find("source_note").orElse(""));
    return matcher.find() && Integer.parseInt(matcher.group(1)) > 0
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }

  private static Set<RowFlag> flags(RowCells cells) {
    Set<RowFlag> flags = EnumSet.noneOf(RowFlag.class);
    String cell = cells.find("flag").orElse("");
    for (String word : cell.isEmpty() ? new String[0] : cell.split("[ ;,]+")) {
      int index = FLAGS.indexOf(word);
      if (index < 0) {
        throw cells.error(
            "flag",
            "unknown flag " + RowCells.quoted(word),
            "Known: " + String.join(", ", FLAGS) + "; several have a space between them.");
      }
      flags.add(RowFlag.values()[index]);
    }
    return flags;
  }
}
