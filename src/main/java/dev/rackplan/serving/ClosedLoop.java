package dev.rackplan.serving;

import dev.rackplan.problem.Batching;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Clients of one attention rank that start together, each of which asks anew as soon as it has its
 * answer: what benchmarks with a given concurrency do. Played step by step, with no chance in it.
 *
 * <p>Where steps read prompts first and answers are alike, all end together and start together
 * again, so that the queue of the start comes back each time; where prompts mix into decode steps
 * the sequences stay as far apart as the budget brought them.
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
   * @param tokensPerStep that a step yields for a sequence
   */
  public record Clients(
      int count,
      int requestsEach,
      double promptTokens,
      double answerTokens,
      double tokensPerStep) {}

  /** Plays it. */
  public static ClosedLoop of(StepTimes times, Batching batching, Clients clients) {
    return new Play(times, batching, clients).played();
  }

  private static final class Request {
    private final double asked;
    private final double answer;
    private double unread;
    private double first;
    private double ends;

    Request(double asked, double unread, double answer) {
      this.asked = asked;
      this.unread = unread;
      this.answer = answer;
    }
  }

  private static final class Play {
    private final StepTimes times;
    private final Batching batching;
    private final Clients clients;
    private final Deque<Request> waiting = new ArrayDeque<>();
    // By the count of decode steps at which they end.
    private final PriorityQueue<Request> running =
        new PriorityQueue<>((one, other) -> Double.compare(one.ends, other.ends));
    private double now;
    private double decoded;
    private int asked;
    private int done;
    private double ttft;
    private double tpot;

    Play(StepTimes times, Batching batching, Clients clients) {
      this.times = times;
      this.batching = batching;
      this.clients = clients;
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
      waiting.add(new Request(now, clients.promptTokens(), clients.answerTokens()));
      asked++;
    }

    private void step() {
      boolean mixed = batching.order() == Batching.Order.MIXED;
      List<Request> begun = new ArrayList<>();
      double read = read(batching.tokenBudget() - (mixed ? running.size() : 0), begun);
      if (read == 0) {
        double steps = Math.max(1, running.peek().ends - decoded);
        now += steps * times.seconds(running.size(), 0);
        decoded += steps;
      } else if (mixed && !running.isEmpty()) {
        now += times.seconds(running.size(), read);
        decoded++;
      } else {
        now += times.seconds(0, read);
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

    // New tokens that a step reads; whose prompts end with it.
    private double read(double budget, List<Request> begun) {
      double free = budget;
      double read = 0;
      while (!waiting.isEmpty()
          && free > 0
          && running.size() + begun.size() < batching.mostRunning()) {
        Request next = waiting.peek();
        boolean fits = next.unread <= free;
        if (!fits && !batching.cutsPrompts() && read > 0) {
          break;
        }
        double part = fits || !batching.cutsPrompts() ? next.unread : free;
        next.unread -= part;
        read += part;
        free -= part;
        if (next.unread > 0) {
          break;
        }
        begun.add(waiting.poll());
      }
      return read;
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
