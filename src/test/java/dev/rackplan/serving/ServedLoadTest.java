package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Batching.Order;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Steps take 10 ms + 1 ms a sequence + 1 ms for each 100 new tokens of prompts. */
class ServedLoadTest {
  private static final StepTimes TIMES =
      new StepTimes((sequences, prompts) -> 0.010 + 0.001 * sequences + prompts * 1e-5, 800);

  private static EngineSteps steps(Order order) {
    return new EngineSteps(TIMES, new Batching(order, 800, 64, true), EngineHost.NONE);
  }

  // So many that nobody waits for one.
  private static final double SLOTS = 1e6;
  private static final double ROUNDING = 1e-12;

  private static Goal goal(double input, double cached, double output) {
    return new Goal(
        input,
        cached,
        output,
        OptionalDouble.of(0.1),
        OptionalDouble.of(0.03),
        OptionalDouble.empty());
  }

  // 900 tokens less 100 cached fill a step of 11 + 8 = 19 ms. 8 sequences of 80 steps: a prompt
  // each
  // ten steps of 18 ms, so that a step takes 18 + 1.9 ms.
  @Test
  void promptsFirst_stopEverySequence() {
    ServedLoad load =
        ServedLoad.shared(steps(Order.PROMPTS_FIRST), goal(900, 100, 81), 1, 8, SLOTS);

    assertEquals(0.0199, load.tpotSeconds(), ROUNDING);
    assertEquals(8 / (80 * 0.0199), load.requestsPerSecond(), ROUNDING);
    double busy = 0.0019 / 0.0199;
    assertEquals(0.009 + busy * 0.019 / (2 * (1 - busy)) + 0.019, load.ttftSeconds(), ROUNDING);
  }

  // The prompt fills what 8 sequences leave: its step takes 18 + 11 + 7.92 ms; one in ten does.
  @Test
  void mixed_isTheMeanOverMixedAndPureSteps() {
    ServedLoad load = ServedLoad.shared(steps(Order.MIXED), goal(792, 0, 81), 1, 8, SLOTS);

    double step = 0.9 * 0.018 + 0.1 * 0.03692;
    assertEquals(step, load.tpotSeconds(), ROUNDING);
    // Who comes meets steps by their length.
    double met = (0.9 * 0.018 * 0.018 + 0.1 * 0.03692 * 0.03692) / step;
    assertEquals(met / 2 + 0.1 * 0.03692 / (2 * (1 - 0.1)) + 0.03692, load.ttftSeconds(), ROUNDING);
  }

  // 100 tokens of a budget of 800, two prompts for each three decode steps: step by step.
  @Test
  void promptsThatComeInOneStep_areReadTogether() {
    Goal goal = goal(100, 0, 13);
    for (Order order : Order.values()) {
      ServedLoad load = ServedLoad.shared(steps(order), goal, 1, 8, SLOTS);
      assertEquals(simulated(order, load.requestsPerSecond()), load.tpotSeconds(), 2e-4);
      // One after another each would take 12 ms of every sequence's time.
      assertTrue(load.tpotSeconds() < 0.018 + 8.0 / 12 * 0.012 - 1e-3);
    }
  }

  // Mean time of a step that decodes, with those that read before it.
  private static double simulated(Order order, double requestsPerSecond) {
    Random random = new Random(1);
    double next = 0;
    double now = 0;
    int decodes = 0;
    int waiting = 0;
    while (decodes < 200_000) {
      int read = Math.min(waiting, 8);
      boolean decode = order == Order.MIXED || read == 0;
      now += (decode ? 0.018 : 0) + (read > 0 ? 0.011 + 0.001 * read : 0);
      decodes += decode ? 1 : 0;
      waiting -= read;
      while (next < now) {
        waiting++;
        next -= Math.log(1 - random.nextDouble()) / requestsPerSecond;
      }
    }
    return now / decodes;
  }

  // 1,600 tokens beside 8 sequences are three chunks; half a prompt begins with each step, more
  // than the 792 tokens that are left.
  @Test
  void mixedBeyondTheBudget_hasNoFiniteQueue() {
    ServedLoad load = ServedLoad.shared(steps(Order.MIXED), goal(1600, 0, 17), 1, 8, SLOTS);

    assertEquals(0.018 + 0.011 + 0.00792, load.tpotSeconds(), ROUNDING);
    assertEquals(Double.POSITIVE_INFINITY, load.ttftSeconds());
    assertFalse(load.within(goal(1600, 0, 17)));
  }

  @Test
  void acceptedTokens_shareTheStep() {
    ServedLoad plain = ServedLoad.decodeOnly(steps(Order.MIXED), goal(400, 0, 81), 1, 8, SLOTS);
    ServedLoad drafted = ServedLoad.decodeOnly(steps(Order.MIXED), goal(400, 0, 81), 2, 8, SLOTS);

    assertEquals(0.018, plain.tpotSeconds(), ROUNDING);
    assertEquals(0.009, drafted.tpotSeconds(), ROUNDING);
    assertEquals(2 * plain.requestsPerSecond(), drafted.requestsPerSecond(), ROUNDING);
    assertTrue(plain.within(goal(400, 0, 81)));
    assertFalse(new ServedLoad(1, 0.2, 0.01, 1).within(goal(400, 0, 81)));
  }

  // One server, half busy: half a service. Two servers, half busy: Erlang's C is 1/3, so that 1/3 /
  // (2 · 2 · 1/2) is waited, and 1/2 · (√14 - 2) / (16 · 2 · 1/2) of that more.
  @Test
  void queue_isThatOfFixedServices() {
    assertEquals(0.5, Queue.waitSeconds(1, 0.5, 1), ROUNDING);
    double more = (Math.sqrt(14) - 2) / 32;
    assertEquals((1 + more) / 6, Queue.waitSeconds(2, 0.5, 1), ROUNDING);
    assertEquals(Double.POSITIVE_INFINITY, Queue.waitSeconds(1, 1, 1));
    assertEquals(0, Queue.waitSeconds(1, 0, 1));
  }

  // Two places, half of them taken, 1 s each, 4/3 s with both: at one a second the chain's weights
  // are 1, 1 and 1 · 4/3 / 2, and with both taken 2/3 of what they do comes.
  @Test
  void places_areHeldLongerTheMoreAreTaken() {
    double full = 2.0 / 3;
    double waits = full / (1 - full) / (1 + 1 + full / (1 - full));
    double factor = 1 + (1 - full) * (Math.sqrt(14) - 2) / (32 * full);
    assertEquals(
        waits * 4 / 3 / (2 * 2 * (1 - full)) * factor,
        Queue.waitSeconds(2, 0.5, 1, 4.0 / 3),
        ROUNDING);
    assertTrue(Queue.waitSeconds(2, 0.5, 1, 4.0 / 3) > Queue.waitSeconds(2, 0.5, 1));
    assertEquals(Double.POSITIVE_INFINITY, Queue.waitSeconds(2, 0.5, 1, 2));
  }

  // A cache is taken in when the step ends that runs.
  @Test
  void cache_waitsForTheEndOfTheStep() {
    ServedLoad load = ServedLoad.decodeOnly(steps(Order.MIXED), goal(400, 0, 81), 1, 8, SLOTS);
    assertEquals((1 - Math.exp(-8)) * 0.009, load.ttftSeconds(), ROUNDING);
  }

  // Between an eighth of the budget and half of it lies the length that is asked for.
  @Test
  void askedLength_isPricedItself() {
    StepTimes flatThenSteep =
        new StepTimes((sequences, tokens) -> Math.max(0.010, tokens * 1e-4), 800, 110);
    assertEquals(0.011, flatThenSteep.seconds(0, 110), ROUNDING);
  }

  // A host that waits 1 ms a sequence, launches for 40 ms, and takes 2 ms for a request and 10 µs a
  // token: decode steps take 18 + 8 ms; a mixed one 40 + 8 instead of 36.9 + 8, one in ten.
  @Test
  void host_isWaitedFor() {
    EngineHost host = new EngineHost(0.040, 0.002, 1e-5, 0.001, 1);
    Goal goal = goal(792, 0, 81);
    EngineSteps mixed = new EngineSteps(TIMES, new Batching(Order.MIXED, 800, 64, true), host);
    ServedLoad load = ServedLoad.shared(mixed, goal, 1, 8, SLOTS);

    double step = 0.9 * 0.026 + 0.1 * 0.048;
    assertEquals(step, load.tpotSeconds(), ROUNDING);
    double front = 0.002 + 792e-5;
    double came = load.requestsPerSecond() * front;
    double met = (0.9 * 0.026 * 0.026 + 0.1 * 0.048 * 0.048) / step;
    assertEquals(
        front * (1 + came / (2 * (1 - came))) + met / 2 + 0.048 * (1 + 0.1 / (2 * (1 - 0.1))),
        load.ttftSeconds(),
        ROUNDING);
  }
}
