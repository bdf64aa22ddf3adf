package dev.rackplan.export;

import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.TrainingRuntime;
import java.util.ArrayList;
import java.util.List;

/** What Megatron Bridge is told of recomputation, sharding, overlap, graphs and offload. */
final class BridgeTraining {
  private BridgeTraining() {}

  static List<String> words(Deployment deployment, Training training) {
    List<String> words = new ArrayList<>();
    recomputation(deployment, training, words);
    sharding(deployment, training, words);
    TrainingRuntime runtime = training.runtime();
    boolean hides = training.overlapGradientReduction();
    words.add("ddp.overlap_grad_reduce=" + hides);
    words.add(
        "ddp.overlap_param_gather="
            + (hides && runtime.gathersAhead() && training.shardedOptimizer()));
    words.add(
        "model.tp_comm_overlap="
            + (runtime.tensorOverlap() == TensorOverlap.ALL
                && deployment.layout().attentionTensorParallel() > 1));
    if (!deployment.plan().experts().isEmpty()) {
      boolean overlaps = ExpertOverlap.of(deployment, training, "Megatron Bridge");
      words.add("model.overlap_moe_expert_parallel_comm=" + overlaps);
    }
    graphs(deployment, runtime, words);
    if (runtime.hostOptimizer() > 0) {
      words.add("optimizer.optimizer_cpu_offload=true");
      words.add("optimizer.use_precision_aware_optimizer=true");
      words.add("optimizer.optimizer_offload_fraction=" + runtime.hostOptimizer());
    }
    int offloaded = OffloadedLayers.of(deployment, training, "Megatron Bridge");
    words.add("model.cpu_offloading=" + (offloaded > 0));
    if (offloaded > 0) {
      words.add("model.cpu_offloading_num_layers=" + offloaded);
      words.add("model.cpu_offloading_weights=false");
    }
    return words;
  }

  private static void recomputation(Deployment deployment, Training training, List<String> words) {
    boolean full = training.repeatsLayers();
    List<String> modules = MegatronTraining.modules(deployment, training);
    words.add(
        "model.recompute_granularity="
            + (full ? "full" : modules.isEmpty() ? "null" : "selective"));
    int some = training.recomputedLayers();
    words.add("model.recompute_method=" + (!full ? "null" : some > 0 ? "block" : "uniform"));
    words.add("model.recompute_num_layers=" + (full ? Math.max(1, some) : "null"));
    if (!modules.isEmpty()) {
      words.add("model.recompute_modules=[" + String.join(",", modules) + "]");
    }
  }

  private static void sharding(Deployment deployment, Training training, List<String> words) {
    int instances = MegatronTraining.instances(deployment, training, "Megatron Bridge");
    if (instances > 1) {
      words.add("ddp.num_distributed_optimizer_instances=" + instances);
    }
    boolean fsdp = training.sharding().stage() > 1;
    words.add("ddp.use_distributed_optimizer=" + training.shardedOptimizer());
    words.add("optimizer.use_distributed_optimizer=" + training.shardedOptimizer());
    words.add("ddp.use_megatron_fsdp=" + fsdp);
    words.add("dist.use_megatron_fsdp=" + fsdp);
    if (fsdp) {
      words.add(
          "ddp.data_parallel_sharding_strategy="
              + (training.sharding().weights() ? "optim_grads_params" : "optim_grads"));
      words.add("model.gradient_accumulation_fusion=false");
      words.add("checkpoint.ckpt_format=fsdp_dtensor");
    }
  }

  private static void graphs(Deployment deployment, TrainingRuntime runtime, List<String> words) {
    words.add("model.cuda_graph_impl=" + (runtime.graphs() ? "transformer_engine" : "none"));
    if (runtime.graphs()) {
      boolean parts = runtime.eagerExperts() && !deployment.plan().experts().isEmpty();
      words.add("model.cuda_graph_scope=" + (parts ? "[attn,moe_router]" : "[]"));
      words.add("model.use_te_rng_tracker=true");
      words.add("rng.te_rng_tracker=true");
    }
  }
}
