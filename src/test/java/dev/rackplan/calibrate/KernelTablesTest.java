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
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which files are tables, in which order, and of which GPU. */
class KernelTablesTest {
  private static final String ROW = "m,latency\n1,0.5\n";

  @TempDir private Path folder;

  @Test
  void folder_isSearchedInOrderAndWhatIsNoTableIsPassedOver() throws IOException {
    write("h100_sxm/moe/moe_perf.csv", ROW);
    write("h100_sxm/gemm/gemm_perf_primus.csv", ROW);
    write("h100_sxm/README.md", "latency");
    write("h100_sxm/prices.csv", "a,b\n1,2\n");
    write("h100_sxm/notes.txt", "no nccl-tests\n");
    Path table = folder.resolve("h100_sxm/attention/context_attention_perf.parquet");
    Files.createDirectories(table.getParent());
    Files.write(table, ParquetFileTest.bytes("zstd"));

    KernelTables tables = KernelTables.of(List.of(folder, table), Optional.empty());

    assertEquals(
        List.of("context_attention", "gemm_primus", "moe"),
        tables.stream().map(KernelTable::name).toList());
    assertEquals(3, tables.files().size());
    assertEquals(300, tables.stream().findFirst().orElseThrow().rows());
  }

  @Test
  void noTable_saysWhatMayBeGiven() {
    assertRefused(folder, folder + ": holds no kernel tables\n  Give Parquet or CSV tables");
    Path none = folder.resolve("none.parquet");
    assertRefused(none, none + ": no such file\n");
    Path other = folder.resolve("none.json");
    assertRefused(other, other + ": is no kernel table\n");
  }

  @ParameterizedTest
  @CsvSource({
    "h100_sxm, h100-sxm",
    "h200_sxm, h200-sxm",
    "a100_sxm, a100-80g",
    "b200_sxm, b200-sxm",
    "b300_sxm, b300-sxm",
    "gb200, gb200",
    "gb300, gb300",
    "amd/mi300x, mi300x",
    "amd/mi300x_or_mi325x, mi300x-or-mi325x",
    "amd/mi350x_or_mi355x, mi350x-or-mi355x",
    "amd/gfx942_mi300x_mi325x_mi308x, mi300x-or-mi325x-or-mi308x",
    // The catalogue may lack these; the layout says that they are GPUs.
    "amd/mi308x, mi308x",
    "b60, b60",
    "l40s, l40s",
    "new_gpu_9, new-gpu-9"
  })
  void folderOfAGpu_namesIt(String name, String gpu) throws IOException {
    Path file = write(name + "/gemm/trtllm/1.3/gemm_perf.csv", ROW);

    assertEquals(gpu, only(file, Optional.empty()).gpu());
    assertEquals(List.of(gpu.split("-or-")), only(file, Optional.empty()).gpus());
  }

  @Test
  void formFactor_isLeftOutWhereTheCatalogueDoes() {
    GpuNames names = new GpuNames(dev.rackplan.json.GpuCatalog.load());

    assertEquals("rtx-pro-6000", names.named("rtx_pro_6000_server").name());
    assertEquals("gb200", names.named("GB200_NVL72").name());
    assertEquals("mi355x", names.named("MI355X-OAM").name());
    // Others of the name have other links or memory.
    assertEquals("h100-pcie", names.named("h100_pcie").name());
  }

  @Test
  void oldLayout_andOverride_nameIt() throws IOException {
    Path file = write("systems/data/x900/vllm/0.24/gemm_perf.csv", ROW);

    assertEquals("x900", only(file, Optional.empty()).gpu());
    assertEquals("h200-sxm", only(file, Optional.of("H200_SXM")).gpu());
    assertEquals("my-card", only(file, Optional.of("my card")).gpu());
  }

  @ParameterizedTest
  @CsvSource({
    "NVIDIA H100 80GB HBM3, h100-sxm",
    "NVIDIA H200, h200-sxm",
    "NVIDIA B200, b200-sxm",
    "NVIDIA B300 SXM6 AC, b300-sxm",
    "NVIDIA GB200, gb200",
    "NVIDIA A100-SXM4-80GB, a100-80g",
    "NVIDIA A100-SXM4-40GB, a100-40g",
    "NVIDIA H100, h100-sxm",
    "NVIDIA H20, h20-96g",
    "NVIDIA H20-3e, h20-141g",
    "NVIDIA H100 NVL, h100-nvl",
    "NVIDIA RTX PRO 6000 Blackwell Server Edition, rtx-pro-6000",
    "AMD Instinct MI300X, mi300x",
    "AMD Instinct MI308X OAM, mi308x",
    "AMD gfx942 304 CU, mi300x-or-mi325x",
    "AMD gfx950 256 CU (MI355X or MI350X; not said), mi350x-or-mi355x",
    "AMD gfx1250 96 CU, gfx1250",
    "NVIDIA L4, l4",
    "NVIDIA H100 PCIe, h100-pcie"
  })
  void device_namesIt(String device, String gpu) throws IOException {
    Path file = write("tables/gemm_perf.csv", "device,latency\n" + device + ",1\n");

    assertEquals(gpu, only(file, Optional.empty()).gpu());
  }

  @ParameterizedTest
  @CsvSource({"NVIDIA A30", "NVIDIA GB10", "''"})
  void unknownDevice_asksForTheGpu(String device) throws IOException {
    Path file = write("tables/gemm_perf.csv", "device,latency\n" + device + ",1\n");

    assertRefused(
        file, file + (device.isEmpty() ? ": does not say" : ": was measured on the device"));
    InputException error = refusal(file);
    assertTrue(error.getMessage().contains("--gpu NAME"), error.getMessage());
  }

  @Test
  void rowsOfSeveralGpus_becomeATableEach() throws IOException {
    Path file =
        write(
            "tables/gemm_perf.csv",
            "device,m,latency\nNVIDIA H200,1,1\nNVIDIA B200,2,x\nNVIDIA H200,3,3\n");

    List<KernelTable> tables = KernelTables.of(List.of(file), Optional.empty()).stream().toList();

    assertEquals(List.of("h200-sxm", "b200-sxm"), tables.stream().map(KernelTable::gpu).toList());
    assertEquals(2, tables.get(0).rows());
    assertEquals(3, tables.get(0).number("m", 1));
    // Rows are the file's, in messages.
    InputException error =
        assertThrows(InputException.class, () -> tables.get(1).number("latency", 0));
    assertEquals("row 2, column \"latency\"", error.path());
  }

  @Test
  void rates_areTheCataloguesElseThoseBesideTheFolder() throws IOException {
    String sheet = "gpu:\n  mem_bw: 2.5e12\n  bfloat16_tc_flops: 3.0e14\n  fp4_tc_flops: 0\n";
    write("systems/x900.yaml", sheet);
    write("systems/h100_sxm.yaml", sheet);
    Path unknown = write("systems/data/x900/gemm/gemm_perf.csv", ROW);
    Path known = write("systems/data/h100_sxm/gemm/gemm_perf.csv", ROW);

    DatasheetRates rates = only(unknown, Optional.empty()).rates().orElseThrow();

    assertEquals(2.5e12, rates.hbmBytesPerSecond());
    assertEquals(OptionalDouble.of(3e14), rates.peakFlops().bf16());
    assertEquals(OptionalDouble.empty(), rates.peakFlops().fp4());
    assertTrue(rates.source().endsWith("x900.yaml"));
    assertEquals(3.35e12, only(known, Optional.empty()).rates().orElseThrow().hbmBytesPerSecond());
    Path bare = write("other/x901/gemm/gemm_perf.csv", ROW);
    assertEquals(Optional.empty(), only(bare, Optional.empty()).rates());
  }

  @Test
  void aSheetWithoutRates_saysWhereItIsWrong() throws IOException {
    Path sheet = write("systems/x900.yaml", "gpu:\n  mem_bw: -1\n  bfloat16_tc_flops: 3.0e14\n");
    Path file = write("systems/x900/gemm/gemm_perf.csv", ROW);

    InputException error = refusal(file);

    assertEquals(sheet.toString(), error.file());
    assertEquals("$.gpu.mem_bw", error.path());
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static KernelTable only(Path file, Optional<String> gpu) {
    List<KernelTable> tables = KernelTables.of(List.of(file), gpu).stream().toList();
    assertEquals(1, tables.size());
    return tables.get(0);
  }

  private static void assertRefused(Path path, String begin) {
    String message = refusal(path).getMessage();
    assertEquals(begin, message.substring(0, Math.min(begin.length(), message.length())));
  }

  private static InputException refusal(Path path) {
    return assertThrows(
        InputException.class,
        () -> KernelTables.of(List.of(path), Optional.empty()).stream().toList());
  }
}
