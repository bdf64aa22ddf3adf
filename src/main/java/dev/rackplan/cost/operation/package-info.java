/**
 * The operations of a layer on one GPU and what each takes, by its law or by formula: {@link
 * dev.rackplan.cost.operation.OpPrices} prices, {@link dev.rackplan.cost.operation.Breakdown} adds
 * up by {@link dev.rackplan.cost.operation.Term}.
 *
 * <p>Knows no link and no placement. May import none of the other parts of {@code cost}.
 */
package dev.rackplan.cost.operation;
