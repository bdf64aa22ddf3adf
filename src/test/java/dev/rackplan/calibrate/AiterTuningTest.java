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

/** Files in the form of ROCm/aiter's tuner, with invented numbers. */
class AiterTuningTest {
  private static final String BLOCKSCALE =
      """
      gfx,cu_num,M,N,K,libtype,kernelId,splitK,us,kernelName,tflops,bw,errRatio
      gfx950,256,1,512,4096,ck,8,2,5.5,kernel_a,2.61,1304.22,0.0
      gfx942,304,16,512,4096,asm,8,0,7,kernel_b,2.61,1304.22,0.0
      gfx942,304,32,512,4096,asm,8,0,inf,kernel_b,0,0,0.0
      gfx942,304,64,512,4096,asm,8,0,0,kernel_b,0,0,0.0
      """;
  private static final String EXPERTS =
      "token,model_dim,inter_dim,expert,topk,act_type,dtype,q_dtype_a,q_dtype_w,q_type,use_g1u1,doweight_stage1,block_m,ksplit,us1,kernelName1,err1,us2,kernelName2,err2,us,run_1stage,flat,tflops,bw\n";

  @TempDir private Path folder;

  @Test
  void gemm_isATableForEachChip() throws IOException {
    List<KernelTable> tables = read("a8w8_blockscale_bpreshuffle_tuned_gemm_x.csv", BLOCKSCALE);

    assertEquals(
        List.of("mi350x-or-mi355x", "mi300x-or-mi325x"),
        tables.stream().map(KernelTable::gpu).toList());
    KernelTable table = tables.get(0);
    assertEquals("gemm", table.name());
    assertEquals(1, table.rows());
    assertEquals("fp8_block", table.text("gemm_dtype", 0));
    assertEquals(1, table.number("m", 0));
    assertEquals(512, table.number("n", 0));
    assertEquals(4096, table.number("k", 0));
    assertEquals(0.0055, table.number("latency", 0));
    assertEquals("ck/bpreshuffle", table.text("kernel_source", 0));
    assertEquals("kernel_a", table.text("kernel_name", 0));
    assertEquals(2, table.number("split_k", 0));
    assertTrue(table.flag("shuffled", 0));
    assertTrue(table.flag("current", 0));
    assertEquals("aiter", table.text("framework", 0));
    // What could not be measured is left out.
    assertEquals(1, tables.get(1).rows());
    assertEquals(0.007, tables.get(1).number("latency", 0));
  }

  @Test
  void operands_areTheNamesOrTheColumns() throws IOException {
    assertEquals("mxfp4", dtype("a4w4_blockscale_tuned_gemm.csv", "M,N,K,", "1,2,3,"));
    assertEquals("int8", dtype("a8w8_tuned_gemm.csv", "M,N,K,q_dtype_w,", "1,2,3,torch.int8,"));
    assertEquals(
        "fp8", dtype("x_tuned_gemm.csv", "M,N,K,q_dtype_w,", "1,2,3,torch.float8_e4m3fnuz,"));
    assertEquals("bfloat16", dtype("bf16_tuned_gemm.csv", "M,N,K,dtype,", "1,2,3,torch.bfloat16,"));
    InputException unsaid =
        assertThrows(InputException.class, () -> dtype("tuned_gemm.csv", "M,N,K,", "1,2,3,"));
    assertTrue(unsaid.getMessage().contains("Keep aiter's file name"), unsaid.getMessage());
    InputException strange =
        assertThrows(
            InputException.class,
            () -> dtype("tuned_gemm.csv", "M,N,K,dtype,", "1,2,3,torch.bool,"));
    assertEquals("row 1, column \"dtype\"", strange.path());
  }

  @Test
  void experts_areOneRankWithItsWidth() throws IOException {
    KernelTable table =
        read(
                "tuned_fmoe.csv",
                "gfx,cu_num,"
                    + EXPERTS
                    + "gfx950,256,64,7168,256,257,9,ActivationType.Silu,torch.bfloat16,torch.float8_e4m3fn,torch.float4_e2m1fn_x2,QuantType.per_1x32,1,0,32,0,30,flydsl_moe1,0%,12,moe_ck2stages,1%,42,0,1,8.5,100\n")
            .get(0);

    assertEquals("moe", table.name());
    assertEquals("mi350x-or-mi355x", table.gpu());
    assertEquals("w4a8_mxfp4_mxfp8", table.text("moe_dtype", 0));
    assertEquals(64, table.number("num_tokens", 0));
    assertEquals(7168, table.number("hidden_size", 0));
    assertEquals(256, table.number("inter_size", 0));
    assertEquals(9, table.number("topk", 0));
    assertEquals(257, table.number("num_experts", 0));
    assertEquals(1, table.number("moe_tp_size", 0));
    assertEquals(1, table.number("moe_ep_size", 0));
    assertEquals(0.042, table.number("latency", 0));
    assertEquals(30, table.number("us_stage1", 0));
    assertEquals(12, table.number("us_stage2", 0));
    assertEquals("flydsl+ck", table.text("kernel_source", 0));
    assertEquals("Silu", table.text("activation", 0));
    assertTrue(table.flag("flat", 0));
    assertTrue(table.flag("gated", 0));
    assertTrue(table.flag("current", 0));
  }

  @Test
  void expertsRows_thatLackTheLastCell_keepWhatIsSure() throws IOException {
    KernelTable table =
        read("tuned_fmoe.csv", "cu_num," + EXPERTS + experts(8, 42, "0,8.5,100")).get(0);

    // 8.5 TFLOP/s is not how flat the kernel is.
    assertEquals(42 / 1e3, table.number("latency", 0));
    assertTrue(Double.isNaN(table.number("flat", 0)));
  }

  @Test
  void copiedTimes_areNotCurrent() throws IOException {
    StringBuilder rows = new StringBuilder("cu_num,").append(EXPERTS);
    for (int tokens : new int[] {1, 2, 4}) {
      rows.append(experts(tokens, 20, "0,0,1,1"));
    }
    rows.append(experts(64, 30, "0,0,1,1"));
    for (int tokens : new int[] {2048, 1024}) {
      rows.append(experts(tokens, 90, "0,0,1,1"));
    }

    KernelTable table = read("tuned_fmoe.csv", rows.toString()).get(0);

    // From one token on the largest count was measured, else the smallest.
    boolean[] current = {false, false, true, true, false, true};
    for (int row = 0; row < current.length; row++) {
      assertEquals(current[row], table.flag("current", row), "row " + row);
      assertEquals(!current[row], table.flag("copied", row), "row " + row);
    }
  }

  private static String experts(int tokens, int us, String end) {
    return "80,"
        + tokens
        + ",4096,192,128,8,ActivationType.Gelu,torch.bfloat16,torch.bfloat16,torch.bfloat16,QuantType.No,1,0,32,0,10,moe_ck2stages_a,0%,10,moe_ck2stages_b,0%,"
        + us
        + ","
        + end
        + "\n";
  }

  private String dtype(String name, String columns, String cells) throws IOException {
    return read(name, "cu_num," + columns + "splitK,us,kernelName\n80," + cells + "0,5,kernel\n")
        .get(0)
        .text("gemm_dtype", 0);
  }

  private List<KernelTable> read(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    return KernelTables.of(List.of(file), Optional.empty()).stream().toList();
  }
}
