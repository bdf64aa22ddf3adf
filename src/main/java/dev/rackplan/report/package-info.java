/**
 * What a person or a program reads: trees of plain values for JSON, text tables, and charts as SVG
 * text. Pure functions; nothing here prints or opens a file.
 *
 * <p>Every header names its unit. May import {@code benchmark} and what lies before it but {@code
 * solver}; never {@code cli}.
 */
package dev.rackplan.report;
