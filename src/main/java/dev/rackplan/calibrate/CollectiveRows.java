package dev.rackplan.calibrate;

import dev.rackplan.law.CellKey;
import dev.rackplan.law.Collective;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Collectives of one node: engines' own all-reduce, and NCCL's. */
final class CollectiveRows implements OpTable {
  private static final String NCCL = "nccl";
  private static final Map<String, OpKind> KINDS =
      Map.of(
          "all_reduce", OpKind.ALL_REDUCE,
          "all_gather", OpKind.ALL_GATHER,
          "reduce_scatter", OpKind.REDUCE_SCATTER,
          "alltoall", OpKind.ALL_TO_ALL);

  @Override
  public Set<String> tables() {
    return Set.of("custom_allreduce", NCCL);
  }

  @Override
  public List<String> keyColumns() {
    return List.of("op_name", "nccl_dtype", "allreduce_dtype", "num_gpus", "message_size");
  }

  @Override
  public List<MeasuredRow> read(TableRow row) throws SkippedRowException {
    boolean nccl = row.table().name().equals(NCCL);
    if (row.kernel().contains("eager")) {
      throw new SkippedRowException(RowSkip.EAGER);
    }
    OpKind kind = KINDS.get(row.text("op_name", "all_reduce"));
    if (kind == null) {
      throw new SkippedRowException(RowSkip.NO_LAW);
    }
    KernelFormat format = row.format(nccl ? "nccl_dtype" : "allreduce_dtype");
    double elements = row.size("message_size");
    Collective op = new Collective(elements * format.bytes(), elements, row.size("num_gpus"));
    CellKey key =
        new CellKey(
            kind,
            nccl ? NCCL : row.engine(),
            row.text("version", ""),
            format,
            format,
            row.kernel(),
            new TreeMap<>());
    return List.of(row.measured(key, op, row.milliseconds("latency")));
  }
}
