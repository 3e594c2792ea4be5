using Switchboard.Workflows.Definitions;

namespace Switchboard.Workflows.Execution;

/// <summary>Where the parts of one version are found in another, as far as their names differ there.</summary>
/// <param name="Activities">Activity id → activity id in the other version.</param>
/// <param name="States">Name of a state machine's state → name of a state in the other version.</param>
public sealed record MigrationMap(IReadOnlyDictionary<string, string> Activities, IReadOnlyDictionary<string, string> States)
{
    /// <summary>Everything is found by its own name.</summary>
    public static readonly MigrationMap ByName = new(new Dictionary<string, string>(), new Dictionary<string, string>());

    /// <summary>The id in the other version.</summary>
    public string ActivityOf(string id) => Activities.GetValueOrDefault(id, id);

    /// <summary>The id that an activity of the other version had before.</summary>
    internal string ActivityBefore(string id) => Activities.FirstOrDefault(entry => entry.Value == id).Key ?? id;

    /// <summary>The name in the other version.</summary>
    public string StateOf(string name) => States.GetValueOrDefault(name, name);
}

/// <summary>The move of an instance to another version of its definition: the burst's graph is that version.</summary>
/// <param name="From">The version that it was bound to.</param>
/// <param name="Map">Where it is found again.</param>
/// <param name="Actor">Who moves it: for the journal.</param>
public sealed record InstanceMigration(WorkflowGraph From, MigrationMap Map, string Actor);
