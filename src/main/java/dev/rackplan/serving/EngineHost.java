package dev.rackplan.serving;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an engine's host adds to the steps of an attention rank, and before them: the one place that
 * says how long a step takes of which the parts are known.
 *
 * <p>No graph is captured of a step that reads prompts, so that it takes its decode and its prompts
 * one after another (<em>assumed</em>; docs/accuracy.md says what that does to measured rows), and
 * at least as long as the host takes to launch its kernels one by one.
 *
 * @param eagerSeconds that a step which reads prompts takes at least: {@link EagerLaunches}
 * @param requestSeconds that the front end takes for a request, one after another
 * @param tokenSeconds that it takes besides for each token of a prompt
 * @param sequenceSeconds between a step and the next, for each sequence that got a token, where the
 *     host does not work ahead
 * @param pollSteps decode steps between looks for requests that have come; whoever does not decode
 *     looks at once
 */
public record EngineHost(
    double eagerSeconds,
    double requestSeconds,
    double tokenSeconds,
    double sequenceSeconds,
    int pollSteps) {
  /** Takes no time, and looks before each step. */
  public static final EngineHost NONE = new EngineHost(0, 0, 0, 0, 1);

  // 1 to 2 MB/s for Hugging Face's tokenizers on one thread (github.com/openai/tiktoken, README) is
  // 400,000 tokens/s of 4 bytes; beside it 1 ms for HTTP and passing on. Assumed.
  private static final double FRONT_SECONDS = 1e-3;
  private static final double FRONT_SECONDS_A_TOKEN = 2.5e-6;

  // Measured: Llama-2-7B under vLLM, 256 sequences, 5 to 6 ms from one decode to the next, 0.2 to
  // 0.3 of which would stay if the host worked ahead (github.com/vllm-project/vllm, issue 10634).
  private static final double GAP_SECONDS_A_SEQUENCE = (5.5e-3 - 0.25e-3) / 256;

  private static final Pattern VERSION = Pattern.compile("v?(\\d{1,4})\\.(\\d{1,4})\\.");
  private static final int VLLM_AHEAD = 14;

  public EngineHost {
    if (!(eagerSeconds >= 0 && requestSeconds >= 0 && tokenSeconds >= 0 && sequenceSeconds >= 0)
        || pollSteps < 1) {
      throw new IllegalArgumentException("a host's times must be >= 0 and pollSteps >= 1");
    }
  }

  /** The host of the engine that serves {@code problem}, as its version works by default. */
  public static EngineHost of(Problem problem, Layout layout) {
    return of(problem, layout, worksAhead(problem.engine()));
  }

  /**
   * The same, told how it works.
   *
   * @param ahead whether it puts a step together while the GPU runs the one before
   */
  public static EngineHost of(Problem problem, Layout layout, boolean ahead) {
    return new EngineHost(
        EagerLaunches.seconds(problem, layout),
        FRONT_SECONDS,
        FRONT_SECONDS_A_TOKEN,
        ahead ? 0 : GAP_SECONDS_A_SEQUENCE,
        1);
  }

  /**
   * Whether an engine works ahead by default. vLLM does from 0.14 on; the newest version is meant
   * where none is said. Source: release notes of 0.14.0.
   */
  public static boolean worksAhead(Engine engine) {
    Matcher numbers = VERSION.matcher(engine.version().orElse(""));
    return !engine.kind().equals(Optional.of(EngineKind.VLLM))
        || !numbers.lookingAt()
        || Integer.parseInt(numbers.group(1)) > 0
        || Integer.parseInt(numbers.group(2)) >= VLLM_AHEAD;
  }

  /** The same that looks for requests so seldom. */
  public EngineHost withPollSteps(int steps) {
    return new EngineHost(eagerSeconds, requestSeconds, tokenSeconds, sequenceSeconds, steps);
  }

  /** The same of one of so many stages, each of which has a host for its layers. */
  public EngineHost ofStage(int stages) {
    return new EngineHost(
        eagerSeconds / stages, requestSeconds, tokenSeconds, sequenceSeconds, pollSteps);
  }

  /** What the front end takes to receive a prompt and turn it into tokens, in s. */
  public double frontSeconds(double promptTokens) {
    return requestSeconds + tokenSeconds * promptTokens;
  }

  /**
   * A step and what passes until the next may begin, in s.
   *
   * @param decoding seconds of its decode alone; 0 if nothing decodes
   * @param reading seconds of its prompts alone, all their parts; 0 if none is read
   * @param sequences that get a token
   */
  public double stepSeconds(double decoding, double reading, double sequences) {
    double device = decoding + reading;
    return (reading > 0 ? Math.max(eagerSeconds, device) : device) + sequenceSeconds * sequences;
  }
}
