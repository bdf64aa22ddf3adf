package dev.rackplan.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Output in the form of nccl-tests and rccl-tests, with invented numbers. */
class NcclTestsTest {
  private static final String ALL_GATHER =
      """
      # Collective test starting: all_gather_perf
      # nThread 1 nGpus 1 minBytes 0 maxBytes 2048 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0
      #
      # Using devices
      #  Rank  0 Group  0 Pid  78499 on     host-a device  0 [0000:30:00] NVIDIA H200
      #  Rank  1 Group  0 Pid  77729 on     host-b device  0 [0000:30:00] NVIDIA H200
      host-a:78499:78499 [0] NCCL INFO NCCL version 2.29.2+cuda12.8
      #
      #                                                              out-of-place                       in-place
      #       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
      #        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
                 0             0      half    none      -1     0.21    0.00    0.00      0     0.20    0.00    0.00      0
              1024           256      half    none      -1    12.50    0.08    0.04      0    11.00    0.09    0.05      0
              2048           512      half    none      -1    13.00    0.16    0.08      0    12.00    0.17    0.09    N/A
      # Out of bounds values : 0 OK
      # Avg bus bandwidth    : 0.05
      """;

  @TempDir private Path folder;

  @Test
  void output_becomesTableNccl() throws IOException {
    KernelTable table = read("run.txt", ALL_GATHER);

    assertEquals("nccl", table.name());
    assertEquals("h200-sxm", table.gpu());
    assertEquals(2, table.rows());
    assertEquals("all_gather", table.text("op_name", 0));
    assertEquals("half", table.text("nccl_dtype", 0));
    assertEquals(2, table.number("num_gpus", 0));
    assertEquals(2, table.number("node_num", 0));
    // Of the whole message, not of a rank's share.
    assertEquals(512, table.number("message_size", 0));
    assertEquals(0.0125, table.number("latency", 0));
    assertEquals(0.011, table.number("in_place_latency", 0));
    assertEquals(1024, table.number("message_size", 1));
    assertEquals("NCCL", table.text("framework", 0));
    assertEquals("2.29.2", table.text("version", 0));
  }

  @Test
  void launchersTags_olderHeadersAndRccl_areRead() throws IOException {
    StringBuilder text = new StringBuilder("$ mpirun ./build/all_reduce_perf -b 8\n");
    text.append("[1,0]<stdout>:# nThread 1 nGpus 4 minBytes 8 maxBytes 8 step: 2(factor)\n");
    for (int rank = 0; rank < 4; rank++) {
      text.append(
          "[1,0]<stdout>:#   Rank  "
              + rank
              + " Pid 12164 on box device  0 [0000:05:00.0] AMD Instinct MI300X\n");
    }
    text.append(
        "[1,0]<stdout>:#       size         count    type   redop     time   algbw   busbw  error     time   algbw   busbw  error\n");
    text.append(
        "[1,0]<stdout>:           8             2   float     sum    31.25    0.00    0.00  2e-07    30.00    0.00    0.00  1e-07\n");

    KernelTable table = read("run.log", text.toString());

    assertEquals("mi300x", table.gpu());
    assertEquals("RCCL", table.text("framework", 0));
    assertEquals("all_reduce", table.text("op_name", 0));
    assertEquals(4, table.number("num_gpus", 0));
    assertEquals(1, table.number("node_num", 0));
    assertEquals(2, table.number("message_size", 0));
    assertEquals(0.03125, table.number("latency", 0));
    assertEquals(0.03, table.number("in_place_latency", 0));
  }

  @Test
  void severalRuns_keepTheirOwnRanks() throws IOException {
    String second =
        ALL_GATHER
            .replace("all_gather_perf", "alltoall_perf")
            .replaceFirst("(?m)^#  Rank  1.*\n", "");

    KernelTable table = read("runs.txt", ALL_GATHER + second);

    assertEquals(4, table.rows());
    assertEquals(2, table.number("num_gpus", 1));
    assertEquals("alltoall", table.text("op_name", 2));
    assertEquals(1, table.number("num_gpus", 2));
  }

  @Test
  void operation_isTheFilesNameWhereTheOutputIsSilent() throws IOException {
    String silent = ALL_GATHER.lines().skip(1).reduce("", (all, line) -> all + line + "\n");

    assertEquals("reduce_scatter", read("reduce_scatter-2.txt", silent).text("op_name", 0));
    assertRefused("run.txt", silent, "line 11", "neither the output nor the file's name");
  }

  @Test
  void brokenOutput_saysWhere() throws IOException {
    assertRefused("run.txt", ALL_GATHER.replace("12.50", "12.5x"), "line 13", "was \"12.5x\"");
    assertRefused("run.txt", ALL_GATHER.replace("    0.09    N/A", ""), "line 14", "cells");
    String headless = ALL_GATHER.replaceFirst("(?m)^#       size.*\n", "");
    assertRefused("run.txt", headless, "line 11", "without the line");
    String none = ALL_GATHER.replaceAll("(?m)^ +\\d.*\n", "");
    assertRefused("run.txt", none, "", "has no results");
  }

  private void assertRefused(String name, String text, String place, String problem) {
    InputException error = assertThrows(InputException.class, () -> read(name, text));
    assertEquals(place, error.path());
    assertTrue(error.getMessage().contains(problem), error.getMessage());
  }

  private KernelTable read(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    List<KernelTable> tables = KernelTables.of(List.of(file), Optional.empty()).stream().toList();
    assertEquals(1, tables.size());
    return tables.get(0);
  }
}
