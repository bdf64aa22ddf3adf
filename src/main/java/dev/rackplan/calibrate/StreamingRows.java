package dev.rackplan.calibrate;

import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Streaming;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Kernels that stream memory: quantising, hyper-connections, kernels of recurrent layers. Bytes are
 * counted as below; what a kernel moves beside them is in its law's share.
 */
final class StreamingRows implements OpTable {
  private static final double BF16 = 2;
  private static final double FP32 = 4;
  private static final double FP8 = 1;
  private static final double KERNEL_WIDTH = 4;

  @Override
  public Set<String> tables() {
    return Set.of("gdn", "kda", "mamba2", "mhc_module", "computescale", "scale_matrix");
  }

  @Override
  public List<String> keyColumns() {
    return List.of(
        "op_name",
        "phase",
        "num_tokens",
        "hc_mult",
        "hidden_size",
        "m",
        "k",
        "batch_size",
        "seq_len",
        "d_model",
        "d_state",
        "nheads",
        "head_dim",
        "n_groups",
        "num_k_heads",
        "head_k_dim",
        "num_v_heads",
        "head_v_dim",
        "dtype",
        "state_dtype");
  }

  @Override
  public List<MeasuredRow> read(TableRow row) throws SkippedRowException {
    double seconds = row.milliseconds("latency");
    return switch (row.table().name()) {
      case "mhc_module" -> List.of(mix(row, seconds));
      case "computescale" -> List.of(quantise(row, seconds, BF16));
      case "scale_matrix" -> List.of(quantise(row, seconds, BF16 + FP8));
      case "mamba2" -> List.of(recurrent(row, seconds, convolved(row, mambaChannels(row))));
      default -> List.of(recurrent(row, seconds, deltaBytes(row)));
    };
  }

  // Before a sublayer all streams are read and one is written; after it all are read and written.
  private static MeasuredRow mix(TableRow row, double seconds) throws SkippedRowException {
    boolean before = row.text("op_name").equals("pre");
    double streams = row.size("hc_mult");
    double vectors = before ? streams + 1 : 2 * streams + 2;
    double bytes = row.size("num_tokens") * row.size("hidden_size") * vectors * BF16;
    // One law for all kernels of an engine: it changes them with the count of tokens.
    return row.measured(
        row.key(
            OpKind.HYPER_CONNECTION,
            KernelFormat.BF16,
            KernelFormat.BF16,
            row.text("op_name"),
            Map.of()),
        new Streaming(bytes),
        seconds);
  }

  private static MeasuredRow quantise(TableRow row, double seconds, double bytesPerElement)
      throws SkippedRowException {
    String kernel = row.table().name() + "/" + row.kernel();
    double depth = row.size("k");
    return row.measured(
        row.key(OpKind.QUANTISE, KernelFormat.FP8, KernelFormat.FP8, kernel, Map.of()),
        new Streaming(row.size("m") * depth * bytesPerElement, depth),
        seconds);
  }

  private static MeasuredRow recurrent(TableRow row, double seconds, double bytes)
      throws SkippedRowException {
    String kernel = row.table().name() + "/" + row.text("phase") + "/" + row.kernel();
    OpKind kind =
        row.text("phase").equals("context") ? OpKind.RECURRENT_PREFILL : OpKind.RECURRENT_DECODE;
    return row.measured(
        row.key(kind, KernelFormat.BF16, KernelFormat.BF16, kernel, Map.of()),
        new Streaming(bytes, row.size("seq_len")),
        seconds);
  }

  private static double deltaBytes(TableRow row) throws SkippedRowException {
    double keys = row.size("num_k_heads") * row.size("head_k_dim");
    double values = row.size("num_v_heads") * row.size("head_v_dim");
    if (row.kernel().contains("conv1d")) {
      return convolved(row, 2 * keys + values);
    }
    double state = values * row.size("head_k_dim") * FP32;
    return tokens(row) * (2 * keys + 2 * values) * BF16 + 2 * row.size("batch_size") * state;
  }

  private static double mambaChannels(TableRow row) throws SkippedRowException {
    return row.size("nheads") * row.size("head_dim")
        + 2 * row.size("n_groups") * row.size("d_state");
  }

  private static double convolved(TableRow row, double channels) throws SkippedRowException {
    return tokens(row) * channels * 2 * BF16
        + row.size("batch_size") * channels * KERNEL_WIDTH * 2 * BF16;
  }

  private static double tokens(TableRow row) throws SkippedRowException {
    return row.size("batch_size") * row.size("seq_len");
  }
}
