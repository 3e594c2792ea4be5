using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Flow;

/// <summary>
/// Elsa's counter-based algorithm. Every activity and every connection counts its visits; a connection also remembers whether
/// its last visit was followed. An activity whose inbound connections have all been visited without one being followed is
/// skipped: it is taken as completed without an outcome, and so on downstream, so that every join learns of dead paths.
/// </summary>
internal static class CounterFlow
{
    public const string Property = "FlowScope";

    // Tells a child's completion that it was reached by going back, which does not count as a visit.
    private const string ReachedBackward = "back";

    public static async ValueTask ChildCompletedAsync(ActivityContext context, FlowGraph graph, ActivityContext child)
    {
        if (child.Node.Descriptor.IsTerminal)
        {
            context.Complete();
            return;
        }
        await LeaveAsync(context, Visits.Of(context), graph[child.Node], child.Outcomes, child.Tag == ReachedBackward);
        CompleteIfIdle(context);
    }

    /// <summary>What was cancelled is skipped, and what it leads to learns of it.</summary>
    public static async ValueTask ChildCanceledAsync(ActivityContext context, FlowGraph graph, ActivityContext child)
    {
        await LeaveAsync(context, Visits.Of(context), graph[child.Node], [], child.Tag == ReachedBackward);
        CompleteIfIdle(context);
    }

    /// <summary>
    /// A connection that the new version adds behind an activity which is done counts as visited and not followed, so that
    /// joins further on do not wait for what cannot come; one that it takes away is waited for no more.
    /// </summary>
    public static async ValueTask MigrateAsync(ActivityContext context, FlowGraph graph, MigrationMap map)
    {
        var visits = Visits.Of(context);
        visits.Rename(map, graph);
        foreach (var connection in graph.Connections.Where(connection => !visits.Has(connection) && visits.Of(connection.Source) > 0))
            visits.Skip(connection);
        // Only what is new here can have become due: each is told again of one visit that it has not answered.
        foreach (var node in graph.Connections.Select(connection => connection.Target).Distinct())
        {
            if (!IsAlive(context, node) && node.ForwardInbound.FirstOrDefault(connection => visits.Of(connection) > visits.Of(node)) is { } waiting)
                await ArriveAsync(context, visits, waiting);
        }
        CompleteIfIdle(context);
    }

    // Faulted children are still there, so that a flowchart with one never completes by itself.
    private static void CompleteIfIdle(ActivityContext context)
    {
        if (context.Children.Count == 0)
            context.Complete();
    }

    private static async ValueTask LeaveAsync(ActivityContext context, Visits visits, FlowGraphNode node, IReadOnlyList<string> outcomes, bool reachedBackward = false)
    {
        if (!node.IsReachable)
            throw new ActivityException("activity_not_reachable", $"Activity {node.Activity.Name ?? node.Activity.Id} is not reachable from the start of the flowchart, so its outcomes lead nowhere.");
        if (!reachedBackward)
            visits.Count(node);
        foreach (var connection in node.Outbound)
        {
            var isFollowed = outcomes.Contains(connection.Port);
            visits.Count(connection, isFollowed);
            if (connection.IsForward)
                await ArriveAsync(context, visits, connection);
            else if (isFollowed)
                GoBack(context, connection);
        }
    }

    private static void GoBack(ActivityContext context, FlowConnection connection)
    {
        if (!connection.IsLoop)
        {
            throw new ActivityException("invalid_backward_connection",
                $"The connection from {Name(connection.Source)} back to {Name(connection.Target)} is no loop: not every way to {Name(connection.Source)} passes {Name(connection.Target)}.");
        }
        context.Schedule(connection.Target.Activity, ReachedBackward);
    }

    private static async ValueTask ArriveAsync(ActivityContext context, Visits visits, FlowConnection connection)
    {
        var target = connection.Target;
        var mode = await JoinModeOfAsync(context, target);
        if (mode == FlowJoinMode.WaitAny)
        {
            if (visits.Of(connection) <= visits.Of(target) || IsAlive(context, target))
                return;
            if (visits.AnyFollowed(target))
            {
                context.Schedule(target.Activity);
                Flowchart.CancelAncestors(context, target);
            }
            else if (visits.AllVisited(target))
                await LeaveAsync(context, visits, target, []);
            return;
        }

        if (!visits.AllVisited(target))
            return;
        if (mode == FlowJoinMode.WaitAll ? visits.AllFollowed(target) : visits.AnyFollowed(target))
            context.Schedule(target.Activity);
        else
            await LeaveAsync(context, visits, target, []);
    }

    private static ValueTask<FlowJoinMode> JoinModeOfAsync(ActivityContext context, FlowGraphNode target) =>
        target.Activity.Activity is FlowJoin ? FlowJoin.ModeOfAsync(context, target.Activity) : new(FlowJoinMode.WaitAllActive);

    private static bool IsAlive(ActivityContext context, FlowGraphNode node)
    {
        foreach (var child in context.Children)
        {
            if (child.Node == node.Activity)
                return true;
        }
        return false;
    }

    private static string Name(FlowGraphNode node) => node.Activity.Name ?? node.Activity.Id;

    /// <summary>
    /// The counters as the instance stores them: visits by activity id, and by connection, there negative when the last visit
    /// was not followed. Changed in place.
    /// </summary>
    private readonly struct Visits
    {
        private readonly JsonObject _activities;
        private readonly JsonObject _connections;

        private Visits(JsonObject activities, JsonObject connections)
        {
            _activities = activities;
            _connections = connections;
        }

        public static Visits Of(ActivityContext context)
        {
            if (context.Get<JsonNode>(Property) is not JsonObject scope)
            {
                scope = new JsonObject { ["a"] = new JsonObject(), ["c"] = new JsonObject() };
                context.Set<JsonNode>(Property, scope);
            }
            return new Visits((JsonObject)scope["a"]!, (JsonObject)scope["c"]!);
        }

        public void Count(FlowGraphNode node) => _activities[node.Activity.Id] = Of(node) + 1;

        public void Count(FlowConnection connection, bool isFollowed)
        {
            var visits = Of(connection) + 1;
            _connections[connection.Key] = isFollowed ? visits : -visits;
        }

        public bool Has(FlowConnection connection) => _connections.ContainsKey(connection.Key);

        public void Skip(FlowConnection connection) => _connections[connection.Key] = -Of(connection.Source);

        /// <summary>Counters by the names of the new version; those of connections that it does not have are forgotten.</summary>
        public void Rename(MigrationMap map, FlowGraph graph)
        {
            foreach (var (from, to) in map.Activities)
            {
                if (_activities[from] is { } count)
                {
                    _activities.Remove(from);
                    _activities[to] = count;
                }
            }
            var before = (JsonObject)_connections.DeepClone();
            _connections.Clear();
            foreach (var connection in graph.Connections)
            {
                var key = FlowConnection.KeyOf(map.ActivityBefore(connection.Source.Activity.Id), connection.Port, map.ActivityBefore(connection.Target.Activity.Id));
                if (before[key] is { } count)
                    _connections[connection.Key] = count.DeepClone();
            }
        }

        public int Of(FlowGraphNode node) => _activities[node.Activity.Id] is { } visits ? visits.GetValue<int>() : 0;

        public int Of(FlowConnection connection) => Math.Abs(Signed(connection));

        /// <summary>Whether every forward inbound connection has been visited once more than the activity.</summary>
        public bool AllVisited(FlowGraphNode node)
        {
            var own = Of(node);
            foreach (var connection in node.ForwardInbound)
            {
                if (Of(connection) <= own)
                    return false;
            }
            return true;
        }

        /// <summary>Whether one of the visits that the activity has not answered yet was followed.</summary>
        public bool AnyFollowed(FlowGraphNode node)
        {
            var own = Of(node);
            foreach (var connection in node.ForwardInbound)
            {
                if (Signed(connection) > own)
                    return true;
            }
            return false;
        }

        public bool AllFollowed(FlowGraphNode node)
        {
            foreach (var connection in node.ForwardInbound)
            {
                if (Signed(connection) <= 0)
                    return false;
            }
            return true;
        }

        private int Signed(FlowConnection connection) => _connections[connection.Key] is { } visits ? visits.GetValue<int>() : 0;
    }
}
