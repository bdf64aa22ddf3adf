package dev.rackplan.replay;

import dev.rackplan.problem.Batching.Order;
import dev.rackplan.workload.RequestTrace;
import java.util.ArrayList;
import java.util.List;

/**
 * One instance with one attention rank that does both, said a second time: a list of sequences that
 * each step looks at one by one. No prefix cache, no sessions, whole tokens.
 */
final class SlowReplay {
  private final RequestTrace trace;
  private final Pool pool;
  private final List<Sequence> waiting = new ArrayList<>();
  private final List<Sequence> reading = new ArrayList<>();
  private final List<Sequence> running = new ArrayList<>();
  final double[] first;
  final double[] ended;
  int preempted;

  private static final class Sequence {
    final int request;
    final int prompt;
    final int answer;
    int target;
    int read;
    int written;
    int held;
    int chunk;

    Sequence(int request, int prompt, int answer) {
      this.request = request;
      this.prompt = prompt;
      this.answer = answer;
      this.target = prompt;
    }
  }

  SlowReplay(RequestTrace trace, Pool pool) {
    this.trace = trace;
    this.pool = pool;
    this.first = new double[trace.size()];
    this.ended = new double[trace.size()];
    run();
  }

  private int held() {
    return reading.stream().mapToInt(one -> one.held).sum()
        + running.stream().mapToInt(one -> one.held).sum();
  }

  private void run() {
    double now = 0;
    int next = 0;
    while (next < trace.size() || !(waiting.isEmpty() && reading.isEmpty() && running.isEmpty())) {
      while (next < trace.size() && through(next) <= now) {
        come(next++);
      }
      if (waiting.isEmpty() && reading.isEmpty() && running.isEmpty()) {
        if (next == trace.size()) {
          return;
        }
        now = Math.max(now, through(next));
        come(next++);
      } else {
        now += step(now);
      }
    }
  }

  private boolean refused(int request) {
    return trace.promptTokens(request) + Math.max(1, trace.answerTokens(request)) + 1
        > pool.room().tokens();
  }

  // When the front end is done with it, which takes one request after the other; refused ones none.
  private double through(int request) {
    double done = 0;
    for (int r = 0; r <= request; r++) {
      if (!refused(r)) {
        done = Math.max(done, trace.seconds(r)) + pool.host().frontSeconds(trace.promptTokens(r));
      }
    }
    return refused(request) ? Math.max(done, trace.seconds(request)) : done;
  }

  private void come(int request) {
    int prompt = trace.promptTokens(request);
    int answer = Math.max(1, trace.answerTokens(request));
    if (refused(request)) {
      ended[request] = trace.seconds(request);
    } else {
      waiting.add(new Sequence(request, prompt, answer));
    }
  }

  private double step(double now) {
    boolean mixed = pool.batching().order() == Order.MIXED;
    if (mixed) {
      makeRoom();
    }
    int budget = pool.batching().tokenBudget() - (mixed ? running.size() : 0);
    int tokens = 0;
    double pairs = 0;
    List<Sequence> inStep = new ArrayList<>();
    for (int i = 0; tokens < budget; i++) {
      if (i == reading.size()) {
        if (waiting.isEmpty() || !fits(waiting.get(0))) {
          break;
        }
        Sequence one = waiting.remove(0);
        one.held = one.target;
        one.read = 0;
        reading.add(one);
      }
      Sequence one = reading.get(i);
      one.chunk = Math.min(budget - tokens, one.target - one.read);
      tokens += one.chunk;
      pairs += one.chunk * (one.read + one.chunk / 2.0);
      inStep.add(one);
    }
    boolean decodes = mixed || tokens == 0;
    if (decodes && !mixed) {
      makeRoom();
    }
    int n = decodes ? running.size() : 0;
    double contexts = running.stream().mapToInt(one -> one.prompt + one.written).sum();
    StepTimes times = pool.times();
    double decoding = n > 0 ? times.decodeSeconds(n, 1, contexts / n, 1) : 0;
    double prompts = tokens > 0 ? times.promptSeconds(tokens, 1, pairs / tokens, 1) : 0;
    int finishing = (int) inStep.stream().filter(one -> one.read + one.chunk == one.target).count();
    double seconds = decoding + prompts;
    if (tokens > 0) {
      seconds = Math.max(seconds, pool.host().eagerSeconds());
    }
    seconds += pool.host().sequenceSeconds() * (n > 0 ? n : finishing);
    end(now + seconds, n > 0, inStep);
    return seconds;
  }

  private void end(double now, boolean decoded, List<Sequence> inStep) {
    if (decoded) {
      for (Sequence one : List.copyOf(running)) {
        one.written++;
        one.held++;
        if (one.written == one.answer) {
          running.remove(one);
          ended[one.request] = now;
        }
      }
    }
    for (Sequence one : inStep) {
      one.read += one.chunk;
      if (one.read == one.target) {
        reading.remove(one);
        one.written++;
        first[one.request] = first[one.request] == 0 ? now : first[one.request];
        if (one.written == one.answer) {
          ended[one.request] = now;
        } else {
          running.add(one);
        }
      }
    }
  }

  private boolean fits(Sequence one) {
    if (reading.size() + running.size() >= pool.batching().mostRunning()) {
      return false;
    }
    double reserved =
        pool.reservedShare()
            * (running.stream().mapToInt(other -> other.answer - other.written).sum()
                + one.answer
                - one.written);
    return reading.isEmpty() && running.isEmpty()
        || held() + one.target + Math.max(running.size() + 1, reserved) <= pool.room().tokens();
  }

  private void makeRoom() {
    while (!running.isEmpty()
        && reading.size() + running.size() > 1
        && held() + running.size() > pool.room().tokens()) {
      boolean reads = !reading.isEmpty();
      Sequence last =
          reads ? reading.remove(reading.size() - 1) : running.remove(running.size() - 1);
      last.target = reads ? last.target : last.prompt + last.written;
      last.held = 0;
      waiting.add(0, last);
      preempted++;
    }
  }
}
