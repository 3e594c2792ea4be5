using System.Text.Json.Nodes;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities;

/// <summary>
/// What an activity type does. There is one instance a catalogue, shared by all workflows, so it keeps nothing between
/// calls: what an execution must remember goes into its context's properties and is stored with the instance.
/// <para>
/// Inputs, outputs and ports are fields of type <see cref="Input{T}"/>, <see cref="Output{T}"/>, <see cref="Port"/> and
/// <see cref="PortList"/>; the catalogue finds them and draws the descriptor and the property editor from them.
/// </para>
/// <para>
/// An activity that, when its code returns, has neither completed nor created a bookmark nor has a living child is
/// completed with the outcome <c>Done</c>. So a plain activity just does its work and returns.
/// </para>
/// </summary>
public abstract class Activity
{
    /// <summary>Runs when the activity is reached. All inputs with <see cref="Input.AutoEvaluate"/> have been evaluated.</summary>
    public abstract ValueTask ExecuteAsync(ActivityContext context);

    /// <summary>Runs when one of its bookmarks is resumed; the bookmark and its input are in the context. By default nothing more happens, so it completes.</summary>
    public virtual ValueTask ResumeAsync(ActivityContext context) => default;

    /// <summary>A child that this execution has scheduled has completed. By default it completes too.</summary>
    /// <param name="context">This execution.</param>
    /// <param name="child">The child; its node, tag and outcomes say which and how.</param>
    public virtual ValueTask ChildCompletedAsync(ActivityContext context, ActivityContext child)
    {
        context.Complete();
        return default;
    }

    /// <summary>A child was cancelled by somebody else than this execution's own end. By default nothing happens.</summary>
    public virtual ValueTask ChildCanceledAsync(ActivityContext context, ActivityContext child) => default;

    /// <summary>A signal rises from a descendant, nearest ancestor first.</summary>
    /// <returns>True to stop it here.</returns>
    public virtual bool Receive(ActivityContext context, Signal signal) => false;

    /// <summary>
    /// For a trigger: the stimulus that starts a workflow at this activity, without an instance to evaluate anything in.
    /// </summary>
    /// <returns>Null if nothing starts a workflow here; an activity may be a trigger of state machines alone.</returns>
    /// <exception cref="ActivityException">It cannot be known without an instance; publishing refuses that.</exception>
    public virtual JsonObject? TriggerPayload(ActivityNode node) => null;

    /// <summary>
    /// Reads, once a definition version, what the fields cannot say: connections, cases, states. The result is shared by all
    /// executions, so it is immutable; it is <see cref="ActivityNode.Structure"/>.
    /// </summary>
    public virtual object? Read(ActivityReader reader) => null;

    /// <summary>
    /// Whether it may run once more while it waits, because that does nothing but make its bookmark anew. An instance that
    /// moves to a version which fills its inputs differently then waits for what that version says.
    /// </summary>
    public virtual bool CanAskAgain => false;

    /// <summary>Whether a child that waits only offers a way on, so that an instance can do without it in another version.</summary>
    internal virtual bool OffersOnly(ActivityNode child) => false;

    /// <summary>
    /// The instance has moved to another version, this execution with it: what it has stored about its children is brought
    /// into line with what this version says. The children that live are in the context already, under their new names.
    /// </summary>
    /// <exception cref="ActivityException">It has no place in this version.</exception>
    internal virtual ValueTask MigrateAsync(ActivityContext context, InstanceMigration migration) => default;
}

/// <summary>Something that rises from an activity through its ancestors until one stops it.</summary>
public abstract record Signal
{
    /// <summary>The nearest loop ends after its current iteration; sequences and forks on the way stop too.</summary>
    public sealed record Break : Signal;

    /// <summary>The nearest composite (a workflow used as an activity, or the workflow itself) completes.</summary>
    /// <param name="Outcomes">With these.</param>
    public sealed record CompleteComposite(IReadOnlyList<string> Outcomes) : Signal;
}

/// <summary>What kind of thing an activity is in the designer.</summary>
public enum ActivityKind
{
    /// <summary>Ordinary.</summary>
    Action,

    /// <summary>Can start a workflow.</summary>
    Trigger,

    /// <summary>Always runs in the background in Elsa; here inline.</summary>
    Job,

    /// <summary>May run in the background in Elsa; here inline.</summary>
    Task,
}

/// <summary>Registers a class as an activity type.</summary>
/// <param name="type">The stored name, as <c>Elsa.If</c>; it never follows a renaming of the class.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ActivityAttribute(string type) : Attribute
{
    /// <summary>The stored name.</summary>
    public string Type { get; } = type;

    /// <summary>Of the activity type; 1 unless its inputs have changed incompatibly.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The group in the designer's toolbox.</summary>
    public string Category { get; init; } = "Miscellaneous";

    /// <summary>The title in the toolbox; null for the type's short name in words.</summary>
    public string? DisplayName { get; init; }

    /// <summary>One or two sentences for the person who designs workflows.</summary>
    public string Description { get; init; } = "";

    /// <summary>What kind of thing it is.</summary>
    public ActivityKind Kind { get; init; }

    /// <summary>The outcomes it can complete with; none means the implicit <c>Done</c>.</summary>
    public string[] Outcomes { get; init; } = [];

    /// <summary>Whether its completion ends the enclosing sequence or flowchart.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Whether it marks where a flowchart starts.</summary>
    public bool IsStart { get; init; }

    /// <summary>Whether the designer opens it as a container of activities.</summary>
    public bool IsContainer { get; init; }

    /// <summary>Whether the toolbox shows it.</summary>
    public bool IsBrowsable { get; init; } = true;

    /// <summary>Whether <see cref="Signal.CompleteComposite"/> ends here: the workflow, and a workflow used as an activity.</summary>
    public bool IsComposite { get; init; }
}
