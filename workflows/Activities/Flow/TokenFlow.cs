using System.Text.Json.Nodes;

using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Activities.Flow;

/// <summary>
/// Elsa's token-based algorithm. A completed activity puts a token on each connection that it follows and takes those that led
/// to it; the merge mode of a connection's target decides whether it runs now. A join with a branch that is not followed
/// waits for ever: the instance is suspended without a bookmark, in Elsa too.
/// </summary>
internal static class TokenFlow
{
    private const string Property = "Flowchart.Tokens";

    public static void Begin(ActivityContext context) => context.Set<JsonNode>(Property, new JsonArray());

    public static bool IsUsedBy(ActivityContext context) => context.Get<JsonNode>(Property) is not null;

    public static async ValueTask ChildCompletedAsync(ActivityContext context, FlowGraph graph, ActivityContext child)
    {
        var tokens = Tokens.Of(context);
        if (child.Node.Descriptor.IsTerminal)
        {
            tokens.Clear();
            context.Complete();
            return;
        }

        var node = graph[child.Node];
        var followed = Array.FindAll(node.Outbound, connection => child.Outcomes.Contains(connection.Port));
        foreach (var connection in followed)
            tokens.Emit(connection);
        tokens.ConsumeTo(child.Node.Id);
        foreach (var connection in followed)
            await ArriveAsync(context, tokens, connection);

        if (IsIdle(context, tokens))
        {
            tokens.Clear();
            context.Complete();
        }
        tokens.PurgeConsumed(child.Node.Id);
    }

    public static void ChildCanceled(ActivityContext context, ActivityContext child)
    {
        var tokens = Tokens.Of(context);
        tokens.Drop(child.Node.Id);
        if (IsIdle(context, tokens))
            context.Complete();
    }

    /// <summary>Tokens stay on the connections that are still there.</summary>
    public static void Migrate(ActivityContext context, FlowGraph graph, MigrationMap map)
    {
        var tokens = Tokens.Of(context);
        tokens.Rename(map);
        tokens.KeepOn(graph.Connections);
    }

    private static async ValueTask ArriveAsync(ActivityContext context, Tokens tokens, FlowConnection connection)
    {
        var target = connection.Target;
        var mode = await MergeModeOfAsync(context, target);
        var runs = mode switch
        {
            MergeMode.Merge => target.ForwardInbound.Length <= 1 || Array.TrueForAll(target.ForwardInbound, tokens.Has),
            MergeMode.Converge => target.Inbound.Length <= 1 || Array.TrueForAll(target.Inbound, tokens.Has),
            MergeMode.Cascade or MergeMode.Race => !tokens.TakeBlock(connection),
            _ => !Array.Exists(target.ForwardInbound, inbound => tokens.HeadTo(inbound.Source.Activity.Id)),
        };
        if (mode == MergeMode.Race)
            Flowchart.CancelAncestors(context, target);
        if (!runs)
            return;
        context.Schedule(target.Activity);
        if (mode is not (MergeMode.Cascade or MergeMode.Race))
            return;
        foreach (var other in target.ForwardInbound)
        {
            if (other.Source != connection.Source)
                tokens.Block(other);
        }
    }

    private static async ValueTask<MergeMode> MergeModeOfAsync(ActivityContext context, FlowGraphNode target)
    {
        if (target.Activity.Activity is not FlowJoin)
            return target.MergeMode;
        return await FlowJoin.ModeOfAsync(context, target.Activity) == FlowJoinMode.WaitAny ? MergeMode.Race : MergeMode.Merge;
    }

    private static bool IsIdle(ActivityContext context, Tokens tokens) => context.Children.Count == 0 && !tokens.AreUnderway;

    /// <summary>The tokens as the instance stores them, changed in place: from, to, port, and whether consumed or blocked.</summary>
    private readonly struct Tokens(JsonArray list)
    {
        private const string From = "f";
        private const string To = "t";
        private const string Port = "o";
        private const string Consumed = "c";
        private const string Blocked = "b";

        /// <summary>Whether any token still has to arrive.</summary>
        public bool AreUnderway => list.Any(IsUnderway);

        public static Tokens Of(ActivityContext context) => new((JsonArray)context.Get<JsonNode>(Property)!);

        public void Emit(FlowConnection connection) => list.Add((JsonNode)Token(connection));

        public void Block(FlowConnection connection)
        {
            var token = Token(connection);
            token[Blocked] = true;
            list.Add((JsonNode)token);
        }

        /// <summary>Consumes a block on exactly this connection, and the token that has just run into it: else the flowchart would wait for that for ever.</summary>
        /// <returns>False if there is none.</returns>
        public bool TakeBlock(FlowConnection connection)
        {
            if (list.FirstOrDefault(token => Is(token, Blocked) && !Is(token, Consumed) && IsOn(token, connection)) is not { } block)
                return false;
            block[Consumed] = true;
            foreach (var token in list.Where(token => IsUnderway(token) && IsOn(token, connection)))
                token![Consumed] = true;
            return true;
        }

        public bool Has(FlowConnection connection) => list.Any(token => IsUnderway(token) && IsOn(token, connection));

        public bool HeadTo(string activityId) => list.Any(token => IsUnderway(token) && Is(token, To, activityId));

        public void ConsumeTo(string activityId)
        {
            foreach (var token in list.Where(token => IsUnderway(token) && Is(token, To, activityId)))
                token![Consumed] = true;
        }

        public void PurgeConsumed(string activityId) => Remove(token => Is(token, Consumed) && Is(token, To, activityId));

        public void Drop(string activityId) => Remove(token => Is(token, From, activityId) || Is(token, To, activityId));

        public void Clear() => list.Clear();

        public void Rename(MigrationMap map)
        {
            foreach (var token in list)
                (token![From], token[To]) = (map.ActivityOf((string)token[From]!), map.ActivityOf((string)token[To]!));
        }

        public void KeepOn(IReadOnlyCollection<FlowConnection> connections) => Remove(token => !connections.Any(connection => IsOn(token, connection)));

        private static JsonObject Token(FlowConnection connection) =>
            new() { [From] = connection.Source.Activity.Id, [To] = connection.Target.Activity.Id, [Port] = connection.Port };

        private static bool IsUnderway(JsonNode? token) => !Is(token, Consumed) && !Is(token, Blocked);

        private static bool IsOn(JsonNode? token, FlowConnection connection) =>
            Is(token, From, connection.Source.Activity.Id) && Is(token, To, connection.Target.Activity.Id) && Is(token, Port, connection.Port);

        private static bool Is(JsonNode? token, string flag) => token![flag] is not null;

        private static bool Is(JsonNode? token, string member, string text) => (string?)token![member] == text;

        private void Remove(Func<JsonNode?, bool> isUnwanted)
        {
            for (var i = list.Count - 1; i >= 0; i--)
            {
                if (isUnwanted(list[i]))
                    list.RemoveAt(i);
            }
        }
    }
}
