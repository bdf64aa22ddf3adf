package dev.rackplan.calibrate;

import dev.rackplan.law.CellKey;
import dev.rackplan.law.DecodeAttention;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.PrefillAttention;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Attention with grouped query heads, decode and prefill. */
final class AttentionRows implements OpTable {
  private static final String DECODE = "generation_attention";

  @Override
  public Set<String> tables() {
    return Set.of(DECODE, "context_attention");
  }

  @Override
  public List<String> keyColumns() {
    return List.of(
        "attn_dtype",
        "kv_cache_dtype",
        "batch_size",
        "isl",
        "step",
        "num_heads",
        "num_key_value_heads",
        "head_dim",
        "window_size");
  }

  @Override
  public List<MeasuredRow> read(TableRow row) throws SkippedRowException {
    if (!row.is("causal", true)) {
      throw new SkippedRowException(RowSkip.NOT_CAUSAL);
    }
    KernelFormat format = row.format("attn_dtype");
    KernelFormat cache = row.format("kv_cache_dtype", row.text("attn_dtype"));
    double sequences = row.size("batch_size");
    double heads = row.size("num_heads");
    double kvHeads = row.size("num_key_value_heads");
    double headSize = row.size("head_dim");
    double queries = row.size("isl");
    double prefix = row.number("step", 0);
    double width = row.number("window_size", 0);
    double window = width > 0 ? width : Double.POSITIVE_INFINITY;
    double seconds = row.milliseconds("latency");
    if (row.table().name().equals(DECODE)) {
      CellKey key = row.key(OpKind.DECODE_ATTENTION, format, cache, Map.of());
      double keys = Math.min(queries + prefix, window);
      return List.of(
          row.measured(
              key, new DecodeAttention(sequences, heads, kvHeads, headSize, keys), seconds));
    }
    CellKey key = row.key(OpKind.PREFILL_ATTENTION, format, cache, Map.of());
    PrefillAttention op =
        new PrefillAttention(sequences, queries, prefix, heads, kvHeads, headSize, window);
    return List.of(row.measured(key, op, seconds));
  }
}
