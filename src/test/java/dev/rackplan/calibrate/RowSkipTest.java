package dev.rackplan.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each rule by a row that falls under it, beside one that nearly does. */
class RowSkipTest {
  private static final String GEMM = "framework,version,kernel_source,gemm_dtype,m,n,k,latency\n";
  private static final String MOE =
      "framework,version,kernel_source,moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,moe_ep_size,distribution,latency\n";

  @TempDir private Path folder;

  @Test
  void tablesAndRowsThatNoLawIsOf() throws IOException {
    assertSkipped("mlp", "latency\n0.5\n0.6\n", Map.of(RowSkip.NO_LAW, 2L), 0);
    assertSkipped("dsa_context_module", "latency\n0.5\n", Map.of(RowSkip.SPARSE_PREFILL, 1L), 0);
    assertSkipped("dsa_generation_module", "latency\n0.5\n", Map.of(RowSkip.NO_LAW, 1L), 0);
    assertSkipped(
        "gemm", GEMM + "SGLang,1,k,fp2,8,8,8,0.5\n", Map.of(RowSkip.UNKNOWN_FORMAT, 1L), 0);
    assertSkipped(
        "moe",
        MOE + "SGLang,1,k,bfloat16,8,4096,1024,8,64,1,1,zipf,0.5\n",
        Map.of(RowSkip.UNKNOWN_DISTRIBUTION, 1L),
        0);
  }

  @Test
  void rowsWithoutATime() throws IOException {
    assertSkipped(
        "gemm",
        GEMM
            + "SGLang,1,k,bfloat16,8,8,8,0\nSGLang,1,k,bfloat16,8,8,16,\nSGLang,1,k,bfloat16,8,8,32,0.1\n",
        Map.of(RowSkip.NO_TIME, 2L),
        1);
  }

  @Test
  void rowsOutsideOfAGraph() throws IOException {
    assertSkipped(
        "gemm",
        GEMM
            + "VLLM,1,k,fp8_block,8,8,8,0.1\nVLLM,1,k,fp8,8,8,8,0.1\nSGLang,1,k,fp8_block,8,8,8,0.1\n",
        Map.of(RowSkip.EAGER, 1L),
        2);
    assertSkipped(
        "custom_allreduce",
        "framework,version,kernel_source,allreduce_dtype,num_gpus,message_size,latency\nvLLM,1,a_eager,bfloat16,2,1024,0.1\nvLLM,1,a_graph,bfloat16,2,1024,0.1\n",
        Map.of(RowSkip.EAGER, 1L),
        1);
    assertSkipped("wideep_context_mla", "latency\n0.5\n", Map.of(RowSkip.EAGER, 1L), 0);
  }

  @Test
  void expertsThatTheRowNamesButDidNotRun() throws IOException {
    String v3 = ",nvfp4,64,7168,2048,8,256,1,1,balanced,0.9\n";
    assertSkipped(
        "moe",
        MOE
            + "SGLang,1,sglang_flashinfer_trtllm_moe"
            + v3
            + "TRTLLM,1,moe_torch_flow_min_latency"
            + v3
            + "VLLM,1,expertsmonolithic"
            + v3
            + "SGLang,1,sglang_mxfp4_flashinfer_trtllm_moe"
            + v3
            + "SGLang,1,cutlass"
            + v3
            + "SGLang,1,sglang_flashinfer_trtllm_moe,nvfp4,64,7168,2048,8,384,1,1,balanced,0.9\n",
        Map.of(RowSkip.MISLABELLED_SHAPE, 3L),
        3);
  }

  @Test
  void olderTunings() throws IOException {
    assertSkipped(
        "gemm",
        "framework,version,kernel_source,gemm_dtype,m,n,k,latency,current\naiter,1,k,bfloat16,8,8,8,0.1,1\naiter,1,k,bfloat16,8,8,16,0.1,0\n",
        Map.of(RowSkip.NOT_CURRENT, 1L),
        1);
  }

  @Test
  void timesBeyondTheDatasheet() throws IOException {
    // 2·4096³ FLOP in 0.13 ms are 1.06 PFLOP/s, in 0.2 ms 0.69; H100 has 0.99 in BF16.
    assertSkipped(
        "gemm",
        GEMM + "SGLang,1,k,bfloat16,4096,4096,4096,0.13\nSGLang,1,k,bfloat16,4096,4096,4097,0.2\n",
        Map.of(RowSkip.BEYOND_PEAK, 1L),
        1);
  }

  @Test
  void attentionWithoutAMask() throws IOException {
    assertSkipped(
        "context_attention",
        "framework,version,kernel_source,attn_dtype,kv_cache_dtype,batch_size,isl,step,num_heads,num_key_value_heads,head_dim,causal,latency\na,1,k,bfloat16,bfloat16,1,64,0,8,8,64,False,0.1\na,1,k,bfloat16,bfloat16,1,64,0,8,8,64,True,0.1\n",
        Map.of(RowSkip.NOT_CAUSAL, 1L),
        1);
  }

  @Test
  void transfersBetweenNodesWithoutATime() throws IOException {
    assertSkipped(
        "mori_ep",
        "kernel_source,phase,moe_dtype,quant_type,zero_copy,moe_ep_size,node_num,num_tokens,num_topk,num_experts,hidden_size,latency_us\nk,combine,bfloat16,none,0,16,2,64,8,256,7168,\nk,combine,bfloat16,none,0,8,1,64,8,256,7168,30\n",
        Map.of(RowSkip.BETWEEN_NODES, 1L),
        1);
  }

  @Test
  void weightsThatFitTheCache_areJudgedButNotFitted() throws IOException {
    // 3·4096·1024·2 bytes an expert: 8 of them are 201 MB, one is 25 MB; H100 caches 50 MB.
    OpRows rows =
        read(
            "moe",
            MOE
                + "SGLang,1,k,bfloat16,1,4096,1024,8,8,1,1,balanced,0.2\nSGLang,1,k,bfloat16,1,4096,1024,1,8,1,1,balanced,0.1\n");

    CellRows cell = rows.gpus().get(0).cells().values().iterator().next();

    assertEquals(2, cell.rows());
    assertEquals(List.of(2e-4), cell.fitted().stream().map(CellRows.Row::seconds).toList());
  }

  private void assertSkipped(String table, String rows, Map<RowSkip, Long> skipped, int kept)
      throws IOException {
    OpRows read = read(table, rows);
    assertEquals(skipped, read.skipped());
    assertEquals(
        kept,
        read.gpus().stream()
            .flatMap(gpu -> gpu.cells().values().stream())
            .mapToInt(CellRows::rows)
            .sum());
  }

  private OpRows read(String table, String text) throws IOException {
    Path file = folder.resolve(table + "_perf.csv");
    Files.writeString(file, text);
    OpRows rows = new OpRows(1);
    KernelTables.of(List.of(file), Optional.of("h100-sxm")).stream().forEach(rows::add);
    return rows;
  }
}
