package dev.rackplan.calibrate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which table is read by whom. */
final class OpTables {
  private static final Pattern SPARSE_PREFILL = Pattern.compile("(dsa|dsv4|msa)_.*context_module");

  private final Map<String, OpTable> readers = new HashMap<>();

  OpTables() {
    List.of(
            new GemmRows(),
            new AttentionRows(),
            new LatentRows(),
            new ExpertRows(),
            new TransferRows(),
            new CollectiveRows(),
            new StreamingRows())
        .forEach(reader -> reader.tables().forEach(name -> readers.put(name, reader)));
  }

  /** Who reads a table; empty where no law is of its kernels. */
  Optional<OpTable> reader(KernelTable table) {
    return Optional.ofNullable(readers.get(table.name()));
  }

  /** Why nobody reads a table. */
  static RowSkip unread(KernelTable table) {
    return SPARSE_PREFILL.matcher(table.name()).matches() ? RowSkip.SPARSE_PREFILL : RowSkip.NO_LAW;
  }
}
