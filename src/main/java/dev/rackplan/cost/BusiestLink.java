package dev.rackplan.cost;

/**
 * The link that bounds an all-to-all.
 *
 * @param kind what kind of link, such as {@code NIC in}
 * @param index GPU position, domain or leaf index in the {@link StageShape}, by kind
 * @param secondsPerByte seconds that one micro-batch's copies take there, per byte of one copy
 */
public record BusiestLink(String kind, int index, double secondsPerByte) {}
