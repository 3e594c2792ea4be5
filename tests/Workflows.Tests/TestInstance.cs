using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Definitions;
using Switchboard.Workflows.Execution;

namespace Switchboard.Workflows.Tests;

/// <summary>
/// One instance over its bursts. The state goes through its stored form after every burst, so nothing that a later burst
/// needs can hide in memory.
/// </summary>
internal sealed class TestInstance
{
    public const string Id = "0199aaaa-0000-7000-8000-000000000001";

    private TestInstance(WorkflowGraph graph, TestHost host)
    {
        Graph = graph;
        Host = host;
    }

    public WorkflowGraph Graph { get; }

    public TestHost Host { get; }

    public DateTimeOffset Now { get; set; } = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    public InstanceState State { get; private set; } = null!;

    public BurstResult Last { get; private set; } = null!;

    public List<JournalEntry> Journal { get; } = [];

    public List<Effect> Effects { get; } = [];

    public int StoredBytes { get; private set; }

    /// <summary>Texts of all WriteLine so far, children executed inline among them in their place.</summary>
    public List<string> Lines => [.. Effects.OfType<LineWritten>().Select(line => line.Text)];

    public static Task<TestInstance> StartAsync(JsonNode root, JsonObject? input = null, TestHost? host = null, string? trigger = null) =>
        StartAsync(Define.Graph(root), input, host, trigger);

    public static async Task<TestInstance> StartAsync(WorkflowGraph graph, JsonObject? input = null, TestHost? host = null, string? trigger = null, Func<BurstRequest, BurstRequest>? with = null)
    {
        var instance = new TestInstance(graph, host ?? new TestHost());
        await instance.RunAsync(new Stimulus.Start(input, trigger), with);
        return instance;
    }

    public static TestInstance Continue(WorkflowGraph graph, byte[] state, TestHost? host = null) =>
        new(graph, host ?? new TestHost()) { State = InstanceState.FromJson(state) };

    public async Task<TestInstance> RunAsync(Stimulus stimulus, Func<BurstRequest, BurstRequest>? with = null)
    {
        var request = new BurstRequest(Graph, State, Id, stimulus, Now, Host);
        Last = await Burst.RunAsync(with?.Invoke(request) ?? request, CancellationToken.None);
        Journal.AddRange(Last.Journal);
        Effects.AddRange(Last.Children.SelectMany(child => child.Effects).Concat(Last.Effects));
        var stored = Last.State.ToJson();
        StoredBytes = stored.Length;
        State = InstanceState.FromJson(stored);
        Encoding.UTF8.GetString(State.ToJson()).Should().Be(Encoding.UTF8.GetString(stored), "reading and writing a state changes nothing");
        return this;
    }

    public Task<TestInstance> ResumeAsync(string activityId, JsonObject? input = null) => RunAsync(new Stimulus.Resume(BookmarkOf(activityId).Id, input));

    public Bookmark BookmarkOf(string activityId) =>
        State.Bookmarks.Should().ContainSingle(bookmark => bookmark.ActivityId == activityId, "activity {0} should wait; waiting are {1}", activityId, string.Join(", ", State.Bookmarks.Select(bookmark => bookmark.ActivityId))).Subject;

    /// <summary>The journal as <c>Event activity</c>, without the outermost activity.</summary>
    public IEnumerable<string> Story => Journal.Where(entry => entry.ActivityType != "Elsa.Workflow").Select(entry => $"{entry.EventName} {entry.ActivityId}");
}
