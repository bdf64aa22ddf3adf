package dev.rackplan.serving;

import dev.rackplan.problem.Batching;
import dev.rackplan.problem.RankBalance;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.ToDoubleFunction;

/**
 * Clients that start together, each of which asks again as soon as it has its answer: what
 * benchmarks with a given concurrency do. Played step by step, with no chance in it.
 *
 * <p>Where steps read prompts first and answers are alike, all end together and start together
 * again, so that the queue of the start comes back each time; there one attention rank stands for
 * all. Where prompts mix into decode steps clients come apart as far as steps have no room for all
 * of their prompts, and where answers differ; so do ranks: these step together, so that a prompt of
 * one holds up all. What a step takes of which the parts are known: {@link EngineHost}.
 *
 * @param ttftSeconds mean from asking to the first token
 * @param tpotSeconds mean over requests of the time from the first token to the last, over the
 *     tokens after the first
 * @param requestsPerSecond answers of the ranks that are played over the time until the last
 */
public record ClosedLoop(double ttftSeconds, double tpotSeconds, double requestsPerSecond) {

  /**
   * Who asks.
   *
   * @param count clients of a rank
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

  /** Plays it on one rank. */
  public static ClosedLoop of(
      StepTimes times, Batching batching, Clients clients, EngineHost host) {
    return of(new EngineSteps(times, batching, host), clients, Optional.empty());
  }

  /**
   * Plays it on an instance.
   *
   * @param steps of its ranks
   * @param balance how ranks wait for each other's prompts; they don't where empty
   */
  public static ClosedLoop of(EngineSteps steps, Clients clients, Optional<RankBalance> balance) {
    return new Play(steps, clients, balance).played();
  }

  private static final class Request {
    private final RankQueue rank;
    private final double asked;
    private final double comes;
    private final double answer;
    private double unread;
    private double first;
    private double ends;

    Request(RankQueue rank, double asked, double comes, double unread, double answer) {
      this.rank = rank;
      this.asked = asked;
      this.comes = comes;
      this.unread = unread;
      this.answer = answer;
    }
  }

  private static final class RankQueue {
    private final Deque<Request> waiting = new ArrayDeque<>();
    // By the count of decode steps at which they end.
    private final PriorityQueue<Request> running =
        new PriorityQueue<>((one, other) -> Double.compare(one.ends, other.ends));
    // The place of its next answer among all lengths.
    private int next;

    RankQueue(int first) {
      this.next = first;
    }
  }

  private static final class Play {
    private final EngineSteps steps;
    private final Batching batching;
    private final Clients clients;
    private final EngineHost host;
    private final Optional<PromptWait> wait;
    private final List<RankQueue> ranks = new ArrayList<>();
    // In the order in which they come.
    private final Deque<Request> coming = new ArrayDeque<>();
    private final int all;
    private double now;
    private double decoded;
    private double looked;
    private double front;
    private int asked;
    private int done;
    private double ttft;
    private double tpot;

    Play(EngineSteps steps, Clients clients, Optional<RankBalance> balance) {
      this.steps = steps;
      this.batching = steps.batching();
      this.clients = clients;
      this.host = steps.host();
      int each = clients.count() * clients.requestsEach();
      int count = mixes() ? steps.ranks() : 1;
      for (int r = 0; r < count; r++) {
        ranks.add(new RankQueue(r * each));
      }
      this.all = each * count;
      this.wait = balance.filter(ranks -> count > 1).map(PromptWait::new);
    }

    ClosedLoop played() {
      for (int i = 0; i < clients.count(); i++) {
        ranks.forEach(this::ask);
      }
      while (done < all) {
        step();
      }
      return new ClosedLoop(ttft / all, tpot / all, all / now);
    }

    private void ask(RankQueue rank) {
      double answer = clients.answer(rank.next);
      front = Math.max(now, front) + host.frontSeconds(clients.promptTokens());
      coming.add(new Request(rank, now, front, clients.promptTokens(), answer));
      rank.next++;
      asked++;
    }

    private boolean idle() {
      return ranks.stream().allMatch(rank -> rank.running.isEmpty() && rank.waiting.isEmpty());
    }

    private void look() {
      if (idle()) {
        now = Math.max(now, coming.peek().comes);
      } else if (decoded < looked + host.pollSteps()) {
        return;
      }
      looked = decoded;
      while (!coming.isEmpty() && coming.peek().comes <= now) {
        Request request = coming.poll();
        request.rank.waiting.add(request);
      }
    }

    private int mostRunning() {
      return ranks.stream().mapToInt(rank -> rank.running.size()).max().orElseThrow();
    }

    private boolean begins(PromptWait wait) {
      return wait.begins(
          ranks.stream()
              .allMatch(
                  rank -> !rank.waiting.isEmpty() && rank.running.size() < batching.mostRunning()),
          ranks.stream().noneMatch(rank -> rank.running.isEmpty()));
    }

    // Decode steps until an answer ends, or the engine looks and finds a request.
    private double decodes(double seconds) {
      if (wait.isPresent()) {
        return 1;
      }
      double ends = Math.max(1, nextEnd() - decoded);
      if (coming.isEmpty()) {
        return ends;
      }
      double here = Math.ceil((coming.peek().comes - now) / seconds);
      return Math.min(ends, Math.max(Math.max(1, here), looked + host.pollSteps() - decoded));
    }

    private double nextEnd() {
      return ranks.stream()
          .filter(rank -> !rank.running.isEmpty())
          .mapToDouble(rank -> rank.running.peek().ends)
          .min()
          .orElseThrow();
    }

    private boolean mixes() {
      return batching.order() == Batching.Order.MIXED;
    }

    private void step() {
      look();
      List<Request> begun = new ArrayList<>();
      List<List<Double>> parts = new ArrayList<>();
      if (wait.map(this::begins).orElse(true)) {
        ranks.forEach(rank -> parts.add(read(rank, begun)));
        parts.removeIf(List::isEmpty);
      }
      int running = mostRunning();
      if (parts.isEmpty()) {
        double seconds = host.stepSeconds(steps.times().seconds(running, 0), 0, running);
        double count = decodes(seconds);
        now += count * seconds;
        decoded += count;
      } else {
        now += readSeconds(parts, running, begun.size());
        decoded += running > 0 && mixes() ? 1 : 0;
        looked = decoded - host.pollSteps();
      }
      end();
      for (Request request : begun) {
        request.first = now;
        ttft += now - request.asked;
        request.ends = decoded + Math.ceil((request.answer - 1) / clients.tokensPerStep());
        request.rank.running.add(request);
      }
      end();
    }

    // A step that reads so much of prompts on some ranks, beside what the fullest one decodes.
    private double readSeconds(List<List<Double>> parts, int running, int begun) {
      double fill = parts.size() / (double) ranks.size();
      if (running > 0 && mixes()) {
        double prompts =
            most(parts, of -> of.stream().mapToDouble(p -> steps.promptSeconds(p, fill)).sum());
        return host.stepSeconds(steps.times().seconds(running, 0), prompts, running);
      }
      double tokens = most(parts, of -> of.stream().mapToDouble(Double::doubleValue).sum());
      return host.stepSeconds(0, steps.promptSeconds(tokens, fill), begun);
    }

    private static double most(List<List<Double>> parts, ToDoubleFunction<List<Double>> of) {
      return parts.stream().mapToDouble(of).max().orElseThrow();
    }

    // New tokens that a step reads on a rank, prompt by prompt; whose prompts end with it.
    private List<Double> read(RankQueue rank, List<Request> begun) {
      double free = batching.tokenBudget() - (mixes() ? rank.running.size() : 0);
      int places = batching.mostRunning() - rank.running.size();
      List<Double> parts = new ArrayList<>();
      while (!rank.waiting.isEmpty() && free > 0 && places > 0) {
        Request next = rank.waiting.peek();
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
        begun.add(rank.waiting.poll());
        places--;
      }
      return parts;
    }

    private void end() {
      for (RankQueue rank : ranks) {
        while (!rank.running.isEmpty() && rank.running.peek().ends <= decoded) {
          Request request = rank.running.poll();
          tpot += request.answer > 1 ? (now - request.first) / (request.answer - 1) : 0;
          done++;
          if (asked < all) {
            ask(rank);
          }
        }
      }
    }
  }
}
