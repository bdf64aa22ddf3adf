package dev.rackplan.serving;

import dev.rackplan.problem.Batching;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Clients of one attention rank that start together, each of which asks again as soon as it has its
 * answer: what benchmarks with a given concurrency do. Played step by step, with no chance in it.
 *
 * <p>Where steps read prompts first and answers are alike, all end together and start together
 * again, so that the queue of the start comes back each time; where prompts mix into decode steps,
 * or answers differ, clients drift apart. What a step takes of which the parts are known: {@link
 * EngineHost}.
 *
 * @param ttftSeconds mean from asking to the first token
 * @param tpotSeconds mean over requests of the time from the first token to the last, over the
 *     tokens after the first
 * @param requestsPerSecond answers over the time until the last
 */
public record ClosedLoop(double ttftSeconds, double tpotSeconds, double requestsPerSecond) {

  /**
   * Who asks.
   *
   * @param count clients of the rank
   * @param requestsEach how often each asks
   * @param promptTokens of a prompt that are computed
   * @param answerTokens of an answer, the first one included
   * @param spread answers are evenly {@code 1 ± spread} times as long; 0 if all are alike
   * @param tokensPerStep that a step yields for a sequence
   */
  public record Clients(
      int count,
      int requestsEach,
      double promptTokens,
      double answerTokens,
      double spread,
      double tokensPerStep) {
    /** Tokens of the answer to so many-th request. */
    double answer(int index) {
      return Math.rint(answerTokens * (1 + spread * place(index)));
    }

    // Evenly over [-1, 1), whichever requests are looked at: van der Corput's sequence.
    private static double place(int index) {
      return (Integer.reverse(index) + 0.0) / (1L << 31);
    }
  }

  /** Plays it. */
  public static ClosedLoop of(
      StepTimes times, Batching batching, Clients clients, EngineHost host) {
    return new Play(times, batching, clients, host).played();
  }

  private static final class Request {
    private final double asked;
    private final double comes;
    private final double answer;
    private double unread;
    private double first;
    private double ends;

    Request(double asked, double comes, double unread, double answer) {
      this.asked = asked;
      this.comes = comes;
      this.unread = unread;
      this.answer = answer;
    }
  }

  private static final class Play {
    private final StepTimes times;
    private final Batching batching;
    private final Clients clients;
    private final EngineHost host;
    // In the order in which they come.
    private final Deque<Request> coming = new ArrayDeque<>();
    private final Deque<Request> waiting = new ArrayDeque<>();
    // By the count of decode steps at which they end.
    private final PriorityQueue<Request> running =
        new PriorityQueue<>((one, other) -> Double.compare(one.ends, other.ends));
    private double now;
    private double decoded;
    private double looked;
    private double front;
    private int asked;
    private int done;
    private double ttft;
    private double tpot;

    Play(StepTimes times, Batching batching, Clients clients, EngineHost host) {
      this.times = times;
      this.batching = batching;
      this.clients = clients;
      this.host = host;
    }

    ClosedLoop played() {
      int all = clients.count() * clients.requestsEach();
      for (int i = 0; i < clients.count(); i++) {
        ask();
      }
      while (done < all) {
        step();
      }
      return new ClosedLoop(ttft / all, tpot / all, all / now);
    }

    private void ask() {
      double answer = clients.answer(asked);
      front = Math.max(now, front) + host.frontSeconds(clients.promptTokens());
      coming.add(new Request(now, front, clients.promptTokens(), answer));
      asked++;
    }

    private void look() {
      if (running.isEmpty() && waiting.isEmpty()) {
        now = Math.max(now, coming.peek().comes);
      } else if (decoded < looked + host.pollSteps()) {
        return;
      }
      looked = decoded;
      while (!coming.isEmpty() && coming.peek().comes <= now) {
        waiting.add(coming.poll());
      }
    }

    // Decode steps until an answer ends, or the engine looks and finds a request.
    private double steps(double seconds) {
      double ends = Math.max(1, running.peek().ends - decoded);
      if (coming.isEmpty()) {
        return ends;
      }
      double here = Math.ceil((coming.peek().comes - now) / seconds);
      return Math.min(ends, Math.max(Math.max(1, here), looked + host.pollSteps() - decoded));
    }

    private boolean mixes() {
      return batching.order() == Batching.Order.MIXED;
    }

    private void step() {
      look();
      List<Request> begun = new ArrayList<>();
      List<Double> parts = read(batching.tokenBudget() - (mixes() ? running.size() : 0), begun);
      double read = parts.stream().mapToDouble(Double::doubleValue).sum();
      if (read == 0) {
        double seconds = host.stepSeconds(times.seconds(running.size(), 0), 0, running.size());
        double steps = steps(seconds);
        now += steps * seconds;
        decoded += steps;
      } else if (mixes() && !running.isEmpty()) {
        double prompts = parts.stream().mapToDouble(part -> times.seconds(0, part)).sum();
        now += host.stepSeconds(times.seconds(running.size(), 0), prompts, running.size());
        decoded++;
      } else {
        now += host.stepSeconds(0, times.seconds(0, read), begun.size());
      }
      if (read > 0) {
        looked = decoded - host.pollSteps();
      }
      end();
      for (Request request : begun) {
        request.first = now;
        ttft += now - request.asked;
        request.ends = decoded + Math.ceil((request.answer - 1) / clients.tokensPerStep());
        running.add(request);
      }
      end();
    }

    // New tokens that a step reads, prompt by prompt; whose prompts end with it.
    private List<Double> read(double budget, List<Request> begun) {
      double free = budget;
      List<Double> parts = new ArrayList<>();
      while (!waiting.isEmpty()
          && free > 0
          && running.size() + begun.size() < batching.mostRunning()) {
        Request next = waiting.peek();
        boolean fits = next.unread <= free;
        if (!fits && !batching.cutsPrompts() && !parts.isEmpty()) {
          break;
        }
        double part = fits || !batching.cutsPrompts() ? next.unread : free;
        next.unread -= part;
        parts.add(part);
        free -= part;
        if (next.unread > 0) {
          break;
        }
        begun.add(waiting.poll());
      }
      return parts;
    }

    private void end() {
      while (!running.isEmpty() && running.peek().ends <= decoded) {
        Request request = running.poll();
        tpot += request.answer > 1 ? (now - request.first) / (request.answer - 1) : 0;
        done++;
        if (asked < clients.count() * clients.requestsEach()) {
          ask();
        }
      }
    }
  }
}
