using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;

namespace Switchboard.Workflows.Execution;

/// <summary>
/// The inward port of the library: the few things that a burst needs from outside and that it must not do itself.
/// Implementations read only; whatever shall change is yielded as an <see cref="Effect"/>.
/// </summary>
public interface IBurstHost
{
    /// <summary>Evaluates JavaScript in the worker process.</summary>
    /// <exception cref="ActivityException">The script failed, or exceeded its budget.</exception>
    ValueTask<Expressions.ScriptResult> EvaluateScriptAsync(Expressions.ScriptRequest request, CancellationToken ct);

    /// <summary>Evaluates FEEL over values by name.</summary>
    /// <exception cref="ActivityException">It does not parse, or exceeded its budget.</exception>
    JsonNode? EvaluateFeel(string source, JsonObject values, DateTimeOffset now);

    /// <summary>A definition by logical id: the given version if it exists, else the published one; null if there is none.</summary>
    ValueTask<WorkflowGraph?> FindDefinitionAsync(string definitionId, int? version, CancellationToken ct);

    /// <summary>A new unique id (UUIDv7 text).</summary>
    string NewId();

    /// <summary>The first occurrence of a cron expression (six or seven fields, seconds first) after an instant, in UTC; null for never.</summary>
    DateTimeOffset? NextOccurrence(string cronExpression, DateTimeOffset after);

    /// <summary>What the host's own activities need (a view of records, templates, calendars); null if the host has no such thing.</summary>
    object? Find(Type feature);
}
