package dev.rackplan.architecture.allowed.plan;

import java.io.Serializable;
import java.time.Duration;

/** Types that only look like I/O and a clock. */
public record Answer(Duration step) implements Serializable {
  private static final long serialVersionUID = 1L;
}
