using System.Data.Common;
using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities.Composition;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Workflows.Execution;

/// <summary>
/// One burst: a stimulus wakes an instance, and its activities run, one at a time and in the order in which they were
/// scheduled, until none is left. Nothing outside changes meanwhile. What comes out is the instance as it is now and, as data,
/// everything that shall have happened when it is committed; a burst that is thrown away has left no trace.
/// <para>
/// An activity's code may schedule children, create bookmarks, and complete. It never calls its parent: the burst does, after
/// the code has returned (<see cref="SettleAsync"/>), so that an activity sees a quiet world while it runs.
/// </para>
/// <para>One file, because scheduling, settling, cancelling and failing share one order of events.</para>
/// </summary>
public sealed partial class Burst
{
    private readonly Queue<ActivityContext> _scheduled = new();
    private readonly Queue<ActivityContext> _unsettled = new();
    private readonly List<JournalEntry> _journal = [];
    private readonly List<Bookmark> _created = [];
    private readonly List<Bookmark> _removed = [];
    private readonly List<BurstResult> _children = [];
    private ActivityContext? _root;
    private string? _startTrigger;
    private int _activitiesRun;
    private bool _isFinishing;

    private Burst(BurstRequest request, CancellationToken ct)
    {
        Request = request;
        CancellationToken = ct;
        State = request.State ?? InstanceState.Begin(request);
    }

    internal BurstRequest Request { get; }

    internal InstanceState State { get; }

    internal CancellationToken CancellationToken { get; }

    internal List<Effect> Effects { get; } = [];

    internal JsonNode? LastResult { get; private set; }

    /// <summary>Runs one burst.</summary>
    /// <returns>What it did, or that there was nothing to wake.</returns>
    /// <exception cref="OperationCanceledException">The burst was given up; its request's state must not be used again.</exception>
    public static async ValueTask<BurstResult> RunAsync(BurstRequest request, CancellationToken ct)
    {
        var burst = new Burst(request, ct);
        if (request.Stimulus is Stimulus.Alter { Migration: { } migration })
            burst.Relocate(migration);
        await burst.OpenAsync();
        var woken = request.Stimulus switch
        {
            Stimulus.Start start => burst.Start(start),
            Stimulus.Resume resume => burst.Resume(resume),
            Stimulus.Fail fail => burst.Fail(fail),
            Stimulus.Retry retry => burst.Retry(retry),
            Stimulus.Cancel => burst.CancelInstance(),
            Stimulus.Alter alter => await burst.AlterAsync(alter),
            _ => throw new ArgumentException($"Unknown stimulus {request.Stimulus}.", nameof(request)),
        };
        if (!woken)
            return new BurstResult { State = burst.State, Graph = request.Graph, Ignored = true };
        await burst.DrainAsync();
        return burst.Close();
    }

    // ---- what wakes an instance -------------------------------------------------------------------------------------

    private bool Start(Stimulus.Start start)
    {
        if (Request.State is not null)
            throw new ArgumentException($"Instance {State.Id} has been started already.");
        State.SubStatus = InstanceSubStatus.Executing;
        _startTrigger = start.TriggerActivityId;
        _root = Schedule(null, Request.Graph.Root, null);
        foreach (var (name, value) in Request.Variables ?? [])
        {
            if (!_root.TryAssignVariable(null, name, value))
                throw new ActivityException("unknown_variable", $"The workflow has no variable {name}.");
        }
        return true;
    }

    private bool Resume(Stimulus.Resume resume)
    {
        if (State.Status == InstanceStatus.Finished || State.FindBookmark(resume.BookmarkId) is not { } bookmark)
            return false;
        State.SubStatus = InstanceSubStatus.Executing;
        var context = Find(bookmark.Execution);
        context.Bookmark = bookmark;
        context.ResumeInput = resume.Input;
        _scheduled.Enqueue(context);
        return true;
    }

    private bool Fail(Stimulus.Fail fail)
    {
        if (State.Status == InstanceStatus.Finished || State.FindBookmark(fail.BookmarkId) is not { } bookmark)
            return false;
        State.SubStatus = InstanceSubStatus.Executing;
        Fault(Find(bookmark.Execution), new ActivityException(fail.Code, fail.Message, canRetry: true));
        return true;
    }

    private bool Retry(Stimulus.Retry retry)
    {
        var failed = new List<ActivityContext>();
        CollectFaulted(_root!, failed);
        if (retry.ActivityInstanceIds is { } wanted)
            failed.RemoveAll(context => !wanted.Contains(context.Id));
        if (failed.Count == 0 || State.SubStatus is InstanceSubStatus.Cancelled or InstanceSubStatus.Finished)
            return false;
        State.SubStatus = InstanceSubStatus.Executing;
        State.FinishedAt = null;
        foreach (var context in failed)
            StartOver(context);
        return true;
    }

    private bool CancelInstance()
    {
        if (State.Status == InstanceStatus.Finished)
            return false;
        Journal(_root!, "Workflow cancelled");
        Cancel(_root!, notify: false);
        State.SubStatus = InstanceSubStatus.Cancelled;
        Effects.Add(new CancelChildren(State.Id));
        return true;
    }

    // ---- the loop ---------------------------------------------------------------------------------------------------

    private async ValueTask DrainAsync()
    {
        await SettleAsync(); // of what was cancelled from outside
        while (!_isFinishing && _scheduled.TryDequeue(out var next))
        {
            CancellationToken.ThrowIfCancellationRequested();
            if (next.Bookmark is not null || next.Status == ActivityStatus.Pending)
                await RunAsync(next);
            await SettleAsync();
        }
        if (_isFinishing)
            End(_root!);
    }

    private async ValueTask RunAsync(ActivityContext context)
    {
        var activity = context.Node.Activity;
        var bookmark = context.Bookmark;
        var bookmarksBefore = _created.Count;
        context.Execution.Status = ActivityStatus.Running;
        try
        {
            if (++_activitiesRun > Request.MaxActivities)
                throw new ActivityException("burst_too_long", $"More than {Request.MaxActivities} activities ran without a wait: this looks like an endless loop. Let the loop wait, or split the work.");
            if (bookmark is null)
            {
                Journal(context, "Started", inputs: await context.EvaluateInputsAsync());
                await activity.ExecuteAsync(context);
            }
            else
            {
                Journal(context, "Resumed");
                await activity.ResumeAsync(context);
            }
        }
        catch (Exception e) when (IsIncident(e))
        {
            Fault(context, e);
            return;
        }
        if (bookmark is { AutoBurn: true })
            Remove(bookmark);
        context.Bookmark = null;
        context.ResumeInput = null;
        if (!context.IsCompleting && context.Children.Count == 0 && !Waits(context))
            context.Complete();
        else if (_created.Count > bookmarksBefore && !context.IsCompleting)
            Journal(context, "Suspended");
    }

    /// <summary>Ends what has completed, and tells the parents of what has completed or was cancelled, until nothing is left to tell.</summary>
    private async ValueTask SettleAsync()
    {
        while (_unsettled.TryDequeue(out var context))
        {
            if (context.Status == ActivityStatus.Running)
                End(context);
            if (_isFinishing || context.Parent is not { } parent || !Listens(parent))
                continue;
            try
            {
                if (context.Status == ActivityStatus.Completed)
                    await parent.Node.Activity.ChildCompletedAsync(parent, context);
                else if (context.Status == ActivityStatus.Canceled)
                    await parent.Node.Activity.ChildCanceledAsync(parent, context);
            }
            catch (Exception e) when (IsIncident(e))
            {
                Fault(parent, e);
            }
        }
    }

    private void End(ActivityContext context)
    {
        CancelChildren(context);
        RemoveBookmarks(context);
        Journal(context, "Completed", outputs: context.Node.Log.Kept(context.OutputValues), outcomes: context.Outcomes);
        context.Execution.Status = ActivityStatus.Completed;
        context.Parent?.ChildList.Remove(context);
        if (IsStartTrigger(context))
            _startTrigger = null;
        if (context.Parent is null && (_isFinishing || State.SubStatus == InstanceSubStatus.Executing))
            State.SubStatus = InstanceSubStatus.Finished;
    }

    /// <summary>A failure of the workflow, which its author can handle, becomes an incident. A failure of the machine does not: the burst is thrown away and comes again.</summary>
    private static bool IsIncident(Exception e) =>
        e is not (OperationCanceledException or DbException or IOException or TimeoutException or OutOfMemoryException);

    private void Fault(ActivityContext context, Exception e)
    {
        RemoveBookmarks(context);
        context.Bookmark = null;
        context.Execution.Status = ActivityStatus.Faulted;
        context.ResetCompletion();
        var known = e as ActivityException;
        State.IncidentList.Add(new Incident
        {
            ActivityId = context.Node.Id,
            ActivityNodeId = context.NodeId,
            ActivityType = context.Node.Type,
            ActivityInstanceId = context.Id,
            Code = known?.Code ?? "unexpected_exception",
            Message = e.Message,
            ExceptionType = e.GetType().Name,
            CanRetry = known?.CanRetry ?? false,
            At = Request.Now,
        });
        context.Note("Exception", new JsonObject { ["Type"] = e.GetType().Name, ["Code"] = known?.Code, ["Message"] = e.Message });
        Journal(context, "Faulted", e.Message);
        // Work that is scheduled already still runs, in Elsa too; the instance is faulted at the end.
        if (IncidentStrategy == IncidentStrategy.Fault)
            State.SubStatus = InstanceSubStatus.Faulted;
    }

    // ---- opening and closing ----------------------------------------------------------------------------------------

    private async ValueTask OpenAsync()
    {
        foreach (var execution in State.Executions)
        {
            var parent = execution.Parent == 0 ? null : Find(execution.Parent);
            var graph = parent is null ? Request.Graph : parent.NestedGraph ?? parent.Node.Graph;
            var node = graph.Find(execution.ActivityId)
                ?? throw new InvalidOperationException($"Instance {State.Id} is at activity {execution.ActivityId}, which version {graph.Version} of definition {graph.DefinitionId} does not have.");
            var context = new ActivityContext(this, execution, node, parent);
            context.DeclareVariables();
            if (node.Activity is WorkflowAsActivity nested)
                context.NestedGraph = await nested.FindBoundGraphAsync(context);
            _root ??= context;
            if (execution.Status == ActivityStatus.Pending)
                _scheduled.Enqueue(context);
        }
        if (Request.Graph.KeepsOutputs)
            LastResult = State.Outputs[LastResultKey];
    }

    private BurstResult Close()
    {
        if (State.SubStatus == InstanceSubStatus.Executing)
            State.SubStatus = IncidentStrategy == IncidentStrategy.Fault && HasFaulted(_root!) ? InstanceSubStatus.Faulted : InstanceSubStatus.Suspended;
        State.UpdatedAt = Request.Now;
        if (State.Status == InstanceStatus.Finished)
        {
            // What had failed before it was moved has failed since then, and its parent knows.
            var failedBefore = State.SubStatus == InstanceSubStatus.Faulted ? _failedAt : null;
            State.FinishedAt = failedBefore ?? Request.Now;
            if (failedBefore is null && State is { NotifyParent: true, ParentInstanceId: { } parent })
                Effects.Add(new ResumeParent(parent, State.Id, State.Result()));
        }
        State.Executions.Clear();
        Keep(_root!);
        State.Executions.Sort((left, right) => left.Number.CompareTo(right.Number));
        _created.RemoveAll(bookmark => !State.BookmarkList.Contains(bookmark));
        return new BurstResult
        {
            State = State,
            Graph = Request.Graph,
            Effects = Effects,
            Journal = _journal,
            CreatedBookmarks = _created,
            RemovedBookmarks = _removed,
            Children = _children,
        };
    }

    private void Keep(ActivityContext context)
    {
        State.Executions.Add(context.Execution);
        foreach (var child in context.ChildList)
            Keep(child);
    }

    // ---- what contexts ask for --------------------------------------------------------------------------------------

    internal ActivityContext Schedule(ActivityContext? parent, ActivityNode node, string? tag)
    {
        var execution = new ActivityExecution { Number = NextNumber(), Parent = parent?.Execution.Number ?? 0, ActivityId = node.Id, Tag = tag, Status = ActivityStatus.Pending };
        var context = new ActivityContext(this, execution, node, parent);
        context.DeclareVariables();
        _scheduled.Enqueue(context);
        return context;
    }

    internal void Settle(ActivityContext context) => _unsettled.Enqueue(context);

    internal void Cancel(ActivityContext context, bool notify)
    {
        if (context.Status is ActivityStatus.Completed or ActivityStatus.Canceled)
            return;
        CancelChildren(context);
        RemoveBookmarks(context);
        var hasRun = context.Status != ActivityStatus.Pending;
        context.Execution.Status = ActivityStatus.Canceled;
        if (hasRun)
            Journal(context, "Canceled");
        context.Parent?.ChildList.Remove(context);
        if (notify)
            _unsettled.Enqueue(context);
    }

    internal void Finish() => _isFinishing = true;

    internal Bookmark Add(ActivityContext context, Bookmark bookmark)
    {
        if (context.Status != ActivityStatus.Running)
            throw new InvalidOperationException($"Activity {context.Node} is {context.Status} and cannot wait.");
        State.BookmarkList.Add(bookmark);
        _created.Add(bookmark);
        return bookmark;
    }

    internal int NextNumber() => ++State.LastNumber;

    internal bool IsStartTrigger(ActivityContext context) => IsStartTrigger(context.Node);

    internal bool IsStartTrigger(ActivityNode node) => _startTrigger is not null && node.Graph == Request.Graph && node.Id == _startTrigger;

    internal void Remember(ActivityContext context, string output, JsonNode? value)
    {
        LastResult = value;
        if (!Request.Graph.KeepsOutputs && !context.Node.Graph.KeepsOutputs)
            return;
        if (State.Outputs[context.Node.Id] is not JsonObject outputs)
            State.Outputs[context.Node.Id] = outputs = [];
        outputs[output] = value?.DeepClone();
        State.Outputs[LastResultKey] = value?.DeepClone();
    }

    internal JsonObject OutputsFor(WorkflowGraph graph)
    {
        var all = new JsonObject();
        foreach (var (activityId, outputs) in State.Outputs)
        {
            if (activityId == LastResultKey)
                continue;
            all[activityId] = outputs?.DeepClone();
            if (graph.Find(activityId)?.Name is { Length: > 0 } name)
                all[name] = outputs?.DeepClone();
        }
        return all;
    }

    internal async ValueTask<BurstResult> RunChildAsync(WorkflowGraph graph, string instanceId, JsonObject input, string? correlationId, bool notifyParent)
    {
        CheckDepth(Request.Depth, graph.DefinitionId);
        var result = await RunAsync(
            Request with
            {
                Graph = graph,
                State = null,
                InstanceId = instanceId,
                Stimulus = new Stimulus.Start(input),
                Name = null,
                Variables = null,
                CorrelationId = correlationId,
                ParentInstanceId = State.Id,
                NotifyParent = notifyParent,
                Properties = null,
                Depth = Request.Depth + 1,
            },
            CancellationToken);
        // Who executes it has its result at hand: only an end in a later burst has to come back as a stimulus.
        ((List<Effect>)result.Effects).RemoveAll(effect => effect is ResumeParent);
        _children.Add(result);
        return result;
    }

    internal void CheckDepth(int depth, string definitionId)
    {
        if (depth >= Request.MaxDepth)
            throw new ActivityException("workflows_too_deep", $"Workflow {definitionId} would be number {depth + 1} of workflows that run each other: this looks like a workflow that runs itself.");
    }

    internal void Journal(ActivityContext context, string eventName, string? message = null, EvaluatedInputs? inputs = null, JsonObject? outputs = null, IReadOnlyList<string>? outcomes = null)
    {
        _journal.Add(new JournalEntry
        {
            Sequence = ++State.Sequence,
            InstanceId = State.Id,
            ActivityNumber = context.Execution.Number,
            ParentNumber = context.Execution.Parent,
            ActivityId = context.Node.Id,
            NodeId = context.NodeId,
            ActivityType = context.Node.Type,
            ActivityName = context.Node.Name,
            ActivityTypeVersion = context.Node.Version,
            EventName = eventName,
            At = Request.Now,
            Message = message,
            Inputs = inputs,
            Outcomes = outcomes,
            Payload = context.JournalData,
            Outputs = outputs,
        });
        context.JournalData = null;
    }

    // ---- small things -----------------------------------------------------------------------------------------------

    private const string LastResultKey = "$last";

    private IncidentStrategy IncidentStrategy => Request.Graph.Definition.Options.Incidents ?? Request.DefaultIncidentStrategy;

    private static bool Listens(ActivityContext parent)
    {
        if (parent.Status != ActivityStatus.Running)
            return false;
        for (var ancestor = parent; ancestor is not null; ancestor = ancestor.Parent)
        {
            if (ancestor.IsCompleting)
                return false;
        }
        return true;
    }

    private ActivityContext Find(int number) =>
        (_root is null ? null : Find(_root, number)) ?? throw new InvalidOperationException($"Instance {State.Id} has no activity execution {number}.");

    private static ActivityContext? Find(ActivityContext context, int number)
    {
        if (context.Execution.Number == number)
            return context;
        foreach (var child in context.ChildList)
        {
            if (Find(child, number) is { } found)
                return found;
        }
        return null;
    }

    private static void CollectFaulted(ActivityContext context, List<ActivityContext> faulted)
    {
        if (context.Status == ActivityStatus.Faulted)
            faulted.Add(context);
        foreach (var child in context.ChildList)
            CollectFaulted(child, faulted);
    }

    private static bool HasFaulted(ActivityContext context)
    {
        if (context.Status == ActivityStatus.Faulted)
            return true;
        foreach (var child in context.ChildList)
        {
            if (HasFaulted(child))
                return true;
        }
        return false;
    }

    private void CancelChildren(ActivityContext context)
    {
        while (context.ChildList.Count > 0)
            Cancel(context.ChildList[0], notify: false);
    }

    private bool Waits(ActivityContext context)
    {
        foreach (var bookmark in State.BookmarkList)
        {
            if (bookmark.Execution == context.Execution.Number)
                return true;
        }
        return false;
    }

    private void RemoveBookmarks(ActivityContext context)
    {
        for (var i = State.BookmarkList.Count - 1; i >= 0; i--)
        {
            if (State.BookmarkList[i].Execution == context.Execution.Number)
                Remove(State.BookmarkList[i]);
        }
    }

    private void Remove(Bookmark bookmark)
    {
        if (State.BookmarkList.Remove(bookmark) && !_created.Contains(bookmark))
            _removed.Add(bookmark);
    }
}
