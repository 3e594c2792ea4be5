using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities;
using Switchboard.Workflows.Activities.Flow;
using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Workflows.Execution;

/// <summary>
/// One execution of one activity, as its code sees it: inputs, outputs, variables, children, bookmarks, effects. It lives for
/// one burst; <see cref="Get{T}"/> and <see cref="Set{T}"/> are what the next burst finds again.
/// </summary>
public sealed partial class ActivityContext
{
    private readonly Burst _burst;
    private readonly ActivityExecution _execution;
    private object?[]? _inputs;
    private string? _id;
    private string? _nodeId;
    private List<ActivityContext>? _children;

    internal ActivityContext(Burst burst, ActivityExecution execution, ActivityNode node, ActivityContext? parent)
    {
        _burst = burst;
        _execution = execution;
        Node = node;
        Parent = parent;
        if (parent is not null)
            (parent._children ??= []).Add(this);
    }

    /// <summary>The id of this execution; it begins with the instance's id and is unique everywhere.</summary>
    public string Id => _id ??= InstanceState.ActivityInstanceId(Instance.Id, _execution.Number);

    /// <summary>The activity in the definition.</summary>
    public ActivityNode Node { get; }

    /// <summary>The path of the activity from the root of the instance, also through workflows used as activities.</summary>
    public string NodeId => _nodeId ??= ScopeNodeId is { } scope ? $"{scope}:{Node.NodeId}" : Node.NodeId;

    /// <summary>The execution that scheduled this one; null for the workflow itself.</summary>
    public ActivityContext? Parent { get; }

    /// <summary>Executions that this one has scheduled and that are not done: pending, running or faulted.</summary>
    public IReadOnlyList<ActivityContext> Children => _children ?? NoChildren;

    /// <summary>Where it is.</summary>
    public ActivityStatus Status => _execution.Status;

    /// <summary>What the parent noted when it scheduled this one.</summary>
    public string? Tag => _execution.Tag;

    /// <summary>For a completed execution: its outcomes.</summary>
    public IReadOnlyList<string> Outcomes { get; private set; } = DoneOutcome;

    /// <summary>The instant of the burst.</summary>
    public DateTimeOffset Now => _burst.Request.Now;

    /// <summary>Of the burst.</summary>
    public CancellationToken CancellationToken => _burst.CancellationToken;

    /// <summary>The instance: name, correlation id, properties, input, output.</summary>
    public InstanceState Instance => _burst.State;

    /// <summary>The definition that the instance is bound to (not that of a nested workflow: see <see cref="ActivityNode.Graph"/>).</summary>
    public WorkflowGraph Graph => _burst.Request.Graph;

    /// <summary>What the library cannot do itself.</summary>
    public IBurstHost Host => _burst.Request.Host;

    /// <summary>Whether the instance was started by this activity as its trigger, so that it completes at once.</summary>
    public bool IsStartTrigger => _burst.IsStartTrigger(this);

    /// <summary>The same of a child that is not scheduled yet.</summary>
    internal bool IsStartTriggerNode(ActivityNode node) => _burst.IsStartTrigger(node);

    /// <summary>The host's choice.</summary>
    internal FlowchartMode FlowchartMode => _burst.Request.FlowchartMode;

    /// <summary>The bookmark that was resumed; null in <see cref="Activity.ExecuteAsync"/>.</summary>
    public Bookmark? Bookmark { get; internal set; }

    /// <summary>What came with the resumption; null if nothing did.</summary>
    public JsonObject? ResumeInput { get; internal set; }

    /// <summary>A feature of the host that its own activities need.</summary>
    /// <exception cref="InvalidOperationException">The host has no such thing.</exception>
    public T Feature<T>() where T : class => FindFeature<T>() ?? throw new InvalidOperationException($"Activity {Node} needs {typeof(T)}, which this host does not offer.");

    /// <summary>A feature of the host, or null.</summary>
    public T? FindFeature<T>() where T : class => (T?)Host.Find(typeof(T));

    // ---- inputs -----------------------------------------------------------------------------------------------------

    /// <summary>The value of an input, evaluated before the activity ran; one without <see cref="Input.AutoEvaluate"/> is evaluated now.</summary>
    public ValueTask<T?> InputAsync<T>(Input<T> input)
    {
        var binding = Node.Inputs[input.Index];
        if (binding.IsConstant)
            return new ValueTask<T?>((T?)binding.Constant);
        if (_inputs is not null && input.AutoEvaluate && _inputs[input.Index] is { } value)
            return new ValueTask<T?>(ReferenceEquals(value, NoValue) ? default : (T)value);
        return EvaluateInputAsync<T>(binding);
    }

    /// <summary>Evaluates any expression of the definition, as cases and conditions are.</summary>
    /// <returns>The value as that type; the type's default if the expression is null or yields nothing.</returns>
    public async ValueTask<T?> EvaluateAsync<T>(Expression? expression) => expression is null ? default : Conversion.To<T>(await expression.EvaluateAsync(this));

    // ---- outputs ----------------------------------------------------------------------------------------------------

    /// <summary>Sets an output: it goes to the variable or workflow output that it is bound to, and to scripts that ask for it.</summary>
    public void SetOutput<T>(Output<T> output, T? value) => SetOutput(output.Name, Conversion.From(value));

    /// <summary>Sets an output by its PascalCase name.</summary>
    public void SetOutput(string name, JsonNode? value)
    {
        (OutputValues ??= [])[name] = Json.Free(value);
        _burst.Remember(this, name, value);
        if (Node.BindingOf(System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(name)) is { } binding)
            Assign(binding.Target, value);
    }

    // ---- properties of this execution -------------------------------------------------------------------------------

    /// <summary>What this execution has stored under a key; the type's default if nothing.</summary>
    public T? Get<T>(string key)
    {
        if (_execution.Properties?.Find(property => property.Name == key) is not { } property)
            return default;
        return typeof(T) == typeof(string) && property.Text is { } text ? (T)(object)text : Conversion.To<T>(property.Node);
    }

    /// <summary>Stores something for the rest of this execution, over any number of bursts. Nodes are kept, not copied.</summary>
    public void Set<T>(string key, T? value)
    {
        var properties = _execution.Properties ??= [];
        var property = properties.Find(candidate => candidate.Name == key);
        if (property is null)
            properties.Add(property = new NamedValue(key));
        property.Node = Conversion.From(value);
    }

    /// <summary>Forgets what is stored under a key.</summary>
    public void Remove(string key) => _execution.Properties?.RemoveAll(property => property.Name == key);

    // ---- children and completion ------------------------------------------------------------------------------------

    /// <summary>
    /// Schedules a child behind everything that is scheduled already. When it completes,
    /// <see cref="Activity.ChildCompletedAsync"/> of this execution's activity is called.
    /// </summary>
    /// <param name="child">Null completes this execution at once, as an empty branch does.</param>
    /// <param name="tag">Comes back with the child's completion; stored with the instance.</param>
    /// <param name="variables">Variables of the child's own scope, such as <c>CurrentValue</c>; stored with the instance.</param>
    /// <returns>The child's execution, pending; null if there is no child.</returns>
    public ActivityContext? Schedule(ActivityNode? child, string? tag = null, params ReadOnlySpan<(string Name, JsonNode? Value)> variables)
    {
        if (child is null)
        {
            Complete();
            return null;
        }
        var context = _burst.Schedule(this, child, tag);
        foreach (var (name, value) in variables)
            (context._execution.Variables ??= []).Add(new NamedValue(name, name) { Node = Json.Free(value) });
        return context;
    }

    /// <summary>
    /// Completes this execution when its code returns: children that are still alive are cancelled, bookmarks and variables
    /// go, the parent is told.
    /// </summary>
    /// <param name="outcomes">None means <c>Done</c>.</param>
    public void Complete(params IReadOnlyList<string> outcomes)
    {
        if (Status != ActivityStatus.Running || IsCompleting)
            return;
        IsCompleting = true;
        Outcomes = outcomes.Count == 0 ? DoneOutcome : outcomes;
        _burst.Settle(this);
    }

    /// <summary>Cancels a living execution with all its descendants. Its parent's <see cref="Activity.ChildCanceledAsync"/> is called when the running code returns, if <paramref name="notify"/>.</summary>
    public void Cancel(ActivityContext execution, bool notify = true) => _burst.Cancel(execution, notify);

    /// <summary>Sends a signal to the ancestors, nearest first, until one stops it.</summary>
    public void Signal(Signal signal)
    {
        for (var ancestor = Parent; ancestor is not null; ancestor = ancestor.Parent)
        {
            if (ancestor.Node.Activity.Receive(ancestor, signal))
                return;
        }
    }

    /// <summary>Ends the instance at once, as finished: whatever is scheduled or waits is dropped.</summary>
    public void FinishInstance() => _burst.Finish();

    // ---- bookmarks, effects, journal --------------------------------------------------------------------------------

    /// <summary>Makes this execution wait.</summary>
    /// <param name="payload">What it waits for in particular.</param>
    /// <param name="name">The stimulus; by default the activity's type.</param>
    /// <param name="shared">Whether it is found by its hash across instances.</param>
    /// <param name="autoBurn">Whether resuming removes it.</param>
    public Bookmark CreateBookmark(JsonObject? payload = null, string? name = null, bool shared = false, bool autoBurn = true)
    {
        name ??= Node.Type;
        return _burst.Add(this, new Bookmark
        {
            Id = _burst.NextNumber().ToString(System.Globalization.CultureInfo.InvariantCulture),
            Name = name,
            Payload = payload,
            Hash = shared ? StimulusHash.Of(name, payload) : "",
            Shared = shared,
            AutoBurn = autoBurn,
            ActivityId = Node.Id,
            InstanceId = Instance.Id,
            Execution = _execution.Number,
            CreatedAt = Now,
            IsNew = true,
        });
    }

    /// <summary>Makes this execution wait for an instant: a bookmark with a timer that resumes it.</summary>
    /// <param name="key">The instant's name in the payload, as <c>ResumeAt</c>.</param>
    /// <param name="payload">What else the payload says.</param>
    public Bookmark WaitUntil(DateTimeOffset at, string key, JsonObject? payload = null)
    {
        payload ??= [];
        payload[key] = JsonValue.Create(at);
        var bookmark = CreateBookmark(payload);
        Yield(new SetTimer(bookmark.Id, at));
        return bookmark;
    }

    /// <summary>Asks for something to have happened when the burst commits.</summary>
    public void Yield(Effect effect) => _burst.Effects.Add(effect.ActivityInstanceId is null ? effect with { ActivityInstanceId = Id } : effect);

    /// <summary>Notes something in the <c>Payload</c> of this execution's next journal entry.</summary>
    public void Note(string key, JsonNode? value) => (JournalData ??= [])[key] = Json.Free(value);

    /// <summary>Writes a journal entry of its own.</summary>
    /// <param name="eventName">A short name such as <c>Escalated</c>.</param>
    /// <param name="message">A sentence for people.</param>
    public void Log(string eventName, string? message = null) => _burst.Journal(this, eventName, message);

    /// <summary>Runs another definition as an instance of its own within this burst (<c>Elsa.ExecuteWorkflow</c>).</summary>
    public ValueTask<BurstResult> RunChildAsync(WorkflowGraph graph, string instanceId, JsonObject input, string? correlationId, bool notifyParent) =>
        _burst.RunChildAsync(graph, instanceId, input, correlationId, notifyParent);

    /// <summary>Refuses a workflow inside a workflow inside a workflow without end.</summary>
    internal void CheckDepth(string definitionId)
    {
        var depth = _burst.Request.Depth;
        for (var ancestor = Parent; ancestor is not null; ancestor = ancestor.Parent)
            depth += ancestor.NestedGraph is null ? 0 : 1;
        _burst.CheckDepth(depth, definitionId);
    }

    /// <summary>What a parent's bookmark waits for: it is found by the child's id.</summary>
    public static JsonObject ChildPayload(string childInstanceId) => new() { ["ChildInstanceId"] = childInstanceId };

    // ---- for the burst ----------------------------------------------------------------------------------------------

    internal static readonly string[] DoneOutcome = ["Done"];

    internal static readonly object NoValue = new();

    internal ActivityExecution Execution => _execution;

    private static readonly List<ActivityContext> NoChildren = [];

    /// <summary>As <see cref="Children"/>, without the detour over the interface.</summary>
    internal List<ActivityContext> ChildList => _children ?? NoChildren;

    internal bool IsCompleting { get; private set; }

    /// <summary>After a fault, so that a retry can complete.</summary>
    internal void ResetCompletion() => IsCompleting = false;

    internal JsonObject? OutputValues { get; private set; }

    internal JsonObject? JournalData { get; set; }

    /// <summary>For a workflow used as an activity: the definition whose root is its child.</summary>
    internal WorkflowGraph? NestedGraph { get; set; }

    /// <summary>The node id under which the ids of this execution's definition hang; null at the top.</summary>
    private string? ScopeNodeId => Parent is null ? null : Parent.NestedGraph is not null ? Parent.NodeId : Parent.ScopeNodeId;

    /// <summary>Evaluates the inputs that are evaluated beforehand.</summary>
    /// <returns>Them for the journal; null if there are none.</returns>
    internal ValueTask<EvaluatedInputs?> EvaluateInputsAsync()
    {
        if (Node.HasConstantInputs)
            return new ValueTask<EvaluatedInputs?>(Node.ConstantInputs);
        return EvaluateAllAsync();
    }

    private async ValueTask<EvaluatedInputs?> EvaluateAllAsync()
    {
        _inputs = new object?[Node.Inputs.Length];
        foreach (var binding in Node.Inputs)
        {
            if (!binding.IsConstant && binding.Input.AutoEvaluate)
                _inputs[binding.Input.Index] = binding.Input.Convert(await binding.Expression!.EvaluateAsync(this)) ?? NoValue;
        }
        return new EvaluatedInputs(Node, _inputs);
    }

    private async ValueTask<T?> EvaluateInputAsync<T>(InputBinding binding)
    {
        var value = binding.Input.Convert(await binding.Expression!.EvaluateAsync(this));
        if (binding.Input.AutoEvaluate)
            (_inputs ??= new object?[Node.Inputs.Length])[binding.Input.Index] = value ?? NoValue;
        return (T?)value;
    }
}
