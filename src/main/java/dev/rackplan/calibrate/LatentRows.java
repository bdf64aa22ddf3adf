package dev.rackplan.calibrate;

import dev.rackplan.law.HeadProduct;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.LatentDecode;
import dev.rackplan.law.LatentDecodeBlock;
import dev.rackplan.law.LatentPrefill;
import dev.rackplan.law.LatentPrefillBlock;
import dev.rackplan.law.Op;
import dev.rackplan.law.OpKind;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Multi-head latent attention of DeepSeek-V3's sizes, which all tables have: its core, its absorbed
 * products, and whole blocks.
 *
 * <p>SGLang's blocks leave out the fused projection down, so their weights are without it.
 */
final class LatentRows implements OpTable {
  private static final double HIDDEN = 7168;
  private static final double QUERY_RANK = 1536;
  private static final double LATENT = 512;
  private static final double ROPE = 64;
  private static final double PLAIN = 128;
  private static final String PRODUCT = "mla_bmm";

  @Override
  public Set<String> tables() {
    return Set.of(
        "generation_mla",
        "context_mla",
        "mla_generation_module",
        "mla_context_module",
        "wideep_generation_mla",
        "wideep_context_mla",
        PRODUCT);
  }

  // tp_size is a label: its rows repeat.
  @Override
  public List<String> keyColumns() {
    return List.of(
        "mla_dtype",
        "bmm_dtype",
        "op_name",
        "kv_cache_dtype",
        "gemm_type",
        "num_heads",
        "num_tokens",
        "batch_size",
        "isl",
        "step");
  }

  @Override
  public List<MeasuredRow> read(TableRow row) throws SkippedRowException {
    return switch (row.table().name()) {
      case PRODUCT -> product(row);
      case "wideep_context_mla" -> throw new SkippedRowException(RowSkip.EAGER);
      case "generation_mla" -> core(row, OpKind.LATENT_DECODE, decode(row));
      case "context_mla" -> core(row, OpKind.LATENT_PREFILL, prefill(row));
      case "mla_context_module" ->
          block(
              row,
              OpKind.LATENT_PREFILL_BLOCK,
              new LatentPrefillBlock(prefill(row), weights(row, true)));
      case "mla_generation_module" ->
          block(
              row,
              OpKind.LATENT_DECODE_BLOCK,
              new LatentDecodeBlock(decode(row), weights(row, true)));
      default ->
          block(
              row,
              OpKind.LATENT_DECODE_BLOCK,
              new LatentDecodeBlock(decode(row), weights(row, false)));
    };
  }

  private static List<MeasuredRow> product(TableRow row) throws SkippedRowException {
    KernelFormat format = row.format("bmm_dtype");
    boolean before = row.text("op_name").endsWith("pre");
    double inputs = before ? PLAIN : LATENT;
    double outputs = before ? LATENT : PLAIN;
    HeadProduct op =
        new HeadProduct(row.size("num_tokens"), row.size("num_heads"), inputs, outputs);
    return List.of(
        row.measured(
            row.key(OpKind.HEAD_PRODUCT, format, format, Map.of("inputs", inputs)),
            op,
            row.milliseconds("latency")));
  }

  private static LatentDecode decode(TableRow row) throws SkippedRowException {
    return new LatentDecode(
        row.size("batch_size"),
        row.size("num_heads"),
        row.size("isl") + row.number("step", 0),
        LATENT,
        ROPE);
  }

  private static LatentPrefill prefill(TableRow row) throws SkippedRowException {
    return new LatentPrefill(
        row.size("batch_size"),
        row.size("isl"),
        row.number("step", 0),
        row.size("num_heads"),
        PLAIN + ROPE,
        PLAIN);
  }

  private static List<MeasuredRow> core(TableRow row, OpKind kind, Op op)
      throws SkippedRowException {
    KernelFormat format = row.format("mla_dtype");
    KernelFormat cache = row.format("kv_cache_dtype", row.text("mla_dtype"));
    return List.of(
        row.measured(row.key(kind, format, cache, Map.of()), op, row.milliseconds("latency")));
  }

  private static List<MeasuredRow> block(TableRow row, OpKind kind, Op op)
      throws SkippedRowException {
    KernelFormat cache = row.format("kv_cache_dtype");
    double scoreBits = row.format("mla_dtype").operandBits();
    return List.of(
        row.measured(
            row.key(kind, row.format("gemm_type"), cache, Map.of("scoreBits", scoreBits)),
            op,
            row.milliseconds("latency")));
  }

  private static double weights(TableRow row, boolean down) throws SkippedRowException {
    double heads = row.size("num_heads");
    return (down ? HIDDEN * (QUERY_RANK + LATENT + ROPE) : 0)
        + QUERY_RANK * heads * (PLAIN + ROPE)
        + LATENT * heads * 2 * PLAIN
        + PLAIN * heads * HIDDEN;
  }
}
