package dev.rackplan.calibrate;

import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tuning files of ROCm/aiter ({@code *_tuned_gemm.csv}, {@code *_tuned_fmoe.csv}) as tables {@code
 * gemm} and {@code moe}.
 *
 * <p>A row is the fastest of the kernels that the tuner tried, device time in µs ({@code us}),
 * weights cold. Rows without a positive time are dropped: the tuner measured nothing there. Of
 * expert rows with one time for several token counts one was measured; the others, copied to fill
 * the file, are {@code copied} and not {@code current}.
 */
final class AiterTuning {
  private static final double MICROS_PER_MILLI = 1e3;
  private static final String UNSAID =
      "Keep aiter's file name, such as a8w8_blockscale_tuned_gemm.csv.";
  // Some of aiter's own rows lack a cell behind this column.
  private static final String LAST_SURE = "run_1stage";

  private final KernelTable raw;
  private final String fileName;
  private final Columns columns = new Columns();

  private AiterTuning(KernelTable raw) {
    this.raw = raw;
    this.fileName = raw.file().getFileName().toString().toLowerCase(Locale.ROOT);
  }

  /** Whether a CSV file with this header is one of these. */
  static boolean has(List<String> header) {
    return isGemm(header) || isExperts(header);
  }

  private static boolean isGemm(List<String> header) {
    // B: batched products, which no table has.
    return header.containsAll(List.of("cu_num", "M", "N", "K", "us")) && !header.contains("B");
  }

  private static boolean isExperts(List<String> header) {
    return header.containsAll(
        List.of("cu_num", "token", "model_dim", "inter_dim", "expert", "topk", "q_type", "us"));
  }

  /** The name of the table that a header makes. */
  static String name(List<String> header) {
    return isGemm(header) ? "gemm" : "moe";
  }

  /** The columns of table {@link #name}. */
  static Map<String, TableColumn> read(FileReference source, List<String> header) {
    Path file = Path.of(source.shown());
    GpuIdentity any = new GpuIdentity(List.of("any"), Optional.empty());
    AiterTuning tuning =
        new AiterTuning(new KernelTable(file, "aiter", any, CsvFile.read(source, LAST_SURE)));
    Set<Integer> copies = isGemm(header) ? Set.of() : tuning.copies();
    for (int row = 0; row < tuning.raw.rows(); row++) {
      if (tuning.isMeasured(row)) {
        if (isGemm(header)) {
          tuning.addGemm(row);
        } else {
          tuning.addExperts(row, copies.contains(row));
        }
        tuning.addSource(row);
      }
    }
    Map<String, TableColumn> columns = tuning.columns.build();
    if (columns.isEmpty()) {
      throw new InputException(
          source.shown(), "", "has no row with a time in \"us\"", "Give a tuned file.");
    }
    return columns;
  }

  private boolean isMeasured(int row) {
    // What the tuner writes where every kernel failed.
    return !raw.text("us", row).equals("inf") && raw.number("us", row) > 0;
  }

  private void addGemm(int row) {
    boolean shuffled =
        fileName.contains("bpreshuffle") || raw.has("bpreshuffle") && raw.flag("bpreshuffle", row);
    columns
        .add("gemm_dtype", gemmDtype(row))
        .add("m", raw.number("M", row))
        .add("n", raw.number("N", row))
        .add("k", raw.number("K", row))
        .add("latency", raw.number("us", row) / MICROS_PER_MILLI)
        .add("kernel_source", library(row) + (shuffled ? "/bpreshuffle" : ""))
        .add("kernel_name", raw.text("kernelName", row))
        .add("bias", raw.has("bias") && raw.flag("bias", row) ? 1 : 0)
        .add("split_k", raw.number("splitK", row))
        .add("shuffled", shuffled ? 1 : 0)
        .add("copied", 0)
        .add("current", 1);
  }

  // What the operands are is in a column of some files, and in the name of the others.
  private String gemmDtype(int row) {
    if (fileName.contains("a4w4")) {
      return "mxfp4";
    }
    if (fileName.contains("blockscale")) {
      return "fp8_block";
    }
    String column = raw.has("q_dtype_w") ? "q_dtype_w" : "dtype";
    if (!raw.has(column)) {
      throw new InputException(
          raw.file().toString(), "", "does not say what its operands are", UNSAID);
    }
    return switch (operand(column, row)) {
      case BF16, FP16 -> "bfloat16";
      case FP8 -> "fp8";
      case INT8 -> "int8";
      case FP4 -> "mxfp4";
      case INT4 -> "int4_wo";
    };
  }

  private String library(int row) {
    return raw.has("libtype") ? raw.text("libtype", row) : library(raw.text("kernelName", row));
  }

  private static String library(String kernel) {
    String name = kernel.toLowerCase(Locale.ROOT);
    if (name.startsWith("_zn5aiter")) {
      return "asm";
    }
    return Stream.of("flydsl", "cktile", "triton").filter(name::contains).findFirst().orElse("ck");
  }

  // One fused kernel, or one for each product.
  private String libraries(int row, boolean oneStage) {
    String first = library(raw.text("kernelName1", row));
    return oneStage ? first + "_1stage" : first + "+" + library(raw.text("kernelName2", row));
  }

  private void addExperts(int row, boolean copied) {
    double topk = raw.number("topk", row);
    double experts = raw.number("expert", row);
    boolean oneStage = raw.has(LAST_SURE) && raw.flag(LAST_SURE, row);
    boolean current = !copied && topk >= 1 && topk <= experts;
    columns
        .add("moe_dtype", expertsDtype(row))
        .add("num_tokens", raw.number("token", row))
        .add("hidden_size", raw.number("model_dim", row))
        .add("inter_size", raw.number("inter_dim", row))
        .add("topk", topk)
        .add("num_experts", experts)
        // The tuner knows one rank, with the width that it holds.
        .add("moe_tp_size", 1)
        .add("moe_ep_size", 1)
        .add("distribution", "random")
        .add("latency", raw.number("us", row) / MICROS_PER_MILLI)
        .add("us_stage1", raw.has("us1") ? raw.number("us1", row) : Double.NaN)
        .add("us_stage2", raw.has("us2") ? raw.number("us2", row) : Double.NaN)
        .add("one_stage", oneStage ? 1 : 0)
        .add("flat", raw.has("flat") ? raw.number("flat", row) : 0)
        .add("gated", raw.has("use_g1u1") && raw.flag("use_g1u1", row) ? 1 : 0)
        .add("activation", raw.text("act_type", row).replace("ActivationType.", ""))
        .add("kernel_source", libraries(row, oneStage))
        .add("kernel_name", raw.text("kernelName1", row) + " | " + raw.text("kernelName2", row))
        .add("copied", copied ? 1 : 0)
        .add("current", current ? 1 : 0);
  }

  private String expertsDtype(int row) {
    Operand input = operand("q_dtype_a", row);
    Operand weight = operand("q_dtype_w", row);
    String scales = raw.text("q_type", row).replace("QuantType.", "").toLowerCase(Locale.ROOT);
    return switch (weight) {
      case BF16, FP16 -> "bfloat16";
      case INT4 -> "int4_wo";
      case INT8 -> "int8";
      case FP4 ->
          switch (input) {
            case FP4 -> "w4a4_mxfp4";
            case FP8 -> "w4a8_mxfp4_mxfp8";
            case BF16, FP16, INT8, INT4 -> "w4a16_mxfp4";
          };
      case FP8 ->
          switch (scales) {
            case "per_1x128", "per_128x128" -> "fp8_block";
            case "per_1x32" -> "mxfp8";
            case "per_tensor" -> "fp8_tensor";
            default -> "fp8";
          };
    };
  }

  private enum Operand {
    BF16,
    FP16,
    FP8,
    INT8,
    FP4,
    INT4
  }

  private Operand operand(String column, int row) {
    String type = raw.text(column, row).replace("torch.", "");
    if (type.startsWith("float8")) {
      return Operand.FP8;
    }
    if (type.startsWith("float4")) {
      return Operand.FP4;
    }
    return switch (type) {
      case "bfloat16" -> Operand.BF16;
      case "float16" -> Operand.FP16;
      case "int8" -> Operand.INT8;
      case "int4", "uint4" -> Operand.INT4;
      default ->
          throw raw.wrong(
              column,
              row,
              "must be a type of torch's",
              "Write torch.bfloat16, float16, float8_…, float4_…, int8 or int4.");
    };
  }

  private void addSource(int row) {
    String units = raw.text("cu_num", row);
    // Older files leave the chip out; only these have these counts.
    String chip = raw.has("gfx") ? raw.text("gfx", row) : units.equals("256") ? "gfx950" : "gfx942";
    columns
        .add("framework", "aiter")
        .add("version", "")
        .add("device", "AMD " + chip + " " + units + " CU");
  }

  /**
   * Rows of one shape whose time is that of another token count. Of such a run the largest count
   * was measured if it begins at one token, else the smallest.
   */
  private Set<Integer> copies() {
    Map<List<String>, List<Integer>> runs = new HashMap<>();
    for (int row = 0; row < raw.rows(); row++) {
      if (isMeasured(row)) {
        runs.computeIfAbsent(shapeAndTime(row), key -> new ArrayList<>()).add(row);
      }
    }
    Set<Integer> copies = new HashSet<>();
    for (List<Integer> run : runs.values()) {
      run.sort(Comparator.comparingDouble(row -> raw.number("token", row)));
      boolean fromOne = raw.number("token", run.get(0)) == 1;
      copies.addAll(run);
      copies.remove(run.get(fromOne ? run.size() - 1 : 0));
    }
    return copies;
  }

  private List<String> shapeAndTime(int row) {
    return raw.columns().stream()
        .filter(column -> !List.of("token", "tflops", "bw", "_tag").contains(column))
        .map(column -> raw.text(column, row))
        .toList();
  }
}
