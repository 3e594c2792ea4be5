using System.Text.Json;

using Switchboard.Workflows.Activities.Composition;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Execution;

/// <content>
/// Moves an instance to another version of its definition. First what is stored is renamed, so that it can be opened there;
/// then every container reconciles itself with what the new version says of it.
/// </content>
public sealed partial class Burst
{
    private readonly List<(int Owner, ActivityNode Node, string? Tag)> _begunAnew = [];
    private readonly Dictionary<int, ActivityNode> _nodesBefore = [];
    private DateTimeOffset? _failedAt;

    /// <exception cref="ActivityException">The instance is at something that the new version does not have; the message lists all of it.</exception>
    private void Relocate(InstanceMigration migration)
    {
        if (State.SubStatus == InstanceSubStatus.Faulted)
            _failedAt = State.FinishedAt;
        var problems = new List<(string Code, string Message)>();
        var gone = new HashSet<int>();
        foreach (var execution in State.Executions.ToList())
        {
            if (gone.Contains(execution.Parent))
            {
                gone.Add(execution.Number);
                Drop(execution, migration.From);
            }
            else if (NodeBefore(execution, migration.From) is { } before && !Relocate(execution, before, migration, problems))
            {
                gone.Add(execution.Number);
                Drop(execution, migration.From);
            }
        }
        if (problems.Count > 0)
            throw new ActivityException(problems[0].Code, string.Join(' ', problems.Select(problem => problem.Message).Distinct()));
        RenameTraces(migration);
    }

    /// <summary>The activity in the old version; null inside a workflow used as an activity, which keeps its own version.</summary>
    private ActivityNode? NodeBefore(ActivityExecution execution, WorkflowGraph from)
    {
        ActivityNode? node = null;
        if (execution.Parent == 0)
            node = from.Root;
        else if (_nodesBefore.TryGetValue(execution.Parent, out var owner) && owner.Activity is not WorkflowAsActivity)
            node = from.Find(execution.ActivityId) ?? throw new ActivityException("activity_missing", $"The instance is at activity {execution.ActivityId}, which version {from.Version} does not have.");
        if (node is not null)
            _nodesBefore[execution.Number] = node;
        return node;
    }

    /// <returns>False if it cannot go on there and is dropped.</returns>
    private bool Relocate(ActivityExecution execution, ActivityNode before, InstanceMigration migration, List<(string Code, string Message)> problems)
    {
        var target = Request.Graph;
        var isMapped = migration.Map.Activities.ContainsKey(before.Id);
        var after = before.Parent is null ? target.Root : target.Find(migration.Map.ActivityOf(before.Id));
        var isOffer = before.Parent?.Activity.OffersOnly(before) == true;
        if (after is null)
        {
            if (!isOffer || isMapped)
                problems.Add(("activity_missing", $"The instance is at activity {before.Id}, {(isMapped ? $"and activity {migration.Map.ActivityOf(before.Id)}, to which it is mapped, is not in version {target.Version}" : $"which version {target.Version} does not have")}."));
            return false;
        }
        if (before.Parent is not null && State.Executions.Find(owner => owner.Number == execution.Parent) is { } owner
            && _nodesBefore[owner.Number] == before.Parent && after.Parent!.Id != owner.ActivityId)
        {
            problems.Add(("place_differs", $"Activity {after.Id} is inside {after.Parent.Id} in version {target.Version}, where the instance is not."));
            return false;
        }
        if (after.Type != before.Type)
        {
            if (!isMapped)
                problems.Add(("type_differs", $"Activity {before.Id} is of type {before.Type} here and {after.Type} in version {target.Version}; map it, and it begins anew there."));
            else if (!isOffer) // what is offered anew, its owner offers by itself
                _begunAnew.Add((execution.Parent, after, execution.Tag));
            return false;
        }
        execution.ActivityId = after.Id;
        Redeclare(execution, before, after, problems);
        return true;
    }

    /// <summary>Variables are found again by id, else by name; what the new version does not declare is gone.</summary>
    private static void Redeclare(ActivityExecution execution, ActivityNode before, ActivityNode after, List<(string Code, string Message)> problems)
    {
        if (execution.Variables is not { } stored)
            return;
        foreach (var old in before.Variables)
        {
            if (stored.Find(value => value.VariableId == old.Id) is not { } value)
                continue;
            var now = after.Variables.FirstOrDefault(variable => variable.Id == old.Id) ?? after.Variables.FirstOrDefault(variable => variable.Name == old.Name);
            stored.Remove(value);
            if (now is null)
                continue;
            var kept = value.DeclaredAs(now);
            if ((now.TypeName, now.IsArray) != (old.TypeName, old.IsArray))
            {
                try
                {
                    kept.Node = Json.Free(Conversion.ToAlias(now.TypeName, now.IsArray, value.Node));
                }
                catch (ActivityException e)
                {
                    problems.Add(("variable_differs", $"Variable {old.Name} is {now.TypeName} in the new version, and its value is not: {e.Message}"));
                }
            }
            stored.Add(kept);
        }
    }

    /// <summary>Bookmarks, incidents and kept outputs name activities too.</summary>
    private void RenameTraces(InstanceMigration migration)
    {
        for (var i = 0; i < State.BookmarkList.Count; i++)
        {
            if (State.Executions.Find(execution => execution.Number == State.BookmarkList[i].Execution) is { } owner)
                State.BookmarkList[i] = State.BookmarkList[i] with { ActivityId = owner.ActivityId };
        }
        for (var i = 0; i < State.IncidentList.Count; i++)
        {
            var incident = State.IncidentList[i];
            if (migration.From.FindByNodeId(incident.ActivityNodeId) is { } before && Request.Graph.Find(migration.Map.ActivityOf(before.Id)) is { } after)
                State.IncidentList[i] = incident with { ActivityId = after.Id, ActivityNodeId = after.NodeId };
        }
        foreach (var (from, to) in migration.Map.Activities)
        {
            // Some keep with the instance what shall happen once, under a word and their id.
            foreach (var (name, value) in State.Properties.Where(property => property.Key.EndsWith($":{from}", StringComparison.Ordinal)).ToList())
            {
                State.Properties.Remove(name);
                State.Properties[$"{name[..^from.Length]}{to}"] = value;
            }
            if (State.Outputs[from] is { } outputs && migration.From.Find(from) is not null)
            {
                State.Outputs.Remove(from);
                State.Outputs[to] = outputs;
            }
        }
    }

    /// <summary>An execution that the new version has no place for: it ends as if it was cancelled.</summary>
    private void Drop(ActivityExecution execution, WorkflowGraph from)
    {
        State.Executions.Remove(execution);
        foreach (var bookmark in State.BookmarkList.Where(bookmark => bookmark.Execution == execution.Number).ToList())
            Remove(bookmark);
        State.IncidentList.RemoveAll(incident => incident.ActivityInstanceId == InstanceState.ActivityInstanceId(State.Id, execution.Number));
        if ((_nodesBefore.GetValueOrDefault(execution.Number) ?? from.Find(execution.ActivityId)) is not { } node)
            return;
        _journal.Add(new JournalEntry
        {
            Sequence = ++State.Sequence,
            InstanceId = State.Id,
            ActivityNumber = execution.Number,
            ParentNumber = execution.Parent,
            ActivityId = node.Id,
            NodeId = node.NodeId,
            ActivityType = node.Type,
            ActivityName = node.Name,
            ActivityTypeVersion = node.Version,
            EventName = "Canceled",
            At = Request.Now,
            Message = $"Version {Request.Graph.Version} does not go on with it.",
        });
    }

    /// <summary>Once it is open in the new version.</summary>
    private async ValueTask MigrateAsync(InstanceMigration migration)
    {
        _root!.Note("From", migration.From.Version);
        _root.Note("To", Request.Graph.Version);
        _root.Note("Actor", migration.Actor);
        Journal(_root, "Migrated", $"Moved from version {migration.From.Version} to version {Request.Graph.Version} by {migration.Actor}.");
        State.DefinitionVersion = Request.Graph.Version;
        foreach (var (owner, node, tag) in _begunAnew)
            Schedule(Find(owner), node, tag);
        foreach (var context in All(_root).Where(context => _nodesBefore.ContainsKey(context.Execution.Number)).ToList())
        {
            if (context.Status == ActivityStatus.Running && context.Node.Activity.CanAskAgain && Waits(context) && !AsksTheSame(_nodesBefore[context.Execution.Number], context.Node))
            {
                RemoveBookmarks(context);
                StartOver(context);
            }
            if (context.Status == ActivityStatus.Running)
                await context.Node.Activity.MigrateAsync(context, migration);
        }
    }

    private static bool AsksTheSame(ActivityNode before, ActivityNode after)
    {
        foreach (var binding in after.Inputs)
        {
            if (!JsonElement.DeepEquals(Filled(before), Filled(after)))
                return false;

            JsonElement Filled(ActivityNode node) => node.Json.Member(binding.Input.JsonName) is { ValueKind: not JsonValueKind.Undefined } json ? json : Nothing;
        }
        return true;
    }

    private static readonly JsonElement Nothing = JsonSerializer.SerializeToElement<object?>(null);
}
