package dev.rackplan.plan;

import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Degree;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Training;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What an engine may ask of a layout before it starts. Which engine asks what, since when, and
 * where that stands: {@link EngineRules}.
 *
 * <p>No engine asks anything of the vocabulary: each pads it to a multiple of what it needs.
 */
enum EngineCondition {
  /** It serves, the problem trains. */
  SERVES {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          asked.problem().workload().training().isPresent(), "serves, and the problem trains");
    }
  },
  /** It trains, the problem serves. */
  TRAINS {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          asked.problem().workload().training().isEmpty(), "trains, and the problem serves");
    }
  },
  /** Each GPU of an attention rank has as many query heads. */
  HEADS_DIVIDE(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      int degree = layout.attentionTensorParallel();
      return asked.queryHeads().stream()
          .filter(heads -> heads % degree != 0)
          .map(heads -> heads + " attention heads do not divide over " + tensorParallel(layout))
          .findFirst();
    }
  },
  /** KV heads divide over an attention rank, or each is copied to as many GPUs. */
  KV_HEADS_DIVIDE_OR_REPEAT(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      int degree = layout.attentionTensorParallel();
      return asked.grouped().stream()
          .map(GroupedQueryAttention::kvHeads)
          .filter(heads -> heads % degree != 0 && degree % heads != 0)
          .map(
              heads ->
                  heads
                      + " KV heads neither divide over "
                      + tensorParallel(layout)
                      + " nor are copied whole times")
          .findFirst();
    }
  },
  /** Heads of recurrent layers likewise. */
  STATE_HEADS_DIVIDE(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      int degree = layout.attentionTensorParallel();
      return asked.linear().stream()
          .map(LinearAttention::heads)
          .filter(heads -> heads % degree != 0)
          .map(heads -> heads + " recurrent heads do not divide over " + tensorParallel(layout))
          .findFirst();
    }
  },
  /** Groups of recurrent heads divide over an attention rank. */
  STATE_GROUPS_DIVIDE(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return stateGroups(asked, layout, false);
    }
  },
  /** The same, except that a single group is copied. */
  STATE_GROUPS_DIVIDE_OR_ONE(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return stateGroups(asked, layout, true);
    }
  },
  /** Dense FFNs are cut over an attention rank between whole blocks of their format. */
  DENSE_WIDTH_DIVIDES(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return asked.denseWidths().stream()
          .flatMap(width -> width.fault(layout.attentionTensorParallel()).stream())
          .findFirst();
    }
  },
  /** The same where attention is not data-parallel; else they may be whole on each GPU. */
  DENSE_WIDTH_DIVIDES_IN_ONE_RANK(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return layout.attentionRanks() > 1
          ? Optional.empty()
          : DENSE_WIDTH_DIVIDES.fault(asked, layout);
    }
  },
  /** Shared experts are cut over the attention rank where one spans the stage. */
  SHARED_WIDTH_DIVIDES(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return layout.attentionRanks() > 1
          ? Optional.empty()
          : asked.moes().stream()
              .filter(moe -> moe.sharedWidth().orElse(0) > 0)
              .map(moe -> asked.sliced("shared experts' width", moe.sharedWidth().getAsInt()))
              .flatMap(width -> width.fault(layout.attentionTensorParallel()).stream())
              .findFirst();
    }
  },
  /** Each GPU holds as many expert slots. */
  SLOTS_DIVIDE(Degree.EXPERT_PARALLEL, Degree.REDUNDANT_EXPERTS) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      int parallel = layout.expertParallel();
      int redundant = layout.redundantExperts();
      return asked.moes().stream()
          .map(MoeFfn::experts)
          .filter(experts -> (experts + redundant) % parallel != 0)
          .map(
              experts ->
                  experts
                      + (redundant == 0 ? " experts" : " + " + redundant + " expert slots")
                      + " do not divide over expertParallel "
                      + parallel)
          .findFirst();
    }
  },
  /** The same where there are redundant experts; without, some GPUs may hold one expert more. */
  SLOTS_DIVIDE_WITH_REDUNDANT(Degree.REDUNDANT_EXPERTS, Degree.EXPERT_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return layout.redundantExperts() == 0 ? Optional.empty() : SLOTS_DIVIDE.fault(asked, layout);
    }
  },
  /** No expert has a second copy. */
  NO_REDUNDANT_EXPERTS(Degree.REDUNDANT_EXPERTS) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          layout.redundantExperts() > 0,
          "has no redundant experts, the layout has " + layout.redundantExperts());
    }
  },
  /** Copies of experts need expert parallelism. */
  REDUNDANT_NEED_EXPERT_PARALLEL(Degree.REDUNDANT_EXPERTS, Degree.EXPERT_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          layout.redundantExperts() > 0 && layout.expertParallel() == 1,
          "redundantExperts " + layout.redundantExperts() + " need expertParallel above 1");
    }
  },
  /** Attention is tensor-parallel over the whole stage, or data-parallel over it. */
  WHOLE_RANKS(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          layout.attentionRanks() > 1 && layout.attentionTensorParallel() > 1,
          "attentionTensorParallel "
              + layout.attentionTensorParallel()
              + " is neither 1 nor the "
              + layout.gpusPerStage()
              + " GPUs of a stage");
    }
  },
  /**
   * A data-parallel rank has all its stages on neighbouring GPUs, so a stage can't hold several.
   */
  STAGES_WITHIN_RANKS(Degree.PIPELINE_STAGES, Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          layout.pipelineStages() > 1 && layout.attentionRanks() > 1,
          "pipelineStages "
              + layout.pipelineStages()
              + " of "
              + layout.attentionRanks()
              + " attention ranks each: a data-parallel rank keeps its stages together");
    }
  },
  /** Attention has one rank. */
  ONE_RANK(Degree.ATTENTION_TENSOR_PARALLEL, Degree.EXPERT_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          layout.attentionRanks() > 1,
          "attention has "
              + layout.attentionRanks()
              + " ranks of "
              + tensorParallel(layout)
              + ", data-parallel attention is not known");
    }
  },
  /** Mixtures of experts with tensor-parallel attention train with sequence parallelism. */
  SEQUENCE_PARALLEL_EXPERTS(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      boolean sequence =
          asked.problem().workload().training().map(Training::sequenceParallel).orElse(true);
      return when(
          asked.moes().stream().findAny().isPresent()
              && layout.attentionTensorParallel() > 1
              && !sequence,
          "experts with " + tensorParallel(layout) + " need sequenceParallel");
    }
  },
  /** Virtual stages need a pipeline. */
  INTERLEAVED_STAGES(Degree.PIPELINE_STAGES) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      boolean interleaved =
          asked.problem().workload().training().map(Training::schedule).stream()
              .anyMatch(schedule -> schedule == PipelineSchedule.INTERLEAVED);
      return when(
          interleaved && layout.pipelineStages() == 1, "interleaved needs pipelineStages above 1");
    }
  },
  /** Schedules that it has. */
  MEGATRON_SCHEDULE {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return asked
          .problem()
          .workload()
          .training()
          .map(Training::schedule)
          .flatMap(
              schedule ->
                  switch (schedule) {
                    case ONE_FORWARD_ONE_BACKWARD, INTERLEAVED -> Optional.empty();
                    case ZERO_BUBBLE, DUAL_PIPE ->
                        Optional.of("has no schedule " + schedule.word());
                  });
    }
  };

  private final Optional<Degree> degree;
  private final Optional<Degree> other;

  EngineCondition() {
    this.degree = Optional.empty();
    this.other = Optional.empty();
  }

  EngineCondition(Degree degree) {
    this.degree = Optional.of(degree);
    this.other = Optional.empty();
  }

  EngineCondition(Degree degree, Degree other) {
    this.degree = Optional.of(degree);
    this.other = Optional.of(other);
  }

  /** What {@code layout} breaks; empty where it keeps the condition. */
  abstract Optional<String> fault(EngineQuestion asked, Layout layout);

  /** Whether it asks of the model's heads alone. */
  boolean isOfHeads() {
    return switch (this) {
      case HEADS_DIVIDE,
          KV_HEADS_DIVIDE_OR_REPEAT,
          STATE_HEADS_DIVIDE,
          STATE_GROUPS_DIVIDE_OR_ONE ->
          true;
      default -> false;
    };
  }

  /** The degrees to change, the likeliest first. */
  List<Degree> degrees() {
    return Stream.of(degree, other).flatMap(Optional::stream).toList();
  }

  private static Optional<String> when(boolean broken, String words) {
    return broken ? Optional.of(words) : Optional.empty();
  }

  private static String tensorParallel(Layout layout) {
    return Degree.ATTENTION_TENSOR_PARALLEL.key() + " " + layout.attentionTensorParallel();
  }

  private static Optional<String> stateGroups(EngineQuestion asked, Layout layout, boolean one) {
    int degree = layout.attentionTensorParallel();
    return asked.linear().stream()
        .flatMap(attention -> attention.groups().stream().boxed())
        .filter(groups -> groups % degree != 0 && !(one && groups == 1))
        .map(groups -> groups + " recurrent groups do not divide over " + tensorParallel(layout))
        .findFirst();
  }
}
