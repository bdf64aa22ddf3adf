package dev.rackplan.workload;

import dev.rackplan.model.Model;
import java.util.List;
import java.util.Optional;

/**
 * What speculative decoding gains: how likely the verifying step accepts each drafted token.
 *
 * <p>Source of the form: a draft counts only where all before it were accepted, as engines report
 * it position by position (vLLM's {@code spec_decode_num_accepted_tokens_per_pos}).
 *
 * @param acceptance share of steps that accept the draft at each position, the first one first;
 *     each in [0, 1], none above the one before it
 * @param model a dense draft model of its own, such as EAGLE; empty = the model's next-token layers
 */
public record Drafts(List<Double> acceptance, Optional<Model> model) {
  /**
   * Share of steps that accept the first draft of DeepSeek-V3's next-token layer: 85 to 90%, the
   * lower end. Published; no figure of further positions was.
   *
   * <p>Source: DeepSeek-V3 technical report, section 5.4.3.
   */
  public static final double PUBLISHED_FIRST = 0.85;

  public Drafts {
    acceptance = List.copyOf(acceptance);
    if (acceptance.isEmpty()) {
      throw new IllegalArgumentException("acceptance must have a share for each position");
    }
    if (model.isPresent() && !model.get().moeLayers().isEmpty()) {
      throw new IllegalArgumentException("a draft model must be dense, " + model.get().name());
    }
    double before = 1;
    for (double share : acceptance) {
      if (!(share >= 0 && share <= before)) {
        throw new IllegalArgumentException(
            "acceptance must be in 0..1 and must not rise from position to position, was "
                + acceptance);
      }
      before = share;
    }
  }

  /** Drafts of which something is known. */
  public int most() {
    return acceptance.size();
  }

  /**
   * Tokens that a step yields which checks {@code drafts} of them: its own and the accepted ones.
   *
   * @throws IndexOutOfBoundsException where nothing is known of that many
   */
  public double acceptedTokens(int drafts) {
    return 1 + acceptance.subList(0, drafts).stream().mapToDouble(Double::doubleValue).sum();
  }
}
