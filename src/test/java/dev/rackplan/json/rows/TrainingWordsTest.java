package dev.rackplan.json.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rackplan.topology.LinkSpec;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Sharding;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Words of frameworks that nobody's rows had yet mean what their users mean. */
class TrainingWordsTest {
  @ParameterizedTest
  @CsvSource({
    "'',1,ONE_FORWARD_ONE_BACKWARD",
    "1F1B,1,ONE_FORWARD_ONE_BACKWARD",
    "1F1B,3,INTERLEAVED",
    "DualPipe,1,DUAL_PIPE",
    "ZB-H1,1,ZERO_BUBBLE",
    "zero bubble,1,ZERO_BUBBLE",
  })
  void schedule_isTheRows(String words, int chunks, PipelineSchedule schedule) {
    assertEquals(schedule, TrainingWords.schedule(words, chunks));
  }

  @Test
  void schedulesThatAreNotModelled_areRefused() {
    for (String words : new String[] {"ZB-2p", "ZB-V", "DualPipe-V"}) {
      assertThrows(InexpressibleRow.class, () -> TrainingWords.schedule(words, 1), words);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'',1",
    "none,0",
    "DDP,0",
    "distributed optimizer,1",
    "ZeRO-2,2",
    "zero3,3",
    "ZeRO stage 3,3",
    "Gemini (ZeRO-3),3",
    "FSDP SHARD_GRAD_OP,2",
    "PyTorch FSDP,3",
    "DeepSpeed,1",
  })
  void rankParts_areTheOptimizersOrTheFrameworks(String words, int stage) {
    assertEquals(new Sharding(stage, OptionalInt.empty()), TrainingWords.sharding(words, 8));
  }

  @Test
  void hybrid_keepsACopyInANode() {
    assertEquals(new Sharding(3, OptionalInt.of(8)), TrainingWords.sharding("HSDP", 8));
    assertEquals(
        new Sharding(3, OptionalInt.of(64)), TrainingWords.sharding("FSDP (shard group 64)", 8));
  }

  @ParameterizedTest
  @CsvSource({
    "ZeRO-3 offload,1",
    "optimizer offload 25%,0.25",
    "distributed optimizer; no offload,0",
    "FSDP,0",
  })
  void offload_isAllWithoutAShare(String words, double share) {
    assertEquals(share, TrainingWords.hostOptimizer(words));
  }

  @ParameterizedTest
  @CsvSource({
    "none,NONE,0",
    "off,NONE,0",
    "no activation checkpointing,NONE,0",
    "full,FULL,0",
    "full (every layer),FULL,0",
    "gradient checkpointing,FULL,0",
    "'block, 4 layers',FULL,4",
    "'full, uniform 1',FULL,0",
    "selective: mlp+core_attn,SELECTIVE,0",
    "selective,SELECTIVE,0",
  })
  void checkpoints_areWholeLayers(String words, Recompute recompute, int layers) {
    assertEquals(recompute, TrainingWords.recompute(words));
    assertEquals(layers, TrainingWords.recomputedLayers(words));
  }

  // GB/s of a GPU's way out, 8 of them a node; 25 where the words name no rate.
  @ParameterizedTest
  @CsvSource({
    "NVLink,25",
    "400 Gb/s InfiniBand a GPU,50",
    "400 Gb/s,50",
    "800 Gb/s from NVIDIA GPU hosts,12.5",
    "400 Gb/s a node,6.25",
    "8x HDR InfiniBand 200 Gb/s a node,25",
    "8 x 400Gbps,50",
    "3.2 Tb/s EFA per node,50",
    "NVLink 600 GB/s; 200 Gbps per GPU,25",
    "100GbE,1.5625",
  })
  void network_isBitsOfAGpuOrANode(String words, double gigabytes) {
    LinkSpec usual = new LinkSpec(25e9, 1e-5, 0.96);
    assertEquals(
        gigabytes * 1e9, TrainingNetwork.nic(words, usual, 8).bandwidthBytesPerSecond(), 1);
  }
}
