package dev.rackplan.calibrate;

import dev.rackplan.law.CellKey;
import dev.rackplan.law.Experts;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Routed experts of one rank.
 *
 * <p>Rows whose active weights fit the GPU's last cache are not {@link MeasuredRow#cold}. In
 * SGLang's tables after a dispatch a rank handles its pairs; in TensorRT-LLM's ({@code wideep_moe})
 * the distinct tokens that reach it; else every token of the group.
 */
final class ExpertRows implements OpTable {
  private static final String WIDE = "wideep_moe";
  private static final String BALANCED_SLOTS = "_eplb";
  private static final String CURRENT = "current";
  private static final double MATRICES = 3;
  private static final double UNGATED = 2;
  private static final int MOST_EXPERTS = 65_536;

  private final ExpertLoads loads = new ExpertLoads();
  private final Map<String, String> shapes = new HashMap<>();

  @Override
  public Set<String> tables() {
    return Set.of("moe", "wideep_generation_moe", "wideep_context_moe", WIDE);
  }

  @Override
  public List<String> keyColumns() {
    return List.of(
        "op_name",
        "moe_dtype",
        "num_tokens",
        "rank0_num_tokens",
        "hidden_size",
        "inter_size",
        "topk",
        "num_experts",
        "num_slots",
        "moe_tp_size",
        "moe_ep_size",
        "distribution",
        "activation",
        "flat");
  }

  @Override
  public List<MeasuredRow> read(TableRow row) throws SkippedRowException {
    if (!row.is(CURRENT, true)) {
      throw new SkippedRowException(RowSkip.NOT_CURRENT);
    }
    if (isMislabelled(row)) {
      throw new SkippedRowException(RowSkip.MISLABELLED_SHAPE);
    }
    KernelFormat format = row.format("moe_dtype");
    double seconds = row.milliseconds("latency");
    ExpertLoad load = load(row);
    boolean gated = row.is("gated", true) && !row.kernel().contains("nongated");
    double inner =
        row.size("inter_size") / row.size("moe_tp_size") * (gated ? 1 : UNGATED / MATRICES);
    Experts op =
        new Experts(load.pairs(), load.active(), tokens(row, load), row.size("hidden_size"), inner);
    double weights = MATRICES * op.hiddenSize() * inner;
    row.belowPeak(2 * weights * load.pairs(), seconds, format);
    boolean cold = load.active() * weights * format.bytes() >= LastCache.bytes(row.table().gpu());
    return List.of(new MeasuredRow(key(row, format), op, seconds, cold, shape(row)));
  }

  // DeepSeek-V3's router picks 4 of 8 groups; the collectors' tied logits fill half of the experts.
  private static boolean isMislabelled(TableRow row) throws SkippedRowException {
    String kernel = row.kernel();
    boolean routesInside =
        kernel.contains("flashinfer_trtllm") && !kernel.contains("mxfp4_flashinfer")
            || kernel.contains("min_latency")
            || kernel.contains("monolithic");
    return routesInside
        && row.size("num_experts") == 256
        && row.size("topk") == 8
        && row.size("hidden_size") == 7168
        && row.size("inter_size") == 2048;
  }

  private ExpertLoad load(TableRow row) throws SkippedRowException {
    String distribution = row.text("distribution");
    int tokens = (int) row.size("num_tokens");
    int picks = (int) row.size("topk");
    int ranks = (int) row.size("moe_ep_size");
    if (row.size("num_experts") > MOST_EXPERTS) {
      throw row.table()
          .wrong(
              "num_experts",
              row.row(),
              "must be at most " + MOST_EXPERTS,
              "Write the experts of one layer.");
    }
    if (distribution.endsWith(BALANCED_SLOTS)) {
      return balancedSlots(row, tokens, picks, ranks);
    }
    ExpertLoad load =
        loads
            .of(
                new ExpertLoads.Case(
                    distribution, tokens, (int) row.size("num_experts"), picks, ranks))
            .orElseThrow(() -> new SkippedRowException(RowSkip.UNKNOWN_DISTRIBUTION));
    double received = row.number("rank0_num_tokens", 0);
    double pairs = Math.max(load.pairs(), received);
    return new ExpertLoad(pairs, Math.min(load.active(), pairs));
  }

  // Copies of hot experts in more slots: each rank gets its share.
  private static ExpertLoad balancedSlots(TableRow row, int tokens, int picks, int ranks)
      throws SkippedRowException {
    double slots = row.number("num_slots", row.size("num_experts"));
    double pairs = Math.max((double) tokens * picks / ranks, row.number("rank0_num_tokens", 0));
    double called = 1 - Math.pow(1 - Math.min(1, picks / slots), tokens);
    return new ExpertLoad(pairs, Math.min(slots / ranks * called, pairs));
  }

  private static double tokens(TableRow row, ExpertLoad load) throws SkippedRowException {
    return switch (row.table().name()) {
      case "moe" -> row.size("num_tokens");
      case WIDE -> row.number("rank0_num_tokens");
      default -> load.pairs();
    };
  }

  private String shape(TableRow row) {
    String text =
        row.text("hidden_size")
            + "/"
            + row.text("inter_size")
            + "/"
            + row.text("topk")
            + "/"
            + row.text("num_experts");
    return shapes.computeIfAbsent(text, same -> same);
  }

  private static CellKey key(TableRow row, KernelFormat format) {
    OpKind kind =
        switch (row.table().name()) {
          case "wideep_generation_moe" -> OpKind.EXPERTS_AFTER_DISPATCH;
          case "wideep_context_moe" -> OpKind.EXPERTS_AFTER_PREFILL_DISPATCH;
          case WIDE -> OpKind.WIDE_EXPERTS;
          default -> OpKind.EXPERTS;
        };
    if (row.table().has(CURRENT)) {
      // A tuner's rows each name the kernel that was the fastest there.
      return new CellKey(
          kind, row.engine(), "", format, format, row.text("moe_dtype"), new TreeMap<>());
    }
    return row.key(kind, format, format, Map.of());
  }
}
