/**
 * The door for programs: {@link dev.rackplan.Rackplan}. It may use every package except {@code
 * cli}; none uses it.
 */
package dev.rackplan;
