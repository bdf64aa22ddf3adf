package dev.rackplan.serving;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Clients that start together, each of which asks again as soon as it has its answer, before pools
 * apart: instances that read prompts, and others that decode. Played event by event, with no chance
 * in it.
 *
 * <p>Routers send a request to the instance that has the fewest. Ranks of an instance step
 * together: a prompt that comes while others are read waits for the end of their step, and prompts
 * that have come by then are read together as far as the budget of tokens goes, shared evenly among
 * the ranks. A prompt that is read waits until a decode instance has a place for it and begins its
 * next step. So a queue stands where the pool is that can't keep up.
 *
 * @param ttftSeconds mean from asking to the first token
 * @param tpotSeconds mean over requests of the time from the first token to the last, over the
 *     tokens after the first
 * @param requestsPerSecond answers over the time until the last
 */
public record ClosedPools(double ttftSeconds, double tpotSeconds, double requestsPerSecond) {

  /**
   * Equal instances of one pool.
   *
   * @param steps of one
   * @param instances how many
   * @param mostRunning sequences that each attention rank decodes at a time; not looked at of those
   *     that read
   */
  public record Pool(EngineSteps steps, int instances, int mostRunning) {}

  /** Plays it; a prompt's cache takes {@code handOverSeconds} from one pool to the other. */
  public static ClosedPools of(
      Pool reading, Pool decoding, ClosedLoop.Clients clients, double handOverSeconds) {
    return new Play(reading, decoding, clients, handOverSeconds).played();
  }

  private static final class Request {
    private final double asked;
    private final double answer;
    private double first;
    private double ends;

    Request(double asked, double answer) {
      this.asked = asked;
      this.answer = answer;
    }
  }

  private record Event(double at, long order, Runnable happens) {}

  private static final class Play {
    private final ClosedLoop.Clients clients;
    private final double handOver;
    private final double frontSeconds;
    private final List<Reader> readers = new ArrayList<>();
    private final List<Writer> writers = new ArrayList<>();
    private final PriorityQueue<Event> events =
        new PriorityQueue<>(Comparator.comparingDouble(Event::at).thenComparingLong(Event::order));
    private long order;
    private double now;
    private int asked;
    private int done;
    private double ttft;
    private double tpot;

    Play(Pool reading, Pool decoding, ClosedLoop.Clients clients, double handOver) {
      this.clients = clients;
      this.handOver = handOver;
      this.frontSeconds = reading.steps().host().frontSeconds(clients.promptTokens());
      for (int i = 0; i < reading.instances(); i++) {
        readers.add(new Reader(reading.steps()));
      }
      for (int i = 0; i < decoding.instances(); i++) {
        writers.add(new Writer(decoding));
      }
    }

    ClosedPools played() {
      for (int i = 0; i < clients.count(); i++) {
        ask();
      }
      while (!events.isEmpty()) {
        Event next = events.poll();
        now = next.at();
        next.happens().run();
      }
      return new ClosedPools(ttft / done, tpot / done, done / now);
    }

    private void at(double time, Runnable happens) {
      events.add(new Event(time, order++, happens));
    }

    private void ask() {
      double answer = clients.answer(asked);
      asked++;
      fewest(readers).ask(new Request(now, answer));
    }

    private static <T extends Loaded> T fewest(List<T> instances) {
      return instances.stream().min(Comparator.comparingInt(Loaded::load)).orElseThrow();
    }

    private void end(Request request) {
      tpot += request.answer > 1 ? (now - request.first) / (request.answer - 1) : 0;
      done++;
      if (asked < clients.count() * clients.requestsEach()) {
        ask();
      }
    }

    private interface Loaded {
      int load();
    }

    private final class Reader implements Loaded {
      private final EngineSteps steps;
      private final Deque<Request> waiting = new ArrayDeque<>();
      private int coming;
      private int read;
      private double front;
      private boolean busy;

      Reader(EngineSteps steps) {
        this.steps = steps;
      }

      @Override
      public int load() {
        return coming + waiting.size() + read;
      }

      // Its front end takes one request after another, then the decode instance's.
      void ask(Request request) {
        coming++;
        front = Math.max(now, front) + frontSeconds;
        at(
            front,
            () -> {
              coming--;
              waiting.add(request);
              if (!busy) {
                step();
              }
            });
      }

      private void step() {
        busy = !waiting.isEmpty();
        if (!busy) {
          return;
        }
        int most = steps.ranks() * steps.promptsTogether(clients.promptTokens());
        List<Request> prompts = new ArrayList<>();
        while (!waiting.isEmpty() && prompts.size() < most) {
          prompts.add(waiting.poll());
        }
        read += prompts.size();
        EngineSteps.Reading time = steps.reading(clients.promptTokens(), prompts.size());
        at(
            now + time.seconds() + handOver + frontSeconds,
            () -> {
              read -= prompts.size();
              prompts.forEach(request -> fewest(writers).add(request));
            });
        at(now + time.heldSeconds(), this::step);
      }
    }

    private final class Writer implements Loaded {
      private final EngineSteps steps;
      private final int places;
      private final Deque<Request> waiting = new ArrayDeque<>();
      // By the count of steps at which they end.
      private final PriorityQueue<Request> running =
          new PriorityQueue<>(Comparator.comparingDouble(request -> request.ends));
      private double since;
      private double stepped;
      private double seconds;
      private long planned;

      Writer(Pool pool) {
        this.steps = pool.steps();
        this.places = Math.multiplyExact(pool.mostRunning(), pool.steps().ranks());
      }

      @Override
      public int load() {
        return waiting.size() + running.size();
      }

      void add(Request request) {
        waiting.add(request);
        if (running.isEmpty()) {
          since = now;
          change(0);
        } else if (running.size() < places) {
          plan(Math.max(1, Math.ceil((now - since) / seconds)));
        }
      }

      // After so many steps since the last change.
      private void plan(double count) {
        planned = order;
        long mine = planned;
        at(
            since + count * seconds,
            () -> {
              if (planned == mine) {
                since = now;
                change(count);
              }
            });
      }

      private void change(double count) {
        stepped += count;
        while (!running.isEmpty() && running.peek().ends <= stepped) {
          end(running.poll());
        }
        List<Request> begun = new ArrayList<>();
        while (!waiting.isEmpty() && running.size() < places) {
          Request request = waiting.poll();
          request.ends = stepped + Math.ceil(request.answer / clients.tokensPerStep());
          running.add(request);
          begun.add(request);
        }
        if (running.isEmpty()) {
          planned = -1;
          return;
        }
        seconds = steps.decodeSeconds(Math.ceil(running.size() / (double) steps.ranks()));
        for (Request request : begun) {
          request.first = now + seconds;
          ttft += request.first - request.asked;
        }
        plan(running.peek().ends - stepped);
      }
    }
  }
}
