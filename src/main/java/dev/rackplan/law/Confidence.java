package dev.rackplan.law;

import java.util.OptionalDouble;

/**
 * How sure a modelled time is.
 *
 * @param plusMinus half-width as a share of the time: two of three measured times lie between
 *     {@code time · (1 - plusMinus)} and {@code time · (1 + plusMinus)}; empty where no rows of its
 *     phase were measured
 * @param ratio the same of the ratio of two layouts' times, whose errors are partly shared
 * @param restsOn what the time rests on
 */
public record Confidence(OptionalDouble plusMinus, OptionalDouble ratio, RestsOn restsOn) {}
