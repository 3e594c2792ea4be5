using System.Collections.Frozen;
using System.Text.Json;

using Switchboard.Workflows.Definitions;

namespace Switchboard.Workflows.Activities.Flow;

/// <summary>
/// What a flowchart's definition says: its activities and the connections between them. Which of these lead forward depends
/// on where a run starts, so there is one <see cref="FlowGraph"/> for each start that ever occurs, analysed once.
/// </summary>
internal sealed class FlowchartStructure
{
    private readonly IReadOnlyList<ActivityNode> _activities;
    private readonly List<(ActivityNode Source, string Port, ActivityNode Target)> _connections = [];
    private volatile FrozenDictionary<string, FlowGraph> _graphs = FrozenDictionary<string, FlowGraph>.Empty;

    private FlowchartStructure(IReadOnlyList<ActivityNode> activities) => _activities = activities;

    /// <summary>Where a run starts that no trigger has started; null for an empty flowchart.</summary>
    public ActivityNode? Start { get; private set; }

    /// <summary>Null if the flowchart has no such child.</summary>
    public ActivityNode? FindTrigger(Func<ActivityNode, bool> isTrigger) => _activities.FirstOrDefault(isTrigger);

    public static FlowchartStructure Read(ActivityReader reader, IReadOnlyList<ActivityNode> activities)
    {
        var structure = new FlowchartStructure(activities);
        var byId = new Dictionary<string, ActivityNode>(StringComparer.Ordinal);
        foreach (var activity in activities)
            byId.TryAdd(activity.Id, activity);
        var seen = new HashSet<(ActivityNode, string, ActivityNode)>();
        foreach (var json in reader.Json.List("connections"))
        {
            // Connections were flat once: {source, target, sourcePort, targetPort}. One without both ends leads nowhere; Elsa drops it too.
            var source = json.Member("source");
            var isFlat = source.ValueKind == JsonValueKind.String;
            var from = isFlat ? source.GetString() : source.Text("activity");
            var to = isFlat ? json.Text("target") : json.Member("target").Text("activity");
            var port = (isFlat ? json.Text("sourcePort") : source.Text("port")) ?? "Done";
            if (from is null || to is null)
                continue;
            if (byId.TryGetValue(from, out var sourceNode) && byId.TryGetValue(to, out var targetNode))
            {
                if (seen.Add((sourceNode, port, targetNode)))
                    structure._connections.Add((sourceNode, port, targetNode));
                continue;
            }
            var unknown = byId.ContainsKey(from) ? to : from;
            reader.Problem("connections", "unknown_connection_end", $"The connection from {from} to {to} names the activity {unknown}, which this flowchart does not have.");
        }
        var targets = structure._connections.Select(connection => connection.Target).ToHashSet();
        structure.Start = activities.FirstOrDefault(activity => activity.Descriptor.IsStart)
            ?? activities.FirstOrDefault(activity => activity.CanStartWorkflow)
            ?? activities.FirstOrDefault(activity => !targets.Contains(activity))
            ?? (activities.Count > 0 ? activities[0] : null);
        return structure;
    }

    /// <summary>The graph as seen from a start.</summary>
    /// <param name="start">The id of a child; null or an unknown one for <see cref="Start"/>.</param>
    public FlowGraph From(string? start)
    {
        var node = (start is null ? null : _activities.FirstOrDefault(activity => activity.Id == start)) ?? Start!;
        if (_graphs.TryGetValue(node.Id, out var graph))
            return graph;
        graph = new FlowGraph(_activities, _connections, node);
        // Two threads may analyse the same start at the same time; either result is right, and a lost one is made again.
        _graphs = _graphs.Append(KeyValuePair.Create(node.Id, graph)).DistinctBy(pair => pair.Key).ToFrozenDictionary(StringComparer.Ordinal);
        return graph;
    }
}

/// <summary>A flowchart as seen from one start: what leads forward, what leads back, and who comes before whom. Immutable.</summary>
internal sealed class FlowGraph
{
    private readonly FrozenDictionary<ActivityNode, FlowGraphNode> _nodes;

    public FlowGraph(IReadOnlyList<ActivityNode> activities, IReadOnlyList<(ActivityNode Source, string Port, ActivityNode Target)> connections, ActivityNode start)
    {
        _nodes = activities.Distinct().ToFrozenDictionary(activity => activity, activity => new FlowGraphNode(activity));
        var all = connections.Select(connection => new FlowConnection(_nodes[connection.Source], connection.Port, _nodes[connection.Target])).ToList();
        foreach (var node in _nodes.Values)
        {
            node.Outbound = [.. all.Where(connection => connection.Source == node)];
            node.Inbound = [.. all.Where(connection => connection.Target == node)];
        }
        Start = _nodes[start];
        Start.IsReachable = true;
        MarkForward();
        foreach (var node in _nodes.Values)
        {
            node.ForwardInbound = [.. node.Inbound.Where(connection => connection.IsForward)];
            node.IsReachable |= node.ForwardInbound.Length > 0;
        }
        foreach (var node in _nodes.Values)
            node.Ancestors = AncestorsOf(node);
        foreach (var connection in all.Where(connection => !connection.IsForward))
            connection.IsLoop = IsLoop(connection);
        Connections = all;
    }

    public FlowGraphNode Start { get; }

    public IReadOnlyList<FlowConnection> Connections { get; }

    public FlowGraphNode this[ActivityNode activity] => _nodes[activity];

    /// <summary>A breadth-first walk from the start; a connection that would close a cycle with those already taken leads back.</summary>
    private void MarkForward()
    {
        var queue = new Queue<FlowGraphNode>([Start]);
        var visited = new HashSet<FlowGraphNode>();
        while (queue.TryDequeue(out var source))
        {
            visited.Add(source);
            foreach (var connection in source.Outbound)
            {
                if (connection.IsForward)
                    continue;
                if (LeadsForward(connection.Target, source))
                    continue;
                // All connections between the same two activities go the same way, whatever their ports.
                foreach (var twin in source.Outbound.Where(other => other.Target == connection.Target))
                    twin.IsForward = true;
                if (!visited.Contains(connection.Target))
                    queue.Enqueue(connection.Target);
            }
        }
    }

    private static bool LeadsForward(FlowGraphNode from, FlowGraphNode to)
    {
        var seen = new HashSet<FlowGraphNode>();
        var stack = new Stack<FlowGraphNode>([from]);
        while (stack.TryPop(out var node))
        {
            if (node == to)
                return true;
            if (!seen.Add(node))
                continue;
            foreach (var connection in node.Outbound.Where(connection => connection.IsForward))
                stack.Push(connection.Target);
        }
        return false;
    }

    private static HashSet<ActivityNode> AncestorsOf(FlowGraphNode node)
    {
        var ancestors = new HashSet<ActivityNode>();
        var stack = new Stack<FlowGraphNode>([node]);
        while (stack.TryPop(out var current))
        {
            foreach (var connection in current.ForwardInbound)
            {
                if (ancestors.Add(connection.Source.Activity))
                    stack.Push(connection.Source);
            }
        }
        return ancestors;
    }

    /// <summary>Whether every way from the start to a backward connection's source passes its target: walking back without passing the target never meets the start.</summary>
    private bool IsLoop(FlowConnection connection)
    {
        var seen = new HashSet<FlowGraphNode> { connection.Target };
        var stack = new Stack<FlowGraphNode>([connection.Source]);
        while (stack.TryPop(out var node))
        {
            if (!seen.Add(node))
                continue;
            if (node == Start)
                return false;
            foreach (var inbound in node.ForwardInbound)
                stack.Push(inbound.Source);
        }
        return true;
    }
}

/// <summary>An activity within a <see cref="FlowGraph"/>.</summary>
internal sealed class FlowGraphNode(ActivityNode activity)
{
    public ActivityNode Activity { get; } = activity;

    /// <summary>In the order of the definition.</summary>
    public FlowConnection[] Outbound { get; set; } = [];

    public FlowConnection[] Inbound { get; set; } = [];

    public FlowConnection[] ForwardInbound { get; set; } = [];

    /// <summary>All from which forward connections lead here.</summary>
    public HashSet<ActivityNode> Ancestors { get; set; } = [];

    /// <summary>Whether forward connections lead here from the start.</summary>
    public bool IsReachable { get; set; }

    /// <summary>What token-based flowcharts are told by <c>customProperties.mergeMode</c>; <see cref="MergeMode.None"/> where it says nothing.</summary>
    public MergeMode MergeMode { get; } = Enum.TryParse<MergeMode>(activity.CustomProperties.Text("mergeMode"), ignoreCase: true, out var mode) ? mode : MergeMode.None;
}

/// <summary>A connection within a <see cref="FlowGraph"/>.</summary>
internal sealed class FlowConnection(FlowGraphNode source, string port, FlowGraphNode target)
{
    public FlowGraphNode Source { get; } = source;

    /// <summary>The outcome of the source that it stands for.</summary>
    public string Port { get; } = port;

    public FlowGraphNode Target { get; } = target;

    public bool IsForward { get; set; }

    /// <summary>For a backward one: whether the target is on every way to the source, so that going back repeats just that part.</summary>
    public bool IsLoop { get; set; }

    /// <summary>By this it is stored, so that it is found in another version of the definition too.</summary>
    public string Key { get; } = KeyOf(source.Activity.Id, port, target.Activity.Id);

    public static string KeyOf(string source, string port, string target) => $"{source}:{port}:{target}";
}

/// <summary>How an activity of a token-based flowchart takes several inbound connections.</summary>
internal enum MergeMode
{
    /// <summary>As <see cref="Stream"/>.</summary>
    None,

    /// <summary>Runs when no activity that leads here is still going to run.</summary>
    Stream,

    /// <summary>Waits for all forward inbound connections.</summary>
    Merge,

    /// <summary>Waits for all inbound connections, also those that lead back.</summary>
    Converge,

    /// <summary>Runs at the first; the others are let pass without an effect.</summary>
    Cascade,

    /// <summary>Runs at the first; what leads to the others is cancelled.</summary>
    Race,
}
