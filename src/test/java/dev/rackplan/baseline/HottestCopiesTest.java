package dev.rackplan.baseline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

class HottestCopiesTest {
  @Test
  void givesACopyToWhatIsHotInOneWindowOnly() {
    // By window: 0.6, 0.1, 0.3 and 0.1, 0.6, 0.3; in the mean 0.35, 0.35, 0.3.
    double[] frequency = {0.6, 0.1, 0.1, 0.6, 0.3, 0.3};

    assertArrayEquals(new int[] {2, 2, 1}, HottestCopies.of(frequency, 2, 5, 4));
    // Then expert 2, at 0.3, is as hot as either copy: no copy gains, and the first gets it.
    assertArrayEquals(new int[] {3, 2, 1}, HottestCopies.of(frequency, 2, 6, 4));
  }

  @Test
  void weighsHowMuchEachWindowGains() {
    // The mean load of expert 2, 0.4, is the most; alone it is never the hottest.
    double[] frequency = {0.55, 0.04, 0.05, 0.56, 0.4, 0.4};

    assertArrayEquals(new int[] {1, 2, 1}, HottestCopies.of(frequency, 2, 4, 2));
  }

  @Test
  void putsNoTwoCopiesOnAGpu() {
    double[] frequency = {0.9, 0.05, 0.05};

    assertArrayEquals(new int[] {2, 2, 1}, HottestCopies.of(frequency, 1, 5, 2));
    assertArrayEquals(new int[] {2, 2, 2}, HottestCopies.of(frequency, 1, 9, 2));
  }
}
