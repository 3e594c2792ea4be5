using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Analysis;

/// <summary>What an analysis found.</summary>
public enum TableFindingKind
{
    /// <summary>No row matches an input, there is no default, and the table does not collect.</summary>
    Gap,

    /// <summary>Two rows match an input of a table that allows one, with equal outputs.</summary>
    Overlap,

    /// <summary>Two rows match an input with outputs that may not differ.</summary>
    Conflict,

    /// <summary>A row that no input can hit, or that earlier rows always come before.</summary>
    Unreachable,
}

/// <summary>Something about a table that its author may not have meant.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Rows">The rows concerned, from 1.</param>
/// <param name="Example">The simplest input that shows it, by column; for a row that nothing can hit, what is free is left out.</param>
/// <param name="Message">For the author.</param>
public sealed record TableFinding(TableFindingKind Kind, IReadOnlyList<int> Rows, IReadOnlyList<KeyValuePair<string, FeelValue>> Example, string Message);

/// <summary>What is known of a table, and what is not.</summary>
/// <param name="Findings">What was found; at most 100 of a kind.</param>
/// <param name="Limits">What could not be looked at, in sentences; empty for a whole analysis.</param>
public sealed record TableReport(IReadOnlyList<TableFinding> Findings, IReadOnlyList<string> Limits)
{
    /// <summary>Whether what was not found is not there.</summary>
    public bool IsComplete => Limits.Count == 0;
}
