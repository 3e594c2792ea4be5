using System.Text.Json.Nodes;

using Switchboard.Workflows.Activities.Flow;

using static Switchboard.Workflows.Tests.Define;

namespace Switchboard.Workflows.Tests.Flow;

/// <summary>
/// Flowcharts in one line: <c>"a -> b, a:Yes -> c"</c>. An activity is a WriteLine unless <see cref="With"/> has given it;
/// the first in the text comes first in the definition.
/// </summary>
internal sealed class Chart
{
    private readonly Dictionary<string, JsonObject> _activities = [];
    private readonly JsonArray _connections = [];

    private Chart()
    {
    }

    public static Chart Of(string connections)
    {
        var chart = new Chart();
        foreach (var part in connections.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split("->", StringSplitOptions.TrimEntries);
            var source = ends[0].Split(':');
            chart.Add(source[0]);
            if (ends.Length == 1)
                continue;
            chart.Add(ends[1]);
            chart._connections.Add((JsonNode)new JsonObject
            {
                ["source"] = new JsonObject { ["activity"] = source[0], ["port"] = source.Length > 1 ? source[1] : null },
                ["target"] = new JsonObject { ["activity"] = ends[1], ["port"] = "In" },
            });
        }
        return chart;
    }

    public Chart With(string id, string type, params (string Name, JsonNode? Value)[] members)
    {
        _activities[id] = Activity(type, id, members);
        return this;
    }

    public Chart Decision(string id, bool condition) => With(id, "FlowDecision", ("condition", Literal(condition)));

    public Chart Join(string id, FlowJoinMode mode) => With(id, "FlowJoin", ("mode", Literal(mode.ToString())));

    public Chart Fork(string id, params string[] branches) => With(id, "FlowFork", ("branches", Json(new JsonArray([.. branches.Select(branch => (JsonNode)branch)]).ToJsonString())));

    public Chart Waits(params string[] ids)
    {
        foreach (var id in ids)
            _activities[id] = Event(id);
        return this;
    }

    public Chart Merges(string id, string mergeMode)
    {
        _activities[id]["customProperties"] = new JsonObject { ["mergeMode"] = mergeMode };
        return this;
    }

    public Chart CanStart(string id)
    {
        _activities[id]["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        return this;
    }

    public JsonObject ToJson(string id = "flow") =>
        Activity("Flowchart", id, ("activities", new JsonArray([.. _activities.Values.Select(activity => activity.DeepClone())])), ("connections", _connections.DeepClone()));

    public Task<TestInstance> StartAsync(FlowchartMode mode = FlowchartMode.CounterBased, TestHost? host = null, string? trigger = null) =>
        TestInstance.StartAsync(Graph(ToJson()), host: host, trigger: trigger, with: request => request with { FlowchartMode = mode });

    private void Add(string id) => _activities.TryAdd(id, Line(id));
}
