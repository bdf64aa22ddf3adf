package dev.rackplan.plan;

import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Training;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
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
  /** Projections of attention are cut between whole blocks of their format. */
  PROJECTION_BLOCKS(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      int degree = layout.attentionTensorParallel();
      return Stream.concat(
              asked.queryWidths().stream().map(width -> width.fault(degree)),
              asked.kvWidths().stream().map(kv -> kv.width().fault(Math.min(degree, kv.heads()))))
          .flatMap(Optional::stream)
          .findFirst();
    }
  },
  /** Dense FFNs are cut as attention is. */
  DENSE_AS_ATTENTION(Degree.DENSE_TENSOR_PARALLEL, Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          asked.hasDenseBesideExperts()
              && layout.denseTensorParallel() != layout.attentionTensorParallel(),
          denseParallel(layout) + " is not the " + tensorParallel(layout));
    }
  },
  /** Dense FFNs beside experts are whole on each GPU, or cut over the stage. */
  DENSE_WHOLE_OR_OVER_STAGE(Degree.DENSE_TENSOR_PARALLEL, Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      int dense = layout.denseTensorParallel();
      return when(
          asked.hasDenseBesideExperts() && dense != 1 && dense != layout.gpusPerStage(),
          denseParallel(layout) + " is neither 1 nor the " + stage(layout));
    }
  },
  /** Dense FFNs are cut between whole blocks of their format. */
  DENSE_WIDTH_DIVIDES(Degree.DENSE_TENSOR_PARALLEL, Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return first(asked.denseWidths(), width -> width.fault(layout.denseTensorParallel()));
    }
  },
  /** Dense FFNs are cut between elements. */
  DENSE_ELEMENTS_DIVIDE(Degree.DENSE_TENSOR_PARALLEL, Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return first(
          asked.denseWidths(), width -> width.faultOfElements(layout.denseTensorParallel()));
    }
  },
  /**
   * Shared experts are cut over the stage between whole blocks, except where tokens are sent to
   * experts: there each GPU has them whole.
   */
  SHARED_OVER_STAGE(Degree.ATTENTION_TENSOR_PARALLEL, Degree.EXPERT_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      int slices = sends(asked, layout) ? 1 : layout.gpusPerStage();
      return first(asked.sharedWidths(), width -> width.fault(slices));
    }
  },
  /**
   * Shared experts are cut over an attention rank between whole blocks, except where several ranks
   * share spread experts: there each GPU has them whole.
   */
  SHARED_OVER_RANK(Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      boolean whole = layout.attentionRanks() > 1 && layout.expertParallel() > 1;
      int slices = whole ? 1 : layout.attentionTensorParallel();
      return first(asked.sharedWidths(), width -> width.fault(slices));
    }
  },
  /** Routed experts are cut between whole blocks of their format. */
  EXPERT_WIDTH_DIVIDES(Degree.EXPERT_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return first(asked.expertWidths(), width -> width.fault(layout.expertTensorParallel()));
    }
  },
  /** Routed experts are cut between elements. */
  EXPERT_ELEMENTS_DIVIDE(Degree.EXPERT_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return first(
          asked.expertWidths(), width -> width.faultOfElements(layout.expertTensorParallel()));
    }
  },
  /** Experts are whole, spread over the stage, or all of them sliced over it; nothing between. */
  EXPERTS_SPREAD_OR_SLICED(Degree.EXPERT_TENSOR_PARALLEL, Degree.EXPERT_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          layout.expertParallel() > 1 && layout.expertTensorParallel() > 1,
          "expertParallel "
              + layout.expertParallel()
              + " with expertTensorParallel "
              + layout.expertTensorParallel()
              + ": one of the two is 1");
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
  /** Tokens are sent to experts only where attention is data-parallel. */
  SENDS_BETWEEN_RANKS(Degree.MOE_COMMUNICATION, Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          sends(asked, layout) && layout.attentionRanks() == 1,
          "allToAll needs more than one attention rank");
    }
  },
  /** Half batches overlap where tokens are sent to experts. */
  OVERLAP_NEEDS_SENDING(Degree.TWO_BATCH_OVERLAP, Degree.MOE_COMMUNICATION) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          overlaps(asked, layout) && !sends(asked, layout), "two-batch overlap needs allToAll");
    }
  },
  /** The same, or where attention is data-parallel. */
  OVERLAP_NEEDS_SENDING_OR_RANKS(Degree.TWO_BATCH_OVERLAP, Degree.MOE_COMMUNICATION) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          overlaps(asked, layout) && !sends(asked, layout) && layout.attentionRanks() == 1,
          "two-batch overlap needs allToAll or more than one attention rank");
    }
  },
  /** Half batches don't overlap. */
  NO_OVERLAP(Degree.TWO_BATCH_OVERLAP) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(overlaps(asked, layout), "has no two-batch overlap");
    }
  },
  /** Queries of a KV head divide over the GPUs that divide its cache. */
  CONTEXT_DIVIDES_QUERIES(Degree.DECODE_CONTEXT_PARALLEL, Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      int degree = layout.decodeContextParallel();
      return asked.grouped().stream()
          .map(attention -> attention.queryHeads() / attention.kvHeads())
          .filter(queries -> queries % degree != 0)
          .map(
              queries ->
                  queries
                      + " queries of a KV head do not divide over decodeContextParallel "
                      + degree)
          .findFirst();
    }
  },
  /** Caches are not divided by tokens. */
  NO_DECODE_CONTEXT_PARALLEL(Degree.DECODE_CONTEXT_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          layout.decodeContextParallel() > 1,
          "has no decodeContextParallel " + layout.decodeContextParallel());
    }
  },
  /** Prompts are not divided by tokens. */
  NO_PREFILL_CONTEXT_PARALLEL(Degree.PREFILL_CONTEXT_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          layout.prefillContextParallel() > 1,
          "has no prefillContextParallel " + layout.prefillContextParallel());
    }
  },
  /** Prompts are divided by tokens in one attention rank only. */
  PREFILL_CONTEXT_IN_ONE_RANK(Degree.PREFILL_CONTEXT_PARALLEL, Degree.ATTENTION_TENSOR_PARALLEL) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      return when(
          layout.prefillContextParallel() > 1 && layout.attentionRanks() > 1,
          "prefillContextParallel "
              + layout.prefillContextParallel()
              + " with "
              + layout.attentionRanks()
              + " attention ranks");
    }
  },
  /** Drafts are checked in a single stage. */
  DRAFTS_IN_ONE_STAGE(Degree.DRAFT_TOKENS, Degree.PIPELINE_STAGES) {
    @Override
    Optional<String> fault(EngineQuestion asked, Layout layout) {
      var workload = asked.problem().workload();
      boolean drafts = workload.phase() == Phase.DECODE && layout.queryTokens(workload) > 1;
      return when(
          drafts && layout.pipelineStages() > 1,
          "drafts with " + layout.pipelineStages() + " stages");
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

  private static Optional<String> first(
      List<SlicedWidth> widths, Function<SlicedWidth, Optional<String>> fault) {
    return widths.stream().flatMap(width -> fault.apply(width).stream()).findFirst();
  }

  private static boolean sends(EngineQuestion asked, Layout layout) {
    return !asked.moes().isEmpty()
        && layout.gpusPerStage() > 1
        && layout.communication(asked.problem().workload().phase()) == MoeCommunication.ALL_TO_ALL;
  }

  private static boolean overlaps(EngineQuestion asked, Layout layout) {
    return !asked.moes().isEmpty() && layout.twoBatchOverlap(asked.problem().engine());
  }

  private static String stage(Layout layout) {
    return layout.gpusPerStage() + " GPUs of a stage";
  }

  private static String denseParallel(Layout layout) {
    return Degree.DENSE_TENSOR_PARALLEL.key() + " " + layout.denseTensorParallel();
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
