using Switchboard.Workflows.Definitions;

namespace Switchboard.Workflows.Execution;

/// <summary>What a burst did, all of it as data: nothing outside has changed yet.</summary>
public sealed class BurstResult
{
    /// <summary>The instance after the burst.</summary>
    public required InstanceState State { get; init; }

    /// <summary>In the order in which activities yielded them.</summary>
    public IReadOnlyList<Effect> Effects { get; init; } = [];

    /// <summary>Journal entries in order of their sequence.</summary>
    public IReadOnlyList<JournalEntry> Journal { get; init; } = [];

    /// <summary>Bookmarks that came into being in this burst and are still there at its end.</summary>
    public IReadOnlyList<Bookmark> CreatedBookmarks { get; init; } = [];

    /// <summary>Bookmarks that were there before the burst and are gone now.</summary>
    public IReadOnlyList<Bookmark> RemovedBookmarks { get; init; } = [];

    /// <summary>Instances that this burst ran inline (<c>Elsa.ExecuteWorkflow</c>), to be written in the same step.</summary>
    public IReadOnlyList<BurstResult> Children { get; init; } = [];

    /// <summary>True when the stimulus found nothing to wake (the bookmark is gone, the instance has finished): the state is as before.</summary>
    public bool Ignored { get; init; }

    /// <summary>The definition that ran.</summary>
    public required WorkflowGraph Graph { get; init; }
}
