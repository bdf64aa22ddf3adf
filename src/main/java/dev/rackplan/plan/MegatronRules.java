package dev.rackplan.plan;

import dev.rackplan.problem.EngineKind;
import java.util.List;

/** What Megatron-LM asks, read in core 0.20. */
final class MegatronRules {
  private MegatronRules() {}

  static List<EngineRule> rows() {
    EngineRows rows = new EngineRows(EngineKind.MEGATRON);
    String arguments = "megatron/training/arguments.py: ";
    String config = "megatron/core/transformer/transformer_config.py: ";
    rows.add(StageConditions.TRAINS, arguments + "validate_args");
    rows.add(
        AcceleratorConditions.ON_EAGER_DEVICES,
        "megatron/training/initialize.py: torch.cuda; ROCm, MindSpeed and Gaudi's fork stand in for it");
    String units = "Transformer Engine, docs: Datatype and hardware support matrix";
    rows.add(
        AcceleratorConditions.RECIPES_ARE_KNOWN, "megatron/core/enums.py: Fp8Recipe, Fp4Recipe");
    rows.add(AcceleratorConditions.RECIPES_HAVE_UNITS, units);
    rows.add(AttentionConditions.HEADS_DIVIDE, config + "num_attention_heads");
    rows.add(AttentionConditions.KV_HEADS_DIVIDE_OR_REPEAT, config + "num_query_groups");
    String mamba = "megatron/core/ssm/mamba_mixer.py: ";
    rows.add(AttentionConditions.STATE_HEADS_DIVIDE, mamba + "nheads % tp_size");
    rows.add(AttentionConditions.STATE_GROUPS_DIVIDE, mamba + "ngroups % tp_size");
    rows.add(
        FfnConditions.DENSE_ELEMENTS_DIVIDE,
        "megatron/core/tensor_parallel/layers.py: divide(output_size, world_size)");
    rows.add(
        FfnConditions.EXPERT_ELEMENTS_DIVIDE,
        "megatron/core/transformer/moe/experts.py: moe_ffn_hidden_size over expert_tensor_parallel_size");
    rows.add(
        FfnConditions.NO_SLICES_OF_BIASED_EXPERTS,
        config + "Bias in Moe is only supported when ETP==1");
    rows.add(FfnConditions.NO_REDUNDANT_EXPERTS, "megatron/core/transformer/moe/moe_layer.py");
    rows.add(FfnConditions.SLOTS_DIVIDE, arguments + "num_experts % expert_model_parallel_size");
    rows.add(
        StageConditions.SEQUENCE_PARALLEL_EXPERTS,
        "megatron/core/transformer/moe/moe_layer.py: training needs sequence_parallel");
    rows.add(StageConditions.INTERLEAVED_STAGES, arguments + "interleaved schedule");
    rows.add(
        StageConditions.HOST_OPTIMIZER_IS_DISTRIBUTED,
        "megatron/core/optimizer/optimizer_config.py: optimizer_cpu_offload takes use_precision_aware_optimizer, this use_distributed_optimizer");
    rows.add(StageConditions.MEGATRON_SCHEDULE, "megatron/core/pipeline_parallel/schedules.py");
    return rows.rows();
  }
}
