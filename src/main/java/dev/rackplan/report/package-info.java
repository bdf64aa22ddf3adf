/**
 * What a person or a program reads: trees of plain values for JSON, and text tables. Pure
 * functions; nothing here prints or opens a file.
 *
 * <p>Every header names its unit. May import {@code evaluation} and what lies before it; never
 * {@code solver} or {@code cli}.
 */
package dev.rackplan.report;
