package dev.rackplan.calibrate;

import dev.rackplan.law.CellKey;
import dev.rackplan.law.ExpertTransfer;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * All-to-all between experts' GPUs: DeepEP (FP8 out, BF16 back), TensorRT-LLM over NVLink, mori.
 *
 * <p>Where a rank gets one copy for all of its experts, copies are the ranks that independent picks
 * reach: {@code ranks·(1 - (1 - 1/ranks)^k)}.
 */
final class TransferRows implements OpTable {
  private static final String LOW_LATENCY = "wideep_deepep_ll";
  private static final String THROUGHPUT = "wideep_deepep_normal";
  private static final String NVLINK = "trtllm_alltoall";
  private static final double SMALL_NODE = 4;
  private static final double NODE = 8;

  private KernelTable reaching;
  private double mostNodes;

  @Override
  public Set<String> tables() {
    return Set.of(LOW_LATENCY, THROUGHPUT, NVLINK, "mori_ep");
  }

  @Override
  public List<String> keyColumns() {
    return List.of(
        "op_name",
        "kernel_source",
        "phase",
        "moe_dtype",
        "quant_type",
        "zero_copy",
        "node_num",
        "moe_ep_size",
        "num_token",
        "num_tokens",
        "num_topk",
        "topk",
        "num_experts",
        "hidden_size",
        "dispatch_sms",
        "combine_sms");
  }

  @Override
  public List<MeasuredRow> read(TableRow row) throws SkippedRowException {
    return switch (row.table().name()) {
      case LOW_LATENCY ->
          List.of(
              lowLatency(row, OpKind.LOW_LATENCY_DISPATCH, KernelFormat.FP8, "dispatch_avg_t_us"),
              lowLatency(row, OpKind.LOW_LATENCY_COMBINE, KernelFormat.BF16, "combine_avg_t_us"));
      case THROUGHPUT ->
          List.of(
              throughput(row, OpKind.THROUGHPUT_DISPATCH, KernelFormat.FP8, "dispatch"),
              throughput(row, OpKind.THROUGHPUT_COMBINE, KernelFormat.BF16, "combine"));
      case NVLINK -> List.of(nvlink(row));
      default -> List.of(mesh(row));
    };
  }

  private MeasuredRow lowLatency(TableRow row, OpKind kind, KernelFormat format, String column)
      throws SkippedRowException {
    double nodes = row.size("node_num");
    ExpertTransfer op =
        new ExpertTransfer(
            row.size("num_token"),
            row.size("num_topk"),
            row.size("hidden_size"),
            format.bytes(),
            ranks(row, nodes),
            nodes,
            row.size("num_experts"),
            0);
    return row.measured(row.key(kind, format, format, reach(row)), op, row.microseconds(column));
  }

  private MeasuredRow throughput(TableRow row, OpKind kind, KernelFormat format, String way)
      throws SkippedRowException {
    double nodes = row.size("node_num");
    double ranks = ranks(row, nodes);
    ExpertTransfer op =
        new ExpertTransfer(
            row.size("num_token"),
            reached(ranks, row.size("num_topk")),
            row.size("hidden_size"),
            format.bytes(),
            ranks,
            nodes,
            row.size("num_experts"),
            row.size(way + "_sms"));
    double micros = row.number(way + "_transmit_us") + row.number(way + "_notify_us", 0);
    return row.measured(
        row.key(kind, format, format, reach(row)), op, TableRow.time(micros * TableRow.MICRO));
  }

  // What a network costs is known up to as many nodes as the table has, and not at all from one.
  private Map<String, Double> reach(TableRow row) {
    if (row.table() != reaching) {
      reaching = row.table();
      mostNodes = 1;
      for (int i = 0; i < reaching.rows(); i++) {
        mostNodes = Math.max(mostNodes, reaching.number("node_num", i));
      }
    }
    return Map.of("nodes", mostNodes);
  }

  // GB200 and GB300 have four GPUs a host.
  private static double ranks(TableRow row, double nodes) throws SkippedRowException {
    return nodes * (row.table().gpu().startsWith("gb") ? SMALL_NODE : NODE);
  }

  private static MeasuredRow nvlink(TableRow row) throws SkippedRowException {
    KernelFormat format = row.format("moe_dtype");
    String name = row.text("op_name");
    boolean low = name.endsWith("low_precision");
    OpKind kind =
        name.contains("combine")
            ? OpKind.NVLINK_COMBINE
            : name.contains("dispatch") ? OpKind.NVLINK_DISPATCH : OpKind.TRANSFER_PREPARE;
    double bytes =
        kind != OpKind.NVLINK_COMBINE
            ? format.bytes()
            : (low ? KernelFormat.FP8 : KernelFormat.BF16).bytes();
    double ranks = row.size("moe_ep_size");
    ExpertTransfer op =
        new ExpertTransfer(
            row.size("num_tokens"),
            reached(ranks, row.size("topk")),
            row.size("hidden_size"),
            bytes,
            ranks,
            1,
            row.size("num_experts"),
            0);
    String kernel = row.kernel() + (low ? "LowPrecision" : "");
    return row.measured(
        row.key(kind, format, format, kernel, Map.of()), op, row.milliseconds("latency"));
  }

  private static MeasuredRow mesh(TableRow row) throws SkippedRowException {
    if (row.number("node_num", 1) > 1) {
      throw new SkippedRowException(RowSkip.BETWEEN_NODES);
    }
    KernelFormat format = row.format("moe_dtype");
    boolean combine = row.text("phase").equals("combine");
    String quantised = row.text("quant_type", "none");
    String kernel =
        row.kernel()
            + (quantised.equals("none") ? "" : "/" + quantised)
            + (row.is("zero_copy", false) ? "/zero_copy" : "");
    double ranks = row.size("moe_ep_size");
    ExpertTransfer op =
        new ExpertTransfer(
            row.size("num_tokens"),
            reached(ranks, row.number("num_topk", 8)),
            row.size("hidden_size"),
            format.bytes(),
            ranks,
            1,
            row.size("num_experts"),
            0);
    CellKey key =
        new CellKey(
            combine ? OpKind.MESH_COMBINE : OpKind.MESH_DISPATCH,
            "mori",
            "",
            format,
            format,
            kernel,
            new TreeMap<>());
    return row.measured(key, op, row.microseconds("latency_us"));
  }

  /** Ranks that {@code picks} independent ones reach, in the mean. */
  static double reached(double ranks, double picks) {
    return ranks * (1 - Math.pow(1 - 1 / ranks, picks));
  }
}
